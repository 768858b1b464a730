"""A small count of the run that kills processes with an image open, and that it would see what is lost."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

BENCHMARKS = Path(__file__).parents[3] / "benchmarks"
LOSES = f"""
import sys
sys.path.insert(0, {str(BENCHMARKS)!r})
import kill_card
from emulator.images import opening
from emulator.persistent import Table

write_change = opening.write_change

def write_most(connection, change, seal):
    if change.table is not Table.CONTENTS:
        write_change(connection, change, seal)

opening.write_change = write_most
sys.exit(kill_card.run(20, 1, flushed=False))
"""


@pytest.mark.parametrize("more", [[], ["--flushed"]])
def test_what_was_acknowledged_survives(more: list[str]) -> None:
    command = [sys.executable, str(BENCHMARKS / "kill_card.py"), "--count", "15", "--seed", "7", *more]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=100)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "15 kills" in done.stdout
    assert "0 wrong" in done.stdout


def test_what_is_lost_is_seen() -> None:
    done = subprocess.run([sys.executable, "-c", LOSES], capture_output=True, text=True, check=False, timeout=100)
    assert done.returncode == 1
    assert "neither state" in done.stderr
