"""Images that earlier versions wrote are read, and brought to the present format where they are opened to be changed.

``earlier/version-N.sql`` is what the program of format version N wrote, as SQLite's ``.dump`` tells it.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from emulator import Card, NotACardImage
from emulator.images.schema import FORMAT_VERSION

FOLDER = Path(__file__).parent / "earlier"
VERSIONS = range(1, FORMAT_VERSION)
DEFINITION = """
[card]
protocols = ["T=0", "T=1"]
memory = 70000
[[chvs]]
reference = 1
value = "1234"
padding = 0xFF
puk = "999999"
unblock = { any = ["CHV 2", "key 1"] }
[[chvs]]
reference = 2
value = "5678"
state = "transport"
may_be_disabled = false
[[chvs]]
reference = 0x83
df = "3F00/7F10"
value = "1111"
state = "disabled"
[[keys]]
reference = 1
type = "aes"
value = "000102030405060708090A0B0C0D0E0F"
usage = ["external"]
tries = 3
use = "never"
[[keys]]
reference = 0x82
df = "3F00/7F10"
type = "3des"
value = "404142434445464748494A4B4C4D4E4F"
use = { all = ["CHV 1", "CHV 83"] }
[[data_objects]]
tag = 0x5F20
value = "x"
size = 9
read = "CHV 1"
[[applications]]
name = "A0 01"
label = "label"
path = "3F00/7F10"
[files."3F00/7F10"]
type = "DF"
access = { create_ef = "CHV 1", delete_child = { all = ["CHV 1", "key 1"] } }
[files."3F00/7F10/6F01"]
type = "transparent"
size = 1100
life_cycle = "deactivated"
write = "and"
[files."3F00/7F10/6F02"]
type = "linear fixed"
record_size = 4
max_records = 9
records = ["1", "22"]
sfi = 30
[files."3F00/7F10/6F03"]
type = "linear variable"
records = ["1", "22"]
access = { read = "key 82" }
[files."3F00/7F10/6F04"]
type = "cyclic"
record_size = 2
max_records = 3
[files."3F00/6F05"]
type = "transparent"
"""
"""What every earlier version could say."""


def restored(version: int, path: Path) -> Path:
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript((FOLDER / f"version-{version}.sql").read_text(encoding="utf-8"))
    return path


def format_of(path: Path) -> int:
    with closing(sqlite3.connect(path)) as connection:
        return int(connection.execute("PRAGMA user_version").fetchone()[0])


@pytest.fixture
def expected(define: Callable[[str], Any]) -> Card:
    """The card as it was when the images were written."""
    terminal = define(DEFINITION)
    terminal.card.set_protocol(terminal.card._state.identity.protocols[1])
    for number in range(5):
        terminal.ok("00A4000C023F00", "00A4000C027F10", f"00E20020020{number:03X}")
    assert terminal.sw("002000010830303030FFFFFFFF") == "63C2"
    card: Card = terminal.card
    return card


def test_there_is_an_image_of_every_earlier_version() -> None:
    assert {path.name for path in FOLDER.iterdir()} == {f"version-{version}.sql" for version in VERSIONS}


@pytest.mark.parametrize("version", VERSIONS)
def test_an_old_image_is_copied_as_the_card_it_was_and_left_as_it_is(
    version: int, expected: Card, tmp_path: Path, observe: Any
) -> None:
    path = restored(version, tmp_path / "old.card")
    before = path.read_bytes()
    with Card.open(path, mode="copy") as card:
        assert observe(card) == observe(expected)
        assert card.contactless is None
        assert card.atr == expected.atr
    assert path.read_bytes() == before
    assert list(tmp_path.glob("old.card*")) == [path]


@pytest.mark.parametrize("version", VERSIONS)
def test_an_old_image_is_brought_to_the_present_format_and_goes_on(
    version: int, expected: Card, tmp_path: Path, make_terminal: Any, observe: Any
) -> None:
    path = restored(version, tmp_path / "old.card")
    with Card.open(path) as card:
        assert observe(card) == observe(expected)
        terminal = make_terminal(card)
        assert len(terminal.ok("0084000010")) == 16
        assert terminal.sw("0082000110" + "00" * 16) == "63C2"
        changed = observe(card)
    assert format_of(path) == FORMAT_VERSION
    with Card.open(path) as card:
        assert observe(card) == changed
        assert card._state.keys[(0, 1)].tries_left == 2


@pytest.mark.parametrize("version", VERSIONS)
def test_a_damaged_old_image_is_refused_untouched(version: int, tmp_path: Path) -> None:
    path = restored(version, tmp_path / "old.card")
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("ALTER TABLE keys RENAME COLUMN use TO abuse")
    before = path.read_bytes()
    for mode in ("copy", "rw"):
        with pytest.raises(NotACardImage, match="damaged"):
            Card.open(path, mode=mode)  # type: ignore[arg-type]
    assert format_of(path) == version
    with closing(sqlite3.connect(path)) as connection:
        assert "abuse" in "".join(row[0] or "" for row in connection.execute("SELECT sql FROM sqlite_master"))
    assert len(path.read_bytes()) == len(before)
