"""What the tests of card images share: a card with everything in it, an image of the built-in profile, and a card's
state as plain values."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from emulator import Card

from .. import observed
from .earlier_images import DEFINITION

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


@pytest.fixture
def observe() -> Callable[[Card], observed.Observed]:
    """Tells the whole persistent state of a card in plain values."""
    return observed.observe


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    """In memory, where the system has such a folder: the disk that tests of power cuts speak of is a model."""
    memory = Path("/dev/shm")  # noqa: S108 (a folder of its own is made in it)
    with tempfile.TemporaryDirectory(dir=memory if memory.is_dir() else tmp_path) as path:
        yield Path(path)


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
