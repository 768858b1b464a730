"""Files that are no database of ours, or cannot be used: a clear error, the file as it was, and nothing beside it."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from tempfile import mkdtemp
from uuid import UUID

import pytest

from scardmgr.winscard.codes import SCardCode
from scardmgr.winscard.database import CardType, DatabaseFault, DatabaseScope, SmartCardDatabase, making, schema, turns
from scardmgr.winscard.embedded import EmbeddedResourceManager

ROOT = Path(__file__).parents[4]
ATR = bytes.fromhex("3B00")
CARD = CardType("Card", ATR)
Contents = Callable[[Path], dict[str, bytes]]


def make(path: Path) -> None:
    """A healthy database with a few entries, so that it has pages to damage."""
    database = SmartCardDatabase.at(path)
    for number in range(40):
        database.introduce_card_type(CardType(f"Card {number} {'x' * 200}", ATR))


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


# What is no file, and what may not be used


def test_a_folder_is_no_database(tmp_path: Path) -> None:
    with pytest.raises(DatabaseFault, match="is no file"):
        SmartCardDatabase.at(tmp_path).card_types()


def test_a_link_that_leads_nowhere(tmp_path: Path) -> None:
    path = tmp_path / "cards.sqlite3"
    path.symlink_to(tmp_path / "nowhere")
    database = SmartCardDatabase.at(path)
    assert database.card_types()
    with pytest.raises(DatabaseFault, match="leads nowhere"):
        database.introduce_card_type(CARD)
    assert [found.name for found in tmp_path.iterdir()] == ["cards.sqlite3"]
    assert path.is_symlink()


def test_a_link_to_a_database_will_do(tmp_path: Path) -> None:
    make(tmp_path / "real")
    (tmp_path / "link").symlink_to(tmp_path / "real")
    SmartCardDatabase.at(tmp_path / "link").introduce_card_type(CARD)
    assert SmartCardDatabase.at(tmp_path / "real").card_type("Card") == CARD


def test_a_pipe_is_no_database_and_nobody_waits_for_it(tmp_path: Path) -> None:
    path = tmp_path / "pipe"
    os.mkfifo(path)
    with pytest.raises(DatabaseFault, match="is no file"):
        SmartCardDatabase.at(path).card_types()


def test_a_folder_that_is_a_file(tmp_path: Path) -> None:
    (tmp_path / "folder").write_text("x", encoding="utf-8")
    database = SmartCardDatabase.at(tmp_path / "folder" / "cards.sqlite3")
    assert database.card_types()
    with pytest.raises(DatabaseFault, match="cannot be used") as raised:
        database.introduce_card_type(CARD)
    assert raised.value.code is SCardCode.SCARD_E_NO_ACCESS
    assert (tmp_path / "folder").read_text(encoding="utf-8") == "x"


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder that every user can get to."""
    folder = Path(mkdtemp(prefix="scardmgr-test-"))
    folder.chmod(0o755)
    yield folder
    for path in (folder, *folder.rglob("*")):
        path.chmod(0o700)
    shutil.rmtree(folder)


TRY = """
import os, sys
from scardmgr.winscard.database import *
from scardmgr.winscard.database import making, opening  # all there is, from where others may not read
SmartCardDatabase.in_memory().card_types()
if os.geteuid() == 0:
    os.setuid(65534)
paths, what = sys.argv[2:], sys.argv[1]
database = SmartCardDatabase.at(*paths)
try:
    if what == "read":
        print(database.card_types()[0].name)
    else:
        database.introduce_card_type(CardType("New", b"\\x3b\\x00"))
        print("done")
except DatabaseFault as fault:
    print(fault.code.name, fault)
"""


def as_ordinary_user(what: str, *paths: Path) -> str:
    """Read from or write to a database as somebody for whom permissions hold."""
    ran = subprocess.run(
        [sys.executable, "-c", TRY, what, *map(str, paths)],
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        text=True,
        timeout=60,
        check=True,
    )
    return ran.stdout


def test_what_may_only_be_read_is_read_and_not_written(open_folder: Path, contents: Contents) -> None:
    path = open_folder / "cards.sqlite3"
    SmartCardDatabase.at(open_folder / "user", path).introduce_card_type(CARD, scope=DatabaseScope.SYSTEM)
    path.chmod(0o444)
    open_folder.chmod(0o555)
    before = contents(open_folder)
    assert as_ordinary_user("read", open_folder / "user", path) == "Card\n"
    written = as_ordinary_user("write", path)
    assert written.startswith("SCARD_E_NO_ACCESS")
    assert str(path) in written
    assert contents(open_folder) == before


