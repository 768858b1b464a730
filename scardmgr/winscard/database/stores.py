"""Where rows are kept: in a file, in memory, or nowhere.

SQLite is imported where rows are, or come to be.
"""

from __future__ import annotations

import weakref
from abc import ABC, abstractmethod
from contextlib import contextmanager
from typing import TYPE_CHECKING

from scardmgr.winscard.codes import SCardCode
from scardmgr.winscard.database import schema, turns
from scardmgr.winscard.database.file_header import look_at
from scardmgr.winscard.errors import DatabaseFault

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterator
    from contextlib import AbstractContextManager
    from pathlib import Path


class Store(ABC):
    """Something that holds the tables of :mod:`scardmgr.winscard.database.schema`. Thread-safe."""

    @abstractmethod
    def reading(self) -> AbstractContextManager[sqlite3.Connection | None]:
        """A connection to read from, or ``None`` while nothing was ever written.

        Raises:
            DatabaseFault: the file cannot be used.
        """

    @abstractmethod
    def writing(self) -> AbstractContextManager[sqlite3.Connection]:
        """A connection with a write transaction, which ends with the block: kept, or undone by an exception.

        Raises:
            DatabaseFault: the file cannot be used.
        """


class FileStore(Store):
    """A file, which is made by the first write.

    Args:
        path: where it is.
        shared: whether everybody may read it.
        patience_s: how long to wait for others, in seconds.
    """

    def __init__(self, path: Path, *, shared: bool = False, patience_s: float = turns.PATIENCE_S) -> None:
        self.path = path
        self._shared = shared
        self._patience_s = patience_s

    def __repr__(self) -> str:
        return f"<FileStore {self.path}>"

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection | None]:
        """See :meth:`Store.reading`."""
        with turns.taken(self.path, self._patience_s):
            if not self._is_there(writing=False):
                yield None
                return
            from scardmgr.winscard.database import opening

            with opening.reading(self.path, self._patience_s) as connection:
                yield connection

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """See :meth:`Store.writing`."""
        with turns.taken(self.path, self._patience_s):
            from scardmgr.winscard.database import making, opening

            if not self._is_there(writing=True):
                making.make(self.path, shared=self._shared)
                look_at(self.path, writing=True)  # somebody else may have been quicker
            with opening.writing(self.path, self._patience_s) as connection, schema.whole(connection):
                yield connection

    def _is_there(self, *, writing: bool) -> bool:
        try:
            look_at(self.path, writing=writing)
        except FileNotFoundError:
            return False
        return True


class MemoryStore(Store):
    """Memory, gone with this object."""

    def __init__(self) -> None:
        self._connection: sqlite3.Connection | None = None

    def __repr__(self) -> str:
        return "<MemoryStore>"

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection | None]:
        """See :meth:`Store.reading`."""
        if self._connection is None:
            yield None
            return
        with turns.taken(self, turns.PATIENCE_S):
            yield self._connection

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """See :meth:`Store.writing`."""
        with turns.taken(self, turns.PATIENCE_S):
            if self._connection is None:
                self._connection = self._connect()
            with schema.whole(self._connection):
                yield self._connection

    def _connect(self) -> sqlite3.Connection:
        import sqlite3

        connection = sqlite3.connect(":memory:", isolation_level=None, check_same_thread=False)
        # Not at the end of the process, when a daemon thread may be in the middle of something.
        weakref.finalize(self, connection.close).atexit = False
        connection.execute("PRAGMA foreign_keys = ON")
        schema.create(connection)
        return connection


class NoStore(Store):
    """Nowhere: nothing is there to be read, and nothing can be written.

    Args:
        reason: why, and what to do.
    """

    def __init__(self, reason: str) -> None:
        self._reason = reason

    def __repr__(self) -> str:
        return "<NoStore>"

    @contextmanager
    def reading(self) -> Iterator[None]:
        """See :meth:`Store.reading`."""
        yield None

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """See :meth:`Store.writing`."""
        raise DatabaseFault(self._reason, SCardCode.SCARD_E_NO_ACCESS)
        yield  # makes it what contextmanager() takes
