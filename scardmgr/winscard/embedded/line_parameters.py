"""The parameters of a line between reader and card that is not there: what a reader would use after this ATR."""

from __future__ import annotations

from dataclasses import dataclass

from iso7816.atr import ATR
from iso7816.errors import ATRError
from iso7816.interface_bytes import DEFAULT_BWI, DEFAULT_CWI, DEFAULT_IFSC, DEFAULT_WAITING_INTEGER

DEFAULT_CLOCK_KHZ = 4000
IFSD = 254

_CARRIER_KHZ = 13560
_DEFAULT_F = 372
_DEFAULT_D = 1
_LRC, _CRC = 0, 1


@dataclass(frozen=True, slots=True)
class LineParameters:
    """As the attributes of class 8 tell them (SCARD_ATTR_CURRENT_*); by default what holds without interface bytes.

    Attributes:
        clock_khz: clock frequency; on the air, that of the carrier.
        f, d: clock rate conversion and baud rate adjustment factors.
        n: extra guard time.
        w: work waiting time integer (T=0).
        ifsc, ifsd: information field sizes of card and reader in bytes (T=1).
        bwt, cwt: block and character waiting time integers (T=1).
        ebc: end of a block: 0 LRC, 1 CRC (T=1).
    """

    clock_khz: int = DEFAULT_CLOCK_KHZ
    f: int = _DEFAULT_F
    d: int = _DEFAULT_D
    n: int = 0
    w: int = DEFAULT_WAITING_INTEGER
    ifsc: int = DEFAULT_IFSC
    ifsd: int = IFSD
    bwt: int = DEFAULT_BWI
    cwt: int = DEFAULT_CWI
    ebc: int = _LRC

    @classmethod
    def of(cls, atr: bytes, *, contactless: bool) -> LineParameters:
        """Those that an ATR asks for; the defaults where it cannot be read."""
        clock_khz = _CARRIER_KHZ if contactless else DEFAULT_CLOCK_KHZ
        try:
            read = ATR.parse(atr)
        except ATRError:
            return cls(clock_khz)
        factors = read.transmission_factors
        return cls(
            clock_khz,
            _DEFAULT_F if factors.fi is None else factors.fi,
            _DEFAULT_D if factors.di is None else factors.di,
            read.extra_guard_time,
            read.waiting_integer,
            read.ifsc,
            IFSD,
            read.block_waiting_integer,
            read.character_waiting_integer,
            _CRC if read.uses_crc else _LRC,
        )

    @property
    def bits_per_second(self) -> int:
        """The data rate that clock and factors give."""
        return self.clock_khz * 1000 * self.d // self.f
