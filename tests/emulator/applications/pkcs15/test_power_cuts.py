"""The power is cut at each durable write of each command of a PKCS #15 card that changes something."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from pkcs15_desk import OTHER_PIN, PIN, PUK, curve_key, curve_parameters, ef

from emulator import Card
from emulator.applications.pkcs15.command_table import PKCS15
from emulator.applications.pkcs15.interface import Algorithm
from iso7816.ber_tlv import encode_all
from iso7816.key_algorithms import KeyAlgorithm

from ...power_cuts import cutting
from ...power_cuts.cutting import cut_at_each_write
from ...power_cuts.places_of_change import missed, places_of_change, reached_places
from ...power_cuts.spent_tries import spends_before_it_compares

WRONG = b"999999".ljust(16, b"\0")
PARAMETERS = encode_all(curve_parameters(KeyAlgorithm.P_256))


class Attempt(NamedTuple):
    """A command on a card.

    Attributes:
        command: instruction, P1 and P2, data.
        is_issued: whether the card has a PIN, which is verified, and a file 6F01.
        ne: what it asks for.
    """

    command: tuple[int, int, bytes]
    is_issued: bool = True
    ne: int | None = None


ATTEMPTS = {
    "CHANGE REFERENCE DATA, set the PUK": Attempt((0x24, 0x0102, PUK), is_issued=False),
    "CHANGE REFERENCE DATA, set the PIN": Attempt((0x24, 0x0101, PIN), is_issued=False),
    "CHANGE REFERENCE DATA": Attempt((0x24, 0x0001, PIN + OTHER_PIN)),
    "CHANGE REFERENCE DATA, wrong": Attempt((0x24, 0x0001, WRONG + OTHER_PIN)),
    "CHANGE REFERENCE DATA, no new one": Attempt((0x24, 0x0001, PIN + bytes(16))),
    "VERIFY": Attempt((0x20, 0x0001, PIN)),
    "VERIFY, wrong": Attempt((0x20, 0x0001, WRONG)),
    "RESET RETRY COUNTER": Attempt((0x2C, 0x0001, PUK + OTHER_PIN)),
    "RESET RETRY COUNTER, wrong": Attempt((0x2C, 0x0001, PUK[::-1] + OTHER_PIN)),
    "RESET RETRY COUNTER, no new one": Attempt((0x2C, 0x0001, PUK + bytes(16))),
    "GENERATE ASYMMETRIC KEY PAIR": Attempt((0x46, 0x0000, PARAMETERS), ne=65536),
    "PUT DATA": Attempt((0xDB, 0x3FFF, curve_key(KeyAlgorithm.P_256, b"\1"))),
    "CREATE FILE": Attempt((0xE0, 0x0000, ef("6F02"))),
    "UPDATE BINARY": Attempt((0xD6, 0x0000, b"new")),
    "DELETE FILE": Attempt((0xE4, 0x0000, b"")),
}
READERS = {0x22, 0x2A, 0x70, 0x84, 0xA4, 0xB0, 0xCA}


def prepared(make: Callable[[Card], Any], card: Card, attempt: Attempt) -> Any:
    """The desk, before the command."""
    desk = make(card)
    if attempt.is_issued:
        assert desk.verify() == "9000"
        desk.file("6F01")
        desk.new_key(Algorithm.GENERATE_EC)
    return desk


def send(desk: Any, attempt: Attempt) -> str:
    ins, parameters, data = attempt.command
    return str(desk.sw(ins, parameters, data, attempt.ne))


def issue(desk: Any, attempt: Attempt) -> Card:
    """The card, which has a file, a PIN and a PUK where the attempt wants them."""
    if attempt.is_issued:
        desk.ok(0xE0, 0, ef("6F01"))
        desk.set_pin()
    card: Card = desk.card
    return card


@pytest.mark.parametrize("name", ATTEMPTS)
def test_a_power_cut_at_each_write_leaves_the_old_state_or_the_new(desk: Any, tmp_path: Path, name: str) -> None:
    attempt = ATTEMPTS[name]
    image = tmp_path / "pkcs15.card"
    issue(desk, attempt).save(image)
    refused = name.endswith((", wrong", ", no new one"))
    prepare = partial(prepared, type(desk), attempt=attempt)
    cut_at_each_write(image, cutting.Attempt(prepare, partial(send, attempt=attempt), is_refused=refused))


def test_every_command_that_changes_something_is_cut() -> None:
    assert {attempt.command[0] for attempt in ATTEMPTS.values()} == {row.ins for row in PKCS15.COMMANDS} - READERS


def test_every_place_where_a_command_changes_something_is_cut(new_desk: Any) -> None:
    with reached_places() as reached:
        for attempt in ATTEMPTS.values():
            desk = new_desk()
            send(prepared(type(desk), issue(desk, attempt), attempt), attempt)
    places = places_of_change("applications/pkcs15")
    assert len(places) > 2
    assert missed(places, reached) == []


@pytest.mark.parametrize("name", ["VERIFY", "CHANGE REFERENCE DATA", "RESET RETRY COUNTER"])
def test_a_try_is_spent_before_the_comparison(desk: Any, tmp_path: Path, name: str) -> None:
    right, wrong = ATTEMPTS[name], ATTEMPTS[f"{name}, wrong"]
    image = tmp_path / "pkcs15.card"
    issue(desk, right).save(image)
    spends_before_it_compares(image, type(desk), partial(send, attempt=right), partial(send, attempt=wrong))
