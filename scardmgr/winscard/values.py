"""What the typed face takes and gives beside plain numbers and bytes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from scardmgr.winscard.constants import CardState, Protocols, ReaderStateFlag

_FLAGS = 0xFFFF


class Connection(NamedTuple):
    """What SCardConnect gives.

    Attributes:
        handle: the card handle, an opaque positive number.
        protocol: the one protocol in force; UNDEFINED on a direct connection that chose none.
    """

    handle: int
    protocol: Protocols


@dataclass(frozen=True, slots=True)
class CardStatus:
    """What SCardStatus gives.

    Attributes:
        reader: the reader's display name.
        state: flags; ``PRESENT|POWERED|NEGOTIABLE`` for a card in use.
        protocol: the protocol in force, UNDEFINED before one is chosen.
        atr: the ATR of the last reset; empty without a card.
        event_counter: 16 bits that every insertion and removal counts up.
    """

    reader: str
    state: CardState
    protocol: Protocols
    atr: bytes
    event_counter: int = 0


@dataclass(frozen=True, slots=True)
class ATRPattern:
    """An ATR, of which only the bits set in ``mask`` count (SCARD_ATRMASK), as in the smart card database.

    Raises:
        ValueError: ``atr`` and ``mask`` differ in length, or are empty.
    """

    atr: bytes
    mask: bytes

    def __post_init__(self) -> None:
        """Refuse a pattern that cannot be compared."""
        if not self.atr or len(self.atr) != len(self.mask):
            raise ValueError("an ATR pattern has as many mask bytes as ATR bytes, and at least one")

    def matches(self, atr: bytes) -> bool:
        """Whether ``atr`` has the same length, and the same bits wherever the mask is set."""
        return len(atr) == len(self.atr) and all(
            (given ^ own) & bits == 0 for given, own, bits in zip(atr, self.atr, self.mask, strict=True)
        )


@dataclass(frozen=True, slots=True)
class ReaderState:
    """One reader's part in SCardGetStatusChange (SCARD_READERSTATE).

    A state is 32 bits: :class:`ReaderStateFlag` in the lower 16, the event counter in the upper 16.

    Attributes:
        reader: the reader's name, or the PnP notification name.
        current_state: what the caller believes; 0 (UNAWARE) asks for an immediate answer.
        event_state: what is the case; CHANGED is set where that differs from what the caller believed.
        atr: the card's ATR, empty without one.
    """

    reader: str
    current_state: int = 0
    event_state: int = 0
    atr: bytes = b""

    @property
    def flags(self) -> ReaderStateFlag:
        """The flags of ``event_state``."""
        return ReaderStateFlag(self.event_state & _FLAGS)

    @property
    def event_counter(self) -> int:
        """The counter in the upper 16 bits of ``event_state``."""
        return self.event_state >> 16

    def acknowledged(self) -> ReaderState:
        """The state to wait with next: what was seen becomes what is believed."""
        return ReaderState(self.reader, self.event_state & ~ReaderStateFlag.CHANGED.value)
