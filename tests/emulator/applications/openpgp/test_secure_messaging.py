"""Secure messaging with static keys (OpenPGP card 3.4.1, 7.5), its data objects, and the administration that it is."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from emulator import Card, CardDefinitionError
from iso7816 import CommandAPDU, KeyType, ResponseAPDU
from iso7816.openpgp.session import OpenPGPHostSession
from iso7816.secure_messaging import SessionKeys

from ..test_applications_and_the_card import begin_session, under
from .conftest import (
    ADMINISTRATION,
    ED25519,
    OTHER_USES,
    PW1,
    PW3,
    SELECT,
    SIGNATURE,
    SIGNATURES,
    OpenPGPTerminal,
    tlv,
)
from .static_keys import StaticKeys, in_blocks

Make = Callable[..., OpenPGPTerminal]
SHORT = StaticKeys(bytes(range(16)), bytes(range(16, 32)))
LONG = StaticKeys(bytes(range(32)), bytes(range(32, 64)))
OTHERS = StaticKeys(b"e" * 16, b"m" * 16)
ALGORITHMS = {"aes-128": SHORT, "aes-256": LONG}
ON = 'secure_messaging = "aes-128"\n'
CHALLENGE = "0084000010"
READ_URL = bytes.fromhex("0CCA5F50")


def with_keys(make: Make, algorithm: str = "aes-128") -> OpenPGPTerminal:
    """A card that has its keys."""
    keys = ALGORITHMS[algorithm]
    return make(
        f'secure_messaging = "{algorithm}"\nurl = "https://example.org"\n'
        f'sm_key_enc = "{keys.encryption.hex()}"\nsm_key_mac = "{keys.mac.hex()}"\n'
    )


@pytest.fixture
def card(make: Make) -> OpenPGPTerminal:
    """A card with the keys SHORT."""
    return with_keys(make)


# The data objects


@pytest.mark.parametrize(("algorithm", "byte"), [("aes-128", 1), ("aes-256", 2)])
def test_the_extended_capabilities_tell_the_algorithm(make: Make, algorithm: str, byte: int) -> None:
    value = make(f'secure_messaging = "{algorithm}"').get(0xC0)
    assert value[:2] == bytes((0xFF, byte))
    assert value[2:] == make().get(0xC0)[2:]
    assert make(f'secure_messaging = "{algorithm}"').found(0x6E, 0x73, 0xC0) == value


def test_keys_are_written_with_pw3_and_read_by_nobody(make: Make) -> None:
    openpgp = make(ON)
    assert openpgp.put(0xD1, SHORT.encryption) == openpgp.put(0xF4, SHORT.container) == "6982"
    openpgp.verify_all()
    assert openpgp.put(0xD1, SHORT.encryption) == openpgp.put(0xD2, SHORT.mac) == "9000"
    for tag in ("D1", "D2", "F4"):
        assert openpgp.sw(f"00CA00{tag}00") == "6A88"
    assert SHORT.get(openpgp, 0x5F50) == b""


@pytest.mark.parametrize(
    ("algorithm", "wrong"), [("aes-128", (1, 15, 17, 24, 32, 33)), ("aes-256", (1, 16, 24, 31, 33))]
)
def test_keys_have_the_length_of_the_algorithm(make: Make, algorithm: str, wrong: tuple[int, ...]) -> None:
    openpgp = make(f'secure_messaging = "{algorithm}"')
    openpgp.verify_all()
    for size in wrong:
        assert openpgp.put(0xD1, bytes(size)) == openpgp.put(0xD2, bytes(size)) == "6700"
        assert openpgp.put(0xF4, tlv(0xD1, bytes(size)) + tlv(0xD2, bytes(size))) in ("6A80", "6700")
    openpgp.send(CHALLENGE)
    assert openpgp.sw(READ_URL.hex()) == "6987", "there are still no keys"


@pytest.mark.parametrize(
    "value",
    [
        "D1",
        "D110",
        tlv(0xD1, SHORT.encryption).hex(),
        tlv(0xD1, SHORT.encryption).hex() * 2,
        tlv(0xD1, SHORT.encryption).hex() + "D200",
        "D100" + tlv(0xD2, SHORT.mac).hex(),
        SHORT.container.hex() + "D300",
        tlv(0xD1, SHORT.encryption).hex() + tlv(0xD3, SHORT.mac).hex(),
        tlv(0xF4, SHORT.container).hex(),
        tlv(0xD1, bytes(16)).hex() + tlv(0xD2, bytes(32)).hex(),
        tlv(0xD1, bytes(32)).hex() + tlv(0xD2, bytes(32)).hex(),
    ],
)
def test_a_container_has_both_keys_or_none(card: OpenPGPTerminal, value: str) -> None:
    card.verify_all()
    assert card.put(0xF4, value) == "6A80"
    assert SHORT.get(card, 0x5F50) == b"https://example.org", "the keys are as they were"


def test_a_container_sets_both_keys_in_either_order(card: OpenPGPTerminal) -> None:
    card.verify_all()
    assert card.put(0xF4, OTHERS.container) == "9000"
    assert OTHERS.get(card, 0x5F50) == b"https://example.org"
    assert card.put(0xF4, tlv(0xD2, SHORT.mac) + tlv(0xD1, SHORT.encryption)) == "9000"
    assert SHORT.get(card, 0x5F50) == b"https://example.org"


@pytest.mark.parametrize(("tag", "value"), [(0xF4, ""), (0xF4, "D100D200"), (0xD1, ""), (0xD2, "")])
def test_keys_are_deleted_by_empty_data(card: OpenPGPTerminal, tag: int, value: str) -> None:
    challenge, _ = card.send(CHALLENGE)
    card.verify_all()
    assert card.put(tag, value) == "9000"
    assert card.send(SHORT.command(challenge, READ_URL, le=True)) == (b"", 0x6987)
    assert card.put(0xF4, SHORT.container) == "9000"
    assert SHORT.get(card, 0x5F50) == b"https://example.org"


def test_they_are_erased_with_everything_else(card: OpenPGPTerminal) -> None:
    card.verify_all()
    assert card.sw("00E60000") == card.sw("00440000") == "9000"
    challenge, _ = card.send(CHALLENGE)
    assert card.send(SHORT.command(challenge, READ_URL, le=True)) == (b"", 0x6987)
    assert card.get(0xC0)[:2] == b"\xff\x01", "what the card can do outlives it"


def test_they_are_durable(card: OpenPGPTerminal, tmp_path: Path) -> None:
    path = tmp_path / "openpgp.card"
    card.card.save(path)
    with Card.open(path) as opened:
        terminal = OpenPGPTerminal(opened)
        assert SHORT.word(terminal, 0xDA, 0, 0xF4, OTHERS.container) == "9000"
    with Card.open(path) as opened:
        assert OTHERS.get(OpenPGPTerminal(opened), 0x5F50) == b"https://example.org"


def test_a_sealed_image_tells_them_to_nobody(card: OpenPGPTerminal, tmp_path: Path) -> None:
    keys = StaticKeys(
        bytes.fromhex("5AC3F17E9024D6B8315CA07F4E92DB68"), bytes.fromhex("F1C2D3E4A5B697887A6B5C4D3E2F1001")
    )
    card.verify_all()
    assert card.put(0xF4, keys.container) == "9000"
    for name, options in (("open.card", {}), ("sealed.card", {"passphrase": "a long one"})):
        card.card.save(tmp_path / name, **options)  # type: ignore[arg-type]
    for key in (keys.encryption, keys.mac):
        assert key in (tmp_path / "open.card").read_bytes()
        assert key not in (tmp_path / "sealed.card").read_bytes()


# Messages


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
    made = make(f'{ON}sm_key_enc = "{SHORT.encryption.hex()}"\nsm_key_mac = "{SHORT.mac.hex()}"\n', before=announced)
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
    card = make(
        f'secure_messaging = "{algorithm}"\nsm_key_enc = "{keys.encryption.hex()}"\nsm_key_mac = "{keys.mac.hex()}"\n',
        before=f'[card]\nprotocols = ["{protocol}"]\nhistorical_bytes = "00 31 F5 73 C0 01 80 00 90 00"\n',
    )
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
    made = make(
        f'{ON}url = "https://example.org"\nsm_key_enc = "{SHORT.encryption.hex()}"\nsm_key_mac = "{SHORT.mac.hex()}"\n',
        before='[card]\nhistorical_bytes = "80 31 E0 73 F7 41 FF"\n',
    )
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
def test_the_header_is_authenticated(card: OpenPGPTerminal, cla: str) -> None:
    challenge, _ = card.send(CHALLENGE)
    _, sw = card.send(SHORT.command(challenge, bytes.fromhex(cla) + READ_URL[1:], le=True))
    assert sw in (0x6882, 0x6982)
    challenge, _ = card.send(CHALLENGE)
    right = SHORT.command(challenge, READ_URL, le=True)
    assert card.send(right[:3] + b"\x51" + right[4:]) == (b"", 0x6982)


# It stands for PW3


def test_it_administers_without_pw3(card: OpenPGPTerminal) -> None:
    for _ in range(3):
        card.verify(SIGNATURES, b"999999")
    assert card.word(0x2C, 2, SIGNATURES, b"654321") == "6982"
    assert SHORT.word(card, 0x2C, 2, SIGNATURES, b"654321") == "9000"
    assert card.verify(SIGNATURES, b"654321") == "9000"
    assert SHORT.word(card, 0xDA, 0x01, 0x04, b"private") == "9000"
    assert SHORT.get(card, 0x0104) == b"private"


def test_it_does_so_for_that_command_alone(card: OpenPGPTerminal) -> None:
    assert SHORT.word(card, 0xDA, 0x00, 0x5E, b"jane") == "9000"
    assert card.put(0x5E, b"joan") == "6982"
    assert card.sw("00200083") == "63C3"
    assert SHORT.send(card, 0x20, 0, ADMINISTRATION)[1] == "63C3", "it is not the password"


def test_it_does_not_stand_for_pw1(card: OpenPGPTerminal) -> None:
    assert SHORT.word(card, 0xDA, 0x01, 0x01, b"private") == "6982"
    assert SHORT.send(card, 0xCA, 0x01, 0x03, le=True) == (b"", "6982")
    assert SHORT.word(card, 0x20, 0, OTHER_USES, PW1) == "9000"
    assert SHORT.word(card, 0xDA, 0x01, 0x01, b"private") == "9000"


def test_keys_are_replaced_under_themselves(card: OpenPGPTerminal) -> None:
    assert SHORT.word(card, 0xDA, 0, 0xF4, OTHERS.container) == "9000"
    assert OTHERS.get(card, 0x5F50) == b"https://example.org"
    assert OTHERS.word(card, 0xDA, 0, 0xF4) == "9000"
    challenge, _ = card.send(CHALLENGE)
    assert card.send(OTHERS.command(challenge, READ_URL, le=True)) == (b"", 0x6987)


def test_who_blocks_pw3_does_not_terminate_a_card_that_has_keys(card: OpenPGPTerminal) -> None:
    for reference in (SIGNATURES, ADMINISTRATION):
        for _ in range(3):
            card.verify(reference, b"99999999")
    assert card.sw("00E60000") == "6982"
    assert SHORT.word(card, 0xE6, 0, 0) == "9000"
    assert card.sw("00440000") == "9000"
    assert card.verify(ADMINISTRATION, PW3) == "9000"


def test_a_session_of_the_card_does_not_stand_for_it(make: Make) -> None:
    key = f'[[keys]]\nreference = 1\ntype = "aes"\nvalue = "{bytes(range(16)).hex()}"\n'
    before = f'[card]\nhistorical_bytes = "80 31 E0 73 F7 41 FF"\n{key}usage = ["external", "secure messaging"]\n'
    card = make(ON, before=before).card
    card.reset()
    session = begin_session(card, 1)
    assert under(session, card, CommandAPDU(0, 0xA4, 4, 0x0C, bytes.fromhex("D27600012401"))) == (b"", "9000")
    assert under(session, card, CommandAPDU(0, 0xDA, 0x00, 0xF4, SHORT.container)) == (b"", "6982")
    assert under(session, card, CommandAPDU(0, 0x20, 0, ADMINISTRATION, PW3)) == (b"", "9000")
    assert under(session, card, CommandAPDU(0, 0xDA, 0x00, 0xF4, SHORT.container)) == (b"", "9000")


# A card that is made with it


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ('secure_messaging = "scp11b"', '"aes-128"'),
        ('sm_key_enc = "00"', "secure_messaging"),
        (ON + f'sm_key_enc = "{bytes(16).hex()}"', "sm_key_mac"),
        (ON + f'sm_key_mac = "{bytes(16).hex()}"', "sm_key_enc"),
        (ON + f'sm_key_enc = "{bytes(32).hex()}"\nsm_key_mac = "{bytes(32).hex()}"', "for 16 bytes"),
    ],
)
def test_options_that_are_refused(make: Make, options: str, expected: str) -> None:
    with pytest.raises(CardDefinitionError, match=expected):
        make(options)
