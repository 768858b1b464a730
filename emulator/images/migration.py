"""From the formats of earlier versions to the present one, a step for each.

======  ===========================================================================================
2       a table ``contactless``
3       keys of every algorithm, with usages, mechanisms and usage counters; stored security environments; access
        rules in expanded format; applications of one's own: a column ``application`` of files, and a table of
        their values
======  ===========================================================================================
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from typing import Final

from emulator.images.rows import COLUMNS
from emulator.persistent import Table

FORMAT_VERSION: Final = 3


def create_table(connection: sqlite3.Connection, table: Table) -> None:
    """An empty table of the present format."""
    connection.execute(f"CREATE TABLE {table.value} ({', '.join(COLUMNS[table])})")


def create_contactless(connection: sqlite3.Connection) -> None:
    """The table of a contactless card's UID and ATS."""
    connection.execute("CREATE TABLE contactless (uid BLOB NOT NULL, ats BLOB)")


def migrate(connection: sqlite3.Connection) -> None:
    """Bring an image to the present format, in one transaction; nothing happens where it has it already.

    Raises:
        sqlite3.Error: a table or a value is not as the format of the image has it, or nothing can be written.
    """
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    if version == FORMAT_VERSION:
        return
    connection.execute("BEGIN")
    try:
        for step in _STEPS[version - 1 :]:
            step(connection)
        connection.execute(f"PRAGMA user_version = {FORMAT_VERSION}")
        connection.execute("COMMIT")
    except BaseException:
        connection.execute("ROLLBACK")
        raise


def _add_key_operations(connection: sqlite3.Connection) -> None:
    """Symmetric keys for authentication become keys with usages; what is new is as a definition leaves it."""
    connection.execute("ALTER TABLE files RENAME TO old_files")
    create_table(connection, Table.FILES)
    connection.execute(
        "INSERT INTO files SELECT number, parent, fid, kind, life_cycle, size, sfi, name, max_record_size, "
        "max_records, coding, security, NULL, se_file, proprietary, management, NULL FROM old_files"
    )
    connection.execute("DROP TABLE old_files")
    connection.execute("ALTER TABLE keys RENAME TO old_keys")
    create_table(connection, Table.KEYS)
    connection.execute(
        "INSERT INTO keys SELECT df, reference, type, length(value) * 8, value, 0, "
        "CASE WHEN internal AND external THEN 'internal, external' WHEN internal THEN 'internal' "
        "WHEN external THEN 'external' ELSE '' END, "
        "x'', max_tries, tries_left, NULL, NULL, 0, use, 'never', 'never', 'always' FROM old_keys"
    )
    connection.execute("DROP TABLE old_keys")
    create_table(connection, Table.ENVIRONMENTS)


def _add_key_operations_and_applications(connection: sqlite3.Connection) -> None:
    """What came with version 3. No DF has an application."""
    _add_key_operations(connection)
    create_table(connection, Table.APPLICATION_VALUES)


_STEPS: Final[tuple[Callable[[sqlite3.Connection], None], ...]] = (
    create_contactless,
    _add_key_operations_and_applications,
)
