"""Files of earlier versions are upgraded, or left as they are."""

from __future__ import annotations

import os
import sqlite3
from pathlib import Path

import pytest

from scardmgr.winscard.database import CardType, DatabaseFault, SmartCardDatabase, schema

ATR = bytes.fromhex("3B00")
CARD = CardType("Card", ATR)


def test_a_file_of_an_earlier_version_is_upgraded_and_keeps_its_entries(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, full_type: CardType
) -> None:
    path = tmp_path / "cards.sqlite3"
    SmartCardDatabase.at(path, seeded=False).introduce_card_type(full_type)
    later = (*schema.STEPS, "ALTER TABLE card_types ADD COLUMN note TEXT; CREATE TABLE more (id INTEGER)")
    monkeypatch.setattr(schema, "STEPS", later)
    database = SmartCardDatabase.at(path, seeded=False)
    assert database.card_types() == [full_type]
    connection = sqlite3.connect(path)
    assert connection.execute("PRAGMA user_version").fetchone() == (len(later),)
    assert connection.execute("SELECT note FROM card_types").fetchall() == [(None,)]
    connection.close()


def test_an_upgrade_that_fails_leaves_the_earlier_version(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, full_type: CardType
) -> None:
    path = tmp_path / "cards.sqlite3"
    SmartCardDatabase.at(path, seeded=False).introduce_card_type(full_type)
    before = path.read_bytes()
    with monkeypatch.context() as patch:
        patch.setattr(schema, "STEPS", (*schema.STEPS, "DROP TABLE card_types; SELECT * FROM no_such_table"))
        with pytest.raises(DatabaseFault):
            SmartCardDatabase.at(path, seeded=False).card_types()
    assert path.read_bytes() == before
    assert SmartCardDatabase.at(path, seeded=False).card_types() == [full_type]


def test_the_released_schema_is_what_it_was() -> None:
    """A file of version 1, as it was first written, is in the field: its step may not change."""
    connection = sqlite3.connect(":memory:", isolation_level=None)
    schema.create(connection)
    columns = {
        table: [row[1] for row in connection.execute(f"PRAGMA table_info({table})")]
        for (table,) in connection.execute(
            "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite%' ORDER BY name"
        ).fetchall()
    }
    identity = connection.execute("PRAGMA application_id").fetchone(), schema.version_of(connection)
    connection.close()
    assert identity == ((0x53436462,), 1)
    assert columns == {
        "card_interfaces": ["card_type", "position", "interface"],
        "card_providers": ["card_type", "provider_id", "name"],
        "card_types": ["id", "scope", "key", "name", "atr", "mask", "primary_provider"],
        "memberships": ["id", "scope", "group_key", "group_name", "reader_key", "member"],
        "readers": ["id", "scope", "key", "name", "device"],
    }


def test_an_earlier_version_can_be_read_by_who_may_only_read(
    open_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = open_folder / "cards.sqlite3"
    SmartCardDatabase.at(path).introduce_card_type(CARD)
    before = path.read_bytes()
    monkeypatch.setattr(schema, "STEPS", (*schema.STEPS, "CREATE TABLE later (id)"))
    monkeypatch.setattr(os, "access", lambda *_: False)
    assert SmartCardDatabase.at(path, seeded=False).card_types() == [CARD]
    assert path.read_bytes() == before
