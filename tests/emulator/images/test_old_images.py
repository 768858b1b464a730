"""Images that earlier versions wrote are read, and brought to the present format when they are opened to be changed."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from emulator import Card, NotACardImage
from emulator.images.schema import FORMAT_VERSION
from iso7816.contactless import ContactlessIdentity

from .earlier_images import CONTACTLESS, DEFINITION, FOLDER, IMAGES, VERSIONS, restored


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
    assert {path.name for path in FOLDER.iterdir()} == {f"version-{image}.sql" for image in IMAGES}


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


TAG = ContactlessIdentity(bytes.fromhex("04A2B3C4D5E680"), bytes.fromhex("067577810280"))
"""What the card of the contactless image said of itself when it was written."""


def test_an_old_contactless_image_is_copied_as_the_card_it_was(tmp_path: Path, make_terminal: Any) -> None:
    path = restored(CONTACTLESS, tmp_path / "old.card")
    before = path.read_bytes()
    with Card.open(path, mode="copy") as card:
        assert card.contactless == TAG
        assert card.atr == bytes.fromhex("3B8180018080")
        assert make_terminal(card).ok("00B0810000") == b"Moved"
        card.save(tmp_path / "new.card")
    assert path.read_bytes() == before
    with Card.open(tmp_path / "new.card") as card:
        assert card.contactless == TAG


def test_an_old_contactless_image_is_brought_to_the_present_format(
    tmp_path: Path, make_terminal: Any, observe: Any
) -> None:
    path = restored(CONTACTLESS, tmp_path / "old.card")
    with Card.open(path) as card:
        assert card.contactless == TAG
        terminal = make_terminal(card)
        assert terminal.ok("00B0810000") == b"Moved"
        terminal.ok("00D6810005" + b"Again".hex())
        changed = observe(card)
    assert format_of(path) == FORMAT_VERSION
    with Card.open(path) as card:
        assert card.contactless == TAG
        assert card.atr == bytes.fromhex("3B8180018080")
        assert observe(card) == changed
        assert make_terminal(card).ok("00B0810000") == b"Again"


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
