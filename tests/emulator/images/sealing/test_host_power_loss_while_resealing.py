"""The power of the host is cut while an image is sealed, unsealed or given another passphrase: the disk has the old one
or the new one, whole, and the new one from when it was done."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import pytest

from emulator import Card, CardImageError, change_passphrase, seal_image, unseal_image

from ..disk_after_power_loss import Disk
from ..recorded_card import put
from ..recorded_disk import Event, Files, Flush, FlushFolder, Rename, Write
from ..recorded_folder import recorded

OLD, NEW = "the old one", "the new one"


@dataclass(frozen=True)
class Way:
    """What is done to an image, and what opens it before and after."""

    do: Callable[[Path], None]
    before: str | None
    after: str | None


WAYS = {
    "seal": Way(lambda path: seal_image(path, NEW), None, NEW),
    "unseal": Way(lambda path: unseal_image(path, OLD), OLD, None),
    "change": Way(lambda path: change_passphrase(path, OLD, NEW), OLD, NEW),
}


@dataclass(frozen=True)
class Resealed:
    """What was done to an image.

    Attributes:
        start: the image, and what was beside it.
        events: all that was done.
        way: what for.
    """

    start: Files
    events: Sequence[Event]
    way: Way


class Judge:
    """Tells what a disk has.

    Args:
        folder: where its files are put.
        observe: tells the state of a card.
        state: that of the card all the time.
    """

    def __init__(self, folder: Path, observe: Any, state: Any) -> None:
        self._folder = folder
        self._observe = observe
        self._state = state

    def cuts(self, resealed: Resealed) -> Iterator[tuple[int, str]]:
        """The place of each cut, and what is there: ``old``, ``new``, or ``none`` of the two."""
        disk, known = Disk(resealed.start), dict[tuple[tuple[str, bytes], ...], str]()
        image = next(iter(resealed.start))
        for place in range(len(resealed.events) + 1):
            if place > 0:
                disk.take(resealed.events[place - 1])
            for files in disk.after_power_loss():
                # Nothing looks at a file that has not got its name yet.
                looked_at = tuple((name, content) for name, content in files.items() if name.startswith(image))
                if looked_at not in known:
                    known[looked_at] = self._what_is_there(dict(looked_at), resealed.way)
                yield place, known[looked_at]

    def _what_is_there(self, files: Files, way: Way) -> str:
        for name, passphrase in (("old", way.before), ("new", way.after)):
            modes: tuple[Literal["copy", "rw"], ...] = ("copy", "rw")
            if all(self._opens(files, mode, passphrase) for mode in modes):
                return name
        return "none"

    def _opens(self, files: Files, mode: Literal["copy", "rw"], passphrase: str | None) -> bool:
        try:
            with Card.open(put(files, self._folder), mode, passphrase=passphrase) as card:
                return bool(self._observe(card) == self._state)
        except CardImageError:
            return False


@pytest.fixture
def state(card: Card, observe: Any) -> Any:
    """The state of the card of which the images are, after a wrong CHV was presented."""
    card.power_on()
    assert card.transmit(bytes.fromhex("002000010430303030")) == b"\x63\xc2"
    return observe(card)


@pytest.fixture
def judge(folder: Path, observe: Any, state: Any) -> Judge:
    return Judge(folder, observe, state)


def closed(card: Card, way: Way, folder: Path) -> Files:
    """The image as its last opener closed it."""
    card.save(folder / "my.card", passphrase=way.before)
    return {"my.card": (folder / "my.card").read_bytes()}


def left_open(_card: Card, way: Way, folder: Path) -> Files:
    """The image as its last opener left it, who was killed: the wrong CHV is in what is beside it."""
    with Card.from_profile("iso7816") as new:
        new.save(folder / "my.card", passphrase=way.before)
    with Card.open(folder / "my.card", passphrase=way.before) as opened:
        opened.power_on()
        opened.transmit(bytes.fromhex("002000010430303030"))
        return {path.name: path.read_bytes() for path in sorted(folder.iterdir()) if not path.name.endswith("-shm")}


@pytest.fixture(params=WAYS)
def way(request: pytest.FixtureRequest) -> Way:
    return WAYS[request.param]


@pytest.fixture(params=[closed, left_open])
def resealed(request: pytest.FixtureRequest, card: Card, state: Any, way: Way, folder: Path) -> Resealed:
    """What is done to an image on the way."""
    assert state
    start = request.param(card, way, folder)
    assert len(start) == (1 if request.param is closed else 2)
    image = put(start, folder)
    with recorded() as events:
        way.do(image)
    return Resealed(start, tuple(events), way)


def test_the_old_image_or_the_new_one_is_there(resealed: Resealed, judge: Judge) -> None:
    assert sum(isinstance(event, Write) for event in resealed.events) > 5
    cuts = list(judge.cuts(resealed))
    assert {place for place, _ in cuts} == set(range(len(resealed.events) + 1))
    renamed = next(place for place, event in enumerate(resealed.events) if isinstance(event, Rename))
    assert {there for place, there in cuts if place <= renamed} == {"old"}
    assert {there for place, there in cuts if place == renamed + 1} == {"old", "new"}, "nothing was cut in between"
    assert {there for place, there in cuts if place == len(resealed.events)} == {"new"}


@pytest.mark.parametrize("way", ["seal"], indirect=True)
@pytest.mark.parametrize("resealed", [closed], indirect=True)
@pytest.mark.parametrize(("left_out", "leaves"), [(Flush, "none"), (FlushFolder, "old")])
def test_a_flush_that_is_left_out_is_seen(resealed: Resealed, judge: Judge, left_out: type, leaves: str) -> None:
    """The test above fails where less is flushed."""
    events = [event for event in resealed.events if not isinstance(event, left_out)]
    assert len(events) < len(resealed.events)
    cuts = judge.cuts(Resealed(resealed.start, events, resealed.way))
    assert any(there == leaves for place, there in cuts if place == len(events))
