"""Every code an SCard function can return, with a phrase for each.

Numbers are those of winscard.h. pcsc-lite gives SCARD_E_UNSUPPORTED_FEATURE the number of
SCARD_E_UNEXPECTED, which it never means: :func:`from_pcsclite` and :func:`to_pcsclite` translate.
A number without a name here stays a number.
"""

from __future__ import annotations

from enum import unique

from iso7816.phrased_code import PhrasedCode


@unique
class SCardCode(PhrasedCode):
    """SCARD return codes under their published names; ``phrase`` says what each means."""

    SCARD_S_SUCCESS = 0x00000000, "done"
    SCARD_F_INTERNAL_ERROR = 0x80100001, "an internal consistency check of the resource manager failed"
    SCARD_E_CANCELLED = 0x80100002, "a wait was ended by SCardCancel"
    SCARD_E_INVALID_HANDLE = 0x80100003, "the handle or context was never given out, or is no longer valid"
    SCARD_E_INVALID_PARAMETER = 0x80100004, "a parameter cannot be interpreted"
    SCARD_E_INVALID_TARGET = 0x80100005, "the registered start-up information is missing or invalid"
    SCARD_E_NO_MEMORY = 0x80100006, "not enough memory"
    SCARD_F_WAITED_TOO_LONG = 0x80100007, "an internal timer of the resource manager has run out"
    SCARD_E_INSUFFICIENT_BUFFER = 0x80100008, "the result does not fit the buffer"
    SCARD_E_UNKNOWN_READER = 0x80100009, "no reader has that name"
    SCARD_E_TIMEOUT = 0x8010000A, "the given time has passed"
    SCARD_E_SHARING_VIOLATION = 0x8010000B, "another handle holds the card"
    SCARD_E_NO_SMARTCARD = 0x8010000C, "no card in the reader"
    SCARD_E_UNKNOWN_CARD = 0x8010000D, "no card type has that name"
    SCARD_E_CANT_DISPOSE = 0x8010000E, "the card cannot be left in the requested way"
    SCARD_E_PROTO_MISMATCH = 0x8010000F, "the protocol asked for is not one the card speaks now"
    SCARD_E_NOT_READY = 0x80100010, "reader or card is not ready for commands"
    SCARD_E_INVALID_VALUE = 0x80100011, "a parameter value is out of its range"
    SCARD_E_SYSTEM_CANCELLED = 0x80100012, "ended by the system, which is logging off or shutting down"
    SCARD_F_COMM_ERROR = 0x80100013, "internal communication failed"
    SCARD_F_UNKNOWN_ERROR = 0x80100014, "an internal error of unknown source"
    SCARD_E_INVALID_ATR = 0x80100015, "the ATR is not valid"
    SCARD_E_NOT_TRANSACTED = 0x80100016, "the exchange with the card or reader failed"
    SCARD_E_READER_UNAVAILABLE = 0x80100017, "the reader is gone, or cannot be used now"
    SCARD_P_SHUTDOWN = 0x80100018, "aborted so that the server can exit"
    SCARD_E_PCI_TOO_SMALL = 0x80100019, "the receive buffer for protocol control information is too small"
    SCARD_E_READER_UNSUPPORTED = 0x8010001A, "the reader driver does not meet the minimum requirements"
    SCARD_E_DUPLICATE_READER = 0x8010001B, "a reader of that name exists already"
    SCARD_E_CARD_UNSUPPORTED = 0x8010001C, "the card does not meet the minimum requirements"
    SCARD_E_NO_SERVICE = 0x8010001D, "no resource manager is running"
    SCARD_E_SERVICE_STOPPED = 0x8010001E, "the resource manager has stopped"
    SCARD_E_UNEXPECTED = 0x8010001F, "an unexpected card error"
    SCARD_E_ICC_INSTALLATION = 0x80100020, "no primary provider is registered for the card"
    SCARD_E_ICC_CREATEORDER = 0x80100021, "files or directories must be created in another order"
    SCARD_E_UNSUPPORTED_FEATURE = 0x80100022, "the card or reader does not support the feature"
    SCARD_E_DIR_NOT_FOUND = 0x80100023, "the directory does not exist in the card"
    SCARD_E_FILE_NOT_FOUND = 0x80100024, "the file does not exist in the card"
    SCARD_E_NO_DIR = 0x80100025, "the path does not lead to a directory"
    SCARD_E_NO_FILE = 0x80100026, "the path does not lead to a file"
    SCARD_E_NO_ACCESS = 0x80100027, "access to the file is refused"
    SCARD_E_WRITE_TOO_MANY = 0x80100028, "more data than the file has room for"
    SCARD_E_BAD_SEEK = 0x80100029, "the file pointer cannot be set there"
    SCARD_E_INVALID_CHV = 0x8010002A, "the CHV given is not valid"
    SCARD_E_UNKNOWN_RES_MNG = 0x8010002B, "an unnamed error of the layer below"
    SCARD_E_NO_SUCH_CERTIFICATE = 0x8010002C, "the certificate does not exist"
    SCARD_E_CERTIFICATE_UNAVAILABLE = 0x8010002D, "the certificate cannot be had"
    SCARD_E_NO_READERS_AVAILABLE = 0x8010002E, "there is no reader"
    SCARD_E_COMM_DATA_LOST = 0x8010002F, "data from the card was lost on its way"
    SCARD_E_NO_KEY_CONTAINER = 0x80100030, "the key container does not exist in the card"
    SCARD_E_SERVER_TOO_BUSY = 0x80100031, "the resource manager is too busy"
    SCARD_E_PIN_CACHE_EXPIRED = 0x80100032, "the cached PIN has expired"
    SCARD_E_NO_PIN_CACHE = 0x80100033, "the PIN may not be cached"
    SCARD_E_READ_ONLY_CARD = 0x80100034, "the card cannot be written to"
    SCARD_W_UNSUPPORTED_CARD = 0x80100065, "the ATR conflicts with the configuration: no communication with the card"
    SCARD_W_UNRESPONSIVE_CARD = 0x80100066, "the card does not answer"
    SCARD_W_UNPOWERED_CARD = 0x80100067, "the card has no power"
    SCARD_W_RESET_CARD = 0x80100068, "the card was reset by another handle: reconnect first"
    SCARD_W_REMOVED_CARD = 0x80100069, "the card was removed"
    SCARD_W_SECURITY_VIOLATION = 0x8010006A, "access was denied by a security rule"
    SCARD_W_WRONG_CHV = 0x8010006B, "the CHV presented was wrong"
    SCARD_W_CHV_BLOCKED = 0x8010006C, "no presentation of the CHV is left"
    SCARD_W_EOF = 0x8010006D, "the end of the file was reached"
    SCARD_W_CANCELLED_BY_USER = 0x8010006E, "cancelled by the user"
    SCARD_W_CARD_NOT_AUTHENTICATED = 0x8010006F, "no CHV was presented to the card"
    SCARD_W_CACHE_ITEM_NOT_FOUND = 0x80100070, "the item is not in the cache"
    SCARD_W_CACHE_ITEM_STALE = 0x80100071, "the cached item is older than asked for"
    SCARD_W_CACHE_ITEM_TOO_BIG = 0x80100072, "the item is too big for the cache"


