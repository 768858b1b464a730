"""A contactless card, as opensc-tool sees it: ATR, UID and ATS."""

from __future__ import annotations

from typing import Any

import pytest

pytestmark = pytest.mark.card("cards/tag.toml", via="pcscd")


def test_the_atr_is_that_of_part_3(run_program: Any) -> None:
    done = run_program("opensc-tool", "--atr")
    assert done.stdout.strip() == "3b:81:80:01:80:80"  # published as that of the card with this ATS


def test_uid_and_ats_are_had_from_the_reader_and_files_from_the_card(run_program: Any, dumped: Any) -> None:
    apdus = ("FFCA000000", "FFCA010000", "00B0810000")
    sends = [argument for apdu in apdus for argument in ("--send-apdu", apdu)]
    done = run_program("opensc-tool", "--card-driver", "default", *sends)
    assert done.stdout.count("SW1=0x90, SW2=0x00") == 3
    assert dumped(done.stdout) == bytes.fromhex("04A2B3C4D5E680 067577810280") + b"Hello"
