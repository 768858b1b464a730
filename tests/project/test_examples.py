"""The examples work as their README says."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

EXAMPLES = Path(__file__).parents[2] / "examples"


@pytest.fixture
def environment() -> dict[str, str]:
    """Ours, in which a script may import what lies beside it."""
    return {name: value for name, value in os.environ.items() if name != "PYTHONSAFEPATH"}


def test_the_loyalty_cards_tests_pass(environment: dict[str, str]) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--rootdir=.", "-c", os.devnull],
        check=False,
        cwd=EXAMPLES / "loyalty_card",
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 0, done.stdout


def test_the_till_works_through_a_real_daemon(environment: dict[str, str]) -> None:
    pytest.importorskip("smartcard", reason="the till reaches real PC/SC by pyscard")
    scard = [sys.executable, "-c", "from sandbox.command_line import main; main()"]
    till = [sys.executable, "till.py", "Virtual Reader 00 00", "10"]
    done = subprocess.run(
        [*scard, "run", "--card", "loyalty.toml", "--", *till],
        check=False,
        cwd=EXAMPLES / "loyalty_card",
        env=environment,
        input="0F0E0D0C0B0A09080706050403020100\n",
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.endswith("balance: 10\n")
