"""The answer to select of a contactless card (ISO/IEC 14443-4:2018, 5.2), the contactless counterpart of the ATR.

::

    TL    length, with itself, without the two bytes of CRC that follow on the air
    T0    absent where TL is 1. Low half FSCI; b5 b6 b7: which of TA1 TB1 TC1 follow; b8 is 0
    TA1   bit rates   TB1   frame waiting time, start-up guard time   TC1   node address, card identifier
    T1 .. TK          historical bytes
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from iso7816.errors import ATSError

MAX_ATS_SIZE: Final = 254
"""TL at most: the longest frame, of 256 bytes, less its CRC."""

MAX_FSCI: Final = 14
_RESERVED: Final = 0x80
_INTERFACE_BITS: Final = (0x10, 0x20, 0x40)


@dataclass(frozen=True, slots=True)
class ATS:
    """An answer to select as a value; every byte string that parses is built again as it was.

    Attributes:
        fsci: code of the longest frame that the card takes, 0 to 14 (8: 256 bytes); ``None``: there is no T0.
        ta, tb, tc: the interface bytes, ``None`` where absent.
        historical_bytes: as in an ATR, but their number is bounded by the ATS alone.

    Raises:
        ATSError: a value out of its range, interface or historical bytes without T0, more than 254 bytes in all.
    """

    fsci: int | None = 8
    ta: int | None = None
    tb: int | None = None
    tc: int | None = None
    historical_bytes: bytes = b""

    def __post_init__(self) -> None:
        interface = self.ta, self.tb, self.tc
        if self.fsci is None:
            if self.historical_bytes or any(byte is not None for byte in interface):
                raise ATSError("an ATS without T0 has nothing behind TL")
        elif not 0 <= self.fsci <= MAX_FSCI:
            raise ATSError(f"FSCI {self.fsci} is not 0 to {MAX_FSCI}")
        if any(byte is not None and not 0 <= byte <= 0xFF for byte in interface):
            raise ATSError("an interface byte is 00 to FF")
        if (size := self._size()) > MAX_ATS_SIZE:
            raise ATSError(f"an ATS has at most {MAX_ATS_SIZE} bytes, this would have {size}")

    @classmethod
    def parse(cls, data: bytes) -> ATS:
        """Read a whole ATS, from TL on, without its CRC.

        Raises:
            ATSError: TL is not the number of bytes, T0 has reserved values or announces bytes that are not there.
        """
        if not data or data[0] != len(data):
            raise ATSError("TL is the number of bytes of the ATS, with itself and without the CRC")
        if len(data) == 1:
            return cls(None)
        t0 = data[1]
        if t0 & _RESERVED:
            raise ATSError("bit 8 of T0 is reserved")
        position = 2
        interface: list[int | None] = []
        for bit, name in zip(_INTERFACE_BITS, ("TA1", "TB1", "TC1"), strict=True):
            present = bool(t0 & bit)
            if present and position >= len(data):
                raise ATSError(f"the ATS ends before {name}, which it announces")
            interface.append(data[position] if present else None)
            position += present
        ta, tb, tc = interface
        return cls(t0 & 0x0F, ta, tb, tc, bytes(data[position:]))

    def to_bytes(self) -> bytes:
        """TL to the last historical byte."""
        size = bytes((self._size(),))
        if self.fsci is None:
            return size
        t0, interface = self.fsci, bytearray()
        for bit, byte in zip(_INTERFACE_BITS, (self.ta, self.tb, self.tc), strict=True):
            if byte is not None:
                t0 |= bit
                interface.append(byte)
        return size + bytes((t0, *interface)) + self.historical_bytes

    def _size(self) -> int:
        if self.fsci is None:
            return 1
        return 2 + sum(byte is not None for byte in (self.ta, self.tb, self.tc)) + len(self.historical_bytes)
