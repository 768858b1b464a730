"""Constants of winscard.h on Windows, which the enumerations of the interfaces mirror.

``SCARD_SHARE_MODES``, ``SCARD_DISPOSITIONS``, ``SCARD_STATES`` and ``SCARD_PROTOCOLS`` have the same numbers, but for
RAW. The resource managers here speak pcsc-lite's dialect, which differs in the states (flags, not counted) and has no
SCARD_PROTOCOL_DEFAULT: :mod:`scardmgr.winscard.constants` has what they take and give.
"""

from __future__ import annotations

from typing import Final

SCARD_SHARE_EXCLUSIVE: Final = 1
SCARD_SHARE_SHARED: Final = 2
SCARD_SHARE_DIRECT: Final = 3
SCARD_PROTOCOL_UNDEFINED: Final = 0x00000000
SCARD_PROTOCOL_T0: Final = 0x00000001
SCARD_PROTOCOL_T1: Final = 0x00000002
SCARD_PROTOCOL_RAW: Final = 0x00010000
SCARD_PROTOCOL_DEFAULT: Final = 0x80000000
SCARD_UNKNOWN: Final = 0
SCARD_ABSENT: Final = 1
SCARD_PRESENT: Final = 2
SCARD_SWALLOWED: Final = 3
SCARD_POWERED: Final = 4
SCARD_NEGOTIABLE: Final = 5
SCARD_SPECIFIC: Final = 6
SCARD_LEAVE_CARD: Final = 0
SCARD_RESET_CARD: Final = 1
SCARD_UNPOWER_CARD: Final = 2
SCARD_EJECT_CARD: Final = 3
