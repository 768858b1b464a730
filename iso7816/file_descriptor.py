"""The file descriptor: category and structure of a file (ISO/IEC 7816-4:2020, 7.4.5).

File descriptor (tag 82), 1 to 6 bytes::

    FDB                                    the file descriptor byte
    FDB DCB                                and the data coding byte
    FDB DCB  Z                             and the maximum record size in one byte ...
    FDB DCB  Z Z                           ... or two
    FDB DCB  Z Z  N                        and the number of records in one byte ...
    FDB DCB  Z Z  N N                      ... or two
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum, unique

from iso7816.errors import FileControlError

_SHAREABLE = 0x40
_INTERNAL = 0x08
_DEFAULT_CODING = 0x01


@unique
class FileKind(IntEnum):
    """File category and structure as the file descriptor byte codes them, shareable bit clear."""

    NO_INFORMATION = 0x00
    TRANSPARENT = 0x01
    LINEAR_FIXED = 0x02
    LINEAR_FIXED_TLV = 0x03
    LINEAR_VARIABLE = 0x04
    LINEAR_VARIABLE_TLV = 0x05
    CYCLIC = 0x06
    CYCLIC_TLV = 0x07
    DF = 0x38
    BER_TLV = 0x39
    SIMPLE_TLV = 0x3A
    PROPRIETARY = 0x100
    """A descriptor byte that the standard leaves to the card or reserves: see ``FileDescriptor.proprietary_byte``."""

    @property
    def is_df(self) -> bool:
        """Whether the file is a DF (or the MF)."""
        return self is FileKind.DF

    @property
    def has_records(self) -> bool:
        """Whether the structure is linear or cyclic."""
        return FileKind.LINEAR_FIXED <= self <= FileKind.CYCLIC_TLV

    @property
    def is_cyclic(self) -> bool:
        """Whether record 1 is the one written last."""
        return self in (FileKind.CYCLIC, FileKind.CYCLIC_TLV)


_KINDS: dict[int, FileKind] = {int(kind): kind for kind in FileKind if kind is not FileKind.PROPRIETARY}


@dataclass(frozen=True, slots=True)
class FileDescriptor:
    """The value of tag 82.

    Attributes:
        kind: category and structure.
        shareable: whether logical channels may share the file.
        coding_byte: the data coding byte (:class:`iso7816.data_coding.DataCoding`), ``None`` where absent.
        max_record_size: in bytes, 0 to 65535, ``None`` where absent.
        max_records: the number of records, 0 to 65535, ``None`` where absent.
        internal: an internal EF (data for the card itself), not a working EF.
        proprietary_byte: the descriptor byte where ``kind`` is ``PROPRIETARY``, else ``None``.

    Raises:
        FileControlError: a number out of its range, a number of records without a record size, ``internal``
            for anything but a transparent, record or unknown structure, or a proprietary byte out of place.
    """

    kind: FileKind
    shareable: bool = False
    coding_byte: int | None = None
    max_record_size: int | None = None
    max_records: int | None = None
    internal: bool = False
    proprietary_byte: int | None = None

    def __post_init__(self) -> None:
        check_range("data coding byte", self.coding_byte, 0xFF)
        check_range("maximum record size", self.max_record_size, 0xFFFF)
        check_range("number of records", self.max_records, 0xFFFF)
        check_range("file descriptor byte", self.proprietary_byte, 0xFF)
        if self.max_records is not None and self.max_record_size is None:
            raise FileControlError("a number of records needs a maximum record size before it")
        if (self.kind is FileKind.PROPRIETARY) != (self.proprietary_byte is not None):
            raise FileControlError("a descriptor byte is given for the kind PROPRIETARY, and only there")
        if self.proprietary_byte is not None and _split_byte(self.proprietary_byte)[0] is not FileKind.PROPRIETARY:
            raise FileControlError(f"descriptor byte {self.proprietary_byte:02X} is not a proprietary one")
        if self.internal and self.kind > FileKind.CYCLIC_TLV:
            raise FileControlError(f"{self.kind.name} cannot be an internal EF")

    @property
    def byte(self) -> int:
        """The file descriptor byte."""
        if self.proprietary_byte is not None:
            return self.proprietary_byte
        return self.kind | (_SHAREABLE if self.shareable else 0) | (_INTERNAL if self.internal else 0)

    @classmethod
    def parse(cls, value: bytes) -> FileDescriptor:
        """Read the value of tag 82.

        Raises:
            FileControlError: not 1 to 6 bytes.
        """
        size = len(value)
        if not 1 <= size <= 6:
            raise FileControlError(f"a file descriptor has 1 to 6 bytes, not {size}")
        kind, shareable, internal = _split_byte(value[0])
        return cls(
            kind,
            shareable,
            value[1] if size >= 2 else None,
            int.from_bytes(value[2:4], "big") if size >= 3 else None,
            int.from_bytes(value[4:], "big") if size >= 5 else None,
            internal,
            value[0] if kind is FileKind.PROPRIETARY else None,
        )

    def to_bytes(self) -> bytes:
        """The value of tag 82; an absent data coding byte before a record size is written as 01, its default."""
        value = bytes((self.byte,))
        if self.coding_byte is None and self.max_record_size is None:
            return value
        value += bytes((_DEFAULT_CODING if self.coding_byte is None else self.coding_byte,))
        if self.max_record_size is None:
            return value
        if self.max_records is None:
            return value + self.max_record_size.to_bytes(1 if self.max_record_size <= 0xFF else 2, "big")
        value += self.max_record_size.to_bytes(2, "big")
        return value + self.max_records.to_bytes(1 if self.max_records <= 0xFF else 2, "big")


def check_range(what: str, number: int | None, limit: int) -> None:
    """Raises FileControlError for a number that is there and is not 0 to ``limit``."""
    if number is not None and not 0 <= number <= limit:
        raise FileControlError(f"{what} {number} is not 0 to {limit}")


def _split_byte(byte: int) -> tuple[FileKind, bool, bool]:
    """Kind, shareable, internal of a file descriptor byte."""
    shareable = bool(byte & _SHAREABLE)
    if byte & 0xB0 == 0:
        return _KINDS[byte & 0x07], shareable, bool(byte & _INTERNAL)
    kind = _KINDS.get(byte & ~_SHAREABLE)
    return (FileKind.PROPRIETARY, False, False) if kind is None else (kind, shareable, False)
