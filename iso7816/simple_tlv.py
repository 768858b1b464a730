"""SIMPLE-TLV data objects (ISO/IEC 7816-4:2020, 6.2).

::

    T       01 to FE; 00 and FF are no tags
    L       00 to FE, or FF and two bytes: 0000 to FFFF
    V       as many bytes

Encoding takes the one-byte length where it fits. Decoding takes both forms for any length, as the
standard allows.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from iso7816.errors import TLVError

MAX_LENGTH = 0xFFFF
_LONG_FORM = 0xFF


@dataclass(frozen=True, slots=True)
class SimpleTLV:
    """One data object: tag 1 to 254, value of 0 to 65535 bytes.

    Raises:
        TLVError: either is out of its range.
    """

    tag: int
    value: bytes = b""

    def __post_init__(self) -> None:
        if not 0x01 <= self.tag <= 0xFE:
            raise TLVError(f"a SIMPLE-TLV tag is 01 to FE, not {self.tag:#x}")
        if len(self.value) > MAX_LENGTH:
            raise TLVError(f"a SIMPLE-TLV value has at most {MAX_LENGTH} bytes, not {len(self.value)}")

    def to_bytes(self) -> bytes:
        """Tag, length, value."""
        size = len(self.value)
        length = bytes((size,)) if size < _LONG_FORM else bytes((_LONG_FORM, size >> 8, size & 0xFF))
        return bytes((self.tag,)) + length + self.value

    def __repr__(self) -> str:
        """Tag and length only: a value may be a secret."""
        return f"SimpleTLV({self.tag:#x}, {len(self.value)} bytes)"


def _decode_at(data: bytes, start: int) -> tuple[SimpleTLV, int]:
    """The data object at ``start`` and the index behind it."""
    if start + 2 > len(data):
        raise TLVError(f"the data object at offset {start} is cut short")
    tag, length = data[start], data[start + 1]
    start_of_value = start + 2
    if length == _LONG_FORM:
        start_of_value += 2
        if start_of_value > len(data):
            raise TLVError(f"the length at offset {start + 1} is cut short")
        length = data[start + 2] << 8 | data[start + 3]
    end = start_of_value + length
    if end > len(data):
        raise TLVError(f"data object {tag:02X} says {length} bytes, {len(data) - start_of_value} are left")
    return SimpleTLV(tag, bytes(data[start_of_value:end])), end


def decode_one(data: bytes) -> tuple[SimpleTLV, bytes]:
    """The first data object and the bytes behind it.

    Raises:
        TLVError: malformed or truncated.
    """
    tlv, end = _decode_at(data, 0)
    return tlv, data[end:]


def iterate(data: bytes) -> Iterator[SimpleTLV]:
    """The data objects one after the other; raises TLVError where they end being such."""
    position = 0
    while position < len(data):
        tlv, position = _decode_at(data, position)
        yield tlv


def decode_all(data: bytes) -> tuple[SimpleTLV, ...]:
    """All data objects; nothing may be left over.

    Raises:
        TLVError: malformed, truncated or with trailing bytes.
    """
    return tuple(iterate(data))


def encode_all(tlvs: Iterable[SimpleTLV]) -> bytes:
    """The data objects' bytes, one after the other."""
    return b"".join(tlv.to_bytes() for tlv in tlvs)


def find(tlvs: Iterable[SimpleTLV], tag: int) -> SimpleTLV | None:
    """The first data object with ``tag``, or ``None``."""
    return next((tlv for tlv in tlvs if tlv.tag == tag), None)