def test_what_may_not_even_be_read(open_folder: Path, contents: Contents) -> None:
    path = open_folder / "cards.sqlite3"
    SmartCardDatabase.at(path).introduce_card_type(CARD)
    before = contents(open_folder)
    path.chmod(0o000)
    for what in ("read", "write"):
        answer = as_ordinary_user(what, path)
        assert answer.startswith("SCARD_E_NO_ACCESS")
        assert str(path) in answer
    path.chmod(0o600)
    assert contents(open_folder) == before


def test_a_folder_that_one_may_not_even_look_into_has_no_database_for_who_reads(open_folder: Path) -> None:
    path = open_folder / "folder" / "cards.sqlite3"
    SmartCardDatabase.at(path).introduce_card_type(CARD)
    path.parent.chmod(0o000)
    assert as_ordinary_user("read", path) == "ISO/IEC 7816-4 test card\n"
    answer = as_ordinary_user("write", path)
    assert answer.startswith("SCARD_E_NO_ACCESS")
    assert str(path) in answer


def test_a_folder_that_may_not_be_written_to(open_folder: Path) -> None:
    open_folder.chmod(0o555)
    answer = as_ordinary_user("write", open_folder / "cards.sqlite3")
    assert answer.startswith("SCARD_E_NO_ACCESS")


# Others at the same file


@pytest.fixture
def held(tmp_path: Path) -> Iterator[Path]:
    """A database on which another program has a write transaction open."""
    path = tmp_path / "cards.sqlite3"
    make(path)
    holder = sqlite3.connect(path, isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")
    yield path
    holder.close()


def test_a_database_held_by_others_is_waited_for_with_a_bound(held: Path) -> None:
    began = time.monotonic()
    with pytest.raises(DatabaseFault, match="held by others") as raised:
        SmartCardDatabase.at(held, patience_s=0.2).introduce_card_type(CARD)
    assert 0.1 < time.monotonic() - began < 10
    assert raised.value.code is SCardCode.SCARD_E_SERVER_TOO_BUSY


def test_reading_waits_for_nobody(held: Path) -> None:
    assert len(SmartCardDatabase.at(held, patience_s=0.0, seeded=False).card_types()) == 40


def test_a_thread_that_is_slow_is_waited_for_with_a_bound(tmp_path: Path) -> None:
    path = tmp_path / "cards.sqlite3"
    make(path)
    entered, leave = threading.Event(), threading.Event()

    def hold() -> None:
        with turns.taken(path, 5):
            entered.set()
            leave.wait(20)

    thread = threading.Thread(target=hold, daemon=True)
    thread.start()
    assert entered.wait(10)
    with pytest.raises(DatabaseFault, match="held by others"):
        SmartCardDatabase.at(path, patience_s=0.1).card_types()
    leave.set()
    thread.join(10)
    assert SmartCardDatabase.at(path).card_types()


def test_a_forked_child_need_not_wait_for_a_thread_that_it_does_not_have(tmp_path: Path) -> None:
    program = """
import os, sys, threading
from pathlib import Path
from scardmgr.winscard.database import *
from scardmgr.winscard.database import turns
path = Path(sys.argv[1])
SmartCardDatabase.at(path).introduce_card_type(CardType("Card", b"\\x3b\\x00"))
entered, leave = threading.Event(), threading.Event()
def hold():
    with turns.taken(path, 5):
        entered.set()
        leave.wait(20)
thread = threading.Thread(target=hold)
thread.start()
entered.wait(10)
child = os.fork()
if child == 0:
    SmartCardDatabase.at(path, patience_s=1).card_types()
    os._exit(0)
status = os.waitpid(child, 0)[1]
leave.set()
thread.join()
sys.exit(os.waitstatus_to_exitcode(status))
"""
    ran = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", program, str(tmp_path / "cards.sqlite3")],
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        timeout=60,
        check=False,
    )
    assert ran.returncode == 0


def test_a_process_that_was_killed_in_the_middle_harms_nothing(tmp_path: Path) -> None:
    path = tmp_path / "cards.sqlite3"
    program = """
import os, signal, sys
from scardmgr.winscard.database import *
database = SmartCardDatabase.at(sys.argv[1], seeded=False)
database.introduce_card_type(CardType("Whole", b"\\x3b\\x00"))
with database._layers().user.writing() as connection:
    connection.execute("DELETE FROM card_types")
    os.kill(os.getpid(), signal.SIGKILL)
"""
    subprocess.run(
        [sys.executable, "-c", program, str(path)], env=os.environ | {"PYTHONPATH": str(ROOT)}, timeout=60, check=False
    )
    database = SmartCardDatabase.at(path, seeded=False)
    assert [card_type.name for card_type in database.card_types()] == ["Whole"]
    database.introduce_card_type(CARD)
    assert [path.name for path in tmp_path.iterdir()] == ["cards.sqlite3"]


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


