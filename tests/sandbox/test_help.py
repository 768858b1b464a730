"""Help teaches, failures are one line, and neither starts any machinery."""

from __future__ import annotations

import subprocess
import sys
from importlib import import_module
from typing import Any

import pytest

from sandbox.command_line import COMMANDS


@pytest.mark.parametrize("name", COMMANDS)
def test_the_summary_in_the_table_is_the_commands_own(name: str) -> None:
    command = import_module(f"sandbox.command_line.{name}").command
    assert command.get_short_help_str(limit=200) == COMMANDS[name]


@pytest.mark.parametrize("name", COMMANDS)
def test_every_help_has_examples_and_tells_how_it_exits(name: str, scard: Any) -> None:
    done = scard(name, "--help")
    assert done.returncode == 0
    examples = [line for line in done.stdout.splitlines() if line.strip().startswith(f"scard {name}")]
    assert examples
    assert "exit status" in done.stdout.lower()


def test_help_lists_every_command(scard: Any) -> None:
    done = scard("--help")
    assert done.returncode == 0
    for name, summary in COMMANDS.items():
        assert name in done.stdout
        assert summary in done.stdout
    assert scard().stdout == done.stdout


def test_help_imports_no_card_no_reader_and_no_rich() -> None:
    code = (
        "import sys\nfrom sandbox.command_line import main\n"
        "try:\n    main(['--help'])\nexcept SystemExit:\n    print('\\nLOADED', *sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True, timeout=60)
    loaded = {name.partition(".")[0] for name in done.stdout.partition("LOADED")[2].split()}
    assert "click" in loaded
    assert loaded & {"iso7816", "emulator", "scardmgr", "virtual_reader", "rich", "cryptography", "sqlite3"} == set()


@pytest.mark.parametrize(
    ("arguments", "status", "says"),
    [
        (["nonsense"], 2, "nonsense"),
        (["--nonsense"], 2, "--nonsense"),
        (["atr", "--nonsense"], 2, "scard atr --help"),
        (["atr", "--card", "iso7816", "--reader", "x"], 2, "--reader"),
        (["atr", "3B8"], 2, "hex"),
        (["atr", "3B80"], 1, "TD1"),
        (["cat", "--card", "iso7816"], 2, "PATH"),
        (["apdu", "--card", "iso7816"], 2, "APDU"),
        (["apdu", "--card", "iso7816", "00A4"], 2, "4 bytes"),
        (["apdu", "--card", "iso7816", "zz"], 2, "hex"),
        (["ls", "--card", "no-such-profile"], 3, "no-such-profile"),
        (["ls", "--card", "missing.toml"], 3, "missing.toml"),
        (["ls", "--card", "iso7816", "3F00/7FFF"], 1, "7FFF"),
        (["cat", "--card", "iso7816", "3F00/6FFF"], 1, "scard ls"),
        (["serve", "--card", "iso7816", "--vpcd", "nonsense"], 2, "host:port"),
        (["run", "true"], 125, "--card"),
        (["run"], 125, "PROGRAM"),
        (["run", "--card", "iso7816", "--ephemeral", "--save", "x.card", "--", "true"], 125, "--save"),
        (["run", "--card", "no-such-profile", "--", "true"], 125, "no-such-profile"),
        (["run", "--card", "iso7816", "--", "/no/such/program"], 127, "/no/such/program"),
        (["run", "--card", "iso7816", "--", "/etc/passwd"], 126, "/etc/passwd"),
    ],
)
def test_a_failure_is_one_line_on_stderr_with_its_own_status(
    arguments: list[str], status: int, says: str, scard: Any
) -> None:
    done = scard(*arguments)
    assert done.returncode == status
    assert done.stdout == ""
    assert done.stderr.startswith("scard: ")
    assert done.stderr.count("\n") == 1
    assert says in done.stderr
