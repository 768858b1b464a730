"""The content of an EF of TLV structure: data objects, BER-TLV or SIMPLE-TLV, each of its tag once.

A content is one encoded data object per part, in the order in which they came. Its size counts tags and lengths too.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Final

from iso7816 import ber_tlv, simple_tlv
from iso7816.file_descriptor import FileKind

if TYPE_CHECKING:
    from emulator.persistent import CardFile
    from iso7816.ber_tlv import TLV
    from iso7816.simple_tlv import SimpleTLV

TLV_KINDS: Final = (FileKind.BER_TLV, FileKind.SIMPLE_TLV)


def data_objects(kind: FileKind, data: bytes) -> tuple[TLV | SimpleTLV, ...]:
    """Data objects one after the other, of the form that an EF of that kind has.

    Raises:
        TLVError: they are none.
    """
    return ber_tlv.decode_all(data) if kind is FileKind.BER_TLV else simple_tlv.decode_all(data)


def tags(kind: FileKind, data: bytes) -> tuple[int, ...]:
    """The tags of a tag list for an EF of that kind. Raises TLVError."""
    return ber_tlv.decode_tags(data) if kind is FileKind.BER_TLV else tuple(data)


def by_tag(file: CardFile, content: Iterable[bytes]) -> dict[int, TLV | SimpleTLV]:
    """The data objects of an EF, by their tags."""
    return {each.tag: each for part in content for each in data_objects(file.kind, part)}


def with_objects(file: CardFile, content: Iterable[bytes], new: Iterable[TLV | SimpleTLV]) -> tuple[bytes, ...]:
    """The content after ``new`` data objects took the places of those of their tags, or came to the end."""
    found = by_tag(file, content)
    found.update((each.tag, each) for each in new)
    return tuple(_encoded(found.values()))


def _encoded(objects: Iterable[TLV | SimpleTLV]) -> Iterator[bytes]:
    for each in objects:
        yield each.to_bytes()
