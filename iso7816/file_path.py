"""File identifiers and paths (ISO/IEC 7816-4:2020, 7.3).

A file identifier is two bytes. A path is the file identifiers from the MF (or from the current DF)
down to the file; as text ``3F00/7F10/6F01``.
"""

from __future__ import annotations

from dataclasses import dataclass

from iso7816.errors import PathError

MF = 0x3F00
"""The file identifier of the master file."""
CURRENT_DF = 0x3FFF
"""Reserved: stands for the current DF at the head of a path."""
NO_FILE = 0x0000
"""Reserved: in a SELECT of the current EF, and as the current EF of an odd INS."""
RESERVED_FOR_FUTURE_USE = 0xFFFF

MIN_SFI = 1
MAX_SFI = 30
"""Short EF identifiers are 1 to 30; 0 stands for the current EF, 31 is not used."""

SELECT_FROM_MF = 0x08
SELECT_FROM_CURRENT_DF = 0x09
"""P1 of SELECT by path."""

_NOT_FOR_CHILDREN = frozenset((MF, CURRENT_DF, NO_FILE, RESERVED_FOR_FUTURE_USE))


def is_assignable(fid: int) -> bool:
    """Whether a file other than the MF may bear ``fid``: two bytes, and none of the four reserved values."""
    return 0 <= fid <= 0xFFFF and fid not in _NOT_FOR_CHILDREN


def parse_fid(text: str) -> int:
    """The file identifier that four hex digits give.

    Raises:
        PathError: anything but four hex digits.
    """
    if len(text) != 4 or not all(digit in "0123456789abcdefABCDEF" for digit in text):
        raise PathError(f"{text!r} is not a file identifier: four hex digits are")
    return int(text, 16)


def format_fid(fid: int) -> str:
    """Four upper-case hex digits."""
    return f"{fid:04X}"


@dataclass(frozen=True, slots=True)
class FilePath:
    """A path: one or more file identifiers.

    It begins at the MF when the first identifier is 3F00, else at the current DF (3FFF at its head
    says so expressly).

    Raises:
        PathError: no identifier at all, one that is not two bytes, or 3F00 or 3FFF behind the first place.
    """

    fids: tuple[int, ...]

    def __post_init__(self) -> None:
        if not self.fids:
            raise PathError("a path has at least one file identifier")
        for index, fid in enumerate(self.fids):
            if not 0 <= fid <= 0xFFFF:
                raise PathError(f"{fid:#x} is not a file identifier of two bytes")
            if index > 0 and fid in (MF, CURRENT_DF):
                raise PathError(f"{format_fid(fid)} can only be the first file identifier of a path")

    @classmethod
    def parse(cls, text: str) -> FilePath:
        """Read ``"3F00/7F10/6F01"``, or the same without slashes.

        Raises:
            PathError: an identifier that is not four hex digits, or misplaced.
        """
        if "/" in text:
            return cls(tuple(parse_fid(part) for part in text.split("/")))
        return cls(tuple(parse_fid(text[start : start + 4]) for start in range(0, len(text), 4)))

    @classmethod
    def from_bytes(cls, data: bytes) -> FilePath:
        """Read the value of a path data object (tag 51): file identifiers, two bytes each.

        Raises:
            PathError: empty, an odd number of bytes, or an identifier out of place.
        """
        if len(data) % 2:
            raise PathError(f"a path has two bytes for each file identifier, {len(data)} bytes do not fit")
        return cls(tuple(data[start] << 8 | data[start + 1] for start in range(0, len(data), 2)))

    def to_bytes(self) -> bytes:
        """All file identifiers, two bytes each (the value of tag 51)."""
        return b"".join(fid.to_bytes(2, "big") for fid in self.fids)

    @property
    def is_absolute(self) -> bool:
        """Whether the path begins at the MF."""
        return self.fids[0] == MF

    @property
    def name(self) -> int:
        """The last file identifier: the file itself."""
        return self.fids[-1]

    @property
    def parent(self) -> FilePath | None:
        """The path without its last file identifier, ``None`` where one identifier is all."""
        return FilePath(self.fids[:-1]) if len(self.fids) > 1 else None

    def __truediv__(self, fid: int) -> FilePath:
        """The path of the child ``fid``."""
        return FilePath((*self.fids, fid))

    @property
    def selection_p1(self) -> int:
        """P1 of SELECT by this path: 08 from the MF, 09 from the current DF."""
        return SELECT_FROM_MF if self.is_absolute else SELECT_FROM_CURRENT_DF

    def selection_bytes(self) -> bytes:
        """Command data of SELECT by this path: the identifiers without that of the MF or the current DF.

        Empty for the MF itself, which is selected by its file identifier instead.
        """
        start = 1 if self.fids[0] in (MF, CURRENT_DF) else 0
        return b"".join(fid.to_bytes(2, "big") for fid in self.fids[start:])

    def __str__(self) -> str:
        return "/".join(format_fid(fid) for fid in self.fids)
