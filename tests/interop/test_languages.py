"""Programs under test in other languages than C and Python: through ``subprocess``, with the reader's environment."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path
from typing import Any

import pytest

PROGRAMS = Path(__file__).with_name("programs")
BOUND = 60
SCRIPT = """#!/bin/sh
set -e
answer=$(opensc-tool --send-apdu 00:A4:00:0C:02:3F:00)
case $answer in
    *"SW1=0x90, SW2=0x00"*) echo "the card answers" ;;
    *) exit 1 ;;
esac
"""

pytestmark = pytest.mark.card("iso7816", via="pcscd")


def test_a_program_in_go(reader: Any, tmp_path: Path) -> None:
    program = tmp_path / "select_mf"
    build = {**os.environ, "GOCACHE": str(tmp_path / "cache"), "GO111MODULE": "off"}
    command = ["go", "build", "-o", str(program), str(PROGRAMS / "select_mf.go")]
    built = subprocess.run(command, env=build, capture_output=True, text=True, timeout=BOUND, check=False)
    assert built.returncode == 0, built.stderr
    done = subprocess.run(
        [program],
        env={**os.environ, **reader.environment},
        capture_output=True,
        text=True,
        timeout=BOUND,
        check=False,
    )
    assert (done.returncode, done.stdout) == (0, f"{reader.name}: 9000\n"), done.stderr


def test_a_shell_script(reader: Any, tmp_path: Path) -> None:
    script = tmp_path / "script.sh"
    script.write_text(SCRIPT, encoding="ascii")
    done = subprocess.run(
        ["sh", script],
        env={**os.environ, **reader.environment},
        capture_output=True,
        text=True,
        timeout=BOUND,
        check=False,
    )
    assert (done.returncode, done.stdout) == (0, "the card answers\n"), done.stderr
