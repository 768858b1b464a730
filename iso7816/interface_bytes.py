"""What the interface bytes of an answer-to-reset mean (ISO/IEC 7816-3:2006, 8.3 and 11.4.2)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum, IntFlag, unique
from typing import Final

from iso7816.errors import ATRError

DEFAULT_TA1: Final = 0x11
DEFAULT_WAITING_INTEGER: Final = 10
DEFAULT_IFSC: Final = 32
DEFAULT_BWI: Final = 4
DEFAULT_CWI: Final = 13

_FI: Final = (372, 372, 558, 744, 1116, 1488, 1860, None, None, 512, 768, 1024, 1536, 2048, None, None)
_MAX_KHZ: Final = (4000, 5000, 6000, 8000, 12000, 16000, 20000, None, None, 5000, 7500, 10000, 15000, 20000, None, None)
_DI: Final = (None, 1, 2, 4, 8, 16, 32, 64, 12, 20, None, None, None, None, None, None)


@dataclass(frozen=True, slots=True)
class TransmissionFactors:
    """TA1: the clock rate conversion integer Fi, the baud rate adjustment integer Di and the highest clock.

    Attributes:
        byte: TA1 as it stands; its high half indexes Fi and the clock, its low half Di.
    """

    byte: int = DEFAULT_TA1

    @property
    def fi(self) -> int | None:
        """Fi, ``None`` for a value reserved for future use."""
        return _FI[self.byte >> 4 & 0x0F]

    @property
    def di(self) -> int | None:
        """Di, ``None`` for a value reserved for future use."""
        return _DI[self.byte & 0x0F]

    @property
    def max_clock_khz(self) -> int | None:
        """The highest clock frequency in kHz, ``None`` for a value reserved for future use."""
        return _MAX_KHZ[self.byte >> 4 & 0x0F]

    @property
    def cycles_per_etu(self) -> float | None:
        """Clock cycles in one elementary time unit, Fi / Di."""
        fi, di = self.fi, self.di
        return None if fi is None or di is None else fi / di


@dataclass(frozen=True, slots=True)
class SpecificMode:
    """TA2: the card starts in specific mode, with one protocol and no choice of parameters.

    Attributes:
        protocol: T, 0 to 14.
        can_change: whether a warm reset may bring the card into negotiable mode (b8 clear).
        implicit: whether the transmission factors are implicit, not those of TA1 (b5 set).
    """

    protocol: int
    can_change: bool = True
    implicit: bool = False

    def __post_init__(self) -> None:
        if not 0 <= self.protocol <= 15:
            raise ATRError(f"T={self.protocol} does not fit TA2")

    @classmethod
    def parse(cls, ta2: int) -> SpecificMode:
        """Read TA2."""
        return cls(ta2 & 0x0F, not ta2 & 0x80, bool(ta2 & 0x10))

    def to_byte(self) -> int:
        """TA2."""
        return self.protocol | (0 if self.can_change else 0x80) | (0x10 if self.implicit else 0)


@unique
class ClockStop(IntEnum):
    """Bits 8 and 7 of the first TA for T=15: in which state the clock may be stopped."""

    NOT_SUPPORTED = 0
    STATE_L = 1
    STATE_H = 2
    NO_PREFERENCE = 3


class OperatingClass(IntFlag):
    """Bits 6 to 1 of the first TA for T=15: the supply voltages the card accepts."""

    A_5V = 1
    B_3V = 2
    C_1V8 = 4
