"""The power is cut at each durable write of each command that changes something: the old state or the new one is there,
and a try that was spent stays spent."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from pkcs15_desk import OTHER_PIN, PIN, PUK, curve_key, curve_parameters, ef

from emulator import Card
from emulator.applications.pkcs15.command_table import PKCS15
from emulator.applications.pkcs15.interface import Algorithm
from iso7816.ber_tlv import encode_all
from iso7816.icc import ICCMute
from iso7816.key_algorithms import KeyAlgorithm

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


class CutAt:
    """Cuts the power at the n-th durable write, counted from 0; counts them all when it never does."""

    def __init__(self, place: int) -> None:
        self.place, self.count, self.armed = place, 0, False

    def reached(self, _name: str) -> None:
        if self.armed:
            self.count += 1
            if self.count - 1 == self.place:
                raise RuntimeError("the lights go out")


class Seen(NamedTuple):
    """What is on a card; of a private key, which may be new each time, only that it is another than before.

    Attributes:
        pin: value and state of the PIN, and the PUK.
        tries: of both.
        rest: files, contents, and the names of the values.
    """

    pin: tuple[Any, ...]
    tries: int
    rest: tuple[Any, ...]


def observe(card: Card) -> Seen:
    state = card.snapshot().state()
    (pin,) = state.chvs.values()
    puk = pin.puk
    rest = (
        sorted((file.number, file.fid, file.expanded) for file in state.files.values()),
        sorted(state.contents.items()),
        sorted(key for _df, key in state.application_values),
    )
    return Seen((pin.value, pin.state, puk and puk.value), pin.tries_left + (puk.tries_left if puk else 0), rest)


def prepared(make: Callable[[Card], Any], card: Card, attempt: Attempt) -> Any:
    """The desk, before the command."""
    desk = make(card)
    if attempt.is_issued:
        assert desk.verify() == "9000"
        desk.file("6F01")
        desk.new_key(Algorithm.GENERATE_EC)
    return desk


@pytest.mark.parametrize("name", ATTEMPTS)
def test_a_power_cut_at_each_write_leaves_the_old_state_or_the_new(desk: Any, tmp_path: Path, name: str) -> None:
    attempt, make = ATTEMPTS[name], type(desk)
    if attempt.is_issued:
        desk.ok(0xE0, 0, ef("6F01"))
        desk.set_pin()
    image = tmp_path / "pkcs15.card"
    desk.card.save(image)
    original = image.read_bytes()
    ins, parameters, data = attempt.command
    witness = CutAt(-1)
    with Card.open(image, fault_point=witness) as card:
        again = prepared(make, card, attempt)
        before = observe(card)
        witness.armed = True
        word = again.sw(ins, parameters, data, attempt.ne)
        assert (word == "9000") == (", wrong" not in name and ", no new one" not in name)
        after = observe(card)
    assert witness.count > 0, "it writes nothing"
    for place in range(witness.count):
        image.write_bytes(original)
        fault = CutAt(place)
        with Card.open(image, fault_point=fault) as card:
            again = prepared(make, card, attempt)
            fault.armed = True
            with pytest.raises(ICCMute):
                again.sw(ins, parameters, data, attempt.ne)
            fault.armed = False
            in_memory = observe(card)
        with Card.open(image) as card:
            found = observe(card)
            assert found == in_memory
            only_a_try = found._replace(tries=before.tries) == before and found.tries == before.tries - 1
            assert found in (before, after) or (only_a_try and ins in (0x20, 0x24, 0x2C))
            # Nobody is let in by it.
            assert make(card).sw(0x20, 0x0001) != "9000" or not attempt.is_issued


def test_every_command_that_changes_something_is_cut() -> None:
    assert {attempt.command[0] for attempt in ATTEMPTS.values()} == {row.ins for row in PKCS15.COMMANDS} - READERS
