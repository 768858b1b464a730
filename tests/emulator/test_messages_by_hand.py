"""Whole exchanges under secure messaging, each byte of them computed by hand, beside the program's own computation."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from emulator import Card

from .by_hand import Block, HandSession, cmac, derived, padded, xor

KEYS = {
    "3DES": (1, "239AB9CB282DAF66231DC5A4DF6BFBAE"),
    "AES-128": (2, "101112131415161718191A1B1C1D1E1F"),
    "AES-192": (3, "404142434445464748494A4B4C4D4E4F5051525354555657"),
    "AES-256": (4, "000102030405060708090A0B0C0D0E0F101112131415161718191A1B1C1D1E1F"),
}
FILES = """
[card]
historical_bytes = "80 31 E0 73 F7 41 FF"
[files."3F00/6F01"]
type = "transparent"
content = "what only sessions read"
size = 600
access = { read = "secure messaging", update = "secure messaging" }
"""
CONTENT = b"what only sessions read"
CHANNELS = [0, 3, 4, 19]
LONG = bytes(range(256)) + bytes(range(100))


# The hand itself: as published


@pytest.mark.parametrize(
    ("key", "expected"),
    [
        ("2B7E151628AED2A6ABF7158809CF4F3C", "070A16B46B4D4144F79BDD9DD04A287C"),
        ("8E73B0F7DA0E6452C810F32B809079E562F8EAD2522C6B7B", "9E99A7BF31E710900662F65E617C5184"),
        ("603DEB1015CA71BE2B73AEF0857D77811F352C073B6108D72D9810A30914DFF4", "28A7023F452E8F82BD4BF28D8C37C35C"),
    ],
)
def test_checksums_as_published(key: str, expected: str) -> None:
    """NIST SP 800-38B, appendix D, the second example of each length of key."""
    message = bytes.fromhex("6BC1BEE22E409F96E93D7E117393172A")
    assert cmac(bytes.fromhex(key), message).hex().upper() == expected


def test_a_session_of_3des_as_published() -> None:
    """ICAO Doc 9303-11, appendix D.4."""
    keys = (bytes.fromhex("979EC13B1CBFE9DCD01AB0FED307EAE5"), bytes.fromhex("F1CB1F1FB5ADF208806B89DC579DC1F8"))
    session = HandSession(*keys, bytes.fromhex("887022120C06C226"), is_aes=False)
    select = session.command("0CA4020C", b"\x01\x1e")
    assert select.hex().upper() == "0CA4020C158709016375432908C044F68E08BF8B92D635FF24F800"
    assert session.opened(bytes.fromhex("990290008E08FA855A5D4C50A8ED9000")) == (b"", "9000")
    assert session.command("0CB00000", le="04").hex().upper() == "0CB000000D9701048E08ED6705417E96BA5500"
    answer = bytes.fromhex("8709019FF0EC34F9922651990290008E08AD55CC17140B2DED9000")
    assert session.opened(answer) == (bytes.fromhex("60145F01"), "9000")


def test_a_session_of_aes_as_published() -> None:
    """BSI, worked example for Extended Access Control (TR-03110): terminal authentication after PACE."""
    keys = (bytes.fromhex("68406B4162100563D9C901A6154D2901"), bytes.fromhex("73FF268784F72AF833FDC9464049AFC9"))
    session = HandSession(*keys, bytes(15) + b"\x04", is_aes=True)
    command = session.command("0C2281B6", bytes.fromhex("830D44455445535444564445303139"))
    expected = "0C2281B61D871101A7BB8F230FFF9221162AD673B9F319A88E08D8713E9B7A600B4900"
    assert command.hex().upper() == expected
    assert session.opened(bytes.fromhex("990290008E08C8488F79FEF386C79000")) == (b"", "9000")


# The card


class Hand:
    """A person who sends a card its bytes on a logical channel, and looks at each that comes."""

    def __init__(self, card: Card, channel: int) -> None:
        self.card, self.session = card, HandSession(bytes(16), bytes(16), bytes(16), is_aes=True)
        card.power_on()
        self.plain_class = channel if channel < 4 else 0x40 + channel - 4
        # Bits 3 and 4, the header authenticated; of the channels from 4 on bit 6, which does not say that.
        self.protected_class = channel | 0x0C if channel < 4 else 0x60 + channel - 4
        if channel:
            assert self.card.transmit(bytes((0x00, 0x70, 0x00, channel))) == b"\x90\x00"

    def plain(self, command: str) -> bytes:
        answer = self.card.transmit(bytes((self.plain_class,)) + bytes.fromhex(command))
        assert answer[-2:] == b"\x90\x00"
        return answer[:-2]

    def say(self, command: str, data: bytes = b"", le: str = "", *, tag: int = 0x87) -> tuple[bytes, str]:
        """A command, given by INS, P1 and P2, under the session; opens the answer."""
        sent = self.session.command(f"{self.protected_class:02X}{command}", data, le)
        return self.session.opened(self.card.transmit(sent), tag)

    def begin_mutually(self, reference: int, key: bytes, *, is_aes: bool) -> None:
        """MUTUAL AUTHENTICATE."""
        size = 16 if is_aes else 8
        length = len(key) if is_aes else 16
        challenge = self.plain(f"840000{size:02X}")
        own, material = bytes(range(size)), bytes(range(0xA0, 0xA0 + (16 if length == 16 else 32)))
        encryption, checksum = (derived(key, number, length, is_aes=is_aes) for number in (1, 2))
        block, dialogue = (
            Block(encryption, is_aes=is_aes),
            HandSession(encryption, checksum, bytes(size), is_aes=is_aes),
        )
        cryptogram = block.chain(bytes(size), own + challenge + material)
        token = cryptogram + dialogue.mac(padded(cryptogram, size))
        answer = self.plain(f"8200{reference:02X}{len(token):02X}{token.hex()}00")
        assert len(answer) == len(token)
        assert answer[-8:] == dialogue.mac(padded(answer[:-8], size))
        content = block.unchain(bytes(size), answer[:-8])
        assert content[: 2 * size] == challenge + own
        secret = xor(material, content[2 * size :])
        keys = (derived(secret, number, length, is_aes=is_aes) for number in (1, 2))
        self.session = HandSession(*keys, challenge[size // 2 :] + own[size // 2 :], is_aes=is_aes)

    def begin_with_static_keys(self, reference: int, key: bytes, *, is_aes: bool) -> None:
        """GET CHALLENGE, and MANAGE SECURITY ENVIRONMENT with one key for both."""
        challenge = self.plain(f"840000{16 if is_aes else 8:02X}")
        self.plain(f"2231B4038301{reference:02X}")
        self.plain(f"2231B8038301{reference:02X}")
        self.session = HandSession(key, key, challenge, is_aes=is_aes)


@pytest.fixture(params=["mutually", "with static keys"])
def way(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(params=KEYS)
def cipher(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(params=CHANNELS, ids=lambda channel: f"channel {channel}")
def hand(request: pytest.FixtureRequest, define: Callable[[str], Any], cipher: str, way: str) -> Hand:
    """With a session on a channel, where the file is selected."""
    keys = "".join(
        f'[[keys]]\nreference = {reference}\ntype = "{"3des" if name == "3DES" else "aes"}"\nvalue = "{value}"\n'
        'usage = ["external", "secure messaging"]\n'
        for name, (reference, value) in KEYS.items()
    )
    made = Hand(define(FILES + keys).card, request.param)
    reference, value = KEYS[cipher]
    begin = made.begin_mutually if way == "mutually" else made.begin_with_static_keys
    begin(reference, bytes.fromhex(value), is_aes=cipher != "3DES")
    assert made.say("A4000C", b"\x6f\x01") == (b"", "9000")
    return made


def test_a_response_is_enciphered(hand: Hand) -> None:
    """READ BINARY: 87, of less than a block and of more, twice, under other counters."""
    for length in (5, len(CONTENT), 5):
        assert hand.say("B00000", le=f"{length:02X}") == (CONTENT[:length], "9000")
    # Whole blocks have a block of padding behind them.
    assert hand.say("B00000", le="10") == (CONTENT[:16], "9000")


def test_data_are_enciphered(hand: Hand) -> None:
    """UPDATE BINARY, which answers a status alone; then what was written."""
    for data in (b"x", b"sixteen bytes...", b"more than a block of AES"):
        assert hand.say("D60003", data) == (b"", "9000")
        assert hand.say("B00003", le=f"{len(data):02X}") == (data, "9000")


def test_data_and_response_of_extended_length(hand: Hand) -> None:
    """Lengths of two bytes in 87, of two bytes in 97, and extended length fields outside."""
    assert hand.say("D60000", LONG) == (b"", "9000")
    assert hand.say("B00000", le=f"{len(LONG):04X}") == (LONG, "9000")
    assert hand.say("B00000", le="80") == (LONG[:128], "9000")


def test_an_odd_instruction_has_85(hand: Hand) -> None:
    """READ BINARY B1 with an offset data object, UPDATE BINARY D7: 85, without a padding indicator."""
    offset = bytes.fromhex("54020005")
    assert hand.say("B10000", offset, "0B", tag=0x85) == (b"\x53\x09" + CONTENT[5:14], "9000")
    assert hand.say("D70000", offset + b"\x53\x04ever", tag=0x85) == (b"", "9000")
    assert hand.say("B00000", le="0C") == (CONTENT[:5] + b"ever" + CONTENT[9:12], "9000")


def test_what_the_card_refuses_is_a_status_in_the_session(hand: Hand) -> None:
    """99 alone, with a checksum over it; the session goes on, and so does its counter."""
    assert hand.say("A4000C", b"\x6f\x99") == (b"", "6a82")
    assert hand.say("B07FFF", le="01") == (b"", "6b00")
    assert hand.say("B00000", le="04") == (CONTENT[:4], "9000")


def test_a_wrong_bit_is_seen(hand: Hand) -> None:
    sent = bytearray(hand.session.command(f"{hand.protected_class:02X}B00000", le="04"))
    sent[-2] ^= 1
    assert hand.card.transmit(bytes(sent)) == b"\x69\x88"
