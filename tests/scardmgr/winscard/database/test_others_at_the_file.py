"""Others at the same file: who holds it is waited for with a bound, who was killed or came first harms nothing."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from scardmgr.winscard.codes import SCardCode
from scardmgr.winscard.database import CardType, DatabaseFault, SmartCardDatabase, making, turns

ROOT = Path(__file__).parents[4]
ATR = bytes.fromhex("3B00")
CARD, ANOTHER = CardType("Card", ATR), CardType("Another", ATR)


@pytest.fixture
def held(tmp_path: Path) -> Iterator[Path]:
    """A database on which another program has a write transaction open."""
    path = tmp_path / "cards.sqlite3"
    SmartCardDatabase.at(path, seeded=False).introduce_card_type(CARD)
    holder = sqlite3.connect(path, isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")
    yield path
    holder.close()


def test_a_database_held_by_others_is_waited_for_with_a_bound(held: Path) -> None:
    with pytest.raises(DatabaseFault, match="held by others") as raised:
        SmartCardDatabase.at(held, patience_s=0.2).introduce_card_type(ANOTHER)
    assert raised.value.code is SCardCode.SCARD_E_SERVER_TOO_BUSY


def test_a_database_that_others_let_go_of_is_written_to(tmp_path: Path) -> None:
    path = tmp_path / "cards.sqlite3"
    SmartCardDatabase.at(path, seeded=False).introduce_card_type(CARD)
    holder = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    holder.execute("BEGIN IMMEDIATE")
    with pytest.raises(DatabaseFault, match="held by others"):
        SmartCardDatabase.at(path, patience_s=0.0).introduce_card_type(ANOTHER)
    letting_go = threading.Timer(0.2, holder.rollback)
    letting_go.start()
    SmartCardDatabase.at(path, seeded=False, patience_s=60.0).introduce_card_type(ANOTHER)
    letting_go.join()
    holder.close()
    assert SmartCardDatabase.at(path, seeded=False).card_types() == [CARD, ANOTHER]


def test_reading_waits_for_nobody(held: Path) -> None:
    assert len(SmartCardDatabase.at(held, patience_s=0.0, seeded=False).card_types()) == 1


def test_a_thread_that_is_slow_is_waited_for_with_a_bound(tmp_path: Path) -> None:
    path = tmp_path / "cards.sqlite3"
    SmartCardDatabase.at(path).introduce_card_type(CARD)
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


def test_a_log_that_was_left_behind_is_taken_up(tmp_path: Path) -> None:
    path = tmp_path / "cards.sqlite3"
    SmartCardDatabase.at(path).introduce_card_type(CARD)
    program = """
import os, signal, sqlite3, sys
connection = sqlite3.connect(sys.argv[1], isolation_level=None)
connection.execute("UPDATE card_types SET name = 'Renamed' WHERE id = 1")
os.kill(os.getpid(), signal.SIGKILL)
"""
    subprocess.run([sys.executable, "-c", program, str(path)], timeout=60, check=False)
    assert SmartCardDatabase.at(path, seeded=False).card_types()[0].name == "Renamed"
    assert [found.name for found in tmp_path.iterdir()] == ["cards.sqlite3"]


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
