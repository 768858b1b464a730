"""What the tests of card images share: a card with everything in it, an image of the built-in profile, and a card's
state as plain values."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from emulator import Card
from emulator.persistent import Table

Observed = dict[tuple[Table, Any], Any]

EVERYTHING = """
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
size = 5000
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
[files."3F00/6F06"]
type = "BER-TLV"
content = { hex = "5F0100 450141" }
size = 40
[[keys]]
reference = 2
type = "p-256"
generated = true
usage = ["sign"]
uses = 5
[[keys]]
reference = 3
type = "rsa"
size = 2048
empty = true
usage = ["sign"]
"""


def _plain(value: Any) -> Any:
    slots = getattr(type(value), "__slots__", None)
    if slots is None or isinstance(value, (int, bytes, str, tuple, frozenset)):
        return value
    return tuple(_plain(getattr(value, name)) for name in slots if name[0] != "_")


def _observe(card: Card) -> Observed:
    return {(table, key): _plain(record) for table in Table for key, record in card._state.table(table).items()}


@pytest.fixture
def observe() -> Callable[[Card], Observed]:
    """Tells the whole persistent state of a card in plain values."""
    return _observe


@pytest.fixture(scope="session")
def everything_on_a_card(tmp_path_factory: pytest.TempPathFactory) -> Callable[[Path], None]:
    """Saves a card that has all that a card can have."""
    definition = tmp_path_factory.mktemp("definition") / "everything.toml"
    definition.write_text(EVERYTHING, encoding="utf-8")
    return Card.from_profile(definition).save


@pytest.fixture
def everything() -> str:
    """The definition of a card that has all that a card can have."""
    return EVERYTHING


@pytest.fixture
def image(card: Card, tmp_path: Path) -> Path:
    """An image of the built-in profile."""
    path = tmp_path / "card.image"
    card.save(path)
    return path
