"""The data field of commands with an odd INS about part of a file (ISO/IEC 7816-4:2020, 11.3 and 11.4).

::

    54  an offset, its number big-endian, any length
    53  discretionary data: bytes to be written or sought
    73  the same as BER-TLV data objects

READ has one 54; ERASE has one, or a second one, which is where the erasing ends; WRITE, UPDATE and SEARCH have one 54
and one 53 or 73. What READ returns is a 53, what SEARCH returns a 54.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Self

from iso7816.ber_tlv import TLV, decode_all, encode_all
from iso7816.errors import TLVError

OFFSET: Final = 0x54
DISCRETIONARY: Final = 0x53
DISCRETIONARY_TLV: Final = 0x73
_LONGEST_OFFSET: Final = 8


@dataclass(frozen=True, slots=True, repr=False)
class OffsetObjects:
    """Offsets, and data if there are any; the repr shows no data.

    Attributes:
        offsets: one or two.
        data: what 53 or 73 holds, ``None`` where there is neither.
    """

    offsets: tuple[int, ...]
    data: bytes | None = None

    @classmethod
    def parse(cls, field: bytes) -> Self:
        """Read a data field.

        Raises:
            TLVError: not data objects, others than 54, 53 and 73, no offset or more than two, more than one field of
                data, an offset of no bytes or more than eight.
        """
        offsets: list[int] = []
        data: bytes | None = None
        for tlv in decode_all(field):
            if tlv.tag == OFFSET:
                if not 1 <= len(tlv.value) <= _LONGEST_OFFSET:
                    raise TLVError(f"an offset (54) has 1 to {_LONGEST_OFFSET} bytes, not {len(tlv.value)}")
                offsets.append(int.from_bytes(tlv.value, "big"))
            elif tlv.tag in (DISCRETIONARY, DISCRETIONARY_TLV) and data is None:
                data = tlv.value
            else:
                raise TLVError(f"data object {tlv.tag:X} does not belong there")
        if not 1 <= len(offsets) <= 2:
            raise TLVError(f"there are {len(offsets)} offsets (54): one or two are needed")
        return cls(tuple(offsets), data)

    def to_bytes(self) -> bytes:
        """The data field; offsets in as few bytes as they need, data in a 53."""
        objects = [offset_object(offset) for offset in self.offsets]
        if self.data is not None:
            objects.append(TLV(DISCRETIONARY, self.data))
        return encode_all(objects)

    def __repr__(self) -> str:
        """Offsets, and how many bytes of data."""
        data = "no data" if self.data is None else f"{len(self.data)} bytes"
        return f"OffsetObjects({self.offsets}, {data})"


def offset_object(offset: int) -> TLV:
    """A 54 of as few bytes as the offset needs, at least one."""
    return TLV(OFFSET, offset.to_bytes(max(1, (offset.bit_length() + 7) // 8), "big"))
