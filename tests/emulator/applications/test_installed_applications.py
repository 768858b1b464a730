"""Applications that installed packages bring, by entry points."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from emulator import ApplicationMissing, Card, CardDefinitionError
from emulator.applications import registry

SELECT = "00A40400 02 F001 00"
MODULE = "card_application_of_a_package"
CODE = """
from emulator import Application
class Own(Application):
    NAME = "tests.of-a-package"
    @classmethod
    def select(cls, card, command, control_information):
        return b"installed"
anything = 7
"""
ENTRY_POINTS = f"""
[scardmgr.applications]
tests.of-a-package = {MODULE}:Own
gone = no_such_module_of_a_package:Own
odd = {MODULE}:anything
[another.group]
elsewhere = {MODULE}:Own
"""


@pytest.fixture(autouse=True)
def _nothing_registered(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(registry, "_registered", {})
    yield
    sys.modules.pop(MODULE, None)


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A package as pip leaves it in a folder of packages."""
    folder = tmp_path / "packages"
    about = folder / "card_of_a_package-1.0.dist-info"
    about.mkdir(parents=True)
    (about / "METADATA").write_text("Metadata-Version: 2.1\nName: card-of-a-package\nVersion: 1.0\n", encoding="utf-8")
    (about / "entry_points.txt").write_text(ENTRY_POINTS, encoding="utf-8")
    (folder / f"{MODULE}.py").write_text(CODE, encoding="utf-8")
    monkeypatch.syspath_prepend(folder)
    return folder


def definition(name: str) -> str:
    return f'[[applications]]\nname = "F0 01"\npath = "3F00/7F30"\ntype = "{name}"\n'


@pytest.mark.usefixtures("package")
def test_an_installed_package_brings_one(define: Callable[[str], Any]) -> None:
    terminal = define(definition("tests.of-a-package"))
    assert terminal.ok(SELECT) == b"installed"
    assert sys.modules[MODULE].Own is registry.application_type("tests.of-a-package")


@pytest.mark.usefixtures("package")
@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("gone", "imported"),
        ("odd", "no subclass"),
        ("none", "there is no application"),
        ("elsewhere", "there is no application"),
    ],
)
def test_a_package_that_brings_none_is_told(define: Callable[[str], Any], name: str, reason: str) -> None:
    with pytest.raises(CardDefinitionError, match=reason):
        define(definition(name))


def test_an_image_needs_the_package(
    define: Callable[[str], Any],
    make_terminal: Callable[[Card], Any],
    package: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    image = tmp_path / "own.card"
    define(definition("tests.of-a-package")).card.save(image)
    monkeypatch.setattr(registry, "_registered", {})
    with Card.open(image) as card:
        assert make_terminal(card).ok(SELECT) == b"installed"
    monkeypatch.setattr(registry, "_registered", {})
    package.rename(tmp_path / "uninstalled")
    with pytest.raises(ApplicationMissing, match="install the package"):
        Card.open(image)
