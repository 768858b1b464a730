"""The ``scard`` command as a process of its own, as its users have it."""

from __future__ import annotations

import os
import subprocess
import sys
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
