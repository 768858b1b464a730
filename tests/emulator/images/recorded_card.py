"""A card on an image whose writes are recorded, and what the image is after each power cut that the host can have."""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any, Literal, NamedTuple

import pytest

from emulator import Card, CardImageError
from emulator.images import opening
from emulator.persistent import Change

from ..observed import Observed
from .disk_after_power_loss import Disk
from .recorded_disk import Close, Commit, Event, Files, RecordedDisk

Observe = Callable[[Card], Observed]
HEAD = 100
"""Bytes of the head of a database."""
NONE = -1
"""In place of the number of a state: the image is refused, or has one that the card never had."""


class Cut(NamedTuple):
    """What was found after a power cut.

    Attributes:
        place: after how many events it came.
        committed: the number of the last state that was committed before.
        closed: whether the image was closed then.
        state: the number of the state that is in the image; of the same states the latest that was begun by then.
    """

    place: int
    committed: int
    closed: bool
    state: int


def put(files: Files, folder: Path) -> Path:
    """Put files into an empty folder; the first of them is the image."""
    for path in folder.iterdir():
        path.unlink()
    for name, content in files.items():
        (folder / name).write_bytes(content)
    return folder / next(iter(files))


class RecordedCard:
    """A card on an image, from its opening to its end, some times: what SQLite wrote, and the state after each commit.

    Args:
        start: the image, and what is beside it.
        lifetimes: the commands of each opening.
        observe: tells the state of a card.
        folder: where the files are put.
        flushed: how the image is opened.
        synchronous: what SQLite flushes, where it is not to do what it is told.

    Attributes:
        start: the image, and what was beside it.
        events: what was done.
        states: the state before, and after each commit.
    """

    def __init__(
        self,
        start: Files,
        lifetimes: Sequence[Sequence[str]],
        observe: Observe,
        folder: Path,
        *,
        flushed: bool,
        synchronous: str | None = None,
    ) -> None:
        self.start = start
        self.states: list[Observed] = []
        self._observe = observe
        self._folder = folder
        disk = RecordedDisk(synchronous)
        self.events: list[Event] = disk.events
        image = put(start, folder)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(opening, "connect", disk.connect)
            for commands in lifetimes:
                with Card.open(image, flushed=flushed) as card:
                    if not self.states:
                        self.states.append(observe(card))
                    self._note_commits(card)
                    card.power_on()
                    for command in commands:
                        card.transmit(bytes.fromhex(command))
                        assert observe(card) == self.states[-1], "it was answered before it was committed"
                self.events.append(Close())

    def _note_commits(self, card: Card) -> None:
        storage: Any = card._storage
        commit = storage.commit

        def noted(changes: Sequence[Change]) -> None:
            state = self._observe(card)
            if state != self.states[-1]:
                self.states.append(state)
            commit(changes)
            self.events.append(Commit(len(self.states) - 1))

        storage.commit = noted

    def disks(self) -> Iterator[tuple[int, int, bool, Files]]:
        """For each place of a cut: the last commit, whether the image is closed, and what the disk may hold."""
        disk = Disk(self.start)
        committed, closed = 0, False
        for place in range(len(self.events) + 1):
            if place > 0:
                event = self.events[place - 1]
                disk.take(event)
                closed = isinstance(event, Close)
                committed = event.number if isinstance(event, Commit) else committed
            for files in disk.after_power_loss():
                yield place, committed, closed, files

    def cuts(self) -> Iterator[Cut]:
        """What is in the image after a power cut at each write and each flush, whatever the disk kept of it."""
        distinct: dict[bytes, bytes] = {}
        known: dict[bytes, frozenset[int]] = {}
        for place, committed, closed, files in self.disks():
            digest = _digest(*files, *files.values())
            if digest not in distinct:
                distinct[digest] = self._what_is_looked_at(files)
            looked_at = distinct[digest]
            if looked_at not in known:
                known[looked_at] = self._states_on(files)
            states = known[looked_at]
            begun = [number for number in states if number <= committed + 1]
            yield Cut(place, committed, closed, max(begun or states))

    def _what_is_looked_at(self, files: Files) -> bytes:
        """All that an image is judged by: the names of the files, its head and size, and what SQLite makes of it.

        Most disks differ in no more than what SQLite does not believe, as a commit that is not whole.
        """
        image = put(files, self._folder)
        head, size = image.read_bytes()[:HEAD], image.stat().st_size
        try:
            with closing(sqlite3.connect(image, isolation_level=None)) as connection:
                connection.execute("PRAGMA synchronous = OFF")
                return _digest(*files, head, size.to_bytes(8, "big"), connection.serialize())
        except sqlite3.Error:
            return _digest(*files, *files.values())

    def _states_on(self, files: Files) -> frozenset[int]:
        """The numbers of the state in an image, which is the same in both modes."""
        try:
            state = self._state_on(files, "rw")
            assert self._state_on(files, "copy") == state
        except CardImageError:
            return frozenset((NONE,))
        return frozenset(number for number, each in enumerate(self.states) if each == state) or frozenset((NONE,))

    def _state_on(self, files: Files, mode: Literal["rw", "copy"]) -> Observed:
        with Card.open(put(files, self._folder), mode) as card:
            state = self._observe(card)
            card.power_on()
            assert card.transmit(bytes.fromhex("00200001"))[0] in (0x63, 0x69)
            return state


def _digest(*parts: str | bytes) -> bytes:
    digest = hashlib.sha256()
    for part in parts:
        data = part.encode() if isinstance(part, str) else part
        digest.update(len(data).to_bytes(8, "big") + data)
    return digest.digest()
