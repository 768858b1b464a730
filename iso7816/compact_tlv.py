"""COMPACT-TLV data objects (ISO/IEC 7816-4:2020, 12.1.1): those of the historical bytes.

One byte holds both: the tag number in its high half, the length in its low half; 0 to 15 bytes of
value follow. Tag number X stands for the BER-TLV tag 4X, in an EF.ATR/INFO.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from iso7816.errors import TLVError

MAX_LENGTH = 15


@dataclass(frozen=True, slots=True)
class CompactTLV:
    """One data object: tag number 0 to 15, value of 0 to 15 bytes.

    Raises:
        TLVError: either is out of its range.
    """

    tag: int
    value: bytes = b""

    def __post_init__(self) -> None:
        if not 0 <= self.tag <= 0x0F:
            raise TLVError(f"a COMPACT-TLV tag number is 0 to 15, not {self.tag}")
        if len(self.value) > MAX_LENGTH:
            raise TLVError(f"a COMPACT-TLV value has at most {MAX_LENGTH} bytes, not {len(self.value)}")

    @property
    def ber_tag(self) -> int:
        """The tag of the same data object in BER-TLV, 40 to 4F."""
        return 0x40 | self.tag

    def to_bytes(self) -> bytes:
        """The compact header and the value."""
        return bytes((self.tag << 4 | len(self.value),)) + self.value


def _decode_at(data: bytes, start: int) -> tuple[CompactTLV, int]:
    header = data[start]
    end = start + 1 + (header & 0x0F)
    if end > len(data):
        raise TLVError(f"data object {header:02X} says {header & 0x0F} bytes, {len(data) - start - 1} are left")
    return CompactTLV(header >> 4, bytes(data[start + 1 : end])), end


def decode_one(data: bytes) -> tuple[CompactTLV, bytes]:
    """The first data object and the bytes behind it.

    Raises:
        TLVError: nothing there, or truncated.
    """
    if not data:
        raise TLVError("data ends where a compact header should begin")
    tlv, end = _decode_at(data, 0)
    return tlv, data[end:]


def iterate(data: bytes) -> Iterator[CompactTLV]:
    """The data objects one after the other; raises TLVError where the last one is cut short."""
    position = 0
    while position < len(data):
        tlv, position = _decode_at(data, position)
        yield tlv


def decode_all(data: bytes) -> tuple[CompactTLV, ...]:
    """All data objects; nothing may be left over.

    Raises:
        TLVError: truncated.
    """
    return tuple(iterate(data))


def encode_all(tlvs: Iterable[CompactTLV]) -> bytes:
    """The data objects' bytes, one after the other."""
    return b"".join(tlv.to_bytes() for tlv in tlvs)


def find(tlvs: Iterable[CompactTLV], tag: int) -> CompactTLV | None:
    """The first data object with tag number ``tag``, or ``None``."""
    return next((tlv for tlv in tlvs if tlv.tag == tag), None)
