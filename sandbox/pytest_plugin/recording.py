"""What is said to a test's card and what it answers, kept for a report should the test fail."""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING

from iso7816.icc import ICCMute, ICCRemoved

if TYPE_CHECKING:
    from iso7816.contactless import ContactlessIdentity
    from iso7816.icc import ICC, TransmissionProtocol


class Event(Enum):
    """What happens to a card other than commands."""

    POWER_ON = "power on"
    RESET = "reset"
    POWER_OFF = "power off"
    INSERTED = "inserted"
    REMOVED = "removed"


#: A command with its response (``None``: the card gave no answer), or an event with the ATR, where there is one.
#: As they are on the line: secrets are in them.
Entry = tuple[bytes | Event, bytes | None]
#: One for each test, in the order of what happened.
Record = list[Entry]


class RecordedICC:
    """An ICC that hands on everything to another one and notes it.

    Args:
        icc: the card.
        record: where it is noted.
    """

    __slots__ = ("_icc", "_record", "_tell")

    def __init__(self, icc: ICC, record: Record) -> None:
        self._icc = icc
        self._record = record
        self._tell = getattr(icc, "set_protocol", None)

    def power_on(self) -> bytes:
        """As the card's."""
        atr = self._icc.power_on()
        self._record.append((Event.POWER_ON, atr))
        return atr

    def power_off(self) -> None:
        """As the card's."""
        self._icc.power_off()
        self._record.append((Event.POWER_OFF, None))

    def reset(self) -> bytes:
        """As the card's."""
        atr = self._icc.reset()
        self._record.append((Event.RESET, atr))
        return atr

    def transmit(self, command: bytes) -> bytes:
        """As the card's."""
        try:
            response = self._icc.transmit(command)
        except (ICCMute, ICCRemoved):
            self._record.append((command, None))
            raise
        self._record.append((command, response))
        return response

    @property
    def contactless(self) -> ContactlessIdentity | None:
        """As the card's, if it may be contactless."""
        return getattr(self._icc, "contactless", None)

    @property
    def always_ends(self) -> bool:
        """As the card's, if it may state so."""
        return getattr(self._icc, "always_ends", False) is True

    def set_protocol(self, protocol: TransmissionProtocol) -> None:
        """Tell the card, if it wants to know."""
        if self._tell is not None:
            self._tell(protocol)
