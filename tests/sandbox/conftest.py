"""The ``scard`` command as a process of its own, as its users have it."""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from emulator import Card

SCARD = (sys.executable, "-c", "from sandbox.command_line import main; main()")
BOUND = 60


@pytest.fixture(scope="session")
def scard_command() -> tuple[str, ...]:
    """What starts ``scard``, for a test that starts the process itself."""
    return SCARD


@pytest.fixture
def signal_besides(eventually: Callable[[Callable[[], object]], None]) -> Callable[[int, signal.Signals], None]:
    """Send a signal to a process whose main thread sleeps, as the system does that gives it to another thread.

    The main thread sleeps on, as one does that a signal has reached the moment before it went to sleep.
    """

    def send(process: int, signum: signal.Signals) -> None:
        threads, pause = Path(f"/proc/{process}/task"), threading.Event()

        def sleeps() -> bool:
            status = (threads / str(process) / "status").read_text()
            pause.wait(0.05)
            return "\nState:\tS" in status and status == (threads / str(process) / "status").read_text()

        eventually(sleeps)
        besides = next(int(each.name) for each in threads.iterdir() if int(each.name) != process)
        assert ctypes.CDLL(None).tgkill(process, besides, signum) == 0

    return send


@pytest.fixture(scope="session")
def scard() -> Callable[..., subprocess.CompletedProcess[str]]:
    """Run ``scard`` with arguments, its output piped; ``text`` is its standard input."""

    def run(*arguments: str, text: str = "", **environment: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [*SCARD, *arguments],
            check=False,
            env={**os.environ, **environment},
            input=text,
            capture_output=True,
            text=True,
            timeout=BOUND,
        )

    return run


@pytest.fixture
def image(card: Card, tmp_path: Path) -> Path:
    """An image of the built-in profile."""
    path = tmp_path / "image.card"
    card.save(path)
    return path
