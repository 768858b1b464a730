"""File attributes as ISCardFileAccess passes them: a table of tag, length, value."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from iso7816.ber_tlv import TLV
from scardmgr.com.errors import HRESULT, HResultError


@dataclass(frozen=True, slots=True)
class TLV_TABLE:  # noqa: N801 (published name)
    """One row of a table of attributes.

    The tags are those of file control parameters (ISO/IEC 7816-4, 7.4): 80 data size, 82 file
    descriptor, 83 file identifier, 84 DF name, 88 short EF identifier, 8A life cycle, 8C access rules ...

    Attributes:
        Tag: the tag's bytes read as a number, 0x82.
        Value: the value field; empty in a query.
        Valid: in an answer, whether the card told a value.
    """

    Tag: int
    Value: bytes = b""
    Valid: bool = True

    @property
    def Length(self) -> int:
        """The number of bytes in ``Value``."""
        return len(self.Value)

    @classmethod
    def from_tlv(cls, tlv: TLV) -> TLV_TABLE:
        """The row that a data object is."""
        return cls(tlv.tag, tlv.value)

    def to_tlv(self) -> TLV:
        """The data object that the row is."""
        return TLV(self.Tag, bytes(self.Value))


def rows(table: TLV_TABLE | Iterable[TLV_TABLE] | None, name: str) -> list[TLV_TABLE]:
    """A table argument as a list: one row may stand for a table of one.

    Raises:
        HResultError: E_POINTER: None. E_INVALIDARG: something else than rows.
    """
    if table is None:
        raise HResultError(HRESULT.E_POINTER, f"{name} is None")
    if isinstance(table, TLV_TABLE):
        table = (table,)
    if not isinstance(table, Iterable):
        raise HResultError(HRESULT.E_INVALIDARG, f"{name}: rows of TLV_TABLE are needed")
    listed = list(table)
    if not all(_is_row(row) for row in listed):
        raise HResultError(HRESULT.E_INVALIDARG, f"{name}: rows of TLV_TABLE are needed, each of a number and of bytes")
    return listed


def _is_row(row: object) -> bool:
    if not isinstance(row, TLV_TABLE):
        return False
    tag: object = row.Tag
    value: object = row.Value
    return isinstance(tag, int) and isinstance(value, bytes | bytearray | memoryview)


def answers(queries: Iterable[TLV_TABLE], known: Iterable[TLV]) -> list[TLV_TABLE]:
    """Each queried row with the value that ``known`` has for its tag; ``Valid`` is false where it has none."""
    by_tag: dict[int, TLV] = {}
    for tlv in known:
        by_tag.setdefault(tlv.tag, tlv)
    return [
        TLV_TABLE.from_tlv(by_tag[row.Tag]) if row.Tag in by_tag else TLV_TABLE(row.Tag, b"", Valid=False)
        for row in queries
    ]
