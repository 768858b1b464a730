"""The commands of the manual's page are run as they stand there."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

PAGE = (Path(__file__).parents[3] / "docs" / "profiles" / "piv.md").read_text(encoding="utf-8")
LINES = [line for block in re.findall(r"```sh\n(.*?)```", PAGE, flags=re.DOTALL) for line in block.splitlines()]

Say = Callable[[str], str]


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
    assert "7F 61 22 02 01 01 7F 60" in of("7F61")
    assert "SW1=0x90, SW2=0x00" in of("00200096")
    assert "PRIMARY FINGER: 5 of 5 tries left" in of("scard show finger.card")


def test_ykman_takes_the_card_as_the_page_says(say: Say, programs: Path) -> None:
    ykman = os.environ.get("SCARDMGR_YKMAN", "")
    if not Path(ykman).is_file():
        ykman = shutil.which("ykman") or pytest.skip("ykman is not installed: run these tests with tox")
    (programs / "ykman").symlink_to(ykman)
    *_, told = [say(line) for line in (LINES[0], *(line for line in LINES if " ykman " in line))]
    assert "Private key type: ECCP256" in told
