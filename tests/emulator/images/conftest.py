"""What the tests of card images share: a card with everything in it, an image of the built-in profile, and a card's
state as plain values."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from emulator import Card
from emulator.persistent import Table

from .earlier_images import DEFINITION

Observed = dict[tuple[Table, Any], Any]

EVERYTHING = (
    DEFINITION
    + """
[files."3F00/6F07"]
type = "transparent"
size = 5000
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
)


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
