"""The interpreter ends while daemon threads use cards, as pyscard's monitors do, and finalizers release what is left.

Such a thread is stopped wherever it is, and what locks it has nobody leaves any more.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

PROGRAM = Path(__file__).with_name("programs") / "ends_with_threads.py"


@pytest.mark.parametrize("what", ["look", "connect", "establish", "list", "transact"])
def test_what_is_released_last_waits_for_nobody(what: str) -> None:
    done = subprocess.run([sys.executable, PROGRAM, what], check=False, capture_output=True, text=True, timeout=60)
    assert (done.stdout, done.stderr, done.returncode) == ("disconnected 0 released 0\n", "", 0)
