"""What tests here and in the examples would do to a physical card they say, and so it is not done unasked."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from virtual_reader import PrivateDaemon

ROOT = Path(__file__).parents[2]
SECONDS = 120


class Witness:
    """A card that only remembers what it was sent."""

    def __init__(self) -> None:
        self.commands: list[bytes] = []

    def power_on(self) -> bytes:
        return bytes.fromhex("3B80 01 81")

    def power_off(self) -> None:
        pass

    def reset(self) -> bytes:
        return self.power_on()

    def transmit(self, command: bytes) -> bytes:
        self.commands.append(command)
        return b"\x90\x00"


@pytest.mark.parametrize(
    "tests",
    [
        "tests/scardmgr/test_verification.py",
        "tests/scardmgr/test_file_management.py",
        "tests/interop/gids/test_gids_tool.py",
        "examples/loyalty_card",
        "examples/ticket",
        "examples/visitor_card",
    ],
)
def test_nothing_is_done_to_a_physical_card_that_was_not_allowed(tests: str) -> None:
    card = Witness()
    path = ROOT / tests
    of_a_stranger = ("-c", os.devnull, "--rootdir", ".") if path.is_dir() else ()
    with PrivateDaemon() as daemon, daemon.insert(card) as reader:
        done = subprocess.run(
            [
                *(sys.executable, "-m", "pytest", "-q", "-n", "0", "-p", "no:cacheprovider", "-p", "no:randomly"),
                *("--scard-reader", reader.name, *of_a_stranger, "." if path.is_dir() else tests),
            ],
            cwd=path if path.is_dir() else ROOT,
            env={**os.environ, **reader.environment},
            capture_output=True,
            text=True,
            timeout=SECONDS,
            check=False,
        )
    assert done.returncode == 0, done.stdout + done.stderr
    assert " skipped" in done.stdout
    changing = [each for each in card.commands if each[1] not in (0xA4, 0xB0, 0xB2, 0xC0, 0xCA, 0xCB)]
    assert not changing, changing
