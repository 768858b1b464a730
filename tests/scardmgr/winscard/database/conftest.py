"""Databases of every kind, and benches for both resource managers."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import mkdtemp
from uuid import UUID

import pytest

from scardmgr.winscard.database import CardType, SmartCardDatabase


@pytest.fixture(params=["memory", "one file", "two files"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> SmartCardDatabase:
    """A database without seeds, of every kind there is."""
    match request.param:
        case "memory":
            return SmartCardDatabase.in_memory(seeded=False)
        case "one file":
            return SmartCardDatabase.at(tmp_path / "both.sqlite3", seeded=False)
    return SmartCardDatabase.at(tmp_path / "user.sqlite3", tmp_path / "system.sqlite3", seeded=False)


@pytest.fixture
def contents() -> Callable[[Path], dict[str, bytes]]:
    """What a folder holds, byte for byte."""

    def look(folder: Path) -> dict[str, bytes]:
        return {path.name: path.read_bytes() for path in sorted(folder.iterdir()) if path.is_file()}

    return look


@pytest.fixture
def full_type() -> CardType:
    """A card type that has everything."""
    return CardType(
        "Every Field",
        bytes.fromhex("3B65000031"),
        bytes.fromhex("FFFF00FFFF"),
        UUID("AD4F1667-EA75-4124-84D4-641B3B197C65"),
        (UUID("382AE95A-7C2C-449C-A179-56C6DE6FF3BC"), UUID("AD4F1667-EA75-4124-84D4-641B3B197C65")),
        {2: "A CSP", 3: "A KSP", 0x80000001: "module.dll", 77: "something of its own"},
    )


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder that every user can get to."""
    folder = Path(mkdtemp(prefix="scardmgr-test-"))
    folder.chmod(0o755)
    yield folder
    for path in (folder, *folder.rglob("*")):
        path.chmod(0o700)
    shutil.rmtree(folder)
