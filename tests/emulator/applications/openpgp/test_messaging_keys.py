"""The keys of secure messaging, and the administration that it is (OpenPGP card 3.4.1, 4.4.2, 5, 7.5)."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from emulator import Card, CardDefinitionError

from ...outside import AES, Outside
from .conftest import ADMINISTRATION, OTHER_USES, PW1, PW3, SELECT, SIGNATURES, OpenPGPTerminal, tlv
from .static_keys import CHALLENGE, SHORT, StaticKeys, with_keys

Make = Callable[..., OpenPGPTerminal]
OTHERS = StaticKeys(b"e" * 16, b"m" * 16)
ON = 'secure_messaging = "aes-128"\n'
READ_URL = bytes.fromhex("0CCA5F50")


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
        container = tlv(0xD1, bytes(size)) + tlv(0xD2, bytes(size))
        assert openpgp.put(0xF4, container) == ("6A80" if len(container) <= 68 else "6700")
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


@pytest.mark.parametrize("tag", [0xD1, 0xD2])
def test_who_blocks_pw3_terminates_a_card_with_one_key_alone(card: OpenPGPTerminal, tag: int) -> None:
    card.verify_all()
    assert card.put(tag, b"") == "9000"
    for _ in range(3):
        card.verify(ADMINISTRATION, b"99999999")
    assert card.sw("00E60000") == card.sw("00440000") == "9000"


def test_nothing_stays_verified_on_another_channel_of_a_card_as_new(make: Make) -> None:
    card = make(before='[card]\nhistorical_bytes = "80 31 E0 73 F7 41 FF"\n')
    card.card.reset()
    assert card.send("0070000001") == (b"\x01", 0x9000)
    assert card.sw(SELECT) == card.sw("01" + SELECT[2:]) == "9000"
    assert card.sw(f"01200083{len(PW3):02X}{PW3.hex()}") == "9000"
    card.verify_all()
    assert card.sw("00E60000") == card.sw("00440000") == "9000"
    assert card.sw("01200083") == "63C3"
    assert card.sw("01DA005E046A616E65") == "6982"


def test_a_session_of_the_card_does_not_stand_for_it(make: Make) -> None:
    key = f'[[keys]]\nreference = 2\ntype = "aes"\nvalue = "{AES.hex()}"\nusage = ["external", "secure messaging"]\n'
    outside = Outside(make(ON, before=f'[card]\nhistorical_bytes = "80 31 E0 73 F7 41 FF"\n{key}').card)
    assert outside.authenticate(2) == "9000"
    assert outside.say("00A4040C06D27600012401") == "9000"
    put_keys = f"00DA00F4{len(SHORT.container):02X}{SHORT.container.hex()}"
    assert outside.say(put_keys) == "6982"
    assert outside.say(f"00200083{len(PW3):02X}{PW3.hex()}") == "9000"
    assert outside.say(put_keys) == "9000"


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
