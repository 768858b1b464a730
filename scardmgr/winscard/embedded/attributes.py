"""What SCardGetAttrib answers for an embedded reader (PC/SC part 3, 3.1.4), and what SCardSetAttrib takes.

Numbers are 32 bits, little endian; texts end with a zero; states of the card are one byte.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from scardmgr.winscard.codes import SCardCode
from scardmgr.winscard.constants import Attribute, CardState, Protocols
from scardmgr.winscard.embedded.line_parameters import DEFAULT_CLOCK_KHZ, IFSD, LineParameters
from scardmgr.winscard.errors import SCardError

if TYPE_CHECKING:
    from scardmgr.winscard.embedded.slots import Slot

_VENDOR_NAME = "scardmgr"
_IFD_TYPE = "embedded reader"
_IFD_VERSION = 0x00_01_0000
"""0xMMmmbbbb: major, minor, build."""

_LONGEST_COMMAND = 4 + 3 + 65535 + 2
"""An extended C-APDU of case 4."""

_VENDOR_DEFINED_CHANNEL = 0x00F0
_CONTACTLESS_READER = 0x00000008
_NO_POWER_MANAGEMENT = 0
_MOST_BITS_PER_F = 64
"""The greatest D there is."""

_NO_CARD, _CARD_IN = 0, 2
"""ICC presence: 1 would mean a card not yet swallowed by a reader that swallows."""

_UNKNOWN_TYPE, _ASYNCHRONOUS_CARD, _TYPE_A_CARD = 0, 1, 5
"""ICC type: with contacts ISO/IEC 7816, asynchronous; without ISO/IEC 14443 type A."""

_SETTABLE = frozenset({Attribute.SUPRESS_T1_IFS_REQUEST})


def attribute_value(slot: Slot, attribute: int) -> bytes:
    """The value of an attribute.

    Raises:
        SCardError: SCARD_E_UNSUPPORTED_FEATURE: not among those answered here.
            SCARD_E_NO_SMARTCARD: it is about the card, and there is none.
    """
    try:
        answer = _ANSWERS[attribute]
    except KeyError:
        raise SCardError(SCardCode.SCARD_E_UNSUPPORTED_FEATURE) from None
    return answer(slot)


def accept_attribute(attribute: int) -> None:
    """Take note that an attribute is set. The one that can be concerns T=1 blocks, which there are none of.

    Raises:
        SCardError: SCARD_E_NOT_TRANSACTED: another attribute.
    """
    if attribute not in _SETTABLE:
        raise SCardError(SCardCode.SCARD_E_NOT_TRANSACTED)


def _atr(slot: Slot) -> bytes:
    if slot.icc is None:
        raise SCardError(SCardCode.SCARD_E_NO_SMARTCARD)
    return slot.atr


def _icc_type(slot: Slot) -> bytes:
    if not slot.atr:
        return bytes((_UNKNOWN_TYPE,))
    return bytes((_TYPE_A_CARD if slot.contactless else _ASYNCHRONOUS_CARD,))


def _number(value: int) -> bytes:
    return value.to_bytes(4, "little")


def _text(text: str) -> bytes:
    return text.encode() + b"\0"


def _wide_text(text: str) -> bytes:
    return f"{text}\0".encode("utf-16-le")


def _always(value: bytes) -> Callable[[Slot], bytes]:
    return lambda _slot: value


def _of_the_line(parameter: Callable[[LineParameters], int]) -> Callable[[Slot], bytes]:
    def answer(slot: Slot) -> bytes:
        return _number(parameter(LineParameters.of(_atr(slot), contactless=slot.contactless)))

    return answer


_ANSWERS: dict[int, Callable[[Slot], bytes]] = {
    Attribute.VENDOR_NAME: _always(_text(_VENDOR_NAME)),
    Attribute.VENDOR_IFD_TYPE: _always(_text(_IFD_TYPE)),
    Attribute.VENDOR_IFD_VERSION: _always(_number(_IFD_VERSION)),
    Attribute.VENDOR_IFD_SERIAL_NO: lambda slot: _text(f"{slot.unit:08d}"),
    Attribute.CHANNEL_ID: lambda slot: _number(_VENDOR_DEFINED_CHANNEL << 16 | slot.unit & 0xFFFF),
    Attribute.ASYNC_PROTOCOL_TYPES: _always(_number(Protocols.ANY)),
    Attribute.DEFAULT_CLK: _always(_number(DEFAULT_CLOCK_KHZ)),
    Attribute.MAX_CLK: _always(_number(DEFAULT_CLOCK_KHZ)),
    Attribute.DEFAULT_DATA_RATE: _always(_number(LineParameters().bits_per_second)),
    Attribute.MAX_DATA_RATE: _always(_number(LineParameters(d=_MOST_BITS_PER_F).bits_per_second)),
    Attribute.MAX_IFSD: _always(_number(IFSD)),
    Attribute.POWER_MGMT_SUPPORT: _always(_number(_NO_POWER_MANAGEMENT)),
    Attribute.CHARACTERISTICS: lambda slot: _number(_CONTACTLESS_READER if slot.contactless else 0),
    Attribute.MAXINPUT: _always(_number(_LONGEST_COMMAND)),
    Attribute.CURRENT_PROTOCOL_TYPE: lambda slot: _number(slot.protocol),
    Attribute.CURRENT_CLK: _of_the_line(lambda line: line.clock_khz),
    Attribute.CURRENT_F: _of_the_line(lambda line: line.f),
    Attribute.CURRENT_D: _of_the_line(lambda line: line.d),
    Attribute.CURRENT_N: _of_the_line(lambda line: line.n),
    Attribute.CURRENT_W: _of_the_line(lambda line: line.w),
    Attribute.CURRENT_IFSC: _of_the_line(lambda line: line.ifsc),
    Attribute.CURRENT_IFSD: _of_the_line(lambda line: line.ifsd),
    Attribute.CURRENT_BWT: _of_the_line(lambda line: line.bwt),
    Attribute.CURRENT_CWT: _of_the_line(lambda line: line.cwt),
    Attribute.CURRENT_EBC_ENCODING: _of_the_line(lambda line: line.ebc),
    Attribute.ICC_PRESENCE: lambda slot: bytes([_NO_CARD if slot.icc is None else _CARD_IN]),
    Attribute.ICC_INTERFACE_STATUS: lambda slot: bytes([CardState.POWERED in slot.state]),
    Attribute.ICC_TYPE_PER_ATR: _icc_type,
    Attribute.ATR_STRING: _atr,
    Attribute.DEVICE_UNIT: lambda slot: _number(slot.unit),
    Attribute.DEVICE_IN_USE: lambda slot: _number(bool(slot.handles)),
    Attribute.DEVICE_FRIENDLY_NAME: lambda slot: _text(slot.name),
    Attribute.DEVICE_SYSTEM_NAME: lambda slot: _text(slot.name),
    Attribute.DEVICE_FRIENDLY_NAME_W: lambda slot: _wide_text(slot.name),
    Attribute.DEVICE_SYSTEM_NAME_W: lambda slot: _wide_text(slot.name),
}
