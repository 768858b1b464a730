"""Programs that nobody here wrote, run against the card in the test's reader."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Callable
from typing import Any

import pytest

BOUND = 60
"""Seconds after which a program counts as hanging."""

Run = Callable[..., "subprocess.CompletedProcess[str]"]


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
