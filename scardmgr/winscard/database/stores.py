"""Where rows are kept: in a file, or in memory."""

from __future__ import annotations

import sqlite3
import weakref
from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager, suppress
from pathlib import Path
from threading import Lock

from scardmgr.winscard.database import opening, schema


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

    def __init__(self, path: Path, *, shared: bool = False, patience_s: float = opening.PATIENCE_S) -> None:
        self.path = path
        self._shared = shared
        self._patience_s = patience_s

    def __repr__(self) -> str:
        return f"<FileStore {self.path}>"

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection | None]:
        """See :meth:`Store.reading`."""
        with ExitStack() as stack:
            found: sqlite3.Connection | None = None
            with suppress(FileNotFoundError):
                found = stack.enter_context(self._opened(writing=False))
            yield found

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """See :meth:`Store.writing`."""
        with ExitStack() as stack:
            try:
                connection = stack.enter_context(self._opened(writing=True))
            except FileNotFoundError:
                opening.make(self.path, shared=self._shared)
                connection = stack.enter_context(self._opened(writing=True))
            stack.enter_context(_whole(connection))
            yield connection

    def _opened(self, *, writing: bool) -> AbstractContextManager[sqlite3.Connection]:
        return opening.opened(self.path, writing=writing, patience_s=self._patience_s)


class MemoryStore(Store):
    """Memory, gone with this object."""

    def __init__(self) -> None:
        self._connection: sqlite3.Connection | None = None
        self._lock = Lock()

    def __repr__(self) -> str:
        return "<MemoryStore>"

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection | None]:
        """See :meth:`Store.reading`."""
        if self._connection is None:
            yield None
            return
        with self._lock:
            yield self._connection

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """See :meth:`Store.writing`."""
        with self._lock:
            if self._connection is None:
                self._connection = self._connect()
            with _whole(self._connection):
                yield self._connection

    def _connect(self) -> sqlite3.Connection:
        connection = sqlite3.connect(":memory:", isolation_level=None, check_same_thread=False)
        weakref.finalize(self, connection.close)
        connection.execute("PRAGMA foreign_keys = ON")
        schema.create(connection)
        return connection


@contextmanager
def _whole(connection: sqlite3.Connection) -> Iterator[None]:
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
    except BaseException:
        connection.execute("ROLLBACK")
        raise
    connection.execute("COMMIT")
