"""The door, tested with badges that nobody has to hold: `make`, then `pytest`.

Each test has a PC/SC reader of its own with a fresh badge in it, and runs the program as it is.
"""

from __future__ import annotations

import os
import subprocess
import tempfile
from collections.abc import Callable
from pathlib import Path

import pytest

from emulator import Card
from iso7816.icc import ICCRemoved
from sandbox.pytest_plugin import CardReader

BADGE = Path(__file__).with_name("badge.toml")
PROGRAM = Path(__file__).with_name("door")
OPEN, SHUT, WRONG_USAGE, NOTHING_TO_WORK_WITH = range(4)
VERIFY = 0x20

pytestmark = pytest.mark.card("badge.toml", via="pcscd")

# On a real badge (pytest --scard-reader NAME) what a test does to it for good has to be allowed.
writes = pytest.mark.card_effects("writes")
spends_tries = pytest.mark.card_effects("tries")

Door = Callable[..., tuple[int, str]]


@pytest.fixture
def door(reader: CardReader) -> Door:
    """Runs the program on the test's reader, and somebody types a PIN: the exit status, and what it says."""

    def run(*arguments: str, pin: str = "4711") -> tuple[int, str]:
        done = subprocess.run(
            [PROGRAM, *arguments],
            check=False,
            env={**os.environ, **reader.environment},
            input=f"{pin}\n",
            capture_output=True,
            text=True,
            timeout=30,
        )
        return done.returncode, (done.stdout + done.stderr).strip()

    return run


def last_note(card: Card) -> bytes:
    """What the badge noted last, and the status word."""
    card.power_on()
    card.transmit(bytes.fromhex("00A4040C06F0646F6F7201"))
    return card.transmit(bytes.fromhex("00B2011C00"))


@writes
def test_it_opens_to_a_badge_and_its_pin(door: Door) -> None:
    status, said = door("laboratory")
    assert (status, said.partition(",")[0]) == (OPEN, "laboratory is open for Ada Lovelace")


def test_the_badge_notes_which_door_it_opened(door: Door, card: Card) -> None:
    assert door("workshop")[0] == OPEN
    assert door("laboratory") == (OPEN, "laboratory is open for Ada Lovelace, who has opened 1 before")
    assert last_note(card) == bytes([0, 0, 0, 2]) + b"laboratory".ljust(16, b"\0") + b"\x90\x00"


def test_it_stays_shut_where_the_badge_does_not_open_it(door: Door, card: Card) -> None:
    assert door("cellar") == (SHUT, "door: the badge of Ada Lovelace does not open cellar")
    assert last_note(card) == b"\x6a\x83", "there is no such record"


@spends_tries
def test_a_wrong_pin_costs_a_try_until_none_is_left(door: Door) -> None:
    assert door("workshop", pin="0000") == (SHUT, "door: wrong PIN, 2 tries left")
    assert door("workshop", pin="0000") == (SHUT, "door: wrong PIN, 1 try left")
    assert door("workshop", pin="0000") == (SHUT, "door: the PIN is blocked")
    assert door("workshop") == (SHUT, "door: the PIN is blocked")


@spends_tries
@pytest.mark.parametrize("pin", ["", "471", "123456789", "47a1"])
def test_what_cannot_be_a_pin_costs_no_try(door: Door, pin: str) -> None:
    assert door("workshop", pin=pin) == (SHUT, "door: a PIN has 4 to 8 digits")
    assert door("workshop", pin="0000") == (SHUT, "door: wrong PIN, 2 tries left")


@pytest.mark.card("iso7816")
@pytest.mark.usefixtures("card")  # the emulated one, so that it is not another real badge
def test_another_card_is_no_badge(door: Door) -> None:
    assert door("workshop") == (SHUT, "door: this card is no badge")


def badge_on_t0() -> Card:
    """The same badge with the other transmission protocol, where responses have to be fetched."""
    with tempfile.TemporaryDirectory() as folder:
        definition = Path(folder, "badge.toml")
        definition.write_text(BADGE.read_text(encoding="utf-8").replace("T=1", "T=0"), encoding="utf-8")
        return Card.from_profile(definition)


@pytest.mark.card(what=badge_on_t0)
def test_it_opens_to_a_badge_on_t0(door: Door) -> None:
    assert door("laboratory") == (OPEN, "laboratory is open for Ada Lovelace, who has opened 0 before")


class HastyBadge(Card):
    """Its holder pulls it out when the PIN is about to be verified."""

    def transmit(self, command: bytes) -> bytes:
        if command[1] == VERIFY:
            raise ICCRemoved
        return super().transmit(command)


@pytest.mark.card(what=lambda: HastyBadge.from_profile(BADGE))
def test_a_badge_pulled_in_the_middle_opens_nothing(door: Door) -> None:
    status, said = door("workshop")
    assert (status, said[:5]) == (NOTHING_TO_WORK_WITH, "door:")


def test_it_waits_for_a_badge(reader: CardReader, tmp_path: Path) -> None:
    reader.remove()
    pin = tmp_path / "pin"
    pin.write_text("4711\n", encoding="ascii")
    command = [str(PROGRAM), "-w", "20", "workshop"]
    environment = {**os.environ, **reader.environment}
    with (
        pin.open() as typed,
        subprocess.Popen(command, env=environment, stdin=typed, stdout=subprocess.PIPE) as waiting,
    ):
        reader.insert()
        assert waiting.communicate(timeout=30)[0].startswith(b"workshop is open")


def test_nobody_comes(door: Door, reader: CardReader) -> None:
    reader.remove()
    assert door("workshop") == (NOTHING_TO_WORK_WITH, "door: No smart card inserted.")


@writes
def test_a_reader_by_its_name(door: Door, reader: CardReader) -> None:
    assert door("-r", reader.name, "workshop")[0] == OPEN
    assert door("-r", "Another Reader", "workshop") == (NOTHING_TO_WORK_WITH, "door: Unknown reader specified.")


@pytest.mark.parametrize("arguments", ["", "workshop laboratory", "-w long workshop", "-w 1h workshop", "-x workshop"])
def test_wrong_usage_is_told(door: Door, arguments: str) -> None:
    status, said = door(*arguments.split())
    assert status == WRONG_USAGE
    assert "usage: door" in said
