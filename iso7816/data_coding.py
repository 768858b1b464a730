"""The data coding byte (ISO/IEC 7816-4:2020, 12.1.1, the second software function table).

::

    b8     EFs of TLV structure are supported
    b7 b6  behaviour of write functions: 00 one-time, 01 proprietary, 10 OR, 11 AND
    b5     FF as the first byte of a BER-TLV tag: 0 padding, 1 a valid tag
    b4..b1 data unit size in quartets, as a power of two (0001: one byte)
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum, unique

from iso7816.errors import FileControlError


@unique
class WriteBehaviour(IntEnum):
    """What WRITE BINARY and WRITE RECORD do with bits already there."""

    ONE_TIME = 0
    PROPRIETARY = 1
    OR = 2
    AND = 3


@dataclass(frozen=True, slots=True)
class DataCoding:
    """The data coding byte as fields.

    Raises:
        FileControlError: ``unit_exponent`` outside 0..15.
    """

    write_behaviour: WriteBehaviour = WriteBehaviour.ONE_TIME
    unit_exponent: int = 1
    tlv_files: bool = False
    ff_is_a_tag: bool = False

    def __post_init__(self) -> None:
        if not 0 <= self.unit_exponent <= 15:
            raise FileControlError(f"a data unit of 2^{self.unit_exponent} quartets cannot be coded")

    @property
    def unit_quartets(self) -> int:
        """The size of a data unit in quartets (half bytes): 1 to 32768."""
        return 1 << self.unit_exponent

    @classmethod
    def parse(cls, byte: int) -> DataCoding:
        """Read one byte.

        Raises:
            FileControlError: outside 00..FF.
        """
        if not 0 <= byte <= 0xFF:
            raise FileControlError(f"{byte:#x} is not a data coding byte")
        return cls(WriteBehaviour(byte >> 5 & 3), byte & 0x0F, bool(byte & 0x80), bool(byte & 0x10))

    def to_byte(self) -> int:
        """The byte, 00 to FF."""
        return (
            (0x80 if self.tlv_files else 0)
            | self.write_behaviour << 5
            | (0x10 if self.ff_is_a_tag else 0)
            | self.unit_exponent
        )
