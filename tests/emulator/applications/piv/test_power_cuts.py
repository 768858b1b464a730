"""The power is cut at each durable write of each command that changes something: the old state or the new one is there,
and a try that was spent stays spent."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from emulator import Card
from emulator.applications.piv.card_application import PIVCard
from emulator.applications.piv.personalisation import values_of
from emulator.applications.secret_codes import SecretCode
from iso7816.icc import ICCMute

from .conftest import PIN, PUK, PIVTerminal, tlv

OTHER = b"87654321"
WRONG = b"999999\xff\xff"
GENERATE = bytes.fromhex("AC03800111")

# Name: instruction, P1, P2, data
COMMANDS: dict[str, tuple[int, int, int, bytes]] = {
    "VERIFY": (0x20, 0, 0x80, PIN),
    "VERIFY, wrong": (0x20, 0, 0x80, WRONG),
    "CHANGE REFERENCE DATA": (0x24, 0, 0x80, PIN + OTHER),
    "CHANGE REFERENCE DATA, PUK": (0x24, 0, 0x81, PUK + OTHER),
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
CODES = (b"pin", b"puk")


class CutAt:
    """Cuts the power at the n-th durable write, counted from 0; counts them all when it never does."""

    def __init__(self, place: int) -> None:
        self.place, self.count, self.armed = place, 0, False

    def reached(self, _name: str) -> None:
        if self.armed:
            self.count += 1
            if self.count - 1 == self.place:
                raise RuntimeError("the lights go out")


def observe(card: Card) -> dict[bytes, bytes]:
    """The values of the application; what the new keys in them are is random."""
    return {key: value if key in CODES else b"?" for key, value in values_of(card.snapshot().state()).items()}


def tries(values: dict[bytes, bytes]) -> int:
    return sum(SecretCode(values[key][2:], values[key][0], values[key][1]).tries_left for key in CODES)


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


@pytest.fixture
def image(make: Callable[..., PIVTerminal], tmp_path: Path) -> Path:
    piv = make('secure_messaging = "CS2"\n[applications.options.objects]\n5FC102 = "there"\n')
    piv.administrate()
    piv.generate(0x9E, 0x11)
    path = tmp_path / "piv.card"
    piv.card.save(path)
    return path


@pytest.mark.parametrize("name", COMMANDS)
def test_a_power_cut_at_each_write_leaves_the_old_state_or_the_new(image: Path, name: str) -> None:
    command, original = COMMANDS[name], image.read_bytes()
    refused = name.endswith(("wrong", "malformed"))
    witness = CutAt(-1)
    with Card.open(image, fault_point=witness) as card:
        piv = prepared(card, name)
        before = observe(card)
        witness.armed = True
        assert (piv.word(*command) != "9000") == refused
        after = observe(card)
    assert witness.count > 0, "it writes nothing"
    for place in range(witness.count):
        image.write_bytes(original)
        fault = CutAt(place)
        with Card.open(image, fault_point=fault) as card:
            piv = prepared(card, name)
            full = observe(card)
            fault.armed = True
            with pytest.raises(ICCMute):
                piv.command(*command)
            fault.armed = False
            card.power_on()
        with Card.open(image) as card:
            found = observe(card)
        spent = {key for key in found if found[key] != full.get(key)} <= set(CODES) and tries(found) == tries(full) - 1
        assert found in (before, after) or (spent and found.keys() == full.keys())


def test_every_command_that_changes_something_is_cut() -> None:
    assert {command[0] for command in COMMANDS.values()} == {row.ins for row in PIVCard.COMMANDS} - READERS
