"""Files that are no database of ours, or a damaged one: a clear error, the file as it was, and nothing beside it."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from uuid import UUID

import pytest

from scardmgr.winscard.codes import SCardCode
from scardmgr.winscard.database import CardType, DatabaseFault, SmartCardDatabase, schema
from scardmgr.winscard.embedded import EmbeddedResourceManager

ATR = bytes.fromhex("3B00")
CARD = CardType("Card", ATR)
Contents = Callable[[Path], dict[str, bytes]]


@cache
def healthy() -> bytes:
    """A database with a few entries, so that it has pages to damage; made once, for each entry waits for the disk."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "cards.sqlite3"
        database = SmartCardDatabase.at(path)
        for number in range(40):
            database.introduce_card_type(CardType(f"Card {number} {'x' * 200}", ATR))
        return path.read_bytes()


def make(path: Path) -> None:
    """A healthy database."""
    path.write_bytes(healthy())


def text(path: Path) -> None:
    path.write_text("not a database, but somebody's notes\n" * 50, encoding="utf-8")


def empty(path: Path) -> None:
    path.touch()


def short(path: Path) -> None:
    path.write_bytes(b"SQLite format 3\0")


def other_application(path: Path) -> None:
    connection = sqlite3.connect(path)
    connection.execute("CREATE TABLE bookmarks (url TEXT)")
    connection.close()


def other_application_in_wal_mode(path: Path) -> None:
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA application_id = 252006674")
    connection.execute("CREATE TABLE card_types (id)")
    connection.close()


def newer(path: Path) -> None:
    make(path)
    connection = sqlite3.connect(path)
    connection.execute(f"PRAGMA user_version = {len(schema.STEPS) + 1}")
    connection.close()


