"""The power is cut at each durable write of each command of a PIV card that changes something."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

from emulator import Card
from emulator.applications.piv.card_application import PIVCard
from iso7816.biometric_templates import biometric_data

from ...power_cuts.cutting import Attempt, cut_at_each_write
from ...power_cuts.places_of_change import missed, places_of_change, reached_places
from ...power_cuts.spent_tries import spends_before_it_compares
from .conftest import PIN, PUK, PIVTerminal, tlv
from .finger_samples import finger

OTHER = b"87654321"
WRONG = b"999999\xff\xff"
FINGER, STRANGER = finger(1, 16), finger(2, 16)
GENERATE = bytes.fromhex("AC03800111")

# Name: instruction, P1, P2, data
COMMANDS: dict[str, tuple[int, int, int, bytes]] = {
    "VERIFY": (0x20, 0, 0x80, PIN),
    "VERIFY, wrong": (0x20, 0, 0x80, WRONG),
    "VERIFY, finger": (0x20, 0, 0x96, biometric_data(FINGER.to_bytes())),
    "VERIFY, finger, wrong": (0x20, 0, 0x96, biometric_data(STRANGER.to_bytes())),
    "CHANGE REFERENCE DATA": (0x24, 0, 0x80, PIN + OTHER),
    "CHANGE REFERENCE DATA, PUK": (0x24, 0, 0x81, PUK + OTHER),
    "CHANGE REFERENCE DATA, PUK, wrong": (0x24, 0, 0x81, OTHER + PUK),
    "CHANGE REFERENCE DATA, wrong": (0x24, 0, 0x80, WRONG + OTHER),
    "CHANGE REFERENCE DATA, malformed": (0x24, 0, 0x80, PIN + b"\xff" * 8),
    "RESET RETRY COUNTER": (0x2C, 0, 0x80, PUK + OTHER),
    "RESET RETRY COUNTER, wrong": (0x2C, 0, 0x80, WRONG + OTHER),
    "GENERATE ASYMMETRIC KEY PAIR": (0x47, 0, 0x9A, GENERATE),
    "GENERATE ASYMMETRIC KEY PAIR, secure messaging": (0x47, 0, 0x04, GENERATE),
    "PUT DATA": (0xDB, 0x3F, 0xFF, tlv(0x5C, b"\x5f\xc1\x05") + tlv(0x53, b"new")),
    "PUT DATA, removal": (0xDB, 0x3F, 0xFF, tlv(0x5C, b"\x5f\xc1\x02") + tlv(0x53, b"")),
    "GET DATA, which makes the attestation key": (0xCB, 0x3F, 0xFF, tlv(0x5C, b"\x5f\xff\x01")),
    "GET METADATA, which makes it, too": (0xF7, 0, 0xF9, b""),
    "ATTEST": (0xF9, 0x9E, 0, b""),
    "MOVE KEY": (0xF6, 0x82, 0x9E, b""),
    "MOVE KEY, deletion": (0xF6, 0xFF, 0x9E, b""),
    "SET PIN RETRIES": (0xFA, 5, 5, b""),
    "IMPORT KEY": (0xFE, 0x11, 0x83, tlv(0x06, b"\x01" * 32)),
    "SET MANAGEMENT KEY": (0xFF, 0xFF, 0xFF, b"\x08\x9b\x10" + bytes(16)),
    "RESET": (0xFB, 0, 0, b""),
}
READERS = {0xA4, 0xC0, 0x87, 0xF8, 0xFD}


def prepared(card: Card, name: str) -> PIVTerminal:
    """The terminal, before the command: administrator and PIN are there, but where it is about the PIN itself."""
    piv = PIVTerminal(card)
    piv.administrate()
    if name == "SET PIN RETRIES":
        assert piv.verify() == "9000"
    if name == "RESET":
        for _ in range(3):
            piv.verify(WRONG)
            piv.word(0x2C, 0, 0x80, WRONG + OTHER, None)
    return piv


def send(piv: PIVTerminal, name: str) -> str:
    return piv.word(*COMMANDS[name])


@pytest.fixture
def image(make: Callable[..., PIVTerminal], tmp_path: Path) -> Path:
    options = f'secure_messaging = "CS2"\nprimary_finger = "{FINGER.to_bytes().hex()}"\n'
    piv = make(options + '[applications.options.objects]\n5FC102 = "there"\n')
    piv.administrate()
    piv.generate(0x9E, 0x11)
    path = tmp_path / "piv.card"
    piv.card.save(path)
    return path


@pytest.mark.parametrize("name", COMMANDS)
def test_a_power_cut_at_each_write_leaves_the_old_state_or_the_new(image: Path, name: str) -> None:
    refused = name.endswith(("wrong", "malformed"))
    cut_at_each_write(image, Attempt(partial(prepared, name=name), partial(send, name=name), is_refused=refused))


def test_every_command_that_changes_something_is_cut() -> None:
    assert {command[0] for command in COMMANDS.values()} == {row.ins for row in PIVCard.COMMANDS} - READERS


def test_every_place_where_a_command_changes_something_is_cut(image: Path) -> None:
    with reached_places() as reached:
        for name in COMMANDS:
            with Card.open(image, "copy") as card:
                send(prepared(card, name), name)
    places = places_of_change("applications/piv")
    assert len(places) > 10
    assert missed(places, reached) == []


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        ("VERIFY", "VERIFY, wrong"),
        ("VERIFY, finger", "VERIFY, finger, wrong"),
        ("CHANGE REFERENCE DATA", "CHANGE REFERENCE DATA, wrong"),
        ("CHANGE REFERENCE DATA, PUK", "CHANGE REFERENCE DATA, PUK, wrong"),
        ("RESET RETRY COUNTER", "RESET RETRY COUNTER, wrong"),
    ],
)
def test_a_try_is_spent_before_the_comparison(image: Path, right: str, wrong: str) -> None:
    spends_before_it_compares(image, PIVTerminal, partial(send, name=right), partial(send, name=wrong))
