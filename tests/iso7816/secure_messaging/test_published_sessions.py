"""Published sessions, byte for byte, at both ends."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import pytest

from iso7816 import CommandAPDU, KeyType, ResponseAPDU
from iso7816.padding import pad
from iso7816.secure_messaging import CardSession, HostSession, SessionKeys, derive_session_keys
from iso7816.secure_messaging.algorithms import SessionCipher

SESSIONS = tomllib.loads((Path(__file__).parent / "vectors.toml").read_text("utf-8"))["session"]
FOUR_BLOCKS = (
    "6BC1BEE22E409F96E93D7E117393172A AE2D8A571E03AC9C9EB76FAC45AF8E51"
    "30C81C46A35CE411E5FBC1191A0A52EF F69F2445DF4F9B17AD2B417BE66C3710"
)


def raw(text: str) -> bytes:
    return bytes.fromhex(text)


def keys_of(session: dict[str, Any]) -> SessionKeys:
    return SessionKeys(KeyType[session["key_type"]], raw(session["encryption"]), raw(session["checksum"]))


@pytest.mark.parametrize("session", SESSIONS, ids=lambda each: each["id"])
def test_the_outside_says_what_is_published(session: dict[str, Any]) -> None:
    host = HostSession(keys_of(session), raw(session["counter"]))
    for exchange in session["exchange"]:
        command = CommandAPDU.parse(raw(exchange["command"]))
        protected = host.protect(command)
        assert protected.to_bytes() == raw(exchange["protected_command"]), exchange["what"]
        if "response" in exchange:
            answer = host.open(command, ResponseAPDU.parse(raw(exchange["protected_response"])))
            assert answer.to_bytes() == raw(exchange["response"]), exchange["what"]
    assert not host.is_over


@pytest.mark.parametrize("session", SESSIONS, ids=lambda each: each["id"])
def test_the_card_answers_what_is_published(session: dict[str, Any]) -> None:
    card = CardSession(keys_of(session), raw(session["counter"]))
    for exchange in session["exchange"]:
        protected = CommandAPDU.parse(raw(exchange["protected_command"]))
        assert card.open(protected) == CommandAPDU.parse(raw(exchange["command"])), exchange["what"]
        if "response" in exchange:
            answer = card.protect(protected, ResponseAPDU.parse(raw(exchange["response"])))
            assert answer.to_bytes() == raw(exchange["protected_response"]), exchange["what"]
    assert not card.is_over


# ICAO Doc 9303-11, appendix D.2 (keys of the document) and D.3 (keys of the session)
@pytest.mark.parametrize(
    ("secret", "encryption", "checksum"),
    [
        (
            "239AB9CB282DAF66231DC5A4DF6BFBAE",
            "AB94FDECF2674FDFB9B391F85D7F76F2",
            "7962D9ECE03D1ACD4C76089DCE131543",
        ),
        (
            "0036D272F5C350ACAC50C3F572D23600",
            "979EC13B1CBFE9DCD01AB0FED307EAE5",
            "F1CB1F1FB5ADF208806B89DC579DC1F8",
        ),
    ],
)
def test_derived_keys_are_the_published_ones(secret: str, encryption: str, checksum: str) -> None:
    keys = derive_session_keys(KeyType.TRIPLE_DES, raw(secret))
    assert (keys.encryption, keys.checksum) == (raw(encryption), raw(checksum))


def test_the_retail_mac_is_the_published_one() -> None:
    """ICAO Doc 9303-11, appendix D.3: MIFD over EIFD. The first 8 bytes stand where the counter does in a session."""
    keys = SessionKeys(
        KeyType.TRIPLE_DES, raw("AB94FDECF2674FDFB9B391F85D7F76F2"), raw("7962D9ECE03D1ACD4C76089DCE131543")
    )
    cryptogram = raw("72C29C2371CC9BDB65B779B8E8D37B29ECC154AA56A8799FAE2F498F76ED92F2")
    assert SessionCipher(keys).checksum(cryptogram[:8], pad(cryptogram[8:], 8)) == raw("5F1448EEA8AD90A7")


@pytest.mark.parametrize(
    ("message", "mac"),
    [
        ("6BC1BEE22E409F96E93D7E117393172A", "070A16B46B4D4144"),
        (FOUR_BLOCKS, "51F0BEBF7E3B9D92"),
    ],
)
def test_cmac_is_the_published_one(message: str, mac: str) -> None:
    """NIST SP 800-38B, appendix D.1 (AES-128), examples 2 and 4, cut to 8 bytes."""
    key = raw("2B7E151628AED2A6ABF7158809CF4F3C")
    data = raw(message)
    assert SessionCipher(SessionKeys(KeyType.AES, key, key)).checksum(data[:16], data[16:]) == raw(mac)
