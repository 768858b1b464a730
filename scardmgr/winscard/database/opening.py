"""Opening the file of a smart card database: ours or nobody's.

A file is looked at before SQLite may touch it, so that one that is damaged, of another application or of a newer
version stays as it is, byte for byte, and nothing comes to lie beside it.

Nothing stays open between two operations: there is no connection to be inherited by a forked process, none to be
closed, and a file that was put in the place of another is seen. Within a process operations take turns, since
closing a file here would end the locks that SQLite has on the same file for another thread (fcntl(2)).
"""

from __future__ import annotations

import os
import sqlite3
import stat
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from tempfile import mkstemp
from threading import Lock
from typing import Final

from scardmgr.winscard.codes import SCardCode
from scardmgr.winscard.database import schema
from scardmgr.winscard.errors import DatabaseFault

#: How long to wait for others, in seconds.
PATIENCE_S: Final = 10.0

_MAGIC = b"SQLite format 3\0"
_HEADER_SIZE = 100
_VERSION_AT = 60
_APPLICATION_AT = 68
_MOVE_IT = "move it away to begin with an empty one, or name another file in SCARDMGR_DATABASE"

_turn = Lock()


def _forget_turns_of_the_parent() -> None:
    global _turn  # noqa: PLW0603 - a forked child has none of the threads that may have held it
    _turn = Lock()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget_turns_of_the_parent)


@contextmanager
def opened(path: Path, *, writing: bool, patience_s: float) -> Iterator[sqlite3.Connection]:
    """A connection to a database that exists, upgraded if it is of an earlier version.

    Raises:
        FileNotFoundError: there is no such file, or, for reading, none that this user could get to.
        DatabaseFault: it cannot be used.
    """
    if not _turn.acquire(timeout=patience_s):
        raise _busy(path)
    try:
        _look_at(path, writing=writing)
        with _faults_of(path):
            if _has_log(path):
                # The last one to close a database moves its log into it, be it damaged or not; but not who only reads.
                with closing(_connect_to(path, "ro", patience_s)) as reader:
                    _check(reader, path)
            connection = _connect(path, writing=writing, patience_s=patience_s)
            try:
                _check(connection, path)
                if schema.version_of(connection) < len(schema.STEPS):
                    schema.upgrade(connection)
                yield connection
            finally:
                connection.close()
    finally:
        _turn.release()


def make(path: Path, *, shared: bool) -> None:
    """Make a database where there is none; where somebody else was quicker, theirs stays.

    Args:
        path: where; missing folders are made.
        shared: everybody may read it (0644 in 0755); otherwise its owner alone (0600 in 0700).

    Raises:
        DatabaseFault: it cannot be made.
    """
    try:
        path.parent.mkdir(mode=0o755 if shared else 0o700, parents=True, exist_ok=True)
        descriptor, name = mkstemp(prefix=f".{path.name}-", dir=path.parent)
    except OSError as error:
        raise _refused(path, error) from error
    os.close(descriptor)
    temporary = Path(name)
    try:
        with _faults_of(path):
            connection = sqlite3.connect(temporary, isolation_level=None)
            try:
                connection.execute("PRAGMA journal_mode = WAL")
                schema.create(connection)
            finally:
                connection.close()
        if shared:
            temporary.chmod(0o644)
        # It appears whole or not at all: nobody sees an empty file, which would be a damaged one.
        _put(temporary, path)
        if not path.exists():
            raise DatabaseFault(
                f"{path} leads nowhere: make it lead to a file, or name another one in SCARDMGR_DATABASE"
            )
    except OSError as error:
        raise _refused(path, error) from error
    finally:
        temporary.unlink(missing_ok=True)


def _put(temporary: Path, path: Path) -> None:
    try:
        path.hardlink_to(temporary)
    except FileExistsError:
        return
    except OSError:
        # A file system without links. What appears in this moment would be lost: that cannot be helped there.
        if not path.exists():
            temporary.rename(path)


