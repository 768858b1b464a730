"""``scard atr``, ``ls``, ``cat`` and ``apdu`` on an emulated card, for a person and for a script."""

from __future__ import annotations

import json
import os
import pty
import subprocess
from pathlib import Path
from typing import Any

import pytest

from emulator import Card


@pytest.fixture
def as_json(scard: Any) -> Any:
    def run(*arguments: str) -> Any:
        done = scard(*arguments, "--json")
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    return run


def test_a_file_that_is_neither_image_nor_definition_is_said_to_be_neither(tmp_path: Path, scard: Any) -> None:
    (tmp_path / "bad.card").write_bytes(b"not a card")
    done = scard("ls", "--card", str(tmp_path / "bad.card"))
    assert done.returncode == 3
    assert "it is no card image, and refused as a card definition: " in done.stderr
    (tmp_path / "bad.toml").write_bytes(b"not a card")
    assert "no card image" not in scard("ls", "--card", str(tmp_path / "bad.toml")).stderr


def test_a_card_that_cannot_be_looked_for_is_told_in_one_line(scard: Any) -> None:
    done = scard("ls", "--card", f"{'a' * 300}.card")  # as a folder that is not ours to enter, which root has none of
    assert (done.returncode, done.stderr.count("\n")) == (3, 1), done.stderr
    assert "cannot be read: File name too long" in done.stderr


def test_atr(card: Card, as_json: Any) -> None:
    facts = as_json("atr", "--card", "iso7816")
    assert facts["atr"] == card.atr.hex().upper()
    assert facts["protocols"] == ["T=1"]
    assert as_json("atr", card.atr.hex(" ")) == facts


def test_ls_walks_the_tree(as_json: Any) -> None:
    files = {file["path"]: file for file in as_json("ls", "--card", "iso7816")}
    assert files["3F00"]["structure"] == "df"
    assert files["3F00/7F10"]["df_name"] == "F073636172646D677201"
    assert files["3F00/7F10/6F01"]["structure"] == "transparent"
    assert files["3F00/7F10/6F01"]["sfi"] == 1
    assert files["3F00/7F10/6F02"]["structure"] == "linear_fixed"
    assert files["3F00/7F10/6F02"]["max_record_size"] == 16
    assert files["3F00/7F10/6F01"]["access"] == {"read": "always", "update": "CHV 01"}
    assert files["3F00/7F10/6F06"]["access"] == {"read": "always", "update": "key 01"}
    assert files["3F00"]["access"]["create"] == "CHV 01"


def test_ls_of_one_directory(as_json: Any) -> None:
    paths = [file["path"] for file in as_json("ls", "--card", "iso7816", "3F00/7F10")]
    assert paths[0] == "3F00/7F10"
    assert all(path.startswith("3F00/7F10") for path in paths)


def test_ls_piped_has_a_line_for_each_file_and_a_tab_between_columns(scard: Any, as_json: Any) -> None:
    done = scard("ls", "--card", "iso7816")
    lines = done.stdout.splitlines()
    assert [line.split("\t")[0] for line in lines] == [file["path"] for file in as_json("ls", "--card", "iso7816")]
    assert "\x1b" not in done.stdout


def test_cat_of_a_transparent_file(scard: Any, as_json: Any) -> None:
    data = bytes.fromhex(as_json("cat", "--card", "iso7816", "3F00/7F10/6F01")["data"])
    assert data.startswith(b"Hello, smart card.")
    assert scard("cat", "--card", "iso7816", "3F00/7F10/6F01", "--raw").stdout.encode() == data
    dump = scard("cat", "--card", "iso7816", "3F00/7F10/6F01").stdout
    assert dump.startswith("0000  48 65 6C 6C 6F ")
    assert "Hello, smart car" in dump


def test_cat_of_a_file_of_records(scard: Any, as_json: Any) -> None:
    records = as_json("cat", "--card", "iso7816", "3F00/7F10/6F02")["records"]
    assert records
    assert all(len(bytes.fromhex(record)) == 16 for record in records)
    assert scard("cat", "--card", "iso7816", "3F00/7F10/6F02").stdout.count("record ") == len(records)


def test_cat_of_a_protected_file_asks_for_the_chv(scard: Any) -> None:
    refused = scard("cat", "--card", "iso7816", "3F00/7F10/6F05")
    assert refused.returncode == 1
    assert "--verify" in refused.stderr
    wrong = scard("cat", "--card", "iso7816", "3F00/7F10/6F05", "--verify", "01", text="9999\n")
    assert wrong.returncode == 1
    assert "9999" not in wrong.stderr
    right = scard("cat", "--card", "iso7816", "3F00/7F10/6F05", "--verify", "01", text="1234\n")
    assert right.returncode == 0
    assert right.stdout
    assert "1234" not in right.stderr


def test_apdu_in_words_and_for_a_script(scard: Any, as_json: Any) -> None:
    commands = ["00A40000023F0000", "00B0820001"]
    done = scard("apdu", "--card", "iso7816", *commands)
    assert "SELECT" in done.stdout
    assert "READ BINARY" in done.stdout
    entries = as_json("apdu", "--card", "iso7816", commands[0])
    assert entries[0]["command"] == commands[0]
    assert entries[0]["sw"] == "9000"
    assert "SELECT" in entries[0]["name"]


def test_apdu_exits_with_1_when_the_card_says_no(scard: Any) -> None:
    assert scard("apdu", "--card", "iso7816", "00A4000C023F00").returncode == 0
    done = scard("apdu", "--card", "iso7816", "00A4000C027FFF")
    assert done.returncode == 1
    assert "6A82" in done.stdout.replace(" ", "")


def test_apdu_keeps_what_it_changes_in_an_image_unless_ephemeral(image: Path, scard: Any, as_json: Any) -> None:
    write = ["00A4000C020100", "00D6000002CAFE"]
    read = ["cat", "--card", str(image), "3F00/0100"]
    scard("apdu", "--card", str(image), "--ephemeral", *write)
    assert not as_json(*read)["data"].startswith("CAFE")
    scard("apdu", "--card", str(image), *write)
    assert as_json(*read)["data"].startswith("CAFE")


def test_apdus_can_come_from_standard_input(scard: Any) -> None:
    done = scard("apdu", "--card", "iso7816", "-", text="# the MF\n00 A4 00 0C 02 3F 00\n\n00:84:00:00:08\n")
    assert done.returncode == 0
    assert "GET CHALLENGE" in done.stdout


def test_the_chv_in_a_verify_command_is_not_shown(scard: Any) -> None:
    done = scard("apdu", "--card", "iso7816", "002000010431323334")
    assert done.returncode == 0
    assert "31 32 33 34" not in done.stdout
    assert "31323334" not in done.stdout


def test_in_colour_on_a_terminal(scard_command: tuple[str, ...]) -> None:
    leader, follower = pty.openpty()
    environment = {**os.environ, "TERM": "xterm-256color"}
    environment.pop("NO_COLOR", None)
    with subprocess.Popen([*scard_command, "ls", "--card", "iso7816"], stdout=follower, env=environment) as process:
        os.close(follower)
        output = b""
        while True:
            try:
                piece = os.read(leader, 4096)
            except OSError:  # how Linux says that nobody holds the other end any more
                break
            if not piece:
                break
            output += piece
    os.close(leader)
    assert process.returncode == 0
    assert b"\x1b[" in output
    assert b"Structure" in output


def test_a_reader_of_our_output_may_leave_early(scard_command: tuple[str, ...]) -> None:
    with subprocess.Popen(
        [*scard_command, "ls", "--card", "iso7816"], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        assert process.stderr.read() == b""
