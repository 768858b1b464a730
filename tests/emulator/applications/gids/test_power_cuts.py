"""The power is cut at each durable write of each command that changes something: the old state or the new one is there,
and a try that was spent stays spent."""

from __future__ import annotations

from pathlib import Path
from typing import Any, NamedTuple

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from gids_desk import ADMIN_KEY, FIRST, OTHER_KEY, OTHER_PIN, PIN, PUK, Desk, key_file, key_template, pkcs1

from emulator import Card
from emulator.applications.gids.command_table import COMMANDS
from emulator.applications.gids.life_cycle import LIFE_CYCLE
from emulator.applications.gids.personalisation import values_of
from emulator.applications.secret_codes import SecretCode
from iso7816.ber_tlv import TLV
from iso7816.icc import ICCMute

WRONG = b"99999999"
CODES = (b"code\x80", b"code\x81")


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
    "PUT DATA, a key": Attempt((0xDB, 0x3FFF, None)),
    "PUT DATA, the administrator's key": Attempt(
        (0xDB, 0x3FFF, key_template(0x80, OTHER_KEY, "")), is_administrator=True
    ),
    "CREATE FILE": Attempt((0xE0, 0x0000, bytes.fromhex("620C8201398302A0228C03033000"))),
    "CREATE FILE, of a key": Attempt((0xE0, 0x0000, key_file(FIRST + 1))),
    "DELETE FILE": Attempt((0xE4, 0x0000, b""), current=0xA010),
}
READERS = {0x22, 0x2A, 0x87, 0xA4, 0xC0, 0xCB}


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
    """What is on a card; of a key that is generated, only that it is another than before.

    Attributes:
        codes: PIN and PUK.
        tries: of both.
        rest: the other values.
    """

    codes: tuple[bytes, ...]
    tries: int
    rest: tuple[tuple[bytes, Any], ...]


def observe(card: Card, key: bytes) -> Seen:
    values = values_of(card.snapshot().state())
    codes = [SecretCode.from_bytes(values[name]) for name in CODES if name in values]
    generated = b"key\xb0\x81"
    rest = sorted(
        (name, value if name != generated else value == key) for name, value in values.items() if name not in CODES
    )
    return Seen(tuple(code.value for code in codes), sum(code.tries_left for code in codes), tuple(rest))


def prepared(card: Card, attempt: Attempt) -> Desk:
    """The desk, before the command."""
    desk = Desk(card)
    if attempt.is_set_up:
        assert (desk.authenticate() if attempt.is_administrator else desk.verify()) == "9000"
    if attempt.current:
        assert desk.select(attempt.current) == "9000"
    return desk


@pytest.mark.parametrize("name", ATTEMPTS)
def test_a_power_cut_at_each_write_leaves_the_old_state_or_the_new(
    new_desk: Any, key: rsa.RSAPrivateKey, tmp_path: Path, name: str
) -> None:
    attempt = ATTEMPTS[name]
    desk = new_desk(more=f'puk = "{PUK.decode()}"\n') if attempt.is_set_up else new_desk("initialised = false\n")
    if attempt.is_set_up:
        assert [desk.verify(), desk.create_key(), desk.import_key(key)] == ["9000", "9000", "9000"]
        assert desk.create("620C8201398302A0218C03033000", activate=False) == "9000"
    kept = values_of(desk.card.snapshot().state()).get(b"key\xb0\x81", b"")
    other = rsa.generate_private_key(65537, 1024)  # noqa: S505
    image = tmp_path / "gids.card"
    desk.card.save(image)
    original = image.read_bytes()
    ins, parameters, given = attempt.command
    data = key_template(FIRST, pkcs1(other)) if given is None else given
    witness = CutAt(-1)
    with Card.open(image, fault_point=witness) as card:
        again = prepared(card, attempt)
        before = observe(card, kept)
        witness.armed = True
        word = again.sw(ins, parameters, data)
        assert (word == "9000") == (", wrong" not in name and ", no new one" not in name)
        after = observe(card, kept)
    assert witness.count > 0, "it writes nothing"
    for place in range(witness.count):
        image.write_bytes(original)
        fault = CutAt(place)
        with Card.open(image, fault_point=fault) as card:
            again = prepared(card, attempt)
            fault.armed = True
            with pytest.raises(ICCMute):
                again.sw(ins, parameters, data)
            fault.armed = False
            in_memory = observe(card, kept)
        with Card.open(image) as card:
            found = observe(card, kept)
            assert found == in_memory
            only_a_try = found._replace(tries=before.tries) == before and found.tries == before.tries - 1
            assert found in (before, after) or (only_a_try and ins in (0x20, 0x24, 0x2C))
            # Nobody is let in by it.
            operational = dict(found.rest)[LIFE_CYCLE] == b"\x05"
            assert (Desk(card).sw(0x20, 0x0080) != "9000") == operational


def test_every_command_that_changes_something_is_cut() -> None:
    assert {attempt.command[0] for attempt in ATTEMPTS.values()} == {row.ins for row in COMMANDS} - READERS
    assert ADMIN_KEY != OTHER_KEY