_BY_NUMBER: dict[int, SCardCode] = {code.value: code for code in SCardCode}

#: What pcsc-lite returns where Windows returns SCARD_E_UNSUPPORTED_FEATURE.
PCSCLITE_UNSUPPORTED_FEATURE = 0x8010001F


def known_or_number(number: int) -> int:
    """The :class:`SCardCode` of a number, or the number itself (unsigned, 32 bits) if it has no name."""
    number &= 0xFFFFFFFF
    return _BY_NUMBER.get(number, number)


def name_of(number: int) -> str:
    """The published name of a code, or its eight hex digits."""
    code = _BY_NUMBER.get(number & 0xFFFFFFFF)
    return f"0x{number & 0xFFFFFFFF:08X}" if code is None else code.name


def from_pcsclite(number: int) -> int:
    """A code as pcsc-lite numbers it, as this project numbers it."""
    number &= 0xFFFFFFFF
    return SCardCode.SCARD_E_UNSUPPORTED_FEATURE if number == PCSCLITE_UNSUPPORTED_FEATURE else known_or_number(number)


def to_pcsclite(code: int) -> int:
    """A code of this project as pcsc-lite numbers it: a plain unsigned int."""
    return PCSCLITE_UNSUPPORTED_FEATURE if code == SCardCode.SCARD_E_UNSUPPORTED_FEATURE else int(code)
