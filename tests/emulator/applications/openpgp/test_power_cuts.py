"""The power is cut at each durable write of each command of an OpenPGP card that changes something."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

from emulator import Card
from emulator.applications.openpgp.card_application import OpenPGPCard

from ...power_cuts.cutting import Attempt, cut_at_each_write
from ...power_cuts.places_of_change import missed, places_of_change, reached_places
from ...power_cuts.spent_tries import spends_before_it_compares
from .conftest import AUTHENTICATION, ED25519, PW1, PW3, SIGNATURE, OpenPGPTerminal

OTHER, WRONG, CODE = b"654321", b"999999", b"resetting"
KDF = bytes.fromhex("810103820108830400010000840801010101010101018720" + "AA" * 32 + "8820" + "BB" * 32)

# Name: instruction, P1, P2, data
COMMANDS: dict[str, tuple[int, int, int, bytes]] = {
    "VERIFY": (0x20, 0, 0x81, PW1),
    "VERIFY, wrong": (0x20, 0, 0x81, WRONG),
    "VERIFY, PW3": (0x20, 0, 0x83, PW3),
    "VERIFY, other uses": (0x20, 0, 0x82, PW1),
    "VERIFY, other uses, wrong": (0x20, 0, 0x82, WRONG),
    "VERIFY, PW3, wrong": (0x20, 0, 0x83, PW3[::-1]),
    "CHANGE REFERENCE DATA": (0x24, 0, 0x81, PW1 + OTHER),
    "CHANGE REFERENCE DATA, PW3": (0x24, 0, 0x83, PW3 + b"the new one"),
    "CHANGE REFERENCE DATA, PW3, wrong": (0x24, 0, 0x83, PW3[::-1] + b"the new one"),
    "CHANGE REFERENCE DATA, wrong": (0x24, 0, 0x81, WRONG + OTHER),
    "CHANGE REFERENCE DATA, malformed": (0x24, 0, 0x81, PW1 + b"1"),
    "RESET RETRY COUNTER": (0x2C, 2, 0x81, OTHER),
    "RESET RETRY COUNTER, resetting code": (0x2C, 0, 0x81, CODE + OTHER),
    "RESET RETRY COUNTER, wrong": (0x2C, 0, 0x81, b"resettinh" + OTHER),
    "PERFORM SECURITY OPERATION": (0x2A, 0x9E, 0x9A, b"message"),
    "GENERATE ASYMMETRIC KEY PAIR": (0x47, 0x80, 0, bytes.fromhex(SIGNATURE)),
    "GENERATE ASYMMETRIC KEY PAIR, another": (0x47, 0x80, 0, bytes.fromhex(AUTHENTICATION)),
    "PUT DATA": (0xDA, 0, 0x5E, b"jane"),
    "PUT DATA, one of some": (0xDA, 0x5F, 0x35, b"1"),
    "PUT DATA, attributes": (0xDA, 0, 0xC1, bytes.fromhex("132A8648CE3D030107")),
    "PUT DATA, certificate": (0xDA, 0x7F, 0x21, b"certificate"),
    "PUT DATA, resetting code": (0xDA, 0, 0xD3, b"another one"),
    "PUT DATA, no resetting code": (0xDA, 0, 0xD3, b""),
    "PUT DATA, SM-Key-ENC": (0xDA, 0, 0xD1, b"f" * 16),
    "PUT DATA, SM keys": (0xDA, 0, 0xF4, b"\xd1\x10" + b"f" * 16 + b"\xd2\x10" + b"n" * 16),
    "PUT DATA, no SM keys": (0xDA, 0, 0xF4, b""),
    "PUT DATA, derivation": (0xDA, 0, 0xF9, KDF),
    "PUT DATA, flag": (0xDA, 0, 0xD6, b"\2\x20"),
    "PUT DATA, import": (0xDB, 0x3F, 0xFF, bytes.fromhex("4D2AB6007F4802" + "92205F4820" + "01" * 32)),
    "TERMINATE DF": (0xE6, 0, 0, b""),
    "ACTIVATE FILE": (0x44, 0, 0, b""),
}
READERS = {0x22, 0x84, 0x88, 0xA4, 0xA5, 0xC0, 0xCA, 0xCC}


def prepared(card: Card, name: str) -> OpenPGPTerminal:
    """The terminal, before the command: everything is verified, but where it is about the passwords themselves."""
    terminal = OpenPGPTerminal(card)
    terminal.verify_all()
    if name == "ACTIVATE FILE":
        assert terminal.sw("00E60000") == "9000"
    return terminal


@pytest.fixture
def image(make: Callable[..., OpenPGPTerminal], tmp_path: Path) -> Path:
    openpgp = make(
        f'secure_messaging = "aes-128"\nsm_key_enc = "{b"e".hex() * 16}"\nsm_key_mac = "{b"m".hex() * 16}"\n'
    )
    openpgp.verify_all()
    assert openpgp.put(0xC1, ED25519) == openpgp.put(0xC3, ED25519) == openpgp.put(0xD3, CODE) == "9000"
    openpgp.generate(SIGNATURE)
    path = tmp_path / "openpgp.card"
    openpgp.card.save(path)
    return path


def has_response(name: str) -> bool:
    return name.startswith(("PERFORM", "GENERATE"))


def send(terminal: OpenPGPTerminal, name: str) -> str:
    ins, p1, p2, data = COMMANDS[name]
    return terminal.word(ins, p1, p2, data, le=has_response(name))


@pytest.mark.parametrize("name", COMMANDS)
def test_a_power_cut_at_each_write_leaves_the_old_state_or_the_new(image: Path, name: str) -> None:
    refused = name.endswith(("wrong", "malformed"))
    cut_at_each_write(image, Attempt(partial(prepared, name=name), partial(send, name=name), is_refused=refused))


def test_every_command_that_changes_something_is_cut() -> None:
    assert {command[0] for command in COMMANDS.values()} == {row.ins for row in OpenPGPCard.COMMANDS} - READERS


def test_every_place_where_a_command_changes_something_is_cut(image: Path) -> None:
    with reached_places() as reached:
        for name in COMMANDS:
            with Card.open(image, "copy") as card:
                send(prepared(card, name), name)
    places = places_of_change("applications/openpgp")
    assert len(places) > 10
    assert missed(places, reached) == []


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        ("VERIFY", "VERIFY, wrong"),
        ("VERIFY, other uses", "VERIFY, other uses, wrong"),
        ("VERIFY, PW3", "VERIFY, PW3, wrong"),
        ("CHANGE REFERENCE DATA", "CHANGE REFERENCE DATA, wrong"),
        ("CHANGE REFERENCE DATA, PW3", "CHANGE REFERENCE DATA, PW3, wrong"),
        ("RESET RETRY COUNTER, resetting code", "RESET RETRY COUNTER, wrong"),
    ],
)
def test_a_try_is_spent_before_the_comparison(image: Path, right: str, wrong: str) -> None:
    spends_before_it_compares(image, OpenPGPTerminal, partial(send, name=right), partial(send, name=wrong))
