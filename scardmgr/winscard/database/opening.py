"""Opening the file of a smart card database, to read from it and to write to it.

Nothing stays open between two operations: there is no connection to be inherited by a forked process, none to be
closed, and a file that was put in the place of another is seen.

Who may not write beside the file, or finds the disk full, has no part in SQLite's locks; such a reader takes a copy,
and believes an error only where nothing is changed for a while.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from time import monotonic, sleep
from typing import Final

from scardmgr.winscard.codes import SCardCode
from scardmgr.winscard.database import schema
from scardmgr.winscard.database.faults import SenselessRow, busy, damaged, refused
from scardmgr.winscard.database.file_header import check_version
from scardmgr.winscard.errors import DatabaseFault

_NO_ROOM: Final = frozenset((sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR))

#: How often a reader who takes a copy has to see an error, with a pause between, while nothing changes.
_BELIEVED: Final = 10
_PAUSE_S: Final = 0.01


@contextmanager
def reading(path: Path, patience_s: float) -> Iterator[sqlite3.Connection]:
    """A connection to read from, to a file that was looked at.

    Raises:
        DatabaseFault: it cannot be used.
    """
    with faults_of(path), closing(_to_read_from(path, patience_s)) as connection:
        yield connection


@contextmanager
def writing(path: Path, patience_s: float) -> Iterator[sqlite3.Connection]:
    """A connection to write to, to a file that was looked at.

    Raises:
        DatabaseFault: it cannot be used.
    """
    if not _may_write(path):
        raise DatabaseFault(
            f"{path} cannot be written to by this user: SCARD_SCOPE_USER keeps entries in a file of the user's own",
            SCardCode.SCARD_E_NO_ACCESS,
        )
    with faults_of(path), closing(_itself(path, patience_s)) as connection:
        yield connection


def _to_read_from(path: Path, patience_s: float) -> sqlite3.Connection:
    if _may_write(path):
        try:
            return _itself(path, patience_s)
        except sqlite3.OperationalError as error:
            if _primary_code(error) not in _NO_ROOM:
                raise
    return _copy(path, patience_s)


def _may_write(path: Path) -> bool:
    return os.access(path, os.W_OK) and os.access(path.parent, os.W_OK)


def _itself(path: Path, patience_s: float) -> sqlite3.Connection:
    """The file, checked and upgraded."""
    if _state_of(path)[0]:
        # The last one to close a database moves its log into it, be it damaged or not; but not who only reads.
        with closing(_connect(path, "ro", patience_s)) as reader:
            _check(reader, path)
    return _ready(_connect(path, "rw", patience_s), path)


def _copy(path: Path, patience_s: float) -> sqlite3.Connection:
    """What is in the file, in memory."""
    deadline = monotonic() + patience_s
    unchanged = 0
    while True:
        log, _ = before = _state_of(path)
        try:
            # SQLite needs files beside it for its log; without one there is nothing to need.
            copy = _copy_of_now(path, "ro" if log else "ro&immutable=1", patience_s)
        except DatabaseFault:
            unchanged = unchanged + 1 if _state_of(path) == before else 0
            if unchanged == _BELIEVED or monotonic() > deadline:
                raise
            sleep(_PAUSE_S)  # for a writer in the middle of something
            continue
        if log or _state_of(path) == before:
            return _ready(copy, path)
        copy.close()
        if monotonic() > deadline:
            raise busy(path)


def _copy_of_now(path: Path, mode: str, patience_s: float) -> sqlite3.Connection:
    with faults_of(path), closing(_connect(path, mode, patience_s)) as source:
        _check(source, path)
        copy = sqlite3.connect(":memory:", isolation_level=None)
        try:
            source.backup(copy)
        except sqlite3.Error:
            copy.close()
            raise
        return copy


def _state_of(path: Path) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """What tells one state of the log and the file from another; of a log that is empty or not there, nothing."""
    log, file = (_identity_of(each) for each in (Path(f"{path}-wal"), path))
    return log, file


def _identity_of(path: Path) -> tuple[int, ...]:
    with suppress(OSError):
        found = path.stat()
        if found.st_size > 0:
            return found.st_ino, found.st_size, found.st_mtime_ns
    return ()


def _connect(path: Path, mode: str, patience_s: float) -> sqlite3.Connection:
    connection = sqlite3.connect(
        f"{path.absolute().as_uri()}?mode={mode}", uri=True, timeout=patience_s, isolation_level=None
    )
    connection.execute("PRAGMA foreign_keys = ON")
    connection.execute("PRAGMA trusted_schema = OFF")
    return connection


def _ready(connection: sqlite3.Connection, path: Path) -> sqlite3.Connection:
    """The connection, checked and upgraded; closed where it cannot be."""
    try:
        _check(connection, path)
        if schema.version_of(connection) < len(schema.STEPS):
            schema.upgrade(connection)
    except BaseException:
        connection.close()
        raise
    return connection


def _check(connection: sqlite3.Connection, path: Path) -> None:
    if connection.execute("PRAGMA quick_check(1)").fetchone() != ("ok",):
        raise damaged(path, "its pages contradict each other")
    check_version(path, schema.version_of(connection))


@contextmanager
def faults_of(path: Path) -> Iterator[None]:
    """What SQLite says, as a :class:`DatabaseFault` that names the file."""
    try:
        yield
    except (SenselessRow, UnicodeDecodeError) as error:  # UnicodeDecodeError: SQLite's words have bytes of the file
        raise damaged(path, str(error)) from error
    except sqlite3.DatabaseError as error:
        match _primary_code(error):
            case sqlite3.SQLITE_BUSY | sqlite3.SQLITE_LOCKED:
                raise busy(path) from error
            case sqlite3.SQLITE_CORRUPT | sqlite3.SQLITE_NOTADB:
                raise damaged(path, str(error)) from error
            case sqlite3.SQLITE_READONLY | sqlite3.SQLITE_CANTOPEN | sqlite3.SQLITE_PERM:
                raise refused(path, error) from error
        raise DatabaseFault(f"{path} cannot be used: {error}") from error


def _primary_code(error: sqlite3.DatabaseError) -> int:
    return getattr(error, "sqlite_errorcode", sqlite3.SQLITE_CORRUPT) & 0xFF
