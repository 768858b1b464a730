"""Processes that fork, or end, while other threads are in the database."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[4]
BUSY = """
import os, sys, threading, time
from scardmgr.winscard.database import *
place = sys.argv[1]
database = SmartCardDatabase.in_memory() if place == "memory" else SmartCardDatabase.at(place)
database.introduce_card_type(CardType("Card", b"\\x3b\\x00"))
def ask():
    while True:
        database.card_types(b"\\x3b\\x00")
for _ in range(3):
    threading.Thread(target=ask, daemon=True).start()
"""
FORKS = """
for _ in range(int(sys.argv[2])):
    child = os.fork()
    if child == 0:
        os._exit(0 if database.card_types(b"\\x3b\\x00") else 1)
    end = time.monotonic() + 20
    while True:
        ended, status = os.waitpid(child, os.WNOHANG)
        if ended:
            break
        if time.monotonic() > end:
            os.kill(child, 9)
            sys.exit("a child hangs")
    if status:
        sys.exit("a child failed")
os._exit(0)
"""


def run(program: str, *arguments: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-W", "ignore", "-c", program, *map(str, arguments)],
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
@pytest.mark.parametrize(("place", "times"), [("memory", 200), ("cards.sqlite3", 40)])
def test_a_child_that_is_forked_while_threads_are_in_the_database_can_use_it(
    place: str, times: int, tmp_path: Path
) -> None:
    ran = run(BUSY + FORKS, place if place == "memory" else tmp_path / place, times)
    assert (ran.returncode, ran.stderr) == (0, "")


@pytest.mark.parametrize("_again", range(3))
def test_a_process_that_ends_while_a_daemon_thread_is_in_the_database_ends_well(_again: int) -> None:
    ran = run(BUSY + "time.sleep(0.05)", "memory")
    assert (ran.returncode, ran.stderr) == (0, "")
