"""The numbers of PC/SC: what the arguments and results of the SCard functions mean.

Values are those of PC/SC part 5 and of the Windows headers. Where pcsc-lite chose another number
(:attr:`Protocols.RAW`), the typed face keeps the value here, and the pyscard face speaks pcsc-lite's.
"""

from __future__ import annotations

import sys
from enum import IntEnum, IntFlag, unique

#: SCardGetStatusChange: wait without a bound. pyscard spells it thus on every platform.
INFINITE = 0x7FFFFFFF

#: The pseudo reader whose change means that a reader came or went (SCardGetStatusChange only).
PNP_NOTIFICATION = "\\\\?PnP?\\Notification"

#: The longest C-APDU or R-APDU that SCardTransmit carries (pcsc-lite: 64 KiB and room for header and trailer).
MAX_BUFFER_SIZE_EXTENDED = 4 + 3 + (1 << 16) + 3 + 2


@unique
class Scope(IntEnum):
    """Scope of a context (SCARD_SCOPE_*)."""

    USER = 0
    TERMINAL = 1
    SYSTEM = 2
    GLOBAL = 3


@unique
class ShareMode(IntEnum):
    """How a connection shares its reader with others (SCARD_SHARE_*)."""

    EXCLUSIVE = 1
    SHARED = 2
    DIRECT = 3


class Protocols(IntFlag):
    """Transmission protocols (SCARD_PROTOCOL_*): one when in force, several when offered."""

    UNDEFINED = 0x0000
    T0 = 0x0001
    T1 = 0x0002
    ANY = T0 | T1
    RAW = 0x10000


@unique
class Disposition(IntEnum):
    """What happens to the card (SCARD_*_CARD) on disconnect, on the end of a transaction, on reconnect."""

    LEAVE = 0
    RESET = 1
    UNPOWER = 2
    EJECT = 3


class CardState(IntFlag):
    """State of reader and card as SCardStatus gives it: flags, as in pcsc-lite (Windows counts from 0 to 6)."""

    UNKNOWN = 0x0001
    ABSENT = 0x0002
    PRESENT = 0x0004
    SWALLOWED = 0x0008
    POWERED = 0x0010
    NEGOTIABLE = 0x0020
    SPECIFIC = 0x0040


class ReaderStateFlag(IntFlag):
    """The lower 16 bits of a state of SCardGetStatusChange (SCARD_STATE_*)."""

    UNAWARE = 0x0000
    IGNORE = 0x0001
    CHANGED = 0x0002
    UNKNOWN = 0x0004
    UNAVAILABLE = 0x0008
    EMPTY = 0x0010
    PRESENT = 0x0020
    ATRMATCH = 0x0040
    EXCLUSIVE = 0x0080
    INUSE = 0x0100
    MUTE = 0x0200
    UNPOWERED = 0x0400


@unique
class ReaderType(IntEnum):
    """What kind of device a reader is (SCARD_READER_TYPE_*), as SCardGetDeviceTypeId tells."""

    SERIAL = 0x01
    PARALLEL = 0x02
    KEYBOARD = 0x04
    SCSI = 0x08
    IDE = 0x10
    USB = 0x20
    PCMCIA = 0x40
    TPM = 0x80
    VENDOR = 0xF0
    NFC = 0x100
    UICC = 0x200
    NGC = 0x400
    EMBEDDED_SE = 0x800


@unique
class Attribute(IntEnum):
    """Attributes of SCardGetAttrib (SCARD_ATTR_*): class in the upper 16 bits, tag in the lower."""

    VENDOR_NAME = 0x00010100
    VENDOR_IFD_TYPE = 0x00010101
    VENDOR_IFD_VERSION = 0x00010102
    VENDOR_IFD_SERIAL_NO = 0x00010103
    CHANNEL_ID = 0x00020110
    ASYNC_PROTOCOL_TYPES = 0x00030120
    DEFAULT_CLK = 0x00030121
    MAX_CLK = 0x00030122
    DEFAULT_DATA_RATE = 0x00030123
    MAX_DATA_RATE = 0x00030124
    MAX_IFSD = 0x00030125
    SYNC_PROTOCOL_TYPES = 0x00030126
    POWER_MGMT_SUPPORT = 0x00040131
    USER_TO_CARD_AUTH_DEVICE = 0x00050140
    USER_AUTH_INPUT_DEVICE = 0x00050142
    CHARACTERISTICS = 0x00060150
    ESC_RESET = 0x0007A000
    ESC_CANCEL = 0x0007A003
    ESC_AUTHREQUEST = 0x0007A005
    MAXINPUT = 0x0007A007
    CURRENT_PROTOCOL_TYPE = 0x00080201
    CURRENT_CLK = 0x00080202
    CURRENT_F = 0x00080203
    CURRENT_D = 0x00080204
    CURRENT_N = 0x00080205
    CURRENT_W = 0x00080206
    CURRENT_IFSC = 0x00080207
    CURRENT_IFSD = 0x00080208
    CURRENT_BWT = 0x00080209
    CURRENT_CWT = 0x0008020A
    CURRENT_EBC_ENCODING = 0x0008020B
    EXTENDED_BWT = 0x0008020C
    ICC_PRESENCE = 0x00090300
    ICC_INTERFACE_STATUS = 0x00090301
    CURRENT_IO_STATE = 0x00090302
    ATR_STRING = 0x00090303
    ICC_TYPE_PER_ATR = 0x00090304
    DEVICE_UNIT = 0x7FFF0001
    DEVICE_IN_USE = 0x7FFF0002
    DEVICE_FRIENDLY_NAME = 0x7FFF0003
    DEVICE_SYSTEM_NAME = 0x7FFF0004
    DEVICE_FRIENDLY_NAME_W = 0x7FFF0005
    DEVICE_SYSTEM_NAME_W = 0x7FFF0006
    SUPRESS_T1_IFS_REQUEST = 0x7FFF0007


def control_code(function: int, platform: str = sys.platform) -> int:
    """The control code of an IFD function number (the macro SCARD_CTL_CODE of ``platform``).

    Windows builds it as a device control code of FILE_DEVICE_SMARTCARD, pcsc-lite adds a base.
    """
    if platform == "win32":
        return (0x31 << 16) | (function << 2)
    return 0x42000000 + function


#: Function number that asks a reader for its PC/SC part 10 features; the control code is ``control_code`` of it.
GET_FEATURE_REQUEST = 3400
