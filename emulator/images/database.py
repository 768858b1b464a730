"""The SQLite file of an image: how it is connected to, what is refused, and SQLite's errors as ours."""

from __future__ import annotations

import os
import sqlite3
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from emulator.errors import CardImageError, CardImageLocked, CardImageMissing, NewerCardImage, NotACardImage
from emulator.images.damage import Damaged
from emulator.images.schema import APPLICATION_ID, NEWEST_FORMAT_VERSION, has_schema

_MAGIC: Final = b"SQLite format 3\0"
_HEAD: Final = struct.Struct(">16sH2s4xII60xI4x")
"""The head of a database: magic, bytes in a page, formats for writing and reading, change counter, pages, and what the
change counter was when the pages were counted (https://sqlite.org/fileformat.html, 1.3)."""

_ROLLBACK_JOURNAL, _WRITE_AHEAD_LOG = b"\1\1", b"\2\2"

_PRIMARY_CODE: Final = 0xFF
_HELD: Final = (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)
_OUT_OF_REACH: Final = (
    sqlite3.SQLITE_PERM,
    sqlite3.SQLITE_NOMEM,
    sqlite3.SQLITE_READONLY,
    sqlite3.SQLITE_IOERR,
    sqlite3.SQLITE_FULL,
    sqlite3.SQLITE_CANTOPEN,
    sqlite3.SQLITE_PROTOCOL,
    sqlite3.SQLITE_AUTH,
)
"""What says nothing of the image itself. Everything else that SQLite complains of is in the file."""


@contextmanager
def image_errors(path: Path) -> Iterator[None]:
    """What goes wrong with an image, as one of the kinds of CardImageError."""
    try:
        yield
    except Damaged as damage:
        raise NotACardImage(f"{path} is a card image that is damaged: {damage}") from None
    except OSError as error:
        if isinstance(error, CardImageError):
            raise
        raise CardImageError(f"{path} cannot be used: {error.strerror}") from error
    except UnicodeDecodeError:
        # An error of SQLite that names a part of the schema, and sqlite3 could not read it.
        raise NotACardImage(f"{path} is not a card image, or is damaged") from None
    except sqlite3.Error as error:
        code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_CORRUPT) & _PRIMARY_CODE
        if code in _HELD:
            raise CardImageLocked(f"{path} is open elsewhere: a card image has one opener at a time") from error
        if code in _OUT_OF_REACH:
            raise CardImageError(f"{path} cannot be used: {error}") from error
        raise NotACardImage(f"{path} is not a card image, or is damaged: {error}") from error


def connect(path: Path, mode: str = "rw") -> sqlite3.Connection:
    """A connection that makes its transactions by hand and waits for nobody.

    Raises:
        CardImageMissing: there is no such file.
        NotACardImage: its head is not that of a database that could be read and written.
        OSError, sqlite3.Error: it cannot be opened.
    """
    if not path.exists():
        raise CardImageMissing(f"there is no card image {path}")
    # With a journal beside it the head may be what SQLite is about to put back.
    if not path.with_name(f"{path.name}-journal").exists() and not _has_head(path):
        raise NotACardImage(f"{path} is not a card image")
    # The card has a lock of its own and may be used from any thread.
    connection = sqlite3.connect(
        f"{path.resolve().as_uri()}?mode={mode}", uri=True, isolation_level=None, timeout=0, check_same_thread=False
    )
    # What is in a schema that is not ours is neither believed nor executed.
    connection.execute("PRAGMA trusted_schema = OFF")
    return connection


def _has_head(path: Path) -> bool:
    """Whether a file begins as a database, and is as long as it says.

    In any other format SQLite would open it to be read alone, and another number of pages it would set right.
    """
    with path.open("rb") as file:
        head = file.read(_HEAD.size)
        size = os.fstat(file.fileno()).st_size
    if len(head) < _HEAD.size:
        return False
    magic, page, formats, counter, pages, counted = _HEAD.unpack(head)
    if magic != _MAGIC or formats not in (_ROLLBACK_JOURNAL, _WRITE_AHEAD_LOG):
        return False
    # A process that was killed leaves the right number in the write-ahead log.
    return bool(formats == _WRITE_AHEAD_LOG or (counter == counted and pages * page == size))


def check_kind(connection: sqlite3.Connection, path: Path) -> int:
    """The format version of an image.

    Raises:
        NotACardImage: the file is something else.
        NewerCardImage: it is of a later format.
        sqlite3.Error: it cannot be read, or is no database.
    """
    (identity,) = connection.execute("PRAGMA application_id").fetchone()
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    if identity != APPLICATION_ID or version < 1:
        raise NotACardImage(f"{path} is not a card image")
    if version > NEWEST_FORMAT_VERSION:
        raise NewerCardImage(
            f"{path} has format version {version}; this version of the program reads up to {NEWEST_FORMAT_VERSION}"
        )
    return int(version)


def check_image(connection: sqlite3.Connection, path: Path) -> int:
    """The format version of an image whose tables and pages are sound.

    Raises:
        Damaged: they are not.
        NotACardImage, NewerCardImage, sqlite3.Error: as :func:`check_kind`.
    """
    version = check_kind(connection, path)
    if not has_schema(connection, version):
        raise Damaged("its tables are not those of an image")
    (verdict,) = connection.execute("PRAGMA integrity_check(1)").fetchone()
    if verdict != "ok":
        raise Damaged("its pages do not fit together")
    return version
