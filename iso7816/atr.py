"""The answer-to-reset (ISO/IEC 7816-3:2006, 8.2).

At most 33 bytes::

    TS    3B direct, 3F inverse convention
    T0    high half Y1: which of TA1 TB1 TC1 TD1 follow (b5 b6 b7 b8); low half K: historical bytes
    TA1 TB1 TC1   global: transmission factors, (deprecated), extra guard time
    TD1   high half Y2, low half T: the first offered protocol (without TD1: T=0)
    TA2 TB2       global: specific mode, (deprecated)
    TC2           T=0: waiting time integer
    TD2   Y3, T
    TA3 TB3 TC3   belong to the T of TD2: T=1 IFSC, BWI/CWI, redundancy code; T=15 clock stop and class, SPU
    ...
    T1 .. TK      historical bytes
    TCK   exclusive-or of T0 to TK; absent when T=0 is the only T there is
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum, unique
from functools import reduce
from operator import xor
from typing import Final

from iso7816.errors import ATRError
from iso7816.interface_bytes import (
    DEFAULT_BWI,
    DEFAULT_CWI,
    DEFAULT_IFSC,
    DEFAULT_TA1,
    DEFAULT_WAITING_INTEGER,
    ClockStop,
    OperatingClass,
    SpecificMode,
    TransmissionFactors,
)

MAX_ATR_SIZE: Final = 33
MAX_HISTORICAL_BYTES: Final = 15
GLOBAL_T: Final = 15
"""T=15 is no protocol: the interface bytes behind it are global."""


@unique
class Convention(IntEnum):
    """TS: how bits are sent."""

    DIRECT = 0x3B
    INVERSE = 0x3F


@dataclass(frozen=True, slots=True)
class InterfaceGroup:
    """TAi, TBi and TCi of one i, each ``None`` where absent.

    Attributes:
        t: T as the TD before this group gives it, 0 to 15; ``None`` for the first group, which T0 announces.
    """

    ta: int | None = None
    tb: int | None = None
    tc: int | None = None
    t: int | None = None

    def __post_init__(self) -> None:
        for name, value, limit in (("TA", self.ta, 255), ("TB", self.tb, 255), ("TC", self.tc, 255), ("T", self.t, 15)):
            if value is not None and not 0 <= value <= limit:
                raise ATRError(f"{name} {value} is not 0 to {limit}")


@dataclass(frozen=True, slots=True)
class ATR:
    """An answer-to-reset as a value; every byte string that parses is built again as it was.

    Attributes:
        groups: the interface bytes, i = 1, 2, ...; at least one group, the first with ``t=None``.
        historical_bytes: at most 15; :class:`iso7816.historical_bytes.HistoricalBytes` reads them.
        convention: TS.

    Raises:
        ATRError: no group, a T missing or out of place, too many historical bytes, more than 33 bytes in all.
    """

    groups: tuple[InterfaceGroup, ...] = (InterfaceGroup(),)
    historical_bytes: bytes = b""
    convention: Convention = Convention.DIRECT

    def __post_init__(self) -> None:
        if not self.groups or self.groups[0].t is not None:
            raise ATRError("the first group of interface bytes is there, and has no T before it")
        if any(group.t is None for group in self.groups[1:]):
            raise ATRError("every group of interface bytes behind the first has its T")
        if len(self.historical_bytes) > MAX_HISTORICAL_BYTES:
            raise ATRError(f"{len(self.historical_bytes)} historical bytes: at most {MAX_HISTORICAL_BYTES} fit")
        if (size := len(self.to_bytes())) > MAX_ATR_SIZE:
            raise ATRError(f"an ATR has at most {MAX_ATR_SIZE} bytes, this would have {size}")

    @classmethod
    def build(
        cls,
        *,
        protocols: Sequence[int] = (0,),
        historical_bytes: bytes = b"",
        convention: Convention = Convention.DIRECT,
        ta1: int | None = None,
        extra_guard_time: int | None = None,
        specific_mode: SpecificMode | None = None,
        waiting_integer: int | None = None,
        ifsc: int | None = None,
        block_waiting_integer: int | None = None,
        character_waiting_integer: int | None = None,
        crc: bool | None = None,
        clock_stop: ClockStop | None = None,
        classes: OperatingClass | None = None,
    ) -> ATR:
        """An ATR that offers ``protocols`` in that order; what is ``None`` stays unsaid, so its default holds.

        Args:
            protocols: T values 0 to 14, ascending, each once.
            historical_bytes: at most 15.
            convention: TS.
            ta1: transmission factors, as TA1 codes them.
            extra_guard_time: N in TC1, 0 to 255.
            specific_mode: TA2.
            waiting_integer: WI in TC2, 1 to 255; T=0 only.
            ifsc: information field size, 1 to 254; T=1 only.
            block_waiting_integer: BWI, 0 to 9; T=1 only.
            character_waiting_integer: CWI, 0 to 15; T=1 only.
            crc: whether T=1 blocks end in a CRC instead of an LRC; T=1 only.
            clock_stop: in the first TA for T=15; without it NOT_SUPPORTED where ``classes`` is given.
            classes: in the first TA for T=15; without it class A where ``clock_stop`` is given.

        Raises:
            ATRError: a value out of its range, or given for a protocol that is not offered.
        """
        offered = tuple(protocols)
        if not offered or any(not 0 <= t < GLOBAL_T for t in offered) or list(offered) != sorted(set(offered)):
            raise ATRError(f"protocols {list(offered)}: they are T values 0 to 14, ascending, at least one")
        t1 = _t1_group(ifsc, block_waiting_integer, character_waiting_integer, crc)
        if t1 is not None and 1 not in offered:
            raise ATRError("IFSC, BWI, CWI and the redundancy code belong to T=1, which is not offered")
        if waiting_integer is not None and (0 not in offered or not 1 <= waiting_integer <= 255):
            raise ATRError("the waiting integer of TC2 is 1 to 255 and belongs to T=0")
        if specific_mode is not None and specific_mode.protocol not in offered:
            raise ATRError(f"specific mode is T={specific_mode.protocol}, which is not offered")
        groups = [InterfaceGroup(ta1, None, extra_guard_time)]
        second = InterfaceGroup(
            None if specific_mode is None else specific_mode.to_byte(), None, waiting_integer, offered[0]
        )
        specific = [InterfaceGroup(t=t) for t in offered[1:]]
        if t1 is not None:
            specific = [t1 if group.t == 1 else group for group in specific]
            if offered[0] == 1:
                specific.insert(0, t1)
        if clock_stop is not None or classes is not None:
            clock = ClockStop.NOT_SUPPORTED if clock_stop is None else clock_stop
            supply = OperatingClass.A_5V if classes is None else classes
            specific.append(InterfaceGroup(clock << 6 | supply, t=GLOBAL_T))
        if specific or second != InterfaceGroup(t=0):
            groups += [second, *specific]
        return cls(tuple(groups), historical_bytes, convention)

    @classmethod
    def parse(cls, data: bytes) -> ATR:
        """Read a whole ATR.

        Raises:
            ATRError: TS is neither 3B nor 3F, cut short, longer than it says or than 33 bytes, or a wrong TCK.
        """
        if not 2 <= len(data) <= MAX_ATR_SIZE:
            raise ATRError(f"an ATR has 2 to {MAX_ATR_SIZE} bytes, not {len(data)}")
        if data[0] not in (Convention.DIRECT, Convention.INVERSE):
            raise ATRError(f"TS is {data[0]:02X}: it is 3B or 3F")
        groups, position = read_interface_groups(data)
        return cls._finish(data, position, groups)

    @classmethod
    def _finish(cls, data: bytes, position: int, groups: tuple[InterfaceGroup, ...]) -> ATR:
        """Historical bytes and TCK, which begin at ``position``."""
        end = position + (data[1] & 0x0F)
        has_tck = _needs_tck(groups)
        if len(data) != end + has_tck:
            check = "with" if has_tck else "without"
            raise ATRError(f"T0 and TD announce an ATR of {end + has_tck} bytes {check} TCK, this has {len(data)}")
        if has_tck and (expected := reduce(xor, data[1:-1])) != data[-1]:
            raise ATRError(f"TCK is {data[-1]:02X}, the bytes before it make {expected:02X}")
        return cls(groups, bytes(data[position:end]), Convention(data[0]))

    def to_bytes(self) -> bytes:
        """TS to TCK."""
        body = bytearray()
        for index, group in enumerate(self.groups):
            announced = _announce(group, last=index + 1 == len(self.groups))
            body.append(announced << 4 | (len(self.historical_bytes) if group.t is None else group.t))
            body += bytes(byte for byte in (group.ta, group.tb, group.tc) if byte is not None)
        body += self.historical_bytes
        if _needs_tck(self.groups):
            body.append(reduce(xor, body))
        return bytes((self.convention, *body))

    @property
    def tck(self) -> int | None:
        """The check byte, ``None`` where T=0 is the only T there is."""
        return self.to_bytes()[-1] if _needs_tck(self.groups) else None

    @property
    def protocols(self) -> tuple[int, ...]:
        """The offered T values in order, each once; (0,) where no TD names one. T=15 is not a protocol."""
        offered = (group.t for group in self.groups if group.t is not None and group.t != GLOBAL_T)
        return tuple(dict.fromkeys(offered)) or (0,)

    @property
    def first_protocol(self) -> int:
        """The protocol in force when nobody chooses: that of specific mode, else the first one offered."""
        mode = self.specific_mode
        return self.protocols[0] if mode is None else mode.protocol

    @property
    def transmission_factors(self) -> TransmissionFactors:
        """TA1, or its default 11: Fi 372, Di 1, at most 5 MHz."""
        ta1 = self.groups[0].ta
        return TransmissionFactors(DEFAULT_TA1 if ta1 is None else ta1)

    @property
    def extra_guard_time(self) -> int:
        """N of TC1, 0 to 255; 0 by default, 255 stands for the shortest the protocol allows."""
        tc1 = self.groups[0].tc
        return 0 if tc1 is None else tc1

    @property
    def specific_mode(self) -> SpecificMode | None:
        """TA2, ``None`` for a card that starts in negotiable mode."""
        ta2 = self.groups[1].ta if len(self.groups) > 1 else None
        return None if ta2 is None else SpecificMode.parse(ta2)

    @property
    def waiting_integer(self) -> int:
        """WI for T=0, of TC2; 10 by default."""
        tc2 = self.groups[1].tc if len(self.groups) > 1 else None
        return DEFAULT_WAITING_INTEGER if tc2 is None else tc2

    @property
    def ifsc(self) -> int:
        """Information field size of the card for T=1, of the first TA for T=1; 32 bytes by default."""
        ta = self._first("ta", 1)
        return DEFAULT_IFSC if ta is None else ta

    @property
    def block_waiting_integer(self) -> int:
        """BWI for T=1, of the first TB for T=1; 4 by default."""
        tb = self._first("tb", 1)
        return DEFAULT_BWI if tb is None else tb >> 4

    @property
    def character_waiting_integer(self) -> int:
        """CWI for T=1, of the first TB for T=1; 13 by default."""
        tb = self._first("tb", 1)
        return DEFAULT_CWI if tb is None else tb & 0x0F

    @property
    def uses_crc(self) -> bool:
        """Whether T=1 blocks end in a CRC instead of an LRC (b1 of the first TC for T=1)."""
        tc = self._first("tc", 1)
        return tc is not None and bool(tc & 1)

    @property
    def clock_stop(self) -> ClockStop:
        """Of the first TA for T=15; not supported by default."""
        ta = self._first("ta", GLOBAL_T)
        return ClockStop.NOT_SUPPORTED if ta is None else ClockStop(ta >> 6)

    @property
    def classes(self) -> OperatingClass:
        """Of the first TA for T=15; class A (5 V) by default."""
        ta = self._first("ta", GLOBAL_T)
        return OperatingClass.A_5V if ta is None else OperatingClass(ta & 0x3F)

    def _first(self, name: str, t: int) -> int | None:
        """The first interface byte of that name that belongs to T, of the groups behind the second."""
        found = (getattr(group, name) for group in self.groups[2:] if group.t == t)
        return next((byte for byte in found if byte is not None), None)

    def __str__(self) -> str:
        """Upper-case hex, ``"3B 81 ..."``."""
        return self.to_bytes().hex(" ").upper()


def read_interface_groups(data: bytes) -> tuple[tuple[InterfaceGroup, ...], int]:
    """The interface bytes that T0 and TD announce (ISO/IEC 7816-3:2006, 8.2.3), and where they end in an ATR.

    Args:
        data: at least TS and T0.

    Raises:
        ATRError: the ATR ends before them.
    """
    groups: list[InterfaceGroup] = []
    t: int | None = None
    announced = data[1] >> 4
    position = 2
    while True:
        found: list[int | None] = []
        for bit, name in enumerate(("TA", "TB", "TC", "TD")):
            present = bool(announced & 1 << bit)
            if present and position >= len(data):
                raise ATRError(f"the ATR ends before {name}{len(groups) + 1}, which it announces")
            found.append(data[position] if present else None)
            position += present
        ta, tb, tc, td = found
        groups.append(InterfaceGroup(ta, tb, tc, t))
        if td is None:
            return tuple(groups), position
        announced, t = td >> 4, td & 0x0F


def _needs_tck(groups: tuple[InterfaceGroup, ...]) -> bool:
    return any(group.t not in (None, 0) for group in groups)


def _announce(group: InterfaceGroup, *, last: bool) -> int:
    """Y: the half byte that tells which interface bytes follow."""
    present = (group.ta is not None, group.tb is not None, group.tc is not None, not last)
    return sum(1 << bit for bit, there in enumerate(present) if there)


def _t1_group(ifsc: int | None, bwi: int | None, cwi: int | None, crc: bool | None) -> InterfaceGroup | None:
    """The interface bytes for T=1, ``None`` where nothing is to be said."""
    if ifsc is None and bwi is None and cwi is None and crc is None:
        return None
    if ifsc is not None and not 1 <= ifsc <= 254:
        raise ATRError(f"IFSC {ifsc} is not 1 to 254")
    tb = None
    if bwi is not None or cwi is not None:
        bwi = DEFAULT_BWI if bwi is None else bwi
        cwi = DEFAULT_CWI if cwi is None else cwi
        if not 0 <= bwi <= 9 or not 0 <= cwi <= 15:
            raise ATRError(f"BWI {bwi} is not 0 to 9, or CWI {cwi} not 0 to 15")
        tb = bwi << 4 | cwi
    return InterfaceGroup(ifsc, tb, None if crc is None else int(crc), 1)
