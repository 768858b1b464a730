"""What a reader tells of itself (PC/SC part 10, 2.5.5 and 2.6.14). Numbers are little endian."""

from __future__ import annotations

from collections.abc import Iterable
from enum import IntEnum, unique

from scardmgr.winscard.part10.dialogue import MOST_DIGITS, Validation

MAX_APDU_DATA_SIZE = 65536
"""Bytes of command or response data: extended APDUs of any length."""

_NO_DISPLAY = 0x0000
_EVERY_CONDITION = Validation.MAX_REACHED | Validation.KEY_PRESSED | Validation.TIME_OUT
_TIMES_ARE_TOLD_APART = 1
_NO_PPDU = 0
_FIRMWARE = b"scardmgr embedded reader"


@unique
class Property(IntEnum):
    """Tags of FEATURE_GET_TLV_PROPERTIES (PCSCv2_PART10_PROPERTY_*)."""

    LCD_LAYOUT = 1
    ENTRY_VALIDATION_CONDITION = 2
    TIME_OUT_2 = 3
    MIN_PIN_SIZE = 6
    MAX_PIN_SIZE = 7
    FIRMWARE_ID = 8
    PPDU_SUPPORT = 9
    MAX_APDU_DATA_SIZE = 10
    ID_VENDOR = 11
    ID_PRODUCT = 12


_OF_EVERY_READER = {
    Property.FIRMWARE_ID: _FIRMWARE,
    Property.PPDU_SUPPORT: bytes((_NO_PPDU,)),
    Property.MAX_APDU_DATA_SIZE: MAX_APDU_DATA_SIZE.to_bytes(4, "little"),
    Property.ID_VENDOR: bytes(2),  # no USB numbers are assigned
    Property.ID_PRODUCT: bytes(2),
}

_OF_A_PIN_PAD = {
    Property.LCD_LAYOUT: _NO_DISPLAY.to_bytes(2, "little"),
    Property.ENTRY_VALIDATION_CONDITION: bytes((_EVERY_CONDITION,)),
    Property.TIME_OUT_2: bytes((_TIMES_ARE_TOLD_APART,)),
    Property.MIN_PIN_SIZE: bytes((1,)),
    Property.MAX_PIN_SIZE: bytes((MOST_DIGITS,)),
}


def tlv_properties(*, with_pin_pad: bool) -> bytes:
    """The answer to FEATURE_GET_TLV_PROPERTIES: tag, length, value of each property, by rising tag."""
    properties = _OF_A_PIN_PAD | _OF_EVERY_READER if with_pin_pad else _OF_EVERY_READER
    return _encode(properties.items())


def pin_properties() -> bytes:
    """The answer to FEATURE_IFD_PIN_PROPERTIES: wLcdLayout (2), bEntryValidationCondition (1), bTimeOut2 (1)."""
    return _NO_DISPLAY.to_bytes(2, "little") + bytes((_EVERY_CONDITION, _TIMES_ARE_TOLD_APART))


def _encode(properties: Iterable[tuple[Property, bytes]]) -> bytes:
    return b"".join(bytes((tag, len(value))) + value for tag, value in sorted(properties))
