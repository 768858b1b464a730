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

STEPS = f"""
import sys
from pathlib import Path
sys.path.insert(0, {str(BENCHMARKS)!r})
import kill_card
from emulator import Card, register_application

register_application(kill_card.Purse)
Path("card.toml").write_text(kill_card.DEFINITION)
with Card.from_profile("card.toml") as card:
    before = kill_card.observe(card._state)
    for index in range(2000):
        commands = kill_card.step(2026, index)
        kill_card.take(card, commands)
        if (now := kill_card.observe(card._state)) != before:
            print((commands[-1] or bytes((0x00, 0x82)))[:2].hex())
        before = now
"""
# All that change something but GENERATE ASYMMETRIC KEY PAIR (46) and TERMINATE CARD USAGE (FE). INTERNAL AUTHENTICATE
# (88) and those with offset objects (0F, D1, D7, DD) change what others do.
CHANGE = "04 0C 0E 20 22 24 26 28 2A 2C 44 82 D0 D2 D6 DA DB DC E0 E2 E4 E6 E8"


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


def test_commands_of_every_kind_change_something(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", STEPS], capture_output=True, text=True, check=False, timeout=100, cwd=tmp_path
    )
    assert done.returncode == 0, done.stderr
    assert set(done.stdout.split()) == {f"00{ins.lower()}" for ins in CHANGE.split()} | {"8010"}