def truncated(path: Path) -> None:
    make(path)
    os.truncate(path, path.stat().st_size // 2)


def truncated_within_a_page(path: Path) -> None:
    make(path)
    os.truncate(path, path.stat().st_size - 1000)


def overwritten(path: Path) -> None:
    make(path)
    data = bytearray(path.read_bytes())
    data[4096 : len(data) // 2] = b"\xa5" * (len(data) // 2 - 4096)
    path.write_bytes(data)


def without_its_tables(path: Path) -> None:
    """Ours by its header alone."""
    connection = sqlite3.connect(path)
    connection.execute(f"PRAGMA application_id = {schema.APPLICATION_ID}")
    connection.execute(f"PRAGMA user_version = {len(schema.STEPS)}")
    connection.close()


def rows_that_make_no_sense(path: Path) -> None:
    make(path)
    connection = sqlite3.connect(path)
    connection.execute("UPDATE card_types SET name = ''")
    connection.execute("INSERT INTO readers (scope, key, name, device) VALUES (0, 'r', x'00', 'd')")
    connection.execute("INSERT INTO memberships VALUES (NULL, 0, 'g', x'00', 'r', 1)")
    connection.commit()
    connection.close()


@pytest.mark.parametrize(
    "change",
    [
        "card_types SET atr = 'xy'",
        "card_types SET mask = 'xy'",
        "card_types SET primary_provider = '0123456789abcdef'",
        "card_interfaces SET interface = '0123456789abcdef'",
        "card_providers SET name = x'41'",
    ],
)
def test_a_column_that_holds_another_kind_of_value_is_damage(change: str, tmp_path: Path) -> None:
    path = tmp_path / "cards.sqlite3"
    database = SmartCardDatabase.at(path)
    database.introduce_card_type(CardType("Card", ATR, ATR, UUID(int=1), (UUID(int=2),), {2: "CSP"}))
    connection = sqlite3.connect(path)
    connection.execute(f"UPDATE {change}")
    connection.commit()
    connection.close()
    before = path.read_bytes()
    for operation in OPERATIONS.values():
        with pytest.raises(DatabaseFault, match="makes no sense"):
            operation(database)
    assert path.read_bytes() == before


SPOILT = {
    "text": (text, "is no smart card database"),
    "no byte": (empty, "is no smart card database"),
    "16 bytes": (short, "is no smart card database"),
    "other application": (other_application, "another application"),
    "other application, WAL": (other_application_in_wal_mode, "another application"),
    "newer version": (newer, "newer version of scardmgr"),
    "truncated": (truncated, "damaged"),
    "truncated within a page": (truncated_within_a_page, "damaged"),
    "overwritten": (overwritten, "damaged"),
    "without tables": (without_its_tables, "cannot be used"),
    "senseless rows": (rows_that_make_no_sense, "makes no sense"),
}


OPERATIONS: dict[str, Callable[[SmartCardDatabase], object]] = {
    "list": lambda database: database.card_types(),
    "introduce": lambda database: database.introduce_card_type(CARD),
    "forget": lambda database: database.forget_card_type("Card"),
    "set provider": lambda database: database.set_provider_name("Card", 2, "x"),
}
READER_OPERATIONS: dict[str, Callable[[SmartCardDatabase], object]] = {
    "readers": lambda database: database.listed(["R"]),
    "groups": lambda database: database.groups(),
    "introduce reader": lambda database: database.introduce_reader("A", "R", ["R"]),
    "add to group": lambda database: database.add_to_group("A", "G", []),
    "forget group": lambda database: database.forget_group("G"),
}


@pytest.mark.parametrize("operation", OPERATIONS)
@pytest.mark.parametrize("spoilt", SPOILT)
def test_a_file_that_is_not_ours_is_named_and_left_alone(
    spoilt: str, operation: str, tmp_path: Path, contents: Contents
) -> None:
    spoil, words = SPOILT[spoilt]
    path = tmp_path / "cards.sqlite3"
    spoil(path)
    before = contents(tmp_path)
    with pytest.raises(DatabaseFault, match=words) as raised:
        OPERATIONS[operation](SmartCardDatabase.at(path))
    assert raised.value.code is SCardCode.SCARD_F_INTERNAL_ERROR
    assert str(path) in str(raised.value)
    assert contents(tmp_path) == before


@pytest.mark.parametrize("operation", READER_OPERATIONS)
@pytest.mark.parametrize("spoilt", SPOILT)
def test_so_it_is_for_readers_and_groups(spoilt: str, operation: str, tmp_path: Path, contents: Contents) -> None:
    spoil, words = SPOILT[spoilt]
    path = tmp_path / "cards.sqlite3"
    spoil(path)
    before = contents(tmp_path)
    with pytest.raises(DatabaseFault, match=words):
        READER_OPERATIONS[operation](SmartCardDatabase.at(path))
    assert contents(tmp_path) == before


@pytest.mark.parametrize("cut", range(0, 40_000, 1531))
def test_wherever_a_file_was_cut_off_it_is_left_alone(cut: int, tmp_path: Path, contents: Contents) -> None:
    path = tmp_path / "cards.sqlite3"
    make(path)
    if cut >= path.stat().st_size:
        pytest.fail("the file is shorter than this test supposes")
    os.truncate(path, cut)
    before = contents(tmp_path)
    with pytest.raises(DatabaseFault):
        SmartCardDatabase.at(path).introduce_card_type(CARD)
    assert contents(tmp_path) == before


@pytest.mark.parametrize("byte", range(100, 12_000, 379))
def test_a_byte_that_was_changed_is_noticed_or_does_no_harm(byte: int, tmp_path: Path, contents: Contents) -> None:
    path = tmp_path / "cards.sqlite3"
    make(path)
    data = bytearray(path.read_bytes())
    data[byte] ^= 0xFF
    path.write_bytes(data)
    before = contents(tmp_path)
    with suppress(DatabaseFault):
        SmartCardDatabase.at(path).card_types()
    assert contents(tmp_path) == before


def test_a_fault_is_a_code_in_the_pyscard_face_and_has_words_in_the_typed_one(tmp_path: Path) -> None:
    path = tmp_path / "cards.sqlite3"
    text(path)
    rm = EmbeddedResourceManager(database=SmartCardDatabase.at(path))
    rm.add_reader("R")
    context = rm.establish_context()
    code = SCardCode.SCARD_F_INTERNAL_ERROR.value
    state = [("R", 0)]
    assert rm.SCardListCards(context, [], []) == [code, []]
    assert rm.SCardIntroduceCardType(context, "Card", [], [], [0x3B, 0], []) == code
    assert rm.SCardForgetCardType(context, "Card") == code
    assert rm.SCardGetCardTypeProviderName(context, "Card", 2) == [code, None]
    assert rm.SCardSetCardTypeProviderName(context, "Card", 2, "x") == [code]
    assert rm.SCardListInterfaces(context, "Card") == [code, []]
    assert rm.SCardGetProviderId(context, "Card") == [code, []]
    assert rm.SCardLocateCards(context, ["Card"], state) == [code, [("R", 0, [])]]
    assert rm.SCardListReaders(context, ["G"]) == [code, []]
    assert rm.SCardListReaderGroups(context) == [code, []]
    assert rm.SCardIntroduceReader(context, "A", "R") == code
    assert rm.SCardAddReaderToGroup(context, "R", "G") == code
    assert rm.SCardConnect(context, "A", 2, 3)[0] == code
    with pytest.raises(DatabaseFault, match="is no smart card database"):
        rm.list_cards(context)


def test_readers_that_are_there_can_be_used_whatever_the_database_is_like(tmp_path: Path) -> None:
    path = tmp_path / "cards.sqlite3"
    text(path)
    rm = EmbeddedResourceManager(database=SmartCardDatabase.at(path))
    rm.add_reader("R")
    context = rm.establish_context()
    assert rm.SCardGetStatusChange(context, 0, [("R", 0)])[0] == 0
    assert rm.SCardConnect(context, "R", 3, 0)[0] == 0


def test_a_damaged_file_with_a_log_beside_it_is_left_alone_with_its_log(tmp_path: Path) -> None:
    path, log = tmp_path / "cards.sqlite3", tmp_path / "cards.sqlite3-wal"
    make(path)
    program = """
import os, signal, sqlite3, sys
connection = sqlite3.connect(sys.argv[1], isolation_level=None)
connection.execute("UPDATE card_types SET name = name || '!' WHERE id = 1")
os.kill(os.getpid(), signal.SIGKILL)
"""
    subprocess.run([sys.executable, "-c", program, str(path)], timeout=60, check=False)
    data = bytearray(path.read_bytes())
    data[-4096:] = b"\xa5" * 4096
    path.write_bytes(data)
    before = path.read_bytes(), log.read_bytes()
    assert before[1]
    for operation in OPERATIONS.values():
        with pytest.raises(DatabaseFault, match="damaged"):
            operation(SmartCardDatabase.at(path))
    assert (path.read_bytes(), log.read_bytes()) == before
