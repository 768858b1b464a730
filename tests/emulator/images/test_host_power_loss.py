"""The power of the host is cut at each write of SQLite to its files, and the disk keeps what it likes of what was not
flushed. With ``flushed=True`` everything that was committed is there; without it an earlier state is, never one between
two, and never a file that is no card. What is closed is on the disk either way."""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from emulator import Card
from emulator.images.schema import FORMAT_VERSION
from emulator.persistent import CHV, Table

from .earlier_images import VERSIONS, restored
from .recorded_card import NONE, RecordedCard
from .recorded_disk import Write

Lifetimes = tuple[tuple[str, ...], ...]

VERIFY, WRONG = "002000010431323334", "002000010430303030"
SELECT_MF, SELECT_EF = "00A4000C023F00", "00A4000C020100"
LONG = "00D600000003E8" + "5A" * 1000
CREATE, DELETE = "00E000000D620B8002001082010183026F10", "00E40000"
CHANGE = "00240001083132333439393939"
PRESENT: Lifetimes = (
    (VERIFY, SELECT_EF, "00D600000411223344", LONG, WRONG, VERIFY),
    (VERIFY, SELECT_MF, CREATE, "00D6000003AABBCC", DELETE, CHANGE),
)
EARLIER: Lifetimes = (("00A4000C027F10", "00E20020020ABC", "002000010831323334FFFFFFFF", "002000010830303030FFFFFFFF"),)
"""The commands of each opening: of an image of the built-in profile, and of one that an earlier version wrote."""


@pytest.fixture(params=[FORMAT_VERSION, *VERSIONS], ids="format version {}".format)
def record(request: pytest.FixtureRequest, image: Path, folder: Path, observe: Any) -> Callable[..., RecordedCard]:
    """Records what is done to an image."""
    if request.param != FORMAT_VERSION:
        image.unlink()
        restored(request.param, image)
    lifetimes = PRESENT if request.param == FORMAT_VERSION else EARLIER
    start = {image.name: image.read_bytes()}
    return partial(RecordedCard, start=start, lifetimes=lifetimes, observe=observe, folder=folder)


def test_what_was_committed_is_there_where_it_was_flushed(record: Any) -> None:
    recorded = record(flushed=True)
    assert sum(isinstance(event, Write) for event in recorded.events) > 50
    cuts = list(recorded.cuts())
    assert [cut for cut in cuts if cut.state not in (cut.committed, cut.committed + 1)] == []
    assert {cut.committed for cut in cuts} == set(range(len(recorded.states)))
    assert {cut.place for cut in cuts} == set(range(len(recorded.events) + 1))
    assert any(cut.state == cut.committed + 1 for cut in cuts), "nothing was cut between a commit and what it says"


def test_an_earlier_state_is_there_where_it_was_not(record: Any) -> None:
    cuts = list(record(flushed=False).cuts())
    assert [cut for cut in cuts if not 0 <= cut.state <= cut.committed + 1] == []
    assert any(cut.state < cut.committed for cut in cuts), "the disk of this test loses nothing"
    assert [cut for cut in cuts if cut.closed and cut.state != cut.committed] == []
    assert any(cut.closed for cut in cuts)


def test_the_power_may_be_cut_again_while_the_image_is_opened(record: Any) -> None:
    """What a cut left behind is put right when the image is opened, and that is cut as well."""
    remains = {frozenset(files): files for *_, files in record(flushed=True).disks()}
    assert len(remains) == 3, "the image alone, with a log beside it, and with a journal"
    for files in remains.values():
        cuts = list(record(start=files, lifetimes=((WRONG,),), flushed=True).cuts())
        assert len({cut.place for cut in cuts}) > 5
        assert [cut for cut in cuts if cut.state not in (cut.committed, cut.committed + 1)] == []


@pytest.mark.parametrize("record", [FORMAT_VERSION], indirect=True)
def test_a_try_that_was_spent_stays_spent(record: Any) -> None:
    recorded = record(lifetimes=((WRONG, WRONG), (WRONG,)), flushed=True)
    left = [CHV(*state[Table.CHVS, (0, 1)]).tries_left for state in recorded.states]
    assert left == [3, 2, 1, 0]
    assert [cut for cut in recorded.cuts() if left[cut.state] > 3 - cut.committed] == []


@pytest.mark.parametrize("record", [FORMAT_VERSION], indirect=True)
@pytest.mark.parametrize("synchronous", ["NORMAL", "OFF"])
def test_a_flush_that_is_left_out_is_seen(record: Any, synchronous: str) -> None:
    """The tests above fail where SQLite is told to flush less."""
    assert any(cut.state < cut.committed for cut in record(flushed=True, synchronous=synchronous).cuts())
    assert any(cut.state == NONE for cut in record(flushed=False, synchronous=synchronous).cuts())


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
