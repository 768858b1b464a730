"""What SCardGetAttrib answers for an embedded reader. Numbers are 32 bits, little endian (PC/SC part 3, 3.1.4)."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from scardmgr.winscard.codes import SCardCode
from scardmgr.winscard.constants import Attribute, CardState, Protocols
from scardmgr.winscard.errors import SCardError

if TYPE_CHECKING:
    from scardmgr.winscard.embedded.slots import Slot

_VENDOR_NAME = "scardmgr"
_IFD_TYPE = "embedded reader"
_IFD_VERSION = 0x00_01_0000
"""0xMMmmbbbb: major, minor, build."""

_NO_CARD, _CARD_IN = 0, 2
"""ICC presence: 1 would mean a card not yet swallowed by a reader that swallows."""
_UNKNOWN_TYPE, _ASYNCHRONOUS_CARD = 0, 1


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


def _atr(slot: Slot) -> bytes:
    if slot.icc is None:
        raise SCardError(SCardCode.SCARD_E_NO_SMARTCARD)
    return slot.atr


def _number(value: int) -> bytes:
    return value.to_bytes(4, "little")


def _text(text: str) -> bytes:
    return text.encode() + b"\0"


def _wide_text(text: str) -> bytes:
    return f"{text}\0".encode("utf-16-le")


_ANSWERS: dict[int, Callable[[Slot], bytes]] = {
    Attribute.VENDOR_NAME: lambda slot: _text(_VENDOR_NAME),  # noqa: ARG005 - one signature for all
    Attribute.VENDOR_IFD_TYPE: lambda slot: _text(_IFD_TYPE),  # noqa: ARG005
    Attribute.VENDOR_IFD_VERSION: lambda slot: _number(_IFD_VERSION),  # noqa: ARG005
    Attribute.ASYNC_PROTOCOL_TYPES: lambda slot: _number(Protocols.ANY),  # noqa: ARG005
    Attribute.CURRENT_PROTOCOL_TYPE: lambda slot: _number(slot.protocol),
    Attribute.ICC_PRESENCE: lambda slot: bytes([_NO_CARD if slot.icc is None else _CARD_IN]),
    Attribute.ICC_INTERFACE_STATUS: lambda slot: bytes([CardState.POWERED in slot.state]),
    Attribute.ICC_TYPE_PER_ATR: lambda slot: bytes([_ASYNCHRONOUS_CARD if slot.atr else _UNKNOWN_TYPE]),
    Attribute.ATR_STRING: _atr,
    Attribute.DEVICE_IN_USE: lambda slot: _number(bool(slot.handles)),
    Attribute.DEVICE_FRIENDLY_NAME: lambda slot: _text(slot.name),
    Attribute.DEVICE_SYSTEM_NAME: lambda slot: _text(slot.name),
    Attribute.DEVICE_FRIENDLY_NAME_W: lambda slot: _wide_text(slot.name),
    Attribute.DEVICE_SYSTEM_NAME_W: lambda slot: _wide_text(slot.name),
}
