"""Secure messaging with static keys: messages and challenges (OpenPGP card 3.4.1, 7.5)."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from emulator import Card
from iso7816 import CommandAPDU, KeyType, ResponseAPDU
from iso7816.openpgp.session import OpenPGPHostSession
from iso7816.secure_messaging import SessionKeys

from .conftest import ED25519, PW1, SELECT, SIGNATURE, SIGNATURES, OpenPGPTerminal, tlv
from .static_keys import ALGORITHMS, CHALLENGE, SHORT, in_blocks, with_keys

Make = Callable[..., OpenPGPTerminal]
READ_URL = bytes.fromhex("0CCA5F50")


@pytest.fixture
def card(make: Make) -> OpenPGPTerminal:
    """A card with the keys SHORT."""
    return with_keys(make)


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_commands_come_protected(make: Make, algorithm: str) -> None:
    keys, card = ALGORITHMS[algorithm], with_keys(make, algorithm)
    assert keys.get(card, 0x5F50) == b"https://example.org"
    assert keys.get(card, 0x6E) == card.get(0x6E), "several blocks"
    assert keys.get(card, 0x5E) == b"", "no data, but a status word"
    assert keys.word(card, 0x20, 0, SIGNATURES, PW1) == "9000"
    assert card.sw("00200081") == "9000", "what is verified stays so"
    assert keys.word(card, 0x24, 0, SIGNATURES, PW1 + b"654321") == "9000"
    assert keys.word(card, 0xDA, 0x5F, 0x50, b"https://example.com/" + bytes(300)) == "9000"
    assert card.get(0x5F50) == b"https://example.com/" + bytes(300)
    assert keys.word(card, 0xDA, 0, 0xC1, bytes.fromhex(ED25519)) == "9000"
    assert keys.word(card, 0xDA, 0, 0xC3, bytes.fromhex(ED25519)) == "9000"
    public, sw = keys.send(card, 0x47, 0x80, 0, bytes.fromhex(SIGNATURE), le=True)
    assert (public, sw) == (card.public_key(SIGNATURE), "9000")
    seed = bytes.fromhex("A400") + tlv(0x7F48, b"\x92\x20") + tlv(0x5F48, b"\x01" * 32)
    assert keys.word(card, 0xDB, 0x3F, 0xFF, tlv(0x4D, seed)) == "9000"
    assert keys.word(card, 0xDA, 0x7F, 0x21, b"certificate") == "9000"
    assert keys.get(card, 0x7F21) == b"certificate"
    assert keys.send(card, 0xCC, 0x7F, 0x21, le=True) == (b"", "9000")
    assert keys.send(card, 0xC0, 0, 0, le=True) == (b"", "6985"), "nothing waits"
    assert keys.word(card, 0x44, 0, 0) == "9000"
    assert keys.word(card, 0xE6, 0, 0) == "9000"
    assert card.sw("00CA006E00") == "6285"


def test_refusals_come_protected_where_a_response_was_asked_for(card: OpenPGPTerminal) -> None:
    assert SHORT.send(card, 0xCA, 0x00, 0xD1, le=True) == (b"", "6A88")
    assert SHORT.send(card, 0xDA, 0x5F, 0x50, b"x", le=True) == (b"", "6700"), "PUT DATA has none"
    assert SHORT.word(card, 0x20, 0, SIGNATURES, b"999999") == "6982"
    assert SHORT.word(card, 0xCA, 0x5F, 0x50) == "6700", "GET DATA has one"


def test_a_short_le_is_taken(card: OpenPGPTerminal) -> None:
    challenge, _ = card.send(CHALLENGE)
    command = SHORT.sealed(challenge, READ_URL, bytes.fromhex("970113")) + b"\0\0"
    answer, _ = card.send(command)
    assert SHORT.opened(challenge, 0xCA, answer) == (b"https://example.org", 0x9000)
    challenge, _ = card.send(CHALLENGE)
    answer, _ = card.send(SHORT.sealed(challenge, READ_URL, bytes.fromhex("970112")) + b"\0\0")
    assert SHORT.opened(challenge, 0xCA, answer) == (b"", 0x6700), "more than that is there"


@pytest.mark.parametrize("header", ["0C2A9E9A", "0C880000", "0CA50104", "0C2241A4", "0C840000", "0CA40400", "0CB00000"])
def test_other_commands_are_not_protected(card: OpenPGPTerminal, header: str) -> None:
    challenge, _ = card.send(CHALLENGE)
    assert card.send(SHORT.command(challenge, bytes.fromhex(header), b"data", le=True)) == (b"", 0x6882)


def test_a_card_without_it_takes_no_protected_command(make: Make) -> None:
    openpgp = make()
    challenge, _ = openpgp.send(CHALLENGE)
    assert openpgp.send(SHORT.command(challenge, READ_URL, le=True)) == (b"", 0x6882)


def test_a_long_command_in_parts(make: Make) -> None:
    announced = '[card]\natr = "3B DA 18 FF 81 B1 FE 75 1F 03 00 31 F5 73 C0 01 E0 00 90 00 9C"\n'
    made = with_keys(make, before=announced)
    challenge, _ = made.send(CHALLENGE)
    whole = SHORT.command(challenge, bytes.fromhex("0CDA5F50"), b"https://" + bytes(300))
    field = whole[7:]
    first, last = field[:200], field[200:]
    assert made.send(b"\x1c" + whole[1:4] + bytes((len(first),)) + first) == (b"", 0x9000)
    assert made.send(whole[:4] + bytes((len(last),)) + last) == (b"", 0x9000)
    assert made.get(0x5F50) == b"https://" + bytes(300)


@pytest.mark.parametrize("protocol", ["T=1", "T=0"])
@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_both_ends_understand_each_other(make: Make, algorithm: str, protocol: str) -> None:
    keys = ALGORITHMS[algorithm]
    announced = f'[card]\nprotocols = ["{protocol}"]\nhistorical_bytes = "00 31 F5 73 C0 01 80 00 90 00"\n'
    card = with_keys(make, algorithm, before=announced)
    host = OpenPGPHostSession(SessionKeys(KeyType.AES, keys.encryption, keys.mac))

    def say(command: CommandAPDU) -> ResponseAPDU:
        challenge, _ = card.send(CHALLENGE)
        data, sw = card.send(host.protect(command, challenge).to_bytes())
        return host.open(command, ResponseAPDU(data, sw))

    assert say(CommandAPDU(0, 0xDA, 0x00, 0x5E, b"jane" * 20)) == ResponseAPDU(b"", 0x9000)
    assert say(CommandAPDU(0, 0xCA, 0x00, 0x5E, b"", 256)) == ResponseAPDU(b"jane" * 20, 0x9000)
    assert say(CommandAPDU(0, 0xCA, 0x00, 0x5D, b"", 256)) == ResponseAPDU(b"", 0x6A88)
    assert say(CommandAPDU(0, 0xDA, 0, 0xC1, bytes.fromhex(ED25519))) == ResponseAPDU(b"", 0x9000)
    public = say(CommandAPDU(0, 0x47, 0x80, 0, bytes.fromhex(SIGNATURE), 256))
    assert public == say(CommandAPDU(0, 0x47, 0x81, 0, bytes.fromhex(SIGNATURE), 256))
    assert len(public.data) == 37


# The challenge


def test_a_challenge_serves_one_command(card: OpenPGPTerminal) -> None:
    challenge, _ = card.send(CHALLENGE)
    command = SHORT.command(challenge, READ_URL, le=True)
    answer, sw = card.send(command)
    assert sw == 0x9000
    assert card.send(command) == (b"", 0x6987), "said again, there is no challenge"
    card.send(CHALLENGE)
    assert card.send(command) == (b"", 0x6982), "or another one"
    assert SHORT.opened(challenge, 0xCA, answer)[0] == b"https://example.org"


def test_a_wrong_command_uses_it_up(card: OpenPGPTerminal) -> None:
    challenge, _ = card.send(CHALLENGE)
    right = SHORT.command(challenge, READ_URL, le=True)
    wrong = right[:-3] + bytes((right[-3] ^ 1,)) + right[-2:]
    assert card.send(wrong) == (b"", 0x6982)
    assert card.send(right) == (b"", 0x6987)


def test_it_is_the_last_one_of_sixteen_bytes(card: OpenPGPTerminal) -> None:
    first, _ = card.send(CHALLENGE)
    second, _ = card.send(CHALLENGE)
    assert card.send(SHORT.command(first, READ_URL, le=True)) == (b"", 0x6982)
    for other in ("0084000008", "0084000011", "0084000000"):
        challenge, _ = card.send(CHALLENGE)
        card.send(other)
        assert card.send(SHORT.command(challenge, READ_URL, le=True)) == (b"", 0x6987)
    assert card.send(SHORT.command(second, READ_URL, le=True)) == (b"", 0x6987)


def test_plain_commands_leave_it_there(card: OpenPGPTerminal) -> None:
    challenge, _ = card.send(CHALLENGE)
    assert card.get(0x5F50) == b"https://example.org"
    assert card.sw("00840000000900") == "6700", "a challenge that was not given"
    answer, sw = card.send(SHORT.command(challenge, READ_URL, le=True))
    assert (SHORT.opened(challenge, 0xCA, answer)[0], sw) == (b"https://example.org", 0x9000)


@pytest.mark.parametrize("again", [SELECT, "reset"])
def test_it_goes_with_the_selection(card: OpenPGPTerminal, again: str) -> None:
    challenge, _ = card.send(CHALLENGE)
    if again == "reset":
        card.card.reset()
    card.sw(SELECT)
    assert card.send(SHORT.command(challenge, READ_URL, le=True)) == (b"", 0x6987)


def test_each_channel_has_its_own(make: Make) -> None:
    made = with_keys(make, before='[card]\nhistorical_bytes = "80 31 E0 73 F7 41 FF"\n')
    made.card.reset()
    assert made.send("0070000001") == (b"\x01", 0x9000)
    assert made.sw(SELECT) == made.sw("01" + SELECT[2:]) == "9000"
    challenge, _ = made.send("01" + CHALLENGE[2:])
    assert made.send(SHORT.command(challenge, READ_URL, le=True)) == (b"", 0x6987)
    answer, _ = made.send(SHORT.command(challenge, b"\x0d" + READ_URL[1:], le=True))
    assert SHORT.opened(challenge, 0xCA, answer) == (b"https://example.org", 0x9000)


# What is wrong


def test_what_is_wrong_with_a_command(card: OpenPGPTerminal) -> None:
    def answer(objects: Callable[[bytes], bytes], ins: int = 0xDA) -> str:
        challenge, _ = card.send(CHALLENGE)
        return f"{card.send(SHORT.sealed(challenge, bytes((0x0C, ins, 0x5F, 0x50)), objects(challenge)))[1]:04X}"

    def enciphered(challenge: bytes, data: bytes) -> bytes:
        return in_blocks(SHORT.encryption, challenge, data)

    assert answer(lambda challenge: SHORT.cryptogram(challenge, 0xDA, b"https://")) == "9000"
    assert answer(lambda _: tlv(0x81, b"https://")) == "6988", "data are enciphered"
    assert answer(lambda _: tlv(0xB3, b"https://"), ins=0xDB) == "6988"
    assert answer(lambda challenge: SHORT.cryptogram(challenge, 0xDB, b"https://")) == "6988", "85 with an even INS"
    assert answer(lambda challenge: SHORT.cryptogram(challenge, 0xDA, b"https://"), ins=0xDB) == "6988"
    assert answer(lambda challenge: tlv(0x87, b"\x02" + enciphered(challenge, bytes(16)))) == "6988"
    assert answer(lambda challenge: tlv(0x87, b"\x01" + enciphered(challenge, bytes(16)))) == "6982", "no padding"
    assert answer(lambda challenge: tlv(0x87, b"\x01" + enciphered(challenge, bytes(16))[:-1])) == "6982", "no block"
    assert answer(lambda _: tlv(0x99, b"\x90\x00")) == "6988"
    assert answer(lambda _: tlv(0x97, bytes(3))) == "6988"
    assert card.get(0x5F50) == b"https://", "nothing of it has changed anything"


@pytest.mark.parametrize(
    ("field", "word"),
    [
        ("", "6987"),
        ("8E", "6988"),
        ("8E0712345678123456", "6988"),
        ("970100", "6987"),
        ("8E080102030405060708", "6982"),
    ],
)
def test_what_is_no_protected_field(card: OpenPGPTerminal, field: str, word: str) -> None:
    card.send(CHALLENGE)
    assert card.sw(f"0CCA5F50{len(field) // 2:02X}{field}00" if field else "0CCA5F5000") == word


@pytest.mark.parametrize("cla", ["04", "08"])
def test_other_classes_are_refused(card: OpenPGPTerminal, cla: str) -> None:
    header = bytes.fromhex(cla) + READ_URL[1:]
    for objects in (b"", tlv(0x89, header)):
        challenge, _ = card.send(CHALLENGE)
        assert card.send(SHORT.sealed(challenge, header, objects + b"\x97\x02\0\0")) == (b"", 0x6882)


def test_a_terminated_card_gives_no_challenge(card: OpenPGPTerminal) -> None:
    challenge, _ = card.send(CHALLENGE)
    card.verify_all()
    assert card.sw("00E60000") == "9000"
    assert card.sw(CHALLENGE) == "6285"
    assert card.send(SHORT.command(challenge, bytes.fromhex("0C440000"))) == (b"", 0x6285)
    assert card.sw("00440000") == "9000"


@pytest.mark.parametrize(
    ("key", "value"),
    [
        (b"setting secure messaging", b""),
        (b"setting secure messaging", b"\7"),
        (b"object 00D1", bytes(5)),
        (b"object 00D2", bytes(24)),
    ],
)
def test_values_that_no_card_has_written_end_no_card(card: OpenPGPTerminal, key: bytes, value: bytes) -> None:
    state = card.card.snapshot().state()
    (place,) = (place for place in state.application_values if place[1] == key)
    state.application_values[place] = value
    broken = OpenPGPTerminal(Card.from_state(state))
    challenge, _ = broken.send(CHALLENGE)
    assert broken.send(SHORT.command(challenge, READ_URL, le=True))[1] in (0x6F00, 0x6982)
    assert broken.get(0x5F50) == b"https://example.org"


def test_the_header_is_authenticated(card: OpenPGPTerminal) -> None:
    challenge, _ = card.send(CHALLENGE)
    right = SHORT.command(challenge, READ_URL, le=True)
    assert card.send(right[:3] + b"\x51" + right[4:]) == (b"", 0x6982)
