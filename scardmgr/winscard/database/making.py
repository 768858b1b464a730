"""Making the file of a smart card database: it appears whole or not at all."""

from __future__ import annotations

import os
import sqlite3
from pathlib import Path
from tempfile import mkstemp

from scardmgr.winscard.database import schema
from scardmgr.winscard.database.faults import refused
from scardmgr.winscard.database.opening import faults_of
from scardmgr.winscard.errors import DatabaseFault


def make(path: Path, *, shared: bool) -> None:
    """Make a database where there is none; where somebody else was quicker, theirs stays.

    Args:
        path: where; missing folders are made.
        shared: everybody may read it (0644 in 0755), whatever the umask; otherwise its owner alone (0600 in 0700).

    Raises:
        DatabaseFault: it cannot be made.
    """
    try:
        _make_folder(path.parent, shared=shared)
        descriptor, name = mkstemp(prefix=f".{path.name}-", dir=path.parent)
    except OSError as error:
        raise refused(path, error) from error
    os.close(descriptor)
    temporary = Path(name)
    try:
        with faults_of(path):
            connection = sqlite3.connect(temporary, isolation_level=None)
            try:
                connection.execute("PRAGMA journal_mode = WAL")
                schema.create(connection)
            finally:
                connection.close()
        if shared:
            temporary.chmod(0o644)
        _put(temporary, path)
        if not path.exists():
            raise DatabaseFault(
                f"{path} leads nowhere: make it lead to a file, or name another one in SCARDMGR_DATABASE"
            )
    except OSError as error:
        raise refused(path, error) from error
    finally:
        for left in ("", "-wal", "-shm"):  # a full disk leaves all three
            Path(f"{temporary}{left}").unlink(missing_ok=True)


def _make_folder(folder: Path, *, shared: bool) -> None:
    missing = [each for each in (folder, *folder.parents) if not each.exists()]
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    if shared:
        for each in missing:
            each.chmod(0o755)


def _put(temporary: Path, path: Path) -> None:
    """Nobody ever sees an empty file, which would be a damaged one."""
    try:
        path.hardlink_to(temporary)
    except FileExistsError:
        return
    except OSError:
        # A file system without links. What appears in this moment would be lost: that cannot be helped there.
        if not path.exists():
            temporary.rename(path)
