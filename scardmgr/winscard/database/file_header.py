"""The first bytes of a file, which tell whether it is a database of ours before SQLite may touch it."""

from __future__ import annotations

import stat
from pathlib import Path
from typing import Final

from scardmgr.winscard.database import schema
from scardmgr.winscard.database.faults import MOVE_IT, refused
from scardmgr.winscard.errors import DatabaseFault

_MAGIC: Final = b"SQLite format 3\0"
_SIZE: Final = 100
_VERSION_AT: Final = 60
_APPLICATION_AT: Final = 68


def look_at(path: Path, *, writing: bool) -> None:
    """Refuse what is no database of ours.

    Raises:
        FileNotFoundError: there is no such file, or, for reading, none that this user could get to.
        DatabaseFault: it cannot be used.
    """
    try:
        kind = path.stat().st_mode
    except FileNotFoundError:
        raise
    except OSError as error:
        # A program that runs as somebody else with our HOME gets no further than the folder, and needs no database.
        if writing:
            raise refused(path, error) from error
        raise FileNotFoundError(error.errno, error.strerror, str(path)) from error
    if not stat.S_ISREG(kind):
        raise DatabaseFault(f"{path} is no file: a smart card database is one; name one in SCARDMGR_DATABASE")
    try:
        with path.open("rb") as file:
            header = file.read(_SIZE)
    except FileNotFoundError:
        raise
    except OSError as error:
        raise refused(path, error) from error
    if len(header) < _SIZE or not header.startswith(_MAGIC):
        raise DatabaseFault(f"{path} is no smart card database, or a damaged one: {MOVE_IT}")
    if int.from_bytes(header[_APPLICATION_AT : _APPLICATION_AT + 4]) != schema.APPLICATION_ID:
        raise DatabaseFault(f"{path} is a database of another application: {MOVE_IT}")
    check_version(path, int.from_bytes(header[_VERSION_AT : _VERSION_AT + 4]))


def check_version(path: Path, version: int) -> None:
    """Refuse what a newer version of this package wrote.

    Raises:
        DatabaseFault: it did.
    """
    if version > len(schema.STEPS):
        raise DatabaseFault(
            f"{path} was written by a newer version of scardmgr (database version {version}, known here: "
            f"{len(schema.STEPS)}): update scardmgr, or name another file in SCARDMGR_DATABASE"
        )
