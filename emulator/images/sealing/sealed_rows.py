"""Which values of a row are sealed, and the place to which each is bound.

A place is the name of the table, the name of the column and the key of the row::

    "scardmgr card image: value" 00 table 00 column 00 key

of the key numbers in 8 bytes each, and bytes, which only come last, as they are.

What is NULL is not there, and stays NULL.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final

from emulator.images.damage import Damaged, NotAuthentic
from emulator.images.schema import RECORDS, TableSchema

if TYPE_CHECKING:
    from emulator.images.sealing.seal import Seal

Row = tuple[Any, ...]

SECRETS: Final = {
    table: tuple(index for index, column in enumerate(schema.columns) if column.secret)
    for table, schema in RECORDS.items()
}
"""Of each table of records, where in its rows the secrets are."""

_SECRETS_BY_NAME: Final = {schema.name: SECRETS[table] for table, schema in RECORDS.items()}


def sealed_row(seal: Seal, schema: TableSchema, row: Row) -> Row:
    """A row, with its key, whose secrets are sealed."""
    return _with_secrets(schema, row, seal.close_value)


def opened_row(seal: Seal, schema: TableSchema, row: Row) -> Row:
    """A row, with its key, whose secrets are opened.

    Raises:
        Damaged: one of them was not sealed for this place of this image.
    """
    try:
        return _with_secrets(schema, row, seal.open_value)
    except NotAuthentic:
        raise Damaged(f"a sealed value in the table {schema.name}") from None


def _with_secrets(schema: TableSchema, row: Row, changed: Callable[[bytes, bytes], bytes]) -> Row:
    secrets = _SECRETS_BY_NAME[schema.name]
    if not secrets:
        return row
    values = list(row)
    for index in secrets:
        if values[index] is not None:
            values[index] = changed(values[index], _place(schema, index, row))
    return tuple(values)


def _place(schema: TableSchema, index: int, row: Row) -> bytes:
    names = "\0".join(("scardmgr card image: value", schema.name, schema.columns[index].name, ""))
    key = row[: schema.key]
    return names.encode() + b"".join(part if isinstance(part, bytes) else part.to_bytes(8, "big") for part in key)
