"""The dynamic authentication template, tag 7C (SP 800-73-5, part 2, 3.2.4): data of GENERAL AUTHENTICATE."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from iso7816.ber_tlv import TLV, decode_one
from iso7816.errors import TLVError
from iso7816.status_words import SW, StatusWordError

if TYPE_CHECKING:
    from collections.abc import Mapping

WITNESS: Final = 0x80
CHALLENGE: Final = 0x81
RESPONSE: Final = 0x82
EXPONENTIATION: Final = 0x85

_TEMPLATE: Final = 0x7C


def objects_in(data: bytes) -> Mapping[int, bytes]:
    """The values of the data objects by their tags; an empty one asks for what it names.

    Raises:
        StatusWordError: 6A80 no such template, or a data object twice.
    """
    try:
        template, rest = decode_one(data)
        tlvs = template.children()
    except TLVError:
        raise StatusWordError(SW.WRONG_DATA) from None
    objects = {tlv.tag: tlv.value for tlv in tlvs}
    if template.tag != _TEMPLATE or rest or len(objects) != len(tlvs):
        raise StatusWordError(SW.WRONG_DATA)
    return objects


def template_of(tag: int, value: bytes) -> bytes:
    """A template with one data object."""
    return TLV.constructed(_TEMPLATE, [TLV(tag, value)]).to_bytes()
