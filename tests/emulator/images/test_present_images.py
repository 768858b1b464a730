"""Images of the present formats stay what they are: no change of a format goes without a new number."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from emulator import Card
from emulator.images.schema import FORMAT_VERSION, SEAL, SEALED_FORMAT_VERSION, TABLES
from iso7816.contactless import ContactlessIdentity

from .present_images import COMMANDS, DEFINITION, FOLDER, PASSPHRASE, restored

PASSPHRASES = {FORMAT_VERSION: None, SEALED_FORMAT_VERSION: PASSPHRASE}


def texts(path: Path) -> set[str]:
    """What its tables were created by."""
    with closing(sqlite3.connect(path)) as connection:
        return {text for (text,) in connection.execute("SELECT sql FROM sqlite_master WHERE sql NOT NULL")}


def rows(path: Path) -> dict[str, list[Any]]:
    """What is in its tables."""
    with closing(sqlite3.connect(path)) as connection:
        return {table.name: connection.execute(f"SELECT * FROM {table.name}").fetchall() for table in TABLES}  # noqa: S608


@pytest.fixture
def expected(tmp_path: Path) -> Card:
    """The card as it was when the images were written."""
    definition = tmp_path / "everything.toml"
    definition.write_text(DEFINITION, encoding="utf-8")
    card = Card.from_profile(definition)
    card.power_on()
    for command, word in COMMANDS:
        assert card.transmit(bytes.fromhex(command)).hex().upper() == word, command
    return card


def test_there_is_an_image_of_every_present_format() -> None:
    assert {path.name for path in FOLDER.iterdir()} == {f"version-{version}.sql" for version in PASSPHRASES}


def test_the_tables_are_created_by_the_same_texts(tmp_path: Path) -> None:
    """A program of another text would refuse the images that there are."""
    plain, sealed = (restored(version, tmp_path / f"{version}.card") for version in PASSPHRASES)
    assert texts(plain) == {table.statement for table in TABLES}
    assert texts(sealed) == {table.statement for table in (*TABLES, SEAL)}


def test_a_new_image_of_the_card_is_the_old_one(expected: Card, tmp_path: Path) -> None:
    """Row by row: neither what is in the columns nor how it is written there has changed."""
    old = rows(restored(FORMAT_VERSION, tmp_path / "old.card"))
    expected.save(tmp_path / "new.card")
    assert rows(tmp_path / "new.card") == old
    # There is a value in every column of every table, or the image would show nothing about it.
    for table in TABLES:
        for index, column in enumerate(table.columns):
            assert any(row[index] not in (None, b"", "") for row in old[table.name]), (table.name, column.name)


@pytest.mark.parametrize("version", PASSPHRASES)
@pytest.mark.parametrize("mode", ["copy", "rw"])
def test_an_image_is_opened_as_the_card_it_was(
    version: int, mode: Any, expected: Card, tmp_path: Path, make_terminal: Any, observe: Any
) -> None:
    path = restored(version, tmp_path / "old.card")
    with Card.open(path, mode, passphrase=PASSPHRASES[version]) as card:
        assert observe(card) == observe(expected)
        assert card.atr == expected.atr
        assert card.contactless == expected.contactless
        assert card.contactless == ContactlessIdentity(
            bytes.fromhex("04A2B3C4D5E680"), bytes.fromhex("09787781028031E000")
        )
        terminal = make_terminal(card)
        assert terminal.verify(1, b"1234\xff\xff\xff\xff") == "9000"
        terminal.ok("0022F305")
        assert len(terminal.ok("002A9E9A20" + bytes(32).hex() + "00")) == 64, "the environment names a key that signs"
        changed = observe(card)
    assert changed != observe(expected)
    with Card.open(path, "copy", passphrase=PASSPHRASES[version]) as card:
        assert observe(card) == (changed if mode == "rw" else observe(expected))
