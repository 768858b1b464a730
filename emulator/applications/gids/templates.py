"""Templates in command data: one data object, and the data objects in it by their tags."""

from __future__ import annotations

from typing import TYPE_CHECKING

from emulator.security_operations import data_objects
from iso7816.ber_tlv import decode_all
from iso7816.errors import Iso7816Error
from iso7816.status_words import SW, StatusWordError

if TYPE_CHECKING:
    from collections.abc import Mapping


def template_in(data: bytes, tag: int) -> Mapping[int, bytes]:
    """The data objects in the one template that data are. Raises StatusWordError 6A80."""
    try:
        (template,) = decode_all(data)
    except (Iso7816Error, ValueError):
        raise StatusWordError(SW.WRONG_DATA) from None
    if template.tag != tag:
        raise StatusWordError(SW.WRONG_DATA)
    return data_objects(template.value)


def one_byte(found: Mapping[int, bytes], tag: int) -> int:
    """The value of a data object of one byte. Raises StatusWordError 6A80."""
    value = found.get(tag, b"")
    if len(value) != 1:
        raise StatusWordError(SW.WRONG_DATA)
    return value[0]
