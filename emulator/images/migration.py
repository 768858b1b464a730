"""From the formats of earlier versions to the present one, a step for each.

======  ===========================================================================================
2       a table ``contactless``
3       keys of every algorithm, with usages, mechanisms and usage counters; stored security environments; access
        rules in expanded format; applications of one's own: a column ``application`` of files, and a table of
        their values; contents in blocks of 960 bytes, which were of 1024; every row in the tree of its key
4       a sealed image, with a table ``seal``: no step leads there, nor back, but only a passphrase
        (:mod:`emulator.images.resealing`). An image that is not sealed stays of version 3.
======  ===========================================================================================
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from typing import Final

from emulator.images.damage import Damaged
from emulator.images.earlier_schemas import CONTACTLESS_2
from emulator.images.schema import BLOCK, CONTENTS, FORMAT_VERSION, SEALED_FORMAT_VERSION, TABLES
from iso7816.file_descriptor import FileKind

_COPIED: Final = {
    "card": "SELECT * FROM {}",
    "contactless": "SELECT * FROM {}",
    "files": (
        "SELECT number, parent, fid, kind, life_cycle, size, sfi, name, max_record_size, max_records, coding, "
        "security, NULL, se_file, proprietary, management, NULL FROM {}"
    ),
    "chvs": "SELECT * FROM {}",
    "keys": (
        "SELECT df, reference, type, length(value) * 8, value, 0, "
        "CASE WHEN internal AND external THEN 'internal, external' WHEN internal THEN 'internal' "
        "WHEN external THEN 'external' ELSE '' END, "
        "x'', max_tries, tries_left, NULL, NULL, 0, use, 'never', 'never', 'always' FROM {}"
    ),
    "data_objects": "SELECT * FROM {}",
}
"""The rows of version 3, from a table of version 2. What is new is as a card definition leaves it."""


def migrate(connection: sqlite3.Connection) -> None:
    """Bring an image to the present format, within the open transaction; nothing happens where it has it already.

    Raises:
        Damaged, sqlite3.Error: a value is not as the format of the image has it, or nothing can be written.
    """
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    if version in (FORMAT_VERSION, SEALED_FORMAT_VERSION):
        return
    for step in _STEPS[version - 1 :]:
        step(connection)
    connection.execute(f"PRAGMA user_version = {FORMAT_VERSION}")


def _add_contactless(connection: sqlite3.Connection) -> None:
    connection.execute(CONTACTLESS_2)


def _rebuild(connection: sqlite3.Connection) -> None:
    """Every table anew."""
    connection.execute("ALTER TABLE contents RENAME TO old_contents")
    for table in TABLES:
        name, old = table.name, f"old_{table.name}"
        if name in _COPIED:
            connection.execute(f"ALTER TABLE {name} RENAME TO {old}")
        connection.execute(table.statement)
        if name in _COPIED:
            connection.execute(f"INSERT INTO {name} {_COPIED[name].format(old)}")
            connection.execute(f"DROP TABLE {old}")
    _cut_anew(connection)
    connection.execute("DROP TABLE old_contents")


def _cut_anew(connection: sqlite3.Connection) -> None:
    """The contents of transparent EFs in blocks of their present size. Raises Damaged."""
    if connection.execute("SELECT 1 FROM old_contents WHERE typeof(data) <> 'blob' LIMIT 1").fetchone() is not None:
        raise Damaged("values in the table contents")
    transparent = f"file IN (SELECT number FROM files WHERE kind = {int(FileKind.TRANSPARENT)})"  # noqa: S608
    connection.execute(f"INSERT INTO contents SELECT * FROM old_contents WHERE NOT {transparent}")  # noqa: S608
    rows = connection.execute(f"SELECT file, data FROM old_contents WHERE {transparent} ORDER BY file, position")  # noqa: S608
    contents: dict[int, bytes] = {}
    for number, data in rows:
        contents[number] = contents.get(number, b"") + data
    for number, content in contents.items():
        connection.executemany(
            f"INSERT INTO {CONTENTS.name} VALUES (?, ?, ?)",  # noqa: S608
            [(number, index, content[at : at + BLOCK]) for index, at in enumerate(range(0, len(content), BLOCK))],
        )


_STEPS: Final[tuple[Callable[[sqlite3.Connection], None], ...]] = (_add_contactless, _rebuild)
