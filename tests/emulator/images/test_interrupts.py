"""A command that an interrupt (Ctrl-C, a timeout) breaks off has happened or has not, in memory as in the image."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from emulator import Card
from emulator.commands import management

SELECT_MF = bytes.fromhex("00A4000C023F00")
VERIFY = bytes.fromhex("002000010431323334")
CREATE = bytes.fromhex("00E000000D620B8002001082010183026F10")
UPDATE = bytes.fromhex("00D60000021234")
COMMANDS = {"VERIFY": VERIFY, "CREATE FILE": CREATE, "DELETE FILE": bytes.fromhex("00E40000027F10")}


class InterruptAt:
    """Interrupts at the n-th durable write, counted from 0."""

    def __init__(self, place: int) -> None:
        self.left = place
        self.armed = False

    def reached(self, _name: str) -> None:
        if self.armed:
            self.left -= 1
            if self.left < 0:
                self.armed = False
                raise KeyboardInterrupt


class InterruptedConnection:
    """SQLite's connection, and an interrupt just when a statement is done."""

    def __init__(self, connection: Any, statement: str) -> None:
        self._connection = connection
        self._statement = statement

    def __getattr__(self, name: str) -> Any:
        return getattr(self._connection, name)

    def execute(self, sql: str, *parameters: Any) -> Any:
        done = self._connection.execute(sql, *parameters)
        if sql == self._statement:
            self._statement = ""
            raise KeyboardInterrupt
        return done


def goes_on(card: Card, image: Path, observe: Any) -> None:
    """The card in memory is the card in the image, now and after another change."""
    card.power_on()
    for command in (SELECT_MF, bytes.fromhex("00A4000C020100"), UPDATE):
        assert card.transmit(command) == b"\x90\x00"
    in_memory = observe(card)
    card.close()
    with Card.open(image, mode="copy") as copy:
        assert observe(copy) == in_memory


@pytest.mark.parametrize("name", COMMANDS)
@pytest.mark.parametrize("place", range(3))
def test_an_interrupt_at_a_write(image: Path, name: str, place: int, observe: Any) -> None:
    interrupt = InterruptAt(place)
    card = Card.open(image, fault_point=interrupt)
    card.power_on()
    assert card.transmit(VERIFY) == b"\x90\x00"
    interrupt.armed = True
    with pytest.raises(KeyboardInterrupt):
        card.transmit(COMMANDS[name])
    goes_on(card, image, observe)


@pytest.mark.parametrize("statement", ["BEGIN", "COMMIT"])
def test_an_interrupt_when_a_commit_begins_and_when_it_is_done(image: Path, statement: str, observe: Any) -> None:
    card = Card.open(image)
    card.power_on()
    assert card.transmit(VERIFY) == b"\x90\x00"
    before = observe(card)
    card._storage._connection = InterruptedConnection(card._storage._connection, statement)  # type: ignore[attr-defined]
    with pytest.raises(KeyboardInterrupt):
        card.transmit(CREATE)
    assert (observe(card) != before) == (statement == "COMMIT")
    goes_on(card, image, observe)


def test_an_interrupt_within_a_command(image: Path, observe: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    card = Card.open(image)
    card.power_on()
    assert card.transmit(VERIFY) == b"\x90\x00"
    before = observe(card)

    def interrupt(*_arguments: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(management, "initial_content", interrupt)
    with pytest.raises(KeyboardInterrupt):
        card.transmit(CREATE)
    assert observe(card) == before
    goes_on(card, image, observe)


@pytest.mark.parametrize("statement", ["BEGIN", "COMMIT"])
def test_an_interrupt_of_a_restore(image: Path, statement: str, observe: Any) -> None:
    card = Card.open(image)
    card.power_on()
    mark = card.snapshot()
    assert card.transmit(VERIFY) == b"\x90\x00"
    assert card.transmit(CREATE) == b"\x90\x00"
    card._storage._connection = InterruptedConnection(card._storage._connection, statement)  # type: ignore[attr-defined]
    with pytest.raises(KeyboardInterrupt):
        card.restore(mark)
    goes_on(card, image, observe)
