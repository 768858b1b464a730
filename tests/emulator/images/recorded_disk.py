"""What SQLite does to its files, write by write, and what a disk can hold of it where the power is cut.

A layer of SQLite (a VFS of apsw) notes every write, truncation, flush, creation and deletion. What was flushed is on
the disk. Of all else any part may be, as the system and the disk wrote it in the order they liked: all of it, nothing,
all but one write, one write alone, some sectors of one. Names come and go in their order, as on a file system with a
journal.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any

import apsw

SECTOR = 512
_names = count(1)
_MANY = 6
"""Of how many writes at most each is taken alone and left out alone: of more the first and the last."""


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
class Commit:
    """The card has committed for the n-th time, counted from 1."""

    number: int


Event = Create | Delete | Write | Truncate | Flush | Commit
Files = dict[str, bytes]


class RecordedDisk(apsw.VFS):
    """SQLite's files, and what is done to them.

    Attributes:
        events: all of it, in order.
    """

    def __init__(self) -> None:
        self.name = f"recorded-{next(_names)}"
        self.events: list[Event] = []
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

    def connect(self, path: Path, mode: str = "rw") -> Connection:
        """As :func:`emulator.images.database.connect`, on these files."""
        assert mode == "rw"
        return Connection(apsw.Connection(str(path), apsw.SQLITE_OPEN_READWRITE, self.name))


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

    def __init__(self, connection: apsw.Connection) -> None:
        self._connection = connection
        # The log is taken into the file now and then: so that this is cut, too.
        self.execute("PRAGMA wal_autocheckpoint = 12")

    @property
    def in_transaction(self) -> bool:
        return self._connection.in_transaction

    def execute(self, sql: str, parameters: Sequence[Any] = ()) -> _Rows:
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


@dataclass(slots=True)
class _Inode:
    flushed: bytes = b""
    pending: list[Write | Truncate] = field(default_factory=list)


def _changed(content: bytes, changes: Iterable[Write | Truncate]) -> bytes:
    data = bytearray(content)
    for change in changes:
        if isinstance(change, Truncate):
            del data[change.size :]
        else:
            data.extend(bytes(max(0, change.place + len(change.data) - len(data))))
            data[change.place : change.place + len(change.data)] = change.data
    return bytes(data)


def disks_after(events: Sequence[Event], start: Files) -> Iterator[Files]:
    """The files that a disk may hold when the power is cut just after the last event."""
    inodes = {name: _Inode(content) for name, content in start.items()}
    names: dict[str, _Inode] = dict(inodes)
    on_disk: dict[str, _Inode] = dict(inodes)
    renames: list[tuple[str, _Inode | None]] = []

    def flush_names() -> None:
        for name, inode in renames:
            _bind(on_disk, name, inode)
        renames.clear()

    for event in events:
        match event:
            case Create(name):
                names[name] = _Inode()
                renames.append((name, names[name]))
            case Delete(name, flushed):
                names.pop(name, None)
                renames.append((name, None))
                if flushed:
                    flush_names()
            case Write(name) | Truncate(name):
                names[name].pending.append(event)
            case Flush(name):
                inode = names[name]
                inode.flushed = _changed(inode.flushed, inode.pending)
                inode.pending.clear()
                flush_names()
            case Commit():
                pass
    for many in range(len(renames) + 1):
        bound = dict(on_disk)
        for name, inode in renames[:many]:
            _bind(bound, name, inode)
        yield from _contents(bound)


def _bind(names: dict[str, _Inode], name: str, inode: _Inode | None) -> None:
    if inode is None:
        names.pop(name, None)
    else:
        names[name] = inode


def _contents(names: dict[str, _Inode]) -> Iterator[Files]:
    """Each choice of what was pending."""
    pending = [(name, index) for name, inode in names.items() for index in range(len(inode.pending))]
    everything = set(pending)
    some = pending if len(pending) <= _MANY else [*pending[: _MANY // 2], *pending[-_MANY // 2 :]]
    choices = [everything, set(), *({each} for each in some), *(everything - {each} for each in some)]
    for choice in choices:
        yield {
            name: _changed(
                inode.flushed, [change for index, change in enumerate(inode.pending) if (name, index) in choice]
            )
            for name, inode in names.items()
        }
    if pending:
        yield from _torn(names)


def _torn(names: dict[str, _Inode]) -> Iterator[Files]:
    """The last write of each file in part: its first sector, or half of its sectors."""
    for name, inode in names.items():
        if inode.pending and isinstance(last := inode.pending[-1], Write):
            first = SECTOR - last.place % SECTOR
            for size in {first, first + len(last.data) // SECTOR // 2 * SECTOR}:
                torn = [*inode.pending[:-1], Write(last.name, last.place, last.data[:size])]
                files = {other: _changed(each.flushed, each.pending) for other, each in names.items()}
                files[name] = _changed(inode.flushed, torn)
                yield files
