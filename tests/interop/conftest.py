"""A card in a private, real PC/SC daemon, and programs that nobody here wrote run against it."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from emulator import Card
from virtual_reader import PrivateDaemon

BOUND = 60
"""Seconds after which a program counts as hanging."""

Run = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def card() -> Iterator[Card]:
    with Card.from_profile("iso7816") as emulated:
        yield emulated


@pytest.fixture
def reader(card: Card) -> Iterator[Any]:
    with PrivateDaemon() as daemon, daemon.insert(card) as slot:
        yield slot


@pytest.fixture
def run_program(reader: Any) -> Run:
    """Run a program that sees ``reader`` and no other."""

    def run(*arguments: str, check: bool = True, text: str = "") -> subprocess.CompletedProcess[str]:
        done = subprocess.run(
            arguments,
            check=False,
            env={**os.environ, **reader.environment, "LC_ALL": "C.UTF-8"},
            input=text,
            capture_output=True,
            text=True,
            timeout=BOUND,
        )
        assert not check or done.returncode == 0, f"{arguments} -> {done.returncode}\n{done.stdout}\n{done.stderr}"
        return done

    return run


@pytest.fixture
def dumped() -> Callable[[str], bytes]:
    """The bytes in OpenSC's hex dumps, all together."""

    def bytes_of(output: str) -> bytes:
        lines = re.findall(r"^(?:[0-9A-F]{8}: )?((?:[0-9A-F]{2} ){1,16})", output, flags=re.MULTILINE)
        return b"".join(bytes.fromhex(line) for line in lines)

    return bytes_of
