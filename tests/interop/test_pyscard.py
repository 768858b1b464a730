"""A plain pyscard program in a process of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from emulator import Card

pytestmark = pytest.mark.card(via="pcscd")

PROGRAM = Path(__file__).with_name("programs") / "plain_pyscard.py"


@pytest.fixture
def program(reader: Any) -> Iterator[subprocess.Popen[str]]:
    with subprocess.Popen(
        [sys.executable, str(PROGRAM)],
        env={**os.environ, **reader.environment},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        yield process
        process.communicate(timeout=60)
        assert process.returncode == 0


def line(program: subprocess.Popen[str], beginning: str) -> str:
    """The next line, which begins so; the test's own timeout bounds the wait."""
    assert program.stdout is not None
    text = program.stdout.readline().rstrip("\n")
    assert text.startswith(beginning)
    return text[len(beginning) :].strip()


def test_readers_connect_transmit_and_card_monitor(program: subprocess.Popen[str], reader: Any, card: Card) -> None:
    names = [line(program, "reader") for _ in range(2)]
    assert names[0] == reader.name
    atr = line(program, "atr")
    assert bytes.fromhex(atr) == card.atr
    assert line(program, "select") == "9000"
    assert line(program, "read") == "9000 Hello, smart card."

    assert line(program, "inserted") == atr
    reader.remove()
    assert line(program, "removed") == atr
    reader.insert()
    assert line(program, "inserted") == atr
