"""The commands that look at a card, on a real PC/SC daemon: a private one, started by ``scard run``."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from emulator import Card

READER = "Virtual Reader 00 00"


@pytest.fixture(scope="session")
def inside(scard: Any, scard_command: tuple[str, ...]) -> Any:
    """Run ``scard`` inside ``scard run``, where it sees that daemon's readers."""

    def run(*arguments: str, text: str = "") -> Any:
        return scard("run", "--card", "iso7816", "--", *scard_command, *arguments, text=text)

    return run


def test_readers(inside: Any) -> None:
    done = inside("readers", "--json")
    assert done.returncode == 0, done.stderr
    first, second = json.loads(done.stdout)
    with Card.from_profile("iso7816") as card:
        assert first["atr"] == card.power_on().hex().upper()
    assert first["name"] == READER
    assert "present" in first["state"]
    assert second["atr"] is None
    assert "empty" in second["state"]


def test_readers_for_a_person(inside: Any) -> None:
    lines = inside("readers").stdout.splitlines()
    assert [line.split("\t")[0] for line in lines] == [READER, "Virtual Reader 00 01"]


@pytest.mark.parametrize("choice", [[], ["--reader", READER]])
@pytest.mark.parametrize(
    ("arguments", "shows"),
    [
        (["atr"], "T=1"),
        (["ls", "3F00/7F10"], "3F00/7F10/6F01"),
        (["cat", "3F00/7F10/6F01"], "Hello, smart car"),
        (["apdu", "00A4000C023F00"], "9000"),
    ],
)
def test_the_card_in_a_reader(choice: list[str], arguments: list[str], shows: str, inside: Any) -> None:
    done = inside(arguments[0], *choice, *arguments[1:])
    assert done.returncode == 0, done.stderr
    assert shows in done.stdout


def test_a_damaged_database_is_not_taken_for_a_missing_daemon(
    inside: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "damaged"
    file.write_bytes(b"no database at all")
    monkeypatch.setenv("SCARDMGR_DATABASE", str(file))
    done = inside("readers")
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (3, "", 1)
    assert str(file) in done.stderr
    assert "pcscd" not in done.stderr


def test_an_empty_reader_and_an_unknown_one(inside: Any) -> None:
    empty = inside("atr", "--reader", "Virtual Reader 00 01")
    assert empty.returncode == 3
    assert "no card" in empty.stderr
    unknown = inside("atr", "--reader", "Nobody's Reader")
    assert unknown.returncode == 3
    assert READER in unknown.stderr.splitlines()[-1]


def test_without_a_daemon(scard: Any, tmp_path: Path) -> None:
    done = scard("readers", PCSCLITE_CSOCK_NAME=str(tmp_path / "nobody"))
    assert done.returncode == 3
    assert "pcscd" in done.stderr
    assert done.stderr.count("\n") == 1


def test_without_pyscard(scard: Any, tmp_path: Path) -> None:
    (tmp_path / "smartcard.py").write_text("raise ImportError('not installed')\n", encoding="ascii")
    search_path = os.pathsep.join([str(tmp_path), *filter(None, [os.environ.get("PYTHONPATH")])])
    done = scard("readers", PYTHONPATH=search_path)
    assert done.returncode == 3
    assert "scardmgr[pcsc]" in done.stderr
    assert "--card" in done.stderr
    assert done.stderr.count("\n") == 1
