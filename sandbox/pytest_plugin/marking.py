"""What a test's markers ask for."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sandbox.pytest_plugin.stack import STACKS
from sandbox.pytest_plugin.wrong_use import WrongUse

if TYPE_CHECKING:
    import pytest

DEFAULT_CARD = "iso7816"
DEFAULT_STACK = "embedded"
_OURS = ("card",)


@dataclass(frozen=True, slots=True)
class Wish:
    """What a test asks for.

    Attributes:
        what: the card, as :meth:`~sandbox.pytest_plugin.card_sources.CardSources.fresh` takes it.
        via: the stack by name.
        marker_via: the stack that the marker names; ``None``: it names none.
        folder: where relative paths begin.
    """

    what: Any
    via: str
    marker_via: str | None
    folder: Path


def wish_of(item: pytest.Item) -> Wish:
    """The closest marker of a test, and what the command line says.

    Raises:
        WrongUse: the marker says something that cannot be.
    """
    marker = item.get_closest_marker("card")
    arguments: dict[str, Any] = {}
    if marker is None:
        _refuse_misspelt(item)
    else:
        arguments = _arguments(marker)
    via = arguments.get("via")
    if via is not None and via not in STACKS:
        raise WrongUse(f"pytest.mark.card: via is {' or '.join(map(repr, STACKS))}, not {via!r}")
    forced = item.config.getoption("scard_via")
    return Wish(arguments.get("what", DEFAULT_CARD), forced or via or DEFAULT_STACK, via, item.path.parent)


def _arguments(marker: pytest.Mark) -> dict[str, Any]:
    if len(marker.args) > 1:
        raise WrongUse(
            f"pytest.mark.card takes one card, and via= by name: pytest.mark.card({marker.args[0]!r}, via=...)"
        )
    arguments = {**dict(zip(("what",), marker.args, strict=False)), **marker.kwargs}
    unknown = sorted(arguments.keys() - {"what", "via"})
    if unknown:
        raise WrongUse(f"pytest.mark.card takes what and via=, not {', '.join(unknown)}=")
    if marker.args and "what" in marker.kwargs:
        raise WrongUse("pytest.mark.card is given two cards: the first argument is what")
    return arguments


def _refuse_misspelt(item: pytest.Item) -> None:
    """A marker that nobody registered and that is nearly ours is one of ours, misspelt."""
    registered = {line.partition(":")[0].partition("(")[0].strip() for line in item.config.getini("markers")}
    for marker in item.iter_markers():
        if marker.name in registered:
            continue
        for ours in _OURS:
            if _is_nearly(marker.name.lower(), ours):
                raise WrongUse(
                    f"pytest.mark.{marker.name} is no marker that anybody registered: is pytest.mark.{ours} meant?"
                )


def _is_nearly(name: str, right: str) -> bool:
    """Whether one letter is wrong, too many, missing, or two have changed places."""
    if name == right:
        return True
    if len(name) == len(right):
        wrong = [place for place, (a, b) in enumerate(zip(name, right, strict=True)) if a != b]
        return len(wrong) == 1 or (len(wrong) == 2 and sorted(name) == sorted(right) and wrong[1] == wrong[0] + 1)
    longer, shorter = sorted((name, right), key=len, reverse=True)
    return any(longer[:place] + longer[place + 1 :] == shorter for place in range(len(longer)))
