"""The commands that look at a card in a reader of a real PC/SC daemon."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from emulator import Card

pytestmark = pytest.mark.card(via="pcscd")


@pytest.fixture
def look(reader: Any, scard: Any) -> Any:
    """Run ``scard`` where it sees the test's reader."""

    def run(*arguments: str) -> Any:
        return scard(*arguments, **reader.environment)

    return run


def test_readers(look: Any, reader: Any, card: Card) -> None:
    def shown() -> Any:
        done = look("readers", "--json")
        assert done.returncode == 0, done.stderr
        return next(one for one in json.loads(done.stdout) if one["name"] == reader.name)

    occupied = shown()
    assert occupied["atr"] == card.atr.hex().upper()
    assert "present" in occupied["state"]
    reader.remove()
    empty = shown()
    assert empty["atr"] is None
    assert "empty" in empty["state"]


def test_readers_for_a_person(look: Any, reader: Any) -> None:
    names = [line.split("\t")[0] for line in look("readers").stdout.splitlines()]
    assert names == [one["name"] for one in json.loads(look("readers", "--json").stdout)]
    assert reader.name in names


@pytest.mark.parametrize("named", [False, True])
@pytest.mark.parametrize(
    ("arguments", "shows"),
    [
        (["atr"], "T=1"),
        (["ls", "3F00/7F10"], "3F00/7F10/6F01"),
        (["cat", "3F00/7F10/6F01"], "Hello, smart car"),
        (["apdu", "00A4000C023F00"], "9000"),
    ],
)
def test_the_card_in_a_reader(named: bool, arguments: list[str], shows: str, look: Any, reader: Any) -> None:
    choice = ["--reader", reader.name] if named else []
    done = look(arguments[0], *choice, *arguments[1:])
    assert done.returncode == 0, done.stderr
    assert shows in done.stdout


def test_a_damaged_database_is_not_taken_for_a_missing_daemon(
    look: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "damaged"
    file.write_bytes(b"no database at all")
    monkeypatch.setenv("SCARDMGR_DATABASE", str(file))
    done = look("readers")
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (3, "", 1)
    assert str(file) in done.stderr
    assert "pcscd" not in done.stderr


def test_an_empty_reader_and_an_unknown_one(look: Any, reader: Any) -> None:
    reader.remove()
    empty = look("atr", "--reader", reader.name)
    assert empty.returncode == 3
    assert "no card" in empty.stderr
    unknown = look("atr", "--reader", "Nobody's Reader")
    assert unknown.returncode == 3
    assert reader.name in unknown.stderr.splitlines()[-1]


def test_without_a_daemon(scard: Any, tmp_path: Path) -> None:
    done = scard("readers", PCSCLITE_CSOCK_NAME=str(tmp_path / "nobody"))
    assert done.returncode == 3
    assert "pcscd" in done.stderr
    assert done.stderr.count("\n") == 1


def test_without_pyscard(scard: Any, tmp_path: Path) -> None:
    (tmp_path / "smartcard.py").write_text("raise ImportError('not installed')\n", encoding="ascii")
    search_path = os.pathsep.join([str(tmp_path), *filter(None, [os.environ.get("PYTHONPATH")])])
    done = scard("readers", PYTHONPATH=search_path)
    assert done.returncode == 3
    assert "scardmgr[pcsc]" in done.stderr
    assert "--card" in done.stderr
    assert done.stderr.count("\n") == 1
