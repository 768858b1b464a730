"""Whatever comes in, the card answers, and never by an exception of its own (6F00)."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emulator import Card
from emulator.applications.piv.card_application import PIVCard
from emulator.applications.piv.stored_objects import certificate_in, is_discovery_object
from iso7816.biometric_templates import biometric_data

from .conftest import DEFINITION, PIVTerminal
from .finger_samples import finger

INSTRUCTIONS = sorted(row.ins for row in PIVCard.COMMANDS)
REFERENCES = [0x00, 0x04, 0x80, 0x81, 0x82, 0x95, 0x96, 0x97, 0x98, 0x9A, 0x9B, 0x9C, 0x9D, 0x9E, 0xF9, 0xFF]
PARAMETERS = st.one_of(
    st.sampled_from([0x00, 0x3F, 0xFF, 0x03, 0x07, 0x08, 0x11, 0x27, *REFERENCES]), st.integers(0, 255)
)
PIECES = [bytes.fromhex(text) for text in (
    "7C028100", "7C028000", "7C0A82008106010203040506", "5C035FC105", "5C017E", "530100", "AC03800111", "AC03800127",
    "0620" + "01" * 32, "AA0101", "039B18" + "01" * 24, "8E080102030405060708", "9701 00", "8711 01" + "00" * 16,
    "313233343536FFFF", "A000000308000010000100",
)]  # fmt: skip
PIECES += [biometric_data(finger(seed, count).to_bytes()) for seed, count in ((1, 16), (2, 12), (3, 60), (4, 61))]
DATA = st.one_of(
    st.binary(max_size=40), st.lists(st.sampled_from(PIECES), max_size=3).map(lambda pieces: b"".join(pieces)[:255])
)


@pytest.fixture(scope="module")
def cards(tmp_path_factory: pytest.TempPathFactory) -> list[Card]:
    """A card with contacts and a contactless one, with secure messaging, keys and everything."""
    made = []
    for number, before in enumerate(("", "[contactless]\n")):
        path: Path = tmp_path_factory.mktemp("cards") / f"{number}.toml"
        options = 'secure_messaging = "CS2"\npairing_code = "12345678"\nglobal_pin = "123456"\n'
        options += f'primary_finger = "{finger(1, 16).to_bytes().hex()}"\nsecondary_finger = "{"010203" * 16}"\n'
        path.write_text(before + DEFINITION + options, encoding="utf-8")
        card = Card.from_profile(path)
        if not before:
            piv = PIVTerminal(card)
            piv.administrate()
            for reference, algorithm in ((0x9A, 0x11), (0x9D, 0x14), (0x9E, 0xE0), (0x82, 0xE1), (0x83, 0x06)):
                piv.generate(reference, algorithm)
        made.append(card)
    return made


@given(
    which=st.integers(0, 1),
    administrator=st.booleans(),
    commands=st.lists(
        st.tuples(st.sampled_from([0x00, 0x0C, 0x10]), st.sampled_from(INSTRUCTIONS), PARAMETERS, PARAMETERS, DATA),
        min_size=1,
        max_size=6,
    ),
)
def test_every_command_is_answered(
    cards: list[Card],
    which: int,
    administrator: bool,
    commands: list[tuple[int, int, int, int, bytes]],
) -> None:
    card = cards[which]
    mark = card.snapshot()
    piv = PIVTerminal(card)
    if administrator and which == 0:
        piv.administrate()
        piv.verify()
    for cla, ins, p1, p2, data in commands:
        if ins == 0x47 and data[:5].hex().upper() != "AC03800111":
            continue  # keys of RSA take long
        response = card.transmit(bytes((cla, ins, p1, p2)) + (bytes((len(data),)) + data if data else b"") + b"\0")
        assert len(response) >= 2
        assert response[-2:] != b"\x6f\x00"
    card.restore(mark)


@given(content=st.binary(max_size=40))
def test_contents_of_data_objects_are_read_or_not(content: bytes) -> None:
    assert isinstance(is_discovery_object(content, compares_fingers=True), bool)
    assert certificate_in(content) is None or isinstance(certificate_in(content), bytes)
