"""From a changed record to the rows of an image, as few of them as there are to change.

In a sealed image a secret is sealed when it is written, and written when it is another one: not with each counter.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from emulator.images.plausibility import check_record, check_state
from emulator.images.rows import Row, columns_of, key_values
from emulator.images.schema import BLOCK, CARD, CONTACTLESS, CONTENTS, RECORDS, SEAL, TableSchema, create_tables
from emulator.images.sealing.sealed_rows import SECRETS, sealed_row
from emulator.persistent import Change, Content, PersistentState, Table

if TYPE_CHECKING:
    from emulator.images.sealing.seal import Seal


def _insert(schema: TableSchema) -> str:
    return f"INSERT INTO {schema.name} VALUES ({', '.join('?' * len(schema.columns))})"  # noqa: S608 (names of ours)


def _update(schema: TableSchema, but: tuple[int, ...] = ()) -> str:
    rest = range(schema.key, len(schema.columns))
    columns = ", ".join(f"{schema.columns[index].name} = ?" for index in rest if index not in but)
    return f"UPDATE {schema.name} SET {columns} WHERE {schema.key_condition}"  # noqa: S608


def _delete(schema: TableSchema) -> str:
    return f"DELETE FROM {schema.name} WHERE {schema.key_condition}"  # noqa: S608


# The same text each time: sqlite3 keeps what it has prepared by its text.
_INSERTS: Final = {table: _insert(schema) for table, schema in RECORDS.items()}
_UPDATES: Final = {table: _update(schema) for table, schema in RECORDS.items()}
_UPDATES_OF_THE_REST: Final = {
    table: _update(RECORDS[table], secrets)
    for table, secrets in SECRETS.items()
    if len(secrets) + RECORDS[table].key < len(RECORDS[table].columns)
}
_DELETES: Final = {table: _delete(schema) for table, schema in RECORDS.items()}
_INSERT_PART: Final = _insert(CONTENTS)
_UPDATE_PART: Final = _update(CONTENTS)


def write_change(connection: sqlite3.Connection, change: Change, seal: Seal | None) -> None:
    """One change, within the open transaction; of a sealed image with its seal.

    Raises:
        ValueError, sqlite3.Error: what could not be read again, or cannot be written.
    """
    table = change.table
    if table is Table.CONTENTS:
        _write_content(connection, change.key, change.old, change.new)
        return
    key = key_values(table, change.key)
    if change.new is None:
        connection.execute(_DELETES[table], key)
        return
    check_record(table, change.key, change.new)
    row = key + columns_of(table, change.new)
    if seal is not None:
        if change.old is not None and _has_the_same_secrets(table, key + columns_of(table, change.old), row):
            rest = tuple(value for index, value in enumerate(row[len(key) :], len(key)) if index not in SECRETS[table])
            connection.execute(_UPDATES_OF_THE_REST[table], rest + key)
            return
        row = sealed_row(seal, RECORDS[table], row)
    if change.old is None:
        connection.execute(_INSERTS[table], row)
    else:
        # A row of the same size is changed where it lies, and only the pages that differ are written.
        connection.execute(_UPDATES[table], row[len(key) :] + key)


def _has_the_same_secrets(table: Table, old: Row, new: Row) -> bool:
    """Whether only the rest of a row is another one. Secrets are not compared, which would take a time that tells."""
    return table in _UPDATES_OF_THE_REST and all(old[index] is new[index] for index in SECRETS[table])


def write_state(connection: sqlite3.Connection, state: PersistentState, seal: Seal | None) -> None:
    """The tables of a new image and all that is in them, within the open transaction; of a sealed one with its seal.

    Raises:
        ValueError, sqlite3.Error: what could not be read again, or cannot be written.
    """
    check_state(state)
    create_tables(connection, sealed=seal is not None)
    if seal is not None:
        connection.execute(_insert(SEAL), seal.record.row)
    identity = state.identity
    protocols = " ".join(str(int(protocol)) for protocol in identity.protocols)
    connection.execute(_insert(CARD), (identity.atr, protocols, identity.memory, identity.profile))
    if identity.contactless is not None:
        connection.execute(_insert(CONTACTLESS), (identity.contactless.uid, identity.contactless.ats))
    for table, schema in RECORDS.items():
        records = state.table(table).items()
        rows: Iterable[Row] = (key_values(table, key) + columns_of(table, record) for key, record in records)
        if seal is not None:
            rows = map(partial(sealed_row, seal, schema), rows)
        connection.executemany(_INSERTS[table], rows)
    connection.executemany(_INSERT_PART, _all_parts(state))


def _all_parts(state: PersistentState) -> Iterator[tuple[Any, ...]]:
    for number, content in state.contents.items():
        for position, part in enumerate(_parts(content)):
            yield number, position, part


def _write_content(connection: sqlite3.Connection, number: int, old: Content | None, new: Content | None) -> None:
    if new is None:
        connection.execute("DELETE FROM contents WHERE file = ?", (number,))
        return
    if isinstance(new, tuple) and isinstance(old, tuple) and _is_pushed(old, new):
        _push_record(connection, number, new[0], dropped=len(old) == len(new))
        return
    first = 0 if isinstance(new, bytes) else _first_position(connection, number)
    parts, before = _parts(new), () if old is None else _parts(old)
    for index, part in enumerate(parts):
        if index >= len(before):
            connection.execute(_INSERT_PART, (number, first + index, part))
        elif before[index] != part:
            connection.execute(_UPDATE_PART, (part, number, first + index))
    if len(parts) < len(before):
        connection.execute("DELETE FROM contents WHERE file = ? AND position >= ?", (number, first + len(parts)))


def _parts(content: Content) -> tuple[bytes, ...]:
    if isinstance(content, tuple):
        return content
    return tuple([content[start : start + BLOCK] for start in range(0, len(content), BLOCK)])


def _first_position(connection: sqlite3.Connection, number: int) -> int:
    (position,) = connection.execute("SELECT min(position) FROM contents WHERE file = ?", (number,)).fetchone()
    return 0 if position is None else int(position)


def _is_pushed(old: tuple[bytes, ...], new: tuple[bytes, ...]) -> bool:
    """Whether one record came to the head of the others, maybe for the last one."""
    return 0 <= len(new) - len(old) <= 1 < len(new) and new[1:] == old[: len(new) - 1]


def _push_record(connection: sqlite3.Connection, number: int, record: bytes, *, dropped: bool) -> None:
    """A new first record (cyclic EF), without the last one where it fell out."""
    first = _first_position(connection, number)
    if dropped:
        connection.execute(
            "DELETE FROM contents WHERE file = ?1 AND position = (SELECT max(position) FROM contents WHERE file = ?1)",
            (number,),
        )
    connection.execute(_INSERT_PART, (number, first - 1, record))
