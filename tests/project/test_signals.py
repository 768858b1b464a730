"""The tests run alike in the foreground, in the background and behind nohup."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

LOOKS = """
import signal, subprocess, sys

PROGRAM = "import signal; print(*(signal.getsignal(n) is signal.SIG_IGN for n in (1, 2, 3, 15)))"

def test_it():
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
    print(subprocess.run([sys.executable, "-c", PROGRAM], check=True, capture_output=True, text=True).stdout)
    signal.raise_signal(signal.SIGHUP)
    signal.raise_signal(signal.SIGQUIT)
"""


def test_programs_can_be_interrupted_also_where_whoever_started_the_tests_cannot(pytester: pytest.Pytester) -> None:
    pytester.makeconftest(Path(__file__).parents[1].joinpath("conftest.py").read_text(encoding="utf-8"))
    pytester.makepyfile(LOOKS)
    ignoring = 'trap "" HUP INT QUIT; exec "$@"'
    done = subprocess.run(
        ["sh", "-c", ignoring, "sh", sys.executable, "-m", "pytest", "-rP", "-p", "no:cacheprovider"],
        check=False,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 0, done.stdout
    assert "False False False False" in done.stdout