def _look_at(path: Path, *, writing: bool) -> None:
    """Refuse what is no database of ours without letting SQLite touch it."""
    try:
        kind = path.stat().st_mode
    except FileNotFoundError:
        raise
    except OSError as error:
        # A program that runs as somebody else with our HOME gets no further than the folder, and needs no database.
        if writing:
            raise _refused(path, error) from error
        raise FileNotFoundError(error.errno, error.strerror, str(path)) from error
    if not stat.S_ISREG(kind):
        raise DatabaseFault(f"{path} is no file: a smart card database is one; name one in SCARDMGR_DATABASE")
    try:
        with path.open("rb") as file:
            header = file.read(_HEADER_SIZE)
    except FileNotFoundError:
        raise
    except OSError as error:
        raise _refused(path, error) from error
    if len(header) < _HEADER_SIZE or not header.startswith(_MAGIC):
        raise DatabaseFault(f"{path} is no smart card database, or a damaged one: {_MOVE_IT}")
    if int.from_bytes(header[_APPLICATION_AT : _APPLICATION_AT + 4]) != schema.APPLICATION_ID:
        raise DatabaseFault(f"{path} is a database of another application: {_MOVE_IT}")
    _check_version(path, int.from_bytes(header[_VERSION_AT : _VERSION_AT + 4]))


def _connect(path: Path, *, writing: bool, patience_s: float) -> sqlite3.Connection:
    mode = "rw"
    if not (os.access(path, os.W_OK) and os.access(path.parent, os.W_OK)):
        if writing:
            raise DatabaseFault(
                f"{path} cannot be written to by this user: SCARD_SCOPE_USER keeps entries in a file of the user's own",
                SCardCode.SCARD_E_NO_ACCESS,
            )
        # SQLite needs files beside it for what has not yet been moved into it; without such there is nothing to need.
        mode = "ro" if _has_log(path) else "ro&immutable=1"
    return _connect_to(path, mode, patience_s)


def _connect_to(path: Path, mode: str, patience_s: float) -> sqlite3.Connection:
    connection = sqlite3.connect(
        f"{path.absolute().as_uri()}?mode={mode}", uri=True, timeout=patience_s, isolation_level=None
    )
    connection.execute("PRAGMA foreign_keys = ON")
    connection.execute("PRAGMA trusted_schema = OFF")
    return connection


def _has_log(path: Path) -> bool:
    with suppress(OSError):
        return Path(f"{path}-wal").stat().st_size > 0
    return False


def _check(connection: sqlite3.Connection, path: Path) -> None:
    if connection.execute("PRAGMA quick_check(1)").fetchone() != ("ok",):
        raise _damaged(path, "its pages contradict each other")
    _check_version(path, schema.version_of(connection))


def _check_version(path: Path, version: int) -> None:
    if version > len(schema.STEPS):
        raise DatabaseFault(
            f"{path} was written by a newer version of scardmgr (database version {version}, known here: "
            f"{len(schema.STEPS)}): update scardmgr, or name another file in SCARDMGR_DATABASE"
        )


@contextmanager
def _faults_of(path: Path) -> Iterator[None]:
    """What SQLite says, as a :class:`DatabaseFault` that names the file."""
    try:
        yield
    except UnicodeDecodeError as error:  # what Python makes of a text of SQLite's with bytes from the file in it
        raise _damaged(path, str(error)) from error
    except sqlite3.DatabaseError as error:
        primary = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_CORRUPT) & 0xFF
        match primary:
            case sqlite3.SQLITE_BUSY | sqlite3.SQLITE_LOCKED:
                raise _busy(path) from error
            case sqlite3.SQLITE_CORRUPT | sqlite3.SQLITE_NOTADB:
                raise _damaged(path, str(error)) from error
            case sqlite3.SQLITE_READONLY | sqlite3.SQLITE_CANTOPEN | sqlite3.SQLITE_PERM:
                raise _refused(path, error) from error
        raise DatabaseFault(f"{path} cannot be used: {error}") from error


def _busy(path: Path) -> DatabaseFault:
    return DatabaseFault(
        f"{path} is held by others for too long: try again, or see which program does not let go of it",
        SCardCode.SCARD_E_SERVER_TOO_BUSY,
    )


def _damaged(path: Path, how: str) -> DatabaseFault:
    return DatabaseFault(f"{path} is damaged ({how}): {_MOVE_IT}")


def _refused(path: Path, error: Exception) -> DatabaseFault:
    reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
    return DatabaseFault(
        f"{path} cannot be used ({reason}): check the permissions, or name another file in SCARDMGR_DATABASE",
        SCardCode.SCARD_E_NO_ACCESS,
    )
