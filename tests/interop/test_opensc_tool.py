"""opensc-tool, of OpenSC, against the built-in profile."""

from __future__ import annotations

import re
from typing import Any

import pytest

from emulator import Card

pytestmark = pytest.mark.card(via="pcscd")


def test_atr(run_program: Any, card: Card) -> None:
    done = run_program("opensc-tool", "--atr")
    assert bytes.fromhex(done.stdout.strip().replace(":", "")) == card.atr


def test_name(run_program: Any) -> None:
    # OpenSC's default driver takes every ISO/IEC 7816-4 card that no other knows
    done = run_program("opensc-tool", "--card-driver", "default", "-n")
    assert done.stdout.strip() == "Unsupported card"


def test_list_files_walks_the_whole_tree(run_program: Any) -> None:
    # No interindustry command lists files; tcos is the driver that otherwise speaks plain ISO/IEC 7816-4.
    done = run_program("opensc-tool", "--card-driver", "tcos", "--list-files")
    listed = {path.upper() for path in re.findall(r"^\s*([0-9a-fA-F]{4,}) ", done.stdout, flags=re.MULTILINE)}
    assert {"3F00", "3F002F00", "3F007F10", "3F007F106F01", "3F007F106F06"} <= listed


def test_send_apdu(run_program: Any, dumped: Any) -> None:
    done = run_program(
        *("opensc-tool", "--card-driver", "default"),
        *("--send-apdu", "00A4040C0AF073636172646D677201"),
        *("--send-apdu", "00B0810012"),
        *("--send-apdu", "00A4000C027FFF"),
    )
    assert done.stdout.count("SW1=0x90, SW2=0x00") == 2
    assert b"Hello, smart card." in dumped(done.stdout)
    assert "SW1=0x6A, SW2=0x82" in done.stdout
