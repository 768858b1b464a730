"""The tables of the smart card database, and how a file of an earlier version gets to them.

The one place that knows the schema. ``PRAGMA user_version`` is the number of steps of :data:`STEPS` that a file has
taken; ``PRAGMA application_id`` says that it is one of ours. A step that was released is never changed: what comes
to be needed is a new step.

Every row belongs to a scope (:class:`DatabaseScope`), so that one file can hold the user's entries and the system's.
``key`` is a name as :func:`~scardmgr.winscard.database.names.key_of` folds it. A row that says what is *not* there
hides an entry of the same key further down (the system's, or one that comes with this package): a card type without
ATR, a reader without device, a membership with ``member`` 0.
"""

from __future__ import annotations

from contextlib import contextmanager
from enum import IntEnum, unique
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterator

#: ``SCdb`` in ASCII.
APPLICATION_ID: Final = 0x53436462

STEPS: Final[tuple[str, ...]] = (
    """
    CREATE TABLE card_types (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        scope INTEGER NOT NULL,
        key TEXT NOT NULL,
        name TEXT NOT NULL,
        atr BLOB,
        mask BLOB,
        primary_provider BLOB CHECK (length(primary_provider) = 16),
        UNIQUE (scope, key),
        CHECK (mask IS NULL OR length(mask) = length(atr))
    );
    CREATE TABLE card_interfaces (
        card_type INTEGER NOT NULL REFERENCES card_types (id) ON DELETE CASCADE,
        position INTEGER NOT NULL,
        interface BLOB NOT NULL CHECK (length(interface) = 16),
        PRIMARY KEY (card_type, position)
    );
    CREATE TABLE card_providers (
        card_type INTEGER NOT NULL REFERENCES card_types (id) ON DELETE CASCADE,
        provider_id INTEGER NOT NULL CHECK (provider_id BETWEEN 2 AND 4294967295),
        name TEXT NOT NULL,
        PRIMARY KEY (card_type, provider_id)
    );
    CREATE TABLE readers (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        scope INTEGER NOT NULL,
        key TEXT NOT NULL,
        name TEXT NOT NULL,
        device TEXT,
        UNIQUE (scope, key)
    );
    CREATE TABLE memberships (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        scope INTEGER NOT NULL,
        group_key TEXT NOT NULL,
        group_name TEXT NOT NULL,
        reader_key TEXT NOT NULL,
        member INTEGER NOT NULL CHECK (member IN (0, 1)),
        UNIQUE (scope, group_key, reader_key)
    );
    """,
)


@unique
class DatabaseScope(IntEnum):
    """Whose entry a row is."""

    USER = 0
    SYSTEM = 2


def version_of(connection: sqlite3.Connection) -> int:
    """How many steps the database has taken."""
    version: int = connection.execute("PRAGMA user_version").fetchone()[0]
    return version


def create(connection: sqlite3.Connection) -> None:
    """Make an empty database one of ours, of the newest version; the caller has no transaction open."""
    connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
    upgrade(connection)


def upgrade(connection: sqlite3.Connection) -> None:
    """Take the steps that are missing, all or none; the caller has no transaction open.

    Several processes may do so at once: whoever is second finds nothing left to do.
    """
    with whole(connection):
        for number, step in enumerate(STEPS, start=1):
            if number > version_of(connection):
                for statement in step.split(";"):
                    connection.execute(statement)
                connection.execute(f"PRAGMA user_version = {number}")


@contextmanager
def whole(connection: sqlite3.Connection) -> Iterator[None]:
    """A transaction to write in: kept with the end of the block, undone by an exception."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:  # not where SQLite has undone it already, as on a full disk
            connection.execute("ROLLBACK")
        raise
