"""The power is cut at each durable write of each command of a GIDS card that changes something."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from gids_desk import FIRST, OTHER_KEY, OTHER_PIN, PIN, PUK, Desk, key_file, key_template, pkcs1

from emulator import Card
from emulator.applications.gids.command_table import COMMANDS
from iso7816.ber_tlv import TLV

from ...power_cuts import cutting
from ...power_cuts.cutting import cut_at_each_write
from ...power_cuts.places_of_change import missed, places_of_change, reached_places
from ...power_cuts.spent_tries import spends_before_it_compares

WRONG = b"99999999"
EMPTY = TLV(0xDF32, b"").to_bytes()


class Attempt(NamedTuple):
    """A command on a card.

    Attributes:
        command: instruction, P1 and P2, data; data ``None``: the key of the test comes in.
        current: the current EF, 0 for none.
        is_administrator: whether the administrator is authenticated; else the PIN is verified.
        is_set_up: whether the card is operational.
    """

    command: tuple[int, int, bytes | None]
    current: int = 0
    is_administrator: bool = False
    is_set_up: bool = True


ATTEMPTS = {
    "VERIFY": Attempt((0x20, 0x0080, PIN)),
    "VERIFY, wrong": Attempt((0x20, 0x0080, WRONG)),
    "CHANGE REFERENCE DATA": Attempt((0x24, 0x0080, PIN + OTHER_PIN)),
    "CHANGE REFERENCE DATA, wrong": Attempt((0x24, 0x0080, WRONG + OTHER_PIN)),
    "CHANGE REFERENCE DATA, no new one": Attempt((0x24, 0x0080, PIN + b"1")),
    "CHANGE REFERENCE DATA, new one alone": Attempt((0x24, 0x0180, OTHER_PIN)),
    "CHANGE REFERENCE DATA, the first PIN": Attempt((0x24, 0x0180, PIN), is_set_up=False),
    "RESET RETRY COUNTER": Attempt((0x2C, 0x0280, OTHER_PIN), is_administrator=True),
    "RESET RETRY COUNTER, by the PUK": Attempt((0x2C, 0x0080, PUK + OTHER_PIN)),
    "RESET RETRY COUNTER, wrong": Attempt((0x2C, 0x0080, WRONG + OTHER_PIN)),
    "ACTIVATE FILE": Attempt((0x44, 0x0000, b""), current=0xA021),
    "ACTIVATE FILE, the DF": Attempt((0x44, 0x0000, b""), is_set_up=False),
    "GENERATE ASYMMETRIC KEY PAIR": Attempt((0x47, 0x0000, bytes.fromhex("AC06800106830181"))),
    "PUT DATA": Attempt((0xDB, 0xA010, TLV(0xDF30, b"new").to_bytes() + TLV(0xDF31, b"new").to_bytes())),
    "PUT DATA, of what is empty": Attempt((0xDB, 0xA010, EMPTY)),
    "PUT DATA, a key": Attempt((0xDB, 0x3FFF, None)),
    "PUT DATA, the administrator's key": Attempt(
        (0xDB, 0x3FFF, key_template(0x80, OTHER_KEY, "")), is_administrator=True
    ),
    "CREATE FILE": Attempt((0xE0, 0x0000, bytes.fromhex("620C8201398302A0228C03033000"))),
    "CREATE FILE, of a key": Attempt((0xE0, 0x0000, key_file(FIRST + 1))),
    "DELETE FILE": Attempt((0xE4, 0x0000, b""), current=0xA010),
}
READERS = {0x22, 0x2A, 0x87, 0xA4, 0xC0, 0xCB}


def prepared(card: Card, attempt: Attempt) -> Desk:
    """The desk, before the command."""
    desk = Desk(card)
    if attempt.is_set_up:
        assert (desk.authenticate() if attempt.is_administrator else desk.verify()) == "9000"
    if attempt.current:
        assert desk.select(attempt.current) == "9000"
    return desk


def issued(new_desk: Any, attempt: Attempt, key: rsa.RSAPrivateKey) -> Card:
    """The card, which has keys and a file that is not activated where the attempt wants one that is set up."""
    desk = new_desk(more=f'puk = "{PUK.decode()}"\n') if attempt.is_set_up else new_desk("initialised = false\n")
    if attempt.is_set_up:
        assert [desk.verify(), desk.create_key(), desk.import_key(key)] == ["9000", "9000", "9000"]
        assert desk.sw(0xDB, 0xA010, EMPTY) == "9000"
        assert desk.create("620C8201398302A0218C03033000", activate=False) == "9000"
    card: Card = desk.card
    return card


def sender(attempt: Attempt) -> Callable[[Desk], str]:
    """Sends the command of an attempt, the same each time."""
    ins, parameters, given = attempt.command
    other = rsa.generate_private_key(65537, 1024)  # noqa: S505
    data = key_template(FIRST, pkcs1(other)) if given is None else given
    return lambda desk: desk.sw(ins, parameters, data)


@pytest.mark.parametrize("name", ATTEMPTS)
def test_a_power_cut_at_each_write_leaves_the_old_state_or_the_new(
    new_desk: Any, key: rsa.RSAPrivateKey, tmp_path: Path, name: str
) -> None:
    attempt = ATTEMPTS[name]
    image = tmp_path / "gids.card"
    issued(new_desk, attempt, key).save(image)
    refused = name.endswith((", wrong", ", no new one"))
    cut_at_each_write(image, cutting.Attempt(partial(prepared, attempt=attempt), sender(attempt), is_refused=refused))


def test_every_command_that_changes_something_is_cut() -> None:
    assert {attempt.command[0] for attempt in ATTEMPTS.values()} == {row.ins for row in COMMANDS} - READERS


def test_every_place_where_a_command_changes_something_is_cut(new_desk: Any, key: rsa.RSAPrivateKey) -> None:
    with reached_places() as reached:
        for attempt in ATTEMPTS.values():
            sender(attempt)(prepared(issued(new_desk, attempt, key), attempt))
    places = places_of_change("applications/gids")
    assert len(places) > 2
    assert missed(places, reached) == []


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        ("VERIFY", "VERIFY, wrong"),
        ("CHANGE REFERENCE DATA", "CHANGE REFERENCE DATA, wrong"),
        ("RESET RETRY COUNTER, by the PUK", "RESET RETRY COUNTER, wrong"),
    ],
)
def test_a_try_is_spent_before_the_comparison(
    new_desk: Any, key: rsa.RSAPrivateKey, tmp_path: Path, right: str, wrong: str
) -> None:
    image = tmp_path / "gids.card"
    issued(new_desk, ATTEMPTS[right], key).save(image)
    spends_before_it_compares(image, Desk, sender(ATTEMPTS[right]), sender(ATTEMPTS[wrong]))
