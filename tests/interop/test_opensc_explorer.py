"""opensc-explorer, of OpenSC, driving scripts: what a person would do by hand."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.card(via="pcscd")


@pytest.fixture
def explore(run_program: Any, tmp_path: Path) -> Any:
    """Run a script, one command to a line, with a card driver; return what was printed."""

    def run(*commands: str, driver: str = "default") -> str:
        script = tmp_path / "script"
        script.write_text("\n".join(commands) + "\n", encoding="ascii")
        done = run_program("opensc-explorer", "--card-driver", driver, str(script), check=False)
        output: str = done.stdout + done.stderr
        return output

    return run


def test_list(explore: Any) -> None:
    output = explore("ls", "cd 7F10", "ls", driver="tcos")
    for fid in ("2F00", "7F10", "6F01", "6F02"):
        assert fid in output
    assert "unable" not in output.lower()


def test_find_probes_every_identifier(explore: Any) -> None:
    output = explore("cd 7F10", "find 6F00 6F08")
    for fid in ("6F01", "6F02", "6F03", "6F04", "6F05", "6F06"):
        assert f" {fid}" in output or f"\n{fid}" in output.replace("\r", "\n")


def test_read_a_transparent_file(explore: Any, dumped: Any) -> None:
    assert dumped(explore("cd 7F10", "cat 6F01")).startswith(b"Hello, smart card.")


def test_info_tells_the_file_control_information(explore: Any) -> None:
    output = explore("cd 7F10", "info 6F01")
    assert "Working Elementary File" in output
    assert "64 bytes" in output
    assert "Transparent" in output
    assert "6F01" in output


# given a short identifier, opensc-explorer reads records
@pytest.mark.parametrize("reference", ["6F02", "sfi:2"])
def test_read_a_record(reference: str, explore: Any, dumped: Any) -> None:
    assert dumped(explore("cd 7F10", f"cat {reference} 2")) == b"Record two".ljust(16, b"\0")


def test_verify_create_write_read_delete(explore: Any, dumped: Any) -> None:
    output = explore(
        'verify CHV1 "1234"',
        "cd 7F10",
        "create 6F20 64",
        'update_binary 6F20 0 "written by opensc-explorer"',
        "cat 6F20",
        "delete 6F20",
        "cat 6F20",
    )
    assert "Code correct" in output
    assert dumped(output).startswith(b"written by opensc-explorer")
    assert output.count("File not found") == 1


def test_put_and_get_whole_files(explore: Any, tmp_path: Path) -> None:
    content = bytes(range(256)) * 3
    (tmp_path / "in").write_bytes(content)
    explore(
        'verify CHV1 "1234"',
        "cd 7F10",
        f"create 6F21 {len(content)}",
        f"put 6F21 {tmp_path / 'in'}",
        f"get 6F21 {tmp_path / 'out'}",
        "rm 6F21",
    )
    assert (tmp_path / "out").read_bytes() == content


def test_make_and_remove_a_directory(explore: Any) -> None:
    output = explore('verify CHV1 "1234"', "mkdir 7F20 100", "cd 7F20", "info", "cd ..", "rm 7F20", "cd 7F20")
    assert "7F20" in output
    assert output.count("File not found") == 1


def test_wrong_chv_counts_down_and_the_right_one_restores(explore: Any) -> None:
    output = explore('verify CHV1 "9999"', 'verify CHV1 "1234"', 'verify CHV1 "9999"')
    assert output.count("2 tries left") == 2
    assert output.count("Code correct") == 1


def test_change_and_unblock(explore: Any) -> None:
    output = explore(
        'change CHV1 "1234" "4321"',
        *['verify CHV1 "0000"'] * 3,
        'verify CHV1 "4321"',
        'unblock CHV1 "12345678" "1234"',
        'verify CHV1 "1234"',
    )
    assert "PIN changed" in output
    assert "blocked" in output
    assert "PIN unblocked" in output
    assert output.count("Code correct") == 1


def test_random_comes_from_the_card(explore: Any, tmp_path: Path) -> None:
    explore(f"random 8 {tmp_path / 'a'}", f"random 8 {tmp_path / 'b'}")
    first, second = (tmp_path / "a").read_bytes(), (tmp_path / "b").read_bytes()
    assert len(first) == len(second) == 8
    assert first != second


def test_apdu(explore: Any) -> None:
    assert "SW1=0x90, SW2=0x00" in explore("apdu 00:A4:00:0C:02:3F:00")
