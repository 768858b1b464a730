"""Readers and reader groups: their rows.

An introduced reader is another display name for an attached device. A membership puts a display name into a group;
a group is there as long as a reader is in it. In the default group (``SCard$DefaultReaders``) is every reader that no
membership with ``member`` 0 takes out of it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from scardmgr.winscard.database.faults import SenselessRow
from scardmgr.winscard.database.names import key_of

if TYPE_CHECKING:
    import sqlite3

    from scardmgr.winscard.database.schema import DatabaseScope


class IntroducedReader(NamedTuple):
    """A display name, and the system name of the device that it is for; ``None`` hides what lies further down."""

    name: str
    device: str | None


class Membership(NamedTuple):
    """Whether a reader is in a group."""

    group: str
    reader_key: str
    member: bool


def read_readers(connection: sqlite3.Connection, scope: DatabaseScope) -> dict[str, IntroducedReader]:
    """The introduced readers of a scope by key, in the order of introduction."""
    rows = connection.execute("SELECT key, name, device FROM readers WHERE scope = ? ORDER BY id", (scope,)).fetchall()
    return {key: IntroducedReader(_text(name), None if device is None else _text(device)) for key, name, device in rows}


def insert_reader(connection: sqlite3.Connection, scope: DatabaseScope, name: str, device: str | None) -> None:
    """Put a reader, or with no device what hides one, in place of what the scope has under its name."""
    remove_reader(connection, scope, name)
    connection.execute(
        "INSERT INTO readers (scope, key, name, device) VALUES (?, ?, ?, ?)", (scope, key_of(name), name, device)
    )


def remove_reader(connection: sqlite3.Connection, scope: DatabaseScope, name: str) -> None:
    """Remove the row that a scope has under a name, if any."""
    connection.execute("DELETE FROM readers WHERE scope = ? AND key = ?", (scope, key_of(name)))


def read_memberships(connection: sqlite3.Connection, scope: DatabaseScope) -> dict[tuple[str, str], Membership]:
    """The memberships of a scope by the keys of group and reader, in the order they were made."""
    rows = connection.execute(
        "SELECT group_key, group_name, reader_key, member FROM memberships WHERE scope = ? ORDER BY id", (scope,)
    ).fetchall()
    return {
        (group_key, reader_key): Membership(_text(group), reader_key, bool(member))
        for group_key, group, reader_key, member in rows
    }


def insert_membership(
    connection: sqlite3.Connection, scope: DatabaseScope, group: str, reader_key: str, *, member: bool
) -> None:
    """Say whether a reader is in a group; one that is said to be in it already keeps its place."""
    connection.execute(
        "INSERT INTO memberships (scope, group_key, group_name, reader_key, member) VALUES (?, ?, ?, ?, ?) "
        "ON CONFLICT (scope, group_key, reader_key) DO UPDATE SET member = excluded.member",
        (scope, key_of(group), group, reader_key, member),
    )


def remove_membership(connection: sqlite3.Connection, scope: DatabaseScope, group: str, reader_key: str) -> None:
    """Say nothing any more of a reader in a group."""
    connection.execute(
        "DELETE FROM memberships WHERE scope = ? AND group_key = ? AND reader_key = ?",
        (scope, key_of(group), reader_key),
    )


def _text(value: object) -> str:
    """A column that a file may have with anything in it, as what it has to be."""
    if not isinstance(value, str):
        raise SenselessRow(f"the name {value!r} makes no sense: it is no text")
    return value
