"""Whatever comes in, the card answers, and never by an exception of its own (6F00)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emulator import Card
from emulator.applications.openpgp.algorithm_attributes import AlgorithmAttributes
from emulator.applications.openpgp.card_application import OpenPGPCard
from emulator.applications.openpgp.key_derivation import KeyDerivation
from emulator.applications.openpgp.personalisation import contents, values_of
from emulator.definition.profiles import read_definition
from emulator.definition.settings import with_settings
from iso7816.errors import Iso7816Error
from iso7816.key_algorithms import KeyAlgorithm

from .conftest import AUTHENTICATION, DECRYPTION, ED25519, SIGNATURE, X25519, OpenPGPTerminal

INSTRUCTIONS = sorted(row.ins for row in OpenPGPCard.COMMANDS)
TAGS_AND_REFERENCES = bytes.fromhex("0002043F415E5F6E7F2180818283869A9EA4B8C1C4C7CED3D5D6F9FAFF")
PARAMETERS = st.one_of(st.sampled_from(TAGS_AND_REFERENCES), st.integers(0, 255))
PIECES = [bytes.fromhex(text) for text in (
    "B600", "B800", "A400", "B603840101", "60045C027F21", "A6257F49228620" + "09" * 32, "7F49228620" + "09" * 32,
    "4D2AB6007F480292205F4820" + "01" * 32, "7F48029220", "5F4820" + "01" * 32, "92", "99", "8720" + "AA" * 32,
    "81010382010883040001000084080101010101010101", "810100", "0120", "83010203830103", "00" * 17, "02" * 17,
    "313233343536", "3132333435363738", "D27600012401", ED25519, X25519, "010800002000", "8E080102030405060708",
    "970100", "8711", "D110" + "C3" * 16 + "D210" + "D4" * 16,
)]  # fmt: skip
DATA = st.one_of(st.binary(max_size=40), st.lists(st.sampled_from(PIECES), max_size=3).map(b"".join))
CURVES_ONLY = {0xC1: ED25519, 0xC2: X25519, 0xC3: ED25519}


@pytest.fixture(scope="module")
def card() -> Card:
    """A card with three keys, and those of secure messaging."""
    settings = ("secure_messaging=aes-128", f"sm_key_enc={'A1' * 16}", f"sm_key_mac={'B2' * 16}")
    made = Card.from_state(with_settings(read_definition("openpgp"), settings).build())
    terminal = OpenPGPTerminal(made)
    terminal.verify_all()
    for tag, attributes in CURVES_ONLY.items():
        terminal.put(tag, attributes)
    for template in (SIGNATURE, DECRYPTION, AUTHENTICATION):
        terminal.generate(template)
    return made


def is_rsa(card: Card) -> bool:
    """Whether a slot is for a key of RSA."""
    slots = contents(values_of(card.snapshot().state())).slots
    return any(slot.attributes.key is KeyAlgorithm.RSA for slot in slots)


@given(
    verified=st.booleans(),
    commands=st.lists(
        st.tuples(st.sampled_from([0x00, 0x0C, 0x10]), st.sampled_from(INSTRUCTIONS), PARAMETERS, PARAMETERS, DATA),
        min_size=1,
        max_size=6,
    ),
)
def test_every_command_is_answered(
    card: Card, verified: bool, commands: list[tuple[int, int, int, int, bytes]]
) -> None:
    mark = card.snapshot()
    terminal = OpenPGPTerminal(card)
    if verified:
        terminal.verify_all()
    for cla, ins, p1, p2, data in commands:
        if ins == 0x47 and is_rsa(card):
            continue  # a key of RSA takes long to generate
        if cla == 0x0C:
            assert card.transmit(bytes.fromhex("0084000010"))[-2:] in (b"\x90\x00", b"\x62\x85")
        for le in (b"", b"\0"):
            response = card.transmit(bytes((cla, ins, p1, p2)) + (bytes((len(data),)) + data if data else b"") + le)
            assert len(response) >= 2
            assert response[-2:] != b"\x6f\x00"
    card.restore(mark)


@given(value=st.one_of(st.binary(max_size=16), DATA))
def test_attributes_are_read_or_refused(value: bytes) -> None:
    try:
        found = AlgorithmAttributes.parse(value)
    except Iso7816Error:
        return
    again = found.to_bytes()
    assert AlgorithmAttributes.parse(again) == found
    assert again[:1] == value[:1]


@given(value=DATA)
def test_derivations_are_read_or_refused(value: bytes) -> None:
    try:
        found = KeyDerivation.parse(value)
    except Iso7816Error:
        return
    assert found.hash is None or len(found.pw1 or bytes(found.hash.size)) == found.hash.size
