"""The commands of the manual's page are run as they stand there."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

PAGE = (Path(__file__).parents[3] / "docs" / "profiles" / "piv.md").read_text(encoding="utf-8")
LINES = [line for block in re.findall(r"```sh\n(.*?)```", PAGE, flags=re.DOTALL) for line in block.splitlines()]

Say = Callable[[str], str]


@pytest.fixture
def programs(folder: Path) -> Path:
    """What is found before all else, with ``scard`` in it."""
    place = folder / "bin"
    place.mkdir()
    (place / "scard").write_text(
        f'#!/bin/sh\nexec {sys.executable} -c "from sandbox.command_line import main; main()" "$@"\n', encoding="ascii"
    )
    (place / "scard").chmod(0o755)
    return place


@pytest.fixture
def say(folder: Path, programs: Path) -> Say:
    """Types one line, and returns what is said."""

    def said(line: str) -> str:
        done = subprocess.run(
            ["sh", "-c", line],
            check=False,
            cwd=folder,
            env={**os.environ, "PATH": f"{programs}{os.pathsep}{os.environ['PATH']}", "LC_ALL": "C.UTF-8"},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=60,
        )
        assert done.returncode == 0, f"{line}\n{done.stdout}\n{done.stderr}"
        return done.stdout + done.stderr

    return said


def test_the_commands_of_the_page_work(say: Say) -> None:
    said = {line: say(line) for line in LINES if " ykman " not in line}
    assert len(said) > 10

    def of(words: str) -> str:
        [answer] = [answer for line, answer in said.items() if words in line]
        return answer

    assert "Subject DN:\tCN=first" in of("-a status")
    assert "No errors" in of("--test")
    assert "ecdsa-sha2-nistp256" in of("ssh-keygen")
    assert "Successful ECDSA verification." in of("test-signature")


def test_ykman_takes_the_card_as_the_page_says(say: Say, programs: Path) -> None:
    ykman = os.environ.get("SCARDMGR_YKMAN", "")
    if not Path(ykman).is_file():
        ykman = shutil.which("ykman") or pytest.skip("ykman is not installed: run these tests with tox")
    (programs / "ykman").symlink_to(ykman)
    *_, told = [say(line) for line in (LINES[0], *(line for line in LINES if " ykman " in line))]
    assert "Private key type: ECCP256" in told
