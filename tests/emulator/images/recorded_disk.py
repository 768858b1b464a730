"""What SQLite does to its files, write by write.

A layer of SQLite (a VFS of apsw) notes every write, truncation, flush, creation and deletion.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any

import apsw

from emulator.images import database

Files = dict[str, bytes]
"""The contents of files by their names."""

_names = count(1)


@dataclass(frozen=True, slots=True)
class Create:
    """A new, empty file under a name."""

    name: str


@dataclass(frozen=True, slots=True)
class Delete:
    """A name is taken away; ``flushed``: and the folder is flushed."""

    name: str
    flushed: bool


@dataclass(frozen=True, slots=True)
class Write:
    """Bytes at a place."""

    name: str
    place: int
    data: bytes


@dataclass(frozen=True, slots=True)
class Truncate:
    """Another end of a file."""

    name: str
    size: int


@dataclass(frozen=True, slots=True)
class Flush:
    """All of a file is on the disk, its name too."""

    name: str


@dataclass(frozen=True, slots=True)
class Rename:
    """A file has another name, in place of the file that had it."""

    name: str
    new: str


@dataclass(frozen=True, slots=True)
class FlushFolder:
    """All names are on the disk."""


@dataclass(frozen=True, slots=True)
class Commit:
    """The card has committed for the n-th time, counted from 1."""

    number: int


@dataclass(frozen=True, slots=True)
class Close:
    """The image was closed."""


Event = Create | Delete | Write | Truncate | Flush | Rename | FlushFolder | Commit | Close


class RecordedDisk(apsw.VFS):
    """SQLite's files, and what is done to them.

    Args:
        synchronous: what SQLite flushes, whatever it is told: ``None`` for what it is told.

    Attributes:
        events: all of it, in order.
    """

    def __init__(self, synchronous: str | None = None) -> None:
        self.name = f"recorded-{next(_names)}"
        self.events: list[Event] = []
        self._synchronous = synchronous
        super().__init__(self.name, "")

    def xOpen(self, name: Any, flags: list[int]) -> apsw.VFSFile:  # noqa: N802 (SQLite's name)
        """Open a file."""
        path = Path(name.filename() if isinstance(name, apsw.URIFilename) else name)
        if not path.exists():
            self.events.append(Create(path.name))
        return _RecordedFile(self, str(path), flags)

    def xDelete(self, filename: str, syncdir: bool) -> None:  # noqa: N802
        """Delete a file."""
        super().xDelete(filename, syncdir)
        self.events.append(Delete(Path(filename).name, syncdir))

    def connect(self, path: Path, mode: str = "rw") -> Connection | sqlite3.Connection:
        """As :func:`emulator.images.database.connect`, on these files. Who only reads them does nothing to them."""
        if mode != "rw":
            return database.connect(path, mode)
        connection = apsw.Connection(str(path), apsw.SQLITE_OPEN_READWRITE, self.name)
        return Connection(connection, self._synchronous)


class _RecordedFile(apsw.VFSFile):
    def __init__(self, disk: RecordedDisk, path: str, flags: list[int]) -> None:
        super().__init__("", path, flags)
        self._events = disk.events
        self._name = Path(path).name

    def xWrite(self, data: bytes, offset: int) -> None:  # noqa: N802
        super().xWrite(data, offset)
        self._events.append(Write(self._name, offset, bytes(data)))

    def xTruncate(self, newsize: int) -> None:  # noqa: N802
        super().xTruncate(newsize)
        self._events.append(Truncate(self._name, newsize))

    def xSync(self, flags: int) -> None:  # noqa: N802
        super().xSync(flags)
        self._events.append(Flush(self._name))


class _Rows:
    """What a statement gave, all at once."""

    def __init__(self, rows: Iterable[tuple[Any, ...]]) -> None:
        self._rows = iter(list(rows))

    def __iter__(self) -> Iterator[tuple[Any, ...]]:
        return self._rows

    def fetchone(self) -> tuple[Any, ...] | None:
        return next(self._rows, None)

    def fetchall(self) -> list[tuple[Any, ...]]:
        return list(self._rows)


class Connection:
    """A connection of apsw in the way of :class:`sqlite3.Connection`, as far as images need it."""

    def __init__(self, connection: apsw.Connection, synchronous: str | None) -> None:
        self._connection = connection
        self._synchronous = synchronous
        # The log is taken into the file now and then: so that this is cut, too.
        self.execute("PRAGMA wal_autocheckpoint = 12")

    @property
    def in_transaction(self) -> bool:
        return self._connection.in_transaction

    def execute(self, sql: str, parameters: Sequence[Any] = ()) -> _Rows:
        if self._synchronous is not None and sql.startswith("PRAGMA synchronous ="):
            sql = f"PRAGMA synchronous = {self._synchronous}"
        try:
            return _Rows(self._connection.execute(sql, tuple(parameters)))
        except apsw.Error as error:
            raise sqlite3.OperationalError(str(error)) from error

    def executemany(self, sql: str, rows: Iterable[Sequence[Any]]) -> None:
        for row in rows:
            self.execute(sql, row)

    def backup(self, copy: sqlite3.Connection) -> None:
        copy.deserialize(self._connection.serialize("main"))

    def close(self) -> None:
        self._connection.close()
