"""What a disk can hold of what was done to its files, where the power of the host is cut.

What was flushed is on the disk. Of all else any part may be, as the system and the disk wrote it in the order that they
liked: all of it, nothing, one write alone, all but one write, all but some sectors of one. Names come and go in their
order, as on a file system with a journal: a flush takes a new name along, and those that changed before it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from .recorded_disk import (
    Close,
    Commit,
    Create,
    Delete,
    Event,
    Files,
    Flush,
    FlushFolder,
    Rename,
    Truncate,
    Write,
)

SECTOR = 512


@dataclass(slots=True)
class _Inode:
    flushed: bytes = b""
    pending: list[Write | Truncate] = field(default_factory=list)

    def with_all(self) -> bytes:
        return _changed(self.flushed, self.pending)

    def without(self, index: int, instead: Iterable[Write] = ()) -> bytes:
        return _changed(self.flushed, [*self.pending[:index], *instead, *self.pending[index + 1 :]])


_Names = dict[str, _Inode]


class Disk:
    """A disk, to which events come.

    Args:
        files: what is on it.
    """

    def __init__(self, files: Files) -> None:
        self._names: _Names = {name: _Inode(content) for name, content in files.items()}
        self._flushed_names = self._names.copy()
        self._pending_names: list[tuple[str, _Inode | None]] = []

    def take(self, event: Event) -> None:
        """Execute what was done to a file."""
        match event:
            case Create(name):
                self._rename(name, _Inode())
            case Delete(name, flushed):
                self._rename(name, None)
                if flushed:
                    self._flush_names(len(self._pending_names))
            case Write(name) | Truncate(name):
                self._names[name].pending.append(event)
            case Flush(name):
                inode = self._names[name]
                inode.flushed = inode.with_all()
                inode.pending.clear()
                new = [place for place, (_name, other) in enumerate(self._pending_names, start=1) if other is inode]
                self._flush_names(max(new, default=0))
            case Rename(name, new):
                # Both at once; with both names between them is one case more.
                self._rename(new, self._names[name])
                self._rename(name, None)
            case FlushFolder():
                self._flush_names(len(self._pending_names))
            case Commit() | Close():
                pass

    def _rename(self, name: str, inode: _Inode | None) -> None:
        _bind(self._names, name, inode)
        self._pending_names.append((name, inode))

    def _flush_names(self, many: int) -> None:
        for name, inode in self._pending_names[:many]:
            _bind(self._flushed_names, name, inode)
        del self._pending_names[:many]

    def after_power_loss(self) -> Iterator[Files]:
        """All that may be on it when the power is cut now; the same may come twice."""
        names = self._flushed_names.copy()
        yield from _contents(names)
        for name, inode in self._pending_names:
            _bind(names, name, inode)
            yield from _contents(names)


def _bind(names: _Names, name: str, inode: _Inode | None) -> None:
    if inode is None:
        names.pop(name, None)
    else:
        names[name] = inode


def _contents(names: _Names) -> Iterator[Files]:
    """Each choice of what was not flushed."""
    nothing = {name: inode.flushed for name, inode in names.items()}
    everything = {name: inode.with_all() for name, inode in names.items()}
    yield nothing
    yield everything
    for name, inode in names.items():
        for index, change in enumerate(inode.pending):
            yield {**nothing, name: _changed(inode.flushed, [change])}
            yield {**everything, name: inode.without(index)}
            if isinstance(change, Write):
                for sectors in _torn(change):
                    yield {**everything, name: inode.without(index, sectors)}


def _torn(write: Write) -> Iterator[list[Write]]:
    """A write in part: its first sector, its first half, its last half, all but its first sector."""
    cuts = [cut - write.place for cut in range(write.place // SECTOR * SECTOR, write.place + len(write.data), SECTOR)]
    cuts = [cut for cut in cuts if cut > 0]
    for cut in {cuts[0], cuts[len(cuts) // 2]} if cuts else ():
        yield [Write(write.name, write.place, write.data[:cut])]
        yield [Write(write.name, write.place + cut, write.data[cut:])]


def _changed(content: bytes, changes: Iterable[Write | Truncate]) -> bytes:
    data = bytearray(content)
    for change in changes:
        if isinstance(change, Truncate):
            del data[change.size :]
        else:
            data.extend(bytes(max(0, change.place - len(data))))
            data[change.place : change.place + len(change.data)] = change.data
    return bytes(data)
