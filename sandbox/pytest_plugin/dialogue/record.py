"""What is said to a test's card and what it answers, kept for a report should the test fail."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

from iso7816.forwarding import ForwardingICC
from iso7816.icc import ICCMute, ICCRemoved

if TYPE_CHECKING:
    from iso7816.icc import ICC


class Event(Enum):
    """What happens to a card other than commands."""

    POWER_ON = "power on"
    RESET = "reset"
    POWER_OFF = "power off"
    INSERTED = "inserted"
    REMOVED = "removed"
    SWAPPED = "another card inserted"


#: A command with its response, or an event with the ATR, where there is one; in words why there was no answer.
#: As they are on the line: secrets are in them.
Entry = tuple[bytes | Event, bytes | str | None]
MUTE, GONE = "the card is mute", "the card is gone"
#: How many entries are kept: a million exchanges in one test would fill the memory.
LONGEST = 5000


class Record:
    """What happened to the card of one test, in its order.

    Attributes:
        entries: the latest, at most :data:`LONGEST` of them.
        left_out: how many came before those.
        under_way: the command that the card has not answered yet.
        told: what a report of the test has shown of it.
        over: whether the test has ended; what happens then is no part of it.
        reader_took_power: whether the reader has taken the card's power, and nobody has given it back.
        beside: what happened to the cards of the test's other readers.
    """

    __slots__ = ("beside", "entries", "left_out", "over", "reader_took_power", "told", "under_way")

    def __init__(self) -> None:
        self.beside: list[RecordBeside] = []
        self.entries: deque[Entry] = deque()
        self.left_out = 0
        self.under_way: bytes | None = None
        self.told = ""
        self.over = False
        self.reader_took_power = False

    def note(self, what: bytes | Event, answer: bytes | str | None = None) -> None:
        """One more."""
        if self.over:
            return
        self.entries.append((what, answer))
        if len(self.entries) > LONGEST:
            self.entries.popleft()
            self.left_out += 1

    def forget(self, event: Event) -> None:
        """The latest event of that kind did not come about."""
        for place in reversed(range(len(self.entries))):
            if self.entries[place][0] is event:
                del self.entries[place]
                return

    def end(self) -> None:
        """The test has ended."""
        self.over = True
        for each in self.beside:
            each.record.end()

    def clear(self) -> None:
        """Nothing has happened yet, or nobody asks any more."""
        self.entries.clear()
        self.left_out = 0
        self.under_way = None
        self.beside.clear()


@dataclass(frozen=True, slots=True)
class RecordBeside:
    """What happened to the card in one more reader of a test.

    Attributes:
        reader: its name.
        what: the card, as the test has named it.
        record: what happened.
    """

    reader: str
    what: object
    record: Record


class RecordedICC(ForwardingICC):
    """An ICC that hands on everything to another one and notes it.

    Args:
        icc: the card.
        record: where it is noted.
    """

    __slots__ = ("_record",)

    def __init__(self, icc: ICC, record: Record) -> None:
        super().__init__(icc)
        self._record = record

    def power_on(self) -> bytes:
        """As the card's."""
        return self._activated(Event.POWER_ON, self._icc.power_on)

    def power_off(self) -> None:
        """As the card's."""
        self._icc.power_off()
        self._record.reader_took_power = True
        self._record.note(Event.POWER_OFF)

    def reset(self) -> bytes:
        """As the card's."""
        return self._activated(Event.RESET, self._icc.reset)

    def transmit(self, command: bytes) -> bytes:
        """As the card's."""
        record = self._record
        record.under_way = command
        try:
            response = _as_bytes(self._icc.transmit(command), "transmit()")
        except BaseException as error:
            record.note(command, _reason(error))
            raise
        finally:
            record.under_way = None
        record.note(command, response)
        return response

    def _activated(self, event: Event, verb: Callable[[], bytes]) -> bytes:
        try:
            atr = _as_bytes(verb(), f"{verb.__name__}()")
        except BaseException as error:
            self._record.note(event, _reason(error))
            raise
        self._record.note(event, atr)
        return atr


def _as_bytes(answer: object, whence: str) -> bytes:
    """What a card gave; its author may have taken something else for bytes."""
    if isinstance(answer, bytes):
        return answer
    if isinstance(answer, bytearray | memoryview):
        return bytes(answer)
    raise TypeError(f"the card's {whence} gives a {type(answer).__name__}, not bytes")


def _reason(error: BaseException) -> str:
    """Why there was no answer. Not the error's own words: they may repeat what the card was told."""
    match error:
        case ICCMute():
            return MUTE
        case ICCRemoved():
            return GONE
        case Exception():
            return f"{type(error).__name__} in the card"
    return "not yet, when the test was ended"  # as pytest-timeout does, wherever the test is
