"""Where the database lies."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import platformdirs
import pytest

from scardmgr.winscard.codes import SCardCode
from scardmgr.winscard.database import CardType, DatabaseFault, DatabaseScope, SmartCardDatabase, location
from scardmgr.winscard.embedded import EmbeddedResourceManager
from scardmgr.winscard.selection import resource_manager

CARD = CardType("Card", b"\x3b\x00")


def test_the_environment_names_one_file_for_both_scopes(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    database = SmartCardDatabase.of_this_user()
    for name in ("first", "second"):
        path = tmp_path / name / "cards"
        monkeypatch.setenv("SCARDMGR_DATABASE", str(path))
        database.introduce_card_type(CARD)
        database.introduce_card_type(CARD, scope=DatabaseScope.SYSTEM)
        assert [found.name for found in path.parent.iterdir()] == ["cards"]
        assert path.stat().st_mode & 0o777 == 0o600


def test_otherwise_they_lie_where_the_platform_keeps_data(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("SCARDMGR_DATABASE", "")
    monkeypatch.setattr(platformdirs, "user_data_dir", lambda name, **_: str(tmp_path / "user" / name))
    monkeypatch.setattr(platformdirs, "site_data_dir", lambda name, **_: str(tmp_path / "site" / name))
    database = SmartCardDatabase.of_this_user()
    assert database.card_types()
    assert list(tmp_path.iterdir()) == []
    database.introduce_card_type(CARD)
    database.introduce_card_type(CARD, scope=DatabaseScope.SYSTEM)
    assert (tmp_path / "user" / "scardmgr" / "cards.sqlite3").is_file()
    assert (tmp_path / "site" / "scardmgr" / "cards.sqlite3").is_file()


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="how it is on Linux")
def test_on_linux_these_places_are_the_usual_ones(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    monkeypatch.delenv("XDG_DATA_DIRS", raising=False)
    assert location.user_path() == tmp_path / "scardmgr" / "cards.sqlite3"
    assert location.system_path() == Path("/usr/local/share/scardmgr/cards.sqlite3")


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="how it is on Linux")
def test_of_several_places_for_all_users_the_one_that_has_a_database(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("XDG_DATA_DIRS", f"{tmp_path / 'desktop'}:{tmp_path / 'all'}")
    assert location.system_path() == tmp_path / "desktop" / "scardmgr" / "cards.sqlite3"
    there = tmp_path / "all" / "scardmgr" / "cards.sqlite3"
    there.parent.mkdir(parents=True)
    there.touch()
    assert location.system_path() == there


@pytest.mark.parametrize("platform_says", ["~/.local/share", RuntimeError])
def test_a_user_without_a_home_reads_the_systems_and_writes_nothing(
    platform_says: str | type[Exception], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def user_data_dir(*_: object, **__: object) -> str:
        if isinstance(platform_says, str):
            return platform_says
        raise platform_says

    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SCARDMGR_DATABASE", "")
    monkeypatch.setattr(platformdirs, "user_data_dir", user_data_dir)
    monkeypatch.setattr(platformdirs, "site_data_dir", lambda name, **_: str(tmp_path / "site" / name))
    database = SmartCardDatabase.of_this_user()
    database.introduce_card_type(CARD, scope=DatabaseScope.SYSTEM)
    assert CARD in database.card_types()
    assert "user <NoStore>" in repr(database)
    with pytest.raises(DatabaseFault, match="set HOME") as raised:
        database.introduce_card_type(CardType("Another", b"\x3b\x00"))
    assert raised.value.code is SCardCode.SCARD_E_NO_ACCESS
    assert [path.name for path in tmp_path.iterdir()] == ["site"]


def test_the_resource_manager_of_the_process_uses_the_users_and_a_private_one_its_own(database_file: Path) -> None:
    private = EmbeddedResourceManager()
    context = private.establish_context()
    private.introduce_card_type(context, "Private", None, [], b"\x3b\x00")
    assert not database_file.exists()
    shared = resource_manager("embedded")
    context = shared.establish_context()
    assert "Private" not in shared.list_cards(context)
    shared.introduce_card_type(context, "Shared", None, [], b"\x3b\x00")
    assert database_file.is_file()
    assert "Shared" in SmartCardDatabase.at(database_file, seeded=False).card_type("shared").name
    shared.release_context(context)


def test_a_resource_manager_that_is_asked_for_readers_makes_no_file(database_file: Path) -> None:
    rm = EmbeddedResourceManager(database=SmartCardDatabase.of_this_user())
    rm.add_reader("R")
    context = rm.establish_context()
    assert rm.list_readers(context) == ["R"]
    assert rm.list_reader_groups(context) == ["SCard$DefaultReaders"]
    assert rm.list_cards(context)
    assert not database_file.exists()


@pytest.mark.parametrize("which", ["scardmgr.resource_manager('embedded')", "EmbeddedResourceManager()"])
def test_who_only_transmits_loads_neither_sqlite_nor_platformdirs_nor_the_card_types(which: str) -> None:
    program = f"""
import sys
import scardmgr
from scardmgr.winscard import EmbeddedResourceManager
rm = {which}
rm.add_reader("R")
context = rm.establish_context()
assert rm.list_readers(context) == ["R"]
print([name for name in ("sqlite3", "platformdirs", "tomllib") if name in sys.modules])
"""
    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=60)
    assert ran.stdout == "[]\n"
