"""What stays in a real reader while cards change places: pulling and pushing takes pcscd 100 to 400 ms each."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from threading import Event
from typing import TYPE_CHECKING

from iso7816.contactless import at_reader
from iso7816.icc import ICCRemoved

if TYPE_CHECKING:
    from iso7816.icc import ICC

_NO_CARD_ATR = b"\x3b\x00"
_NO_DIAGNOSIS = b"\x6f\x00"


class Vacancy:
    """Between two tests there is a card that can do nothing, so that nobody misses one."""

    def power_on(self) -> bytes:
        """A bare ATR."""
        return _NO_CARD_ATR

    def power_off(self) -> None:
        """Nothing."""

    def reset(self) -> bytes:
        """A bare ATR."""
        return _NO_CARD_ATR

    def transmit(self, command: bytes) -> bytes:  # noqa: ARG002 - whatever it is
        """6F00."""
        return _NO_DIAGNOSIS


_VACANCY = Vacancy()


class Seat:
    """An ICC behind which cards are exchanged. The reader learns of another one by taking the power away.

    Attributes:
        commands_under_way: how many commands the card has not answered yet.
        activations: how often a card here was asked for its ATR.
    """

    def __init__(self) -> None:
        self._taken: ICC = _VACANCY
        self._icc: ICC = _VACANCY
        self._tell: Callable[[], object] | None = None
        self.commands_under_way = 0
        self.activations = 0
        self._removal = ""
        self._answered = Event()
        self._answered.set()

    def take(self, icc: ICC) -> None:
        """Have another card here; the one that was here loses its power."""
        left = self._icc
        self._taken, self._icc, self._removal = icc, at_reader(icc), ""
        left.power_off()
        when_gone = getattr(icc, "when_gone", None)
        if when_gone is not None:
            when_gone(partial(self._gone, icc))

    def when_gone(self, tell: Callable[[], object]) -> None:
        """As of the card that is here, if it may go by itself."""
        self._tell = tell

    def _gone(self, icc: ICC) -> None:
        if self._taken is icc and self._tell is not None:
            self._tell()

    def vacate(self) -> None:
        """Have no card here that belongs to anybody."""
        self.take(_VACANCY)

    def power_on(self) -> bytes:
        """As the card's."""
        return self._activated(self._icc.power_on)

    def power_off(self) -> None:
        """As the card's."""
        self._icc.power_off()

    def reset(self) -> bytes:
        """As the card's."""
        return self._activated(self._icc.reset)

    def _activated(self, verb: Callable[[], bytes]) -> bytes:
        self.activations += 1
        self._answered.clear()
        try:
            return verb()
        except ICCRemoved as gone:
            self._removal = str(gone)
            raise
        finally:
            self._answered.set()

    def removal(self, bound_s: float) -> str:
        """What the card that is here had to say where it left instead of answering to reset; else empty.

        That it leaves is told before it has said so: its last answer to reset is waited for, no longer than the bound.
        """
        self._answered.wait(bound_s)
        return self._removal

    def transmit(self, command: bytes) -> bytes:
        """As the card's."""
        self.commands_under_way += 1
        try:
            return self._icc.transmit(command)
        finally:
            self.commands_under_way -= 1
