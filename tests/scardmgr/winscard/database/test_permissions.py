"""What is no file, and what may not be read or written, or only be read: a clear error, and as much as may be."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from scardmgr.winscard.codes import SCardCode
from scardmgr.winscard.database import CardType, DatabaseFault, DatabaseScope, SmartCardDatabase

ROOT = Path(__file__).parents[4]
ATR = bytes.fromhex("3B00")
CARD = CardType("Card", ATR)
Contents = Callable[[Path], dict[str, bytes]]


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
    first = CardType("First", ATR)
    SmartCardDatabase.at(tmp_path / "real", seeded=False).introduce_card_type(first)
    (tmp_path / "link").symlink_to(tmp_path / "real")
    SmartCardDatabase.at(tmp_path / "link", seeded=False).introduce_card_type(CARD)
    assert SmartCardDatabase.at(tmp_path / "real", seeded=False).card_types() == [first, CARD]


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


READ_UNTIL_TOLD = """
import os, select, sys
from scardmgr.winscard.database import making, opening  # all there is, from where others may not read
from scardmgr.winscard.database import *
SmartCardDatabase.in_memory().card_types()
if os.geteuid() == 0:
    os.setuid(65534)
database = SmartCardDatabase.at(*sys.argv[1:], seeded=False)
print("ready", flush=True)
while not select.select([sys.stdin], [], [], 0)[0]:
    assert database.card_types()[0].name == "First"
"""


def test_who_may_only_read_is_not_disturbed_by_who_writes(open_folder: Path) -> None:
    database = SmartCardDatabase.at(open_folder / "user", open_folder / "system")
    database.introduce_card_type(CardType("First", ATR), scope=DatabaseScope.SYSTEM)
    if os.geteuid() != 0:
        open_folder.joinpath("system").chmod(0o444)
    readers = [
        subprocess.Popen(
            [sys.executable, "-c", READ_UNTIL_TOLD, str(open_folder / "user"), str(open_folder / "system")],
            env=os.environ | {"PYTHONPATH": str(ROOT)},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(2)
    ]
    for reader in readers:
        assert reader.stdout is not None
        assert reader.stdout.readline() == "ready\n"
    for _ in range(100 if os.geteuid() == 0 else 0):
        database.introduce_card_type(
            CardType("Second", ATR, None, None, (), {2: "x" * 999}), scope=DatabaseScope.SYSTEM
        )
        database.forget_card_type("Second", scope=DatabaseScope.SYSTEM)
    for reader in readers:
        reader.communicate(timeout=60)  # which ends its input
    assert [reader.returncode for reader in readers] == [0, 0]


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
