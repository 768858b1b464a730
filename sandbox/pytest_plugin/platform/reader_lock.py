"""One test at a time on one reader, whichever process of this user it is in: a physical card is one.

The lock is one of SQLite on a file of its own, which works on every platform, and which the system gives back when the
process that has it ends, however it does.
"""

from __future__ import annotations

import hashlib
import os
import sqlite3
import tempfile
from pathlib import Path
from time import monotonic, sleep

from virtual_reader.binding import SOCKET_VARIABLE

#: How long a test waits for those of other processes, in seconds.
PATIENCE_S = 600.0
#: How long it lets a process wait between two looks, in seconds.
_SHORTEST_PAUSE_S, _LONGEST_PAUSE_S = 0.001, 0.05


class ReaderBusy(Exception):  # noqa: N818 - says what is the case
    """Another process has the reader."""


class ReaderLock:
    """Who holds it has the reader among the processes of this user.

    Args:
        reader: the reader's name. Readers of the same name on different daemons have a lock each.
        folder: where the files of locks are; by default a folder of this user's for temporary files.
    """

    def __init__(self, reader: str, folder: Path | None = None) -> None:
        daemon = os.environ.get(SOCKET_VARIABLE, "")
        digest = hashlib.sha256(f"{daemon}\0{reader}".encode()).hexdigest()[:16]
        self._folder = _own_folder() if folder is None else folder
        self._path = self._folder / f"{digest}.lock"
        self._held: sqlite3.Connection | None = None

    def acquire(self, seconds: float = PATIENCE_S) -> None:
        """Wait for whoever has it.

        Raises:
            ReaderBusy: for longer than that; or the file cannot be used.
        """
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            connection = sqlite3.connect(self._path, timeout=0, isolation_level=None, check_same_thread=False)
        except (OSError, sqlite3.Error) as error:
            raise ReaderBusy(f"the lock {self._path} cannot be used: {error}") from error
        try:
            self._wait(connection, seconds)
        except BaseException:
            connection.close()
            raise
        self._held = connection

    def _wait(self, connection: sqlite3.Connection, seconds: float) -> None:
        """Not in SQLite, which would let no signal through: an interrupt, or pytest-timeout's."""
        deadline, pause = monotonic() + seconds, _SHORTEST_PAUSE_S
        while True:
            try:
                connection.execute("BEGIN EXCLUSIVE")
            except sqlite3.Error as error:
                if error.sqlite_errorcode != sqlite3.SQLITE_BUSY:
                    raise ReaderBusy(f"the lock {self._path} cannot be used: {error}") from error
                if monotonic() >= deadline:
                    raise ReaderBusy(f"another process has had the reader for {seconds:g} s ({self._path})") from error
            else:
                return
            sleep(pause)
            pause = min(2 * pause, _LONGEST_PAUSE_S)

    def release(self) -> None:
        """Let the next one have it."""
        held, self._held = self._held, None
        if held is not None:
            held.close()


def _own_folder() -> Path:
    user = str(os.getuid()) if hasattr(os, "getuid") else os.environ.get("USERNAME", "user")
    return Path(tempfile.gettempdir()) / f"scardmgr-readers-{user}"
