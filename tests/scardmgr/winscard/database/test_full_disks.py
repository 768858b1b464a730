"""Disks that are full: what was acknowledged is kept, what does not fit is told."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from scardmgr.winscard.database import CardType, DatabaseFault, SmartCardDatabase

ATR = bytes.fromhex("3B00")
CARD = CardType("Card", ATR)


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 256 KiB."""
    folder = tmp_path / "small"
    folder.mkdir()
    mounted = shutil.which("mount") and subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=256k", "tmpfs", str(folder)], check=False, capture_output=True
    )
    if not mounted or mounted.returncode:
        pytest.skip("needs root: mounts a small disk")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


def fill(folder: Path) -> None:
    with suppress(OSError), (folder / "filling").open("wb", buffering=0) as file:
        while True:
            file.write(b"x" * 4096)


def test_a_database_that_does_not_fit_leaves_nothing_behind(small_disk: Path) -> None:
    fill(small_disk)
    with pytest.raises(DatabaseFault, match="cannot be used"):
        SmartCardDatabase.at(small_disk / "cards.sqlite3").introduce_card_type(CARD)
    assert [path.name for path in small_disk.iterdir()] == ["filling"]


def test_what_was_acknowledged_before_the_disk_was_full_can_be_read_and_the_rest_is_told(small_disk: Path) -> None:
    database = SmartCardDatabase.at(small_disk / "cards.sqlite3", seeded=False)
    done: list[str] = []
    with suppress(DatabaseFault):
        for number in range(1000):
            database.introduce_card_type(CardType(f"{number}", ATR, None, None, (), {2: "x" * 1000}))
            done.append(f"{number}")
    assert 0 < len(done) < 1000
    assert [card_type.name for card_type in database.card_types()] == done
    fill(small_disk)
    assert [card_type.name for card_type in database.card_types()] == done
    subprocess.run(["mount", "-o", "remount,size=1m", str(small_disk)], check=True)
    database.forget_card_type("0")
    assert len(database.card_types()) == len(done) - 1


def test_a_disk_that_is_full_to_the_last_byte_can_be_read_from(small_disk: Path) -> None:
    database = SmartCardDatabase.at(small_disk / "cards.sqlite3", seeded=False)
    database.introduce_card_type(CARD)
    fill(small_disk)
    assert database.card_types() == [CARD]
    with pytest.raises(DatabaseFault, match="cannot be used"):
        database.introduce_card_type(CardType("Another", ATR))
