"""``scard demo`` tells the whole story, in words, without a secret."""

from __future__ import annotations

import re
from typing import Any

import pytest

WORDS = [
    "AttachByIFD",
    "CreateFileAccess",
    "SELECT",
    "READ BINARY",
    "SCARD_W_SECURITY_VIOLATION",
    "CreateCHVerification",
    "SCARD_W_WRONG_CHV, 2 tries left",
    "VERIFY",
    "UPDATE BINARY",
    "CHANGE REFERENCE DATA",
    "ICC_Auth",
    "INTERNAL AUTHENTICATE",
    "the card is genuine",
    "GET CHALLENGE",
    "APP_Auth",
    "EXTERNAL AUTHENTICATE",
    "Detach",
    "normal processing",
]


@pytest.fixture(scope="module")
def output(scard: Any) -> str:
    done = scard("demo")
    assert done.returncode == 0, done.stderr
    text: str = done.stdout
    return text


@pytest.mark.parametrize("words", WORDS)
def test_the_story_is_complete(words: str, output: str) -> None:
    assert words in output


def test_it_is_plain_when_piped_and_the_same_each_time(output: str, scard: Any) -> None:
    assert "\x1b" not in output
    assert scard("demo").stdout == output


def test_in_full_every_command_has_its_bytes_and_no_secret(scard: Any) -> None:
    done = scard("demo", "--bytes")
    assert done.returncode == 0
    assert len(re.findall(r"^ +> [0-9A-F]{2} ", done.stdout, flags=re.MULTILINE)) >= 15
    for secret in (b"1234", b"4711", b"0000", bytes(range(16))):
        assert secret.hex(" ").upper() not in done.stdout
    assert "**" in done.stdout
