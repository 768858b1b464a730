"""The power of the host is cut at each write of SQLite to its files, and the disk keeps what it likes of what was not
flushed. With ``flushed=True`` everything that was committed is there; without it an earlier state is, never one between
two, and never a file that is no card."""

from __future__ import annotations

import hashlib
import os
import sqlite3
from collections.abc import Callable, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from emulator import Card
from emulator.images import opening
from emulator.persistent import Change

from .conftest import Observed
from .recorded_disk import Commit, Files, RecordedDisk, Write, disks_after

EARLIER = Path(__file__).parent / "earlier"
VERIFY = "002000010431323334"
FIRST = (VERIFY, "00A4000C020100", "00D600000411223344", "00D600000003E8" + "5A" * 1000, "002000010430303030", VERIFY)
SECOND = (
    VERIFY,
    "00A4000C023F00",
    "00E000000D620B8002001082010183026F10",
    "00D6000003AABBCC",
    "00E40000",
    "00240001083132333439393939",
)
LIFETIMES = (FIRST, SECOND)


class Recorded:
    """A card on an image, from its opening to its end, twice: what SQLite wrote, and the state after each commit."""

    def __init__(self, image: Path, observe: Callable[[Card], Observed], *, flushed: bool) -> None:
        self.start: Files = {image.name: image.read_bytes()}
        self.disk = RecordedDisk()
        self.states: list[Observed] = []
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(opening, "connect", self.disk.connect)
            for commands in LIFETIMES:
                with Card.open(image, flushed=flushed) as card:
                    if not self.states:
                        self.states.append(observe(card))
                    self._note_commits(card, observe)
                    card.power_on()
                    for command in commands:
                        card.transmit(bytes.fromhex(command))

    def _note_commits(self, card: Card, observe: Callable[[Card], Observed]) -> None:
        storage: Any = card._storage
        commit = storage.commit

        def noted(changes: Sequence[Change]) -> None:
            commit(changes)
            self.states.append(observe(card))
            self.disk.events.append(Commit(len(self.states) - 1))

        storage.commit = noted

    def found(self, folder: Path, observe: Callable[[Card], Observed]) -> set[tuple[int, frozenset[int]]]:
        """The last commit before a cut, and the states, by their numbers, that the image may be said to have then."""
        known: dict[bytes, frozenset[int]] = {}
        found = set()
        committed = 0
        for end in range(len(self.disk.events) + 1):
            if end and isinstance(event := self.disk.events[end - 1], Commit):
                committed = event.number
            for files in disks_after(self.disk.events[:end], self.start):
                digest = hashlib.sha256(repr(sorted(files.items())).encode()).digest()
                if digest not in known:
                    state = self._state_on(files, folder, observe)
                    known[digest] = frozenset(number for number, each in enumerate(self.states) if each == state)
                found.add((committed, known[digest]))
        return found

    def _state_on(self, files: Files, folder: Path, observe: Callable[[Card], Observed]) -> Observed:
        """The state in an image, the same in both modes. Raises what opening it raises."""
        states = []
        for mode in ("copy", "rw"):
            for path in folder.iterdir():
                path.unlink()
            for name, content in files.items():
                (folder / name).write_bytes(content)
            (name,) = self.start
            with Card.open(folder / name, mode=mode) as card:  # type: ignore[arg-type]
                states.append(observe(card))
                card.power_on()
                assert card.transmit(bytes.fromhex("00200001"))[0] in (0x63, 0x69)
        assert states[0] == states[1]
        return states[0]


@pytest.fixture(params=["present", "version-2"])
def some_image(request: pytest.FixtureRequest, image: Path) -> Path:
    if request.param != "present":
        image.unlink()
        with closing(sqlite3.connect(image)) as connection:
            connection.executescript((EARLIER / f"{request.param}.sql").read_text(encoding="utf-8"))
    return image


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    path = tmp_path / "after the cut"
    path.mkdir()
    return path


def test_what_was_committed_is_there_where_it_was_flushed(some_image: Path, folder: Path, observe: Any) -> None:
    recorded = Recorded(some_image, observe, flushed=True)
    assert sum(isinstance(event, Write) for event in recorded.disk.events) > 50
    found = recorded.found(folder, observe)
    assert all(states & {committed, committed + 1} for committed, states in found)
    assert {committed for committed, _states in found} == set(range(len(recorded.states)))
    assert any(committed not in states for committed, states in found), "nothing was cut while it was written"


def test_an_earlier_state_is_there_where_it_was_not(some_image: Path, folder: Path, observe: Any) -> None:
    found = Recorded(some_image, observe, flushed=False).found(folder, observe)
    assert all(min(states) <= committed + 1 for committed, states in found)
    assert any(max(states) < committed for committed, states in found), "the disk of this test loses nothing"


def test_a_new_image_is_on_the_disk_before_it_has_its_name(
    image: Path, card: Card, monkeypatch: pytest.MonkeyPatch
) -> None:
    done: list[str] = []
    fsync, replace = os.fsync, Path.replace

    def noted_flush(handle: int) -> None:
        kind = "folder" if Path(f"/proc/self/fd/{handle}").resolve().is_dir() else "file"
        done.append(f"flush {kind}")
        fsync(handle)

    def noted_replace(path: Path, target: Path) -> Path:
        done.append("replace")
        return replace(path, target)

    monkeypatch.setattr(os, "fsync", noted_flush)
    monkeypatch.setattr(Path, "replace", noted_replace)
    card.save(image)
    assert done == ["flush file", "replace", "flush folder"]
