"""The customs of the layout that a machine can hold."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path

import pytest

PACKAGES = ["iso7816", "emulator", "virtual_reader", "scardmgr", "conformance", "sandbox"]
REPOSITORY = Path(__file__).parents[2]
LONGEST = 420
"""Lines: past about 400 a file holds two concepts."""


def modules(package: str) -> list[Path]:
    return [path for path in (REPOSITORY / package).rglob("*.py") if path.stem != "__init__"]


@pytest.mark.parametrize("package", ["emulator", "virtual_reader", "scardmgr"])
def test_no_module_bears_the_name_of_a_public_door(package: str) -> None:
    doors = {name.lower() for name in import_module(package).__all__}
    assert [path for path in modules(package) if path.stem.lower() in doors] == []


@pytest.mark.parametrize("package", PACKAGES)
def test_a_file_holds_one_concept(package: str) -> None:
    lengths = {path: len(path.read_text(encoding="utf-8").splitlines()) for path in modules(package)}
    assert {path: length for path, length in lengths.items() if length > LONGEST} == {}


@pytest.mark.parametrize("package", PACKAGES)
def test_no_module_is_a_drawer_for_odds_and_ends(package: str) -> None:
    assert [path for path in modules(package) if path.stem in {"utils", "util", "helpers", "misc", "common"}] == []
