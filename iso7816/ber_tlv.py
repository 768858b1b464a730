"""BER-TLV data objects (ISO/IEC 7816-4:2020, 6.3; ISO/IEC 8825-1).

Strict and symmetric: tags of one to three bytes, lengths of one to five bytes in their shortest
form; :func:`decode_one` returns the rest, :func:`decode_all` refuses leftovers, and order and
repeats survive.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache

from iso7816.errors import TLVError

MAX_LENGTH = 0xFFFFFFFF


def is_constructed(tag: int) -> bool:
    """Whether the value of ``tag`` is itself data objects (bit 6 of the first tag byte)."""
    return bool(_tag_bytes(tag)[0] & 0x20)


@lru_cache(maxsize=1024)
def _tag_bytes(tag: int) -> bytes:
    if tag < 0:
        raise TLVError("a tag is not negative")
    raw = tag.to_bytes(max(1, (tag.bit_length() + 7) // 8), "big")
    end = _tag_end(raw, 0)
    if end != len(raw):
        raise TLVError(f"{raw.hex().upper()} is not one BER tag")
    return raw


def _tag_end(data: bytes, start: int) -> int:
    """Index behind the tag that begins at ``start``; up to three tag bytes (ISO/IEC 7816-4, 6.3)."""
    if start >= len(data):
        raise TLVError("data ends where a tag should begin")
    if data[start] == 0:
        raise TLVError(f"00 at offset {start} begins no tag: it is padding")
    if data[start] & 0x1F != 0x1F:
        return start + 1
    for index in (start + 1, start + 2):
        if index >= len(data):
            raise TLVError(f"the tag at offset {start} is cut short")
        # Numbers up to 30 would fit one byte, but EMV (9F02) and ICAO (5F01) code them in two: only zero is refused.
        if index == start + 1 and data[index] & 0x7F == 0:
            raise TLVError(f"the tag at offset {start} has a leading zero")
        if data[index] & 0x80 == 0:
            return index + 1
    raise TLVError(f"the tag at offset {start} has more than three bytes")


def decode_tags(data: bytes) -> tuple[int, ...]:
    """Tags one after the other, as a tag list (5C) has them (ISO/IEC 7816-4:2020, 8.4.3).

    Raises:
        TLVError: something is no tag.
    """
    tags, start = [], 0
    while start < len(data):
        end = _tag_end(data, start)
        tags.append(int.from_bytes(data[start:end], "big"))
        start = end
    return tuple(tags)


def encode_length(length: int) -> bytes:
    """The length field, one to five bytes, shortest form.

    Raises:
        TLVError: negative, or above 4 GiB - 1.
    """
    if not 0 <= length <= MAX_LENGTH:
        raise TLVError(f"a length of {length} cannot be coded")
    if length < 0x80:
        return bytes((length,))
    raw = length.to_bytes((length.bit_length() + 7) // 8, "big")
    return bytes((0x80 | len(raw),)) + raw


def _decode_length(data: bytes, start: int) -> tuple[int, int]:
    """Length at ``start`` and the index behind its field."""
    if start >= len(data):
        raise TLVError("data ends where a length should begin")
    first = data[start]
    if first < 0x80:
        return first, start + 1
    count = first & 0x7F
    if not 1 <= count <= 4:
        raise TLVError(f"length byte {first:02X} at offset {start} is not allowed")
    end = start + 1 + count
    if end > len(data):
        raise TLVError(f"the length at offset {start} is cut short")
    length = int.from_bytes(data[start + 1 : end], "big")
    if len(encode_length(length)) != count + 1:
        raise TLVError(f"the length at offset {start} is not in its shortest form")
    return length, end


@dataclass(frozen=True, slots=True)
class TLV:
    """One data object. ``tag`` is the tag's bytes read as a number: 0x6F, 0x5F2D, 0x7F4E."""

    tag: int
    value: bytes = b""

    @classmethod
    def constructed(cls, tag: int, children: Iterable[TLV]) -> TLV:
        """A data object whose value is the concatenation of ``children``.

        Raises:
            TLVError: ``tag`` is that of a primitive data object.
        """
        if not is_constructed(tag):
            raise TLVError(f"{tag:X} is the tag of a primitive data object")
        return cls(tag, encode_all(children))

    def children(self) -> tuple[TLV, ...]:
        """The data objects in the value.

        Raises:
            TLVError: the object is primitive, or its value is not a sequence of data objects.
        """
        if not is_constructed(self.tag):
            raise TLVError(f"{self.tag:X} is the tag of a primitive data object")
        return decode_all(self.value)

    def to_bytes(self) -> bytes:
        """Tag, length, value. Raises TLVError for a tag that is not one."""
        return encode_header(self.tag, len(self.value)) + self.value

    def __repr__(self) -> str:
        """Tag and length only: a value may be a secret."""
        return f"TLV({self.tag:#x}, {len(self.value)} bytes)"


def _decode_at(data: bytes, start: int) -> tuple[TLV, int]:
    """The data object at ``start`` and the index behind it; offsets in errors count from the head of ``data``."""
    end_of_tag = _tag_end(data, start)
    length, start_of_value = _decode_length(data, end_of_tag)
    end = start_of_value + length
    if end > len(data):
        tag = data[start:end_of_tag].hex().upper()
        raise TLVError(f"data object {tag} says {length} bytes, {len(data) - start_of_value} are left")
    return TLV(int.from_bytes(data[start:end_of_tag], "big"), bytes(data[start_of_value:end])), end


def iterate_headers(data: bytes) -> Iterator[tuple[int, int]]:
    """Tags and lengths without values, one after the other: a header list (ISO/IEC 7816-4:2005, 8.5.1).

    Raises:
        TLVError: where they end being such.
    """
    position = 0
    while position < len(data):
        end_of_tag = _tag_end(data, position)
        tag = int.from_bytes(data[position:end_of_tag], "big")
        length, position = _decode_length(data, end_of_tag)
        yield tag, length


def encode_header(tag: int, length: int) -> bytes:
    """Tag and length alone. Raises TLVError for a tag that is not one, or a length that cannot be coded."""
    return _tag_bytes(tag) + encode_length(length)


def decode_one(data: bytes) -> tuple[TLV, bytes]:
    """The first data object and the bytes behind it.

    Raises:
        TLVError: malformed or truncated.
    """
    tlv, end = _decode_at(data, 0)
    return tlv, data[end:]


def iterate(data: bytes) -> Iterator[TLV]:
    """The data objects one after the other; raises TLVError where they end being such."""
    position = 0
    while position < len(data):
        tlv, position = _decode_at(data, position)
        yield tlv


def decode_all(data: bytes) -> tuple[TLV, ...]:
    """All data objects; nothing may be left over.

    Raises:
        TLVError: malformed, truncated or with trailing bytes.
    """
    found, position = [], 0
    while position < len(data):
        tlv, position = _decode_at(data, position)
        found.append(tlv)
    return tuple(found)


def encode_all(tlvs: Iterable[TLV]) -> bytes:
    """The data objects' bytes, one after the other."""
    return b"".join([tlv.to_bytes() for tlv in tlvs])


def find(tlvs: Iterable[TLV], tag: int) -> TLV | None:
    """The first data object with ``tag``, or ``None``."""
    return next((tlv for tlv in tlvs if tlv.tag == tag), None)
