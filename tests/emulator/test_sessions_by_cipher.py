"""Sessions by keys of every cipher and size, begun in both ways; commands in another order end them all."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from iso7816 import CommandAPDU
from iso7816.secure_messaging import SessionKeys

from .outside import KEYS, Outside

FILE = '[files."3F00/6F01"]\ntype = "transparent"\ncontent = "protected"\naccess = { read = "secure messaging" }\n'
SELECT = "00A4000C 02 6F01"
READ = "00B00000 09"
CONTENT = b"protected".hex().upper()


@pytest.fixture
def outside(define: Callable[[str], Any]) -> Outside:
    """Of a card with all the keys that there are for it, and a file that is read in sessions only."""
    keys = "".join(
        f'[[keys]]\nreference = {reference}\ntype = "{key_type.value}"\nvalue = "{value.hex()}"\n'
        'usage = ["external", "secure messaging"]\n'
        for reference, (key_type, value) in KEYS.items()
    )
    return Outside(define(keys + FILE).card)


def begin_mutually(outside: Outside, reference: int) -> str:
    return outside.authenticate(reference)


def begin_static(outside: Outside, reference: int) -> str:
    key_type, value = KEYS[reference]
    return outside.begin_static(reference, reference, SessionKeys(key_type, value, value))


WAYS = {"mutually": begin_mutually, "with static keys": begin_static}
BY = [(way, reference) for way in WAYS for reference in KEYS]


@pytest.mark.parametrize(("way", "reference"), BY)
def test_a_session_reads_what_only_sessions_read(outside: Outside, way: str, reference: int) -> None:
    assert outside.plain(SELECT) == "9000"
    assert outside.plain(READ) == "6982"
    assert WAYS[way](outside, reference) == "9000"
    assert outside.say(SELECT) == "9000"
    for is_enciphered in (True, False, True):
        assert outside.say(READ, is_enciphered=is_enciphered) == CONTENT + "9000"


def test_static_keys_of_different_lengths_serve_together(outside: Outside) -> None:
    """AES-192 enciphers, AES-128 and AES-256 make the checksums; and the other way round."""
    for encryption, checksum in ((7, 2), (2, 7), (7, 3), (3, 7)):
        key_type, value = KEYS[encryption]
        assert outside.begin_static(encryption, checksum, SessionKeys(key_type, value, KEYS[checksum][1])) == "9000"
        assert outside.say(SELECT) == "9000"
        assert outside.say(READ) == CONTENT + "9000"


@pytest.mark.parametrize(("way", "reference"), BY)
def test_the_second_command_first_ends_the_session(outside: Outside, way: str, reference: int) -> None:
    assert WAYS[way](outside, reference) == "9000"
    assert outside.say(SELECT) == "9000"
    assert outside.session is not None
    first, second = (outside.session.protect(CommandAPDU.parse(bytes.fromhex(READ))) for _ in range(2))
    # Neither of them is answered, nor any more that comes under that session; and what it proved is forgotten.
    for command in (second, first, second):
        answer = outside.exchange(command)
        assert (answer.data, f"{answer.sw:04X}") == (b"", "6988")
    assert outside.plain(READ) == "6982"
    if way == "mutually":
        assert outside.plain(f"008200{reference:02X}") == "6300"
    assert WAYS[way](outside, reference) == "9000"
    assert outside.say(READ) == CONTENT + "9000"


@pytest.mark.parametrize(("way", "reference"), BY)
def test_a_command_that_was_left_out_ends_the_session(outside: Outside, way: str, reference: int) -> None:
    assert WAYS[way](outside, reference) == "9000"
    assert outside.session is not None
    outside.session.protect(CommandAPDU.parse(bytes.fromhex(SELECT)))
    answer = outside.exchange(outside.session.protect(CommandAPDU.parse(bytes.fromhex("00840000 08"))))
    assert (answer.data, f"{answer.sw:04X}") == (b"", "6988")
    assert outside.plain("0CB00000 0D 970109 8E08 0000000000000000 00") == "6988"
