"""What pyscard looks like on each platform: its numbers follow the C headers it was compiled with."""

from __future__ import annotations

import struct
import sys
from dataclasses import dataclass

from scardmgr.winscard.codes import PCSCLITE_UNSUPPORTED_FEATURE, SCardCode
from scardmgr.winscard.constants import CardState, control_code

_LONG_BITS = struct.calcsize("l") * 8
_PCSCLITE_RAW = 4
_WINDOWS_RAW = 0x10000
_SIGN = 1 << 31

#: SCardStatus on Windows: the state is a number, the last of these flags that is set.
_WINDOWS_STATES = (
    CardState.UNKNOWN,
    CardState.ABSENT,
    CardState.PRESENT,
    CardState.SWALLOWED,
    CardState.POWERED,
    CardState.NEGOTIABLE,
    CardState.SPECIFIC,
)


@dataclass(frozen=True, slots=True)
class Platform:
    """One platform's pyscard.

    The pyscard face of our resource managers speaks pcsc-lite's numbers; the methods here turn them into this
    platform's and back.

    Attributes:
        resource_manager: pyscard's constant ``resourceManager``.
        subtype: pyscard's constant ``resourceManagerSubType``.
        is_windows: winscard instead of pcsc-lite: other numbers, and functions that pyscard has nowhere else.
        negative_codes: codes pass through a C integer of 32 bits, so that failures are negative.
        long_bits: width of a C long.
    """

    resource_manager: str
    subtype: str
    is_windows: bool
    negative_codes: bool
    long_bits: int

    @property
    def raw(self) -> int:
        """SCARD_PROTOCOL_RAW."""
        return _WINDOWS_RAW if self.is_windows else _PCSCLITE_RAW

    def code(self, pcsclite: int) -> int:
        """A code as this platform's pyscard returns it."""
        if self.is_windows and pcsclite == PCSCLITE_UNSUPPORTED_FEATURE:
            pcsclite = SCardCode.SCARD_E_UNSUPPORTED_FEATURE.value
        return pcsclite - (_SIGN << 1) if self.negative_codes and pcsclite & _SIGN else pcsclite

    def protocol(self, pcsclite: int) -> int:
        """Protocol bits as this platform numbers them."""
        return pcsclite & ~_PCSCLITE_RAW | self.raw if pcsclite & _PCSCLITE_RAW else pcsclite

    def pcsclite_protocol(self, protocol: int) -> int:
        """Protocol bits of this platform, as pcsc-lite numbers them."""
        return protocol & ~self.raw | _PCSCLITE_RAW if protocol & self.raw else protocol

    def card_state(self, pcsclite: int) -> int:
        """The state of SCardStatus. Windows counts from 0 to 6 and has no event counter there."""
        if not self.is_windows:
            return pcsclite
        return max((number for number, flag in enumerate(_WINDOWS_STATES) if pcsclite & flag), default=0)

    def control_code(self, function: int) -> int:
        """The control code of a function number (SCARD_CTL_CODE)."""
        return control_code(function, "win32" if self.is_windows else "linux")


LINUX = Platform("pcsclite", "pcsclite-linux", is_windows=False, negative_codes=_LONG_BITS == 32, long_bits=_LONG_BITS)
MACOS = Platform("pcsclite", "pcsclite-lion", is_windows=False, negative_codes=True, long_bits=64)
WINDOWS = Platform("winscard", "winscard-win32", is_windows=True, negative_codes=True, long_bits=32)


def this_platform() -> Platform:
    """The platform that this process runs on; what is neither Windows nor macOS has pcsc-lite, as Linux."""
    return {"win32": WINDOWS, "darwin": MACOS}.get(sys.platform, LINUX)