def test_a_log_that_was_left_behind_is_taken_up(tmp_path: Path) -> None:
    path = tmp_path / "cards.sqlite3"
    make(path)
    program = """
import os, signal, sqlite3, sys
connection = sqlite3.connect(sys.argv[1], isolation_level=None)
connection.execute("UPDATE card_types SET name = 'Renamed' WHERE id = 1")
os.kill(os.getpid(), signal.SIGKILL)
"""
    subprocess.run([sys.executable, "-c", program, str(path)], timeout=60, check=False)
    assert SmartCardDatabase.at(path, seeded=False).card_types()[0].name == "Renamed"
    assert [found.name for found in tmp_path.iterdir()] == ["cards.sqlite3"]


# Versions


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


def test_a_file_system_without_links_will_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise OSError(1, "Operation not permitted")

    monkeypatch.setattr(Path, "hardlink_to", refuse)
    path = tmp_path / "cards.sqlite3"
    database = SmartCardDatabase.at(path, seeded=False)
    database.introduce_card_type(CARD)
    making.make(path, shared=False)
    assert database.card_types() == [CARD]
    assert [path.name for path in tmp_path.iterdir()] == ["cards.sqlite3"]


def test_whoever_is_second_to_make_a_database_uses_the_first(tmp_path: Path) -> None:
    path = tmp_path / "cards.sqlite3"
    database = SmartCardDatabase.at(path, seeded=False)
    database.introduce_card_type(CARD)
    making.make(path, shared=False)
    assert database.card_types() == [CARD]
    assert [path.name for path in tmp_path.iterdir()] == ["cards.sqlite3"]


# Disks that are full


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


# Who may only read, beside somebody who writes

READ_FOR_A_WHILE = """
import os, sys, time
from scardmgr.winscard.database import making, opening  # all there is, from where others may not read
from scardmgr.winscard.database import *
SmartCardDatabase.in_memory().card_types()
if os.geteuid() == 0:
    os.setuid(65534)
database = SmartCardDatabase.at(*sys.argv[1:], seeded=False)
print("ready", flush=True)
end = time.monotonic() + 3
while time.monotonic() < end:
    assert database.card_types()[0].name == "First"
"""


def test_who_may_only_read_is_not_disturbed_by_who_writes(open_folder: Path) -> None:
    database = SmartCardDatabase.at(open_folder / "user", open_folder / "system")
    database.introduce_card_type(CardType("First", ATR), scope=DatabaseScope.SYSTEM)
    if os.geteuid() != 0:
        open_folder.joinpath("system").chmod(0o444)
    readers = [
        subprocess.Popen(
            [sys.executable, "-c", READ_FOR_A_WHILE, str(open_folder / "user"), str(open_folder / "system")],
            env=os.environ | {"PYTHONPATH": str(ROOT)},
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(2)
    ]
    for reader in readers:
        assert reader.stdout is not None
        assert reader.stdout.readline() == "ready\n"
    while os.geteuid() == 0 and any(reader.poll() is None for reader in readers):
        database.introduce_card_type(
            CardType("Second", ATR, None, None, (), {2: "x" * 999}), scope=DatabaseScope.SYSTEM
        )
        database.forget_card_type("Second", scope=DatabaseScope.SYSTEM)
    for reader in readers:
        reader.communicate(timeout=30)
    assert [reader.returncode for reader in readers] == [0, 0]


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


@pytest.mark.skipif(sys.platform == "win32", reason="no umask there")
def test_everybody_may_read_what_is_shared_whatever_the_umask(tmp_path: Path) -> None:
    before = os.umask(0o077)
    try:
        database = SmartCardDatabase.at(tmp_path / "user" / "a" / "file", tmp_path / "shared" / "a" / "file")
        for scope in DatabaseScope:
            database.introduce_card_type(CARD, scope=scope)
    finally:
        os.umask(before)
    modes = {path.relative_to(tmp_path).as_posix(): path.stat().st_mode & 0o777 for path in tmp_path.rglob("*")}
    assert modes == {
        "user": 0o700,
        "user/a": 0o700,
        "user/a/file": 0o600,
        "shared": 0o755,
        "shared/a": 0o755,
        "shared/a/file": 0o644,
    }
