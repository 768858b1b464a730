"""Where the code of the card changes what lasts, and which of these places were reached."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import pytest

import emulator
from emulator.unit_of_work import UnitOfWork

EMULATOR = Path(emulator.__path__[0])
CHANGES = {name for name in vars(UnitOfWork) if name.startswith(("put_", "remove_"))}


class Place(NamedTuple):
    """A call: its file, its first and its last line."""

    file: Path
    first: int
    last: int


def places_of_change(folder: str = ".", *, without: str | None = None) -> set[Place]:
    """Every call that changes what lasts, in the files of a folder of the package, but not in one below it."""
    found = set()
    for path in (EMULATOR / folder).rglob("*.py"):
        if without is not None and path.is_relative_to(EMULATOR / without):
            continue
        # The one carries the changes out, the other makes a card that is in no image yet.
        if path.name in ("unit_of_work.py", "issuing.py"):
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and _is_change(node, node.func):
                found.add(Place(path, node.lineno, node.end_lineno or node.lineno))
    return found


def _is_change(call: ast.Call, called: ast.Attribute) -> bool:
    """``work.put_...``, ``values.put``, or something that puts itself: ``code.put(card, ...)``."""
    on_values = isinstance(called.value, ast.Attribute) and called.value.attr == "values"
    on_card = bool(call.args) and isinstance(call.args[0], ast.Name) and call.args[0].id == "card"
    return called.attr in CHANGES or (called.attr in ("put", "remove") and (on_values or on_card))


@contextmanager
def reached_places() -> Iterator[set[tuple[Path, int]]]:
    """The lines, file by file, that were on their way to a change meanwhile."""
    reached: set[tuple[Path, int]] = set()
    put = UnitOfWork._put

    def note(*arguments: Any) -> None:
        frame = sys._getframe(1)
        while frame is not None and Path(frame.f_code.co_filename).is_relative_to(EMULATOR):
            reached.add((Path(frame.f_code.co_filename), frame.f_lineno))
            frame = frame.f_back  # type: ignore[assignment]
        put(*arguments)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(UnitOfWork, "_put", note)
        yield reached


def missed(places: set[Place], reached: set[tuple[Path, int]]) -> list[Place]:
    """The places that were not reached."""

    def was_reached(place: Place) -> bool:
        return any(place.file == file and place.first <= line <= place.last for file, line in reached)

    return sorted(place for place in places if not was_reached(place))
