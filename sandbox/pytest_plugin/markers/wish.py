"""What a test's markers ask for."""

from __future__ import annotations

from dataclasses import dataclass
from difflib import SequenceMatcher
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sandbox.pytest_plugin.stacks.stack import STACKS
from sandbox.pytest_plugin.wrong_use import WrongUse

if TYPE_CHECKING:
    import pytest

DEFAULT_CARD = "iso7816"
DEFAULT_STACK = "embedded"
#: The fixture whose parameter says on which stack a test runs that is run on several.
STACK_PARAMETER = "_scard_stack"
_OURS = ("card", "card_effects")
#: From how many letters on more than one may be wrong, and how much of such a name must be right.
_LONG, _ALIKE = 8, 0.8


@dataclass(frozen=True, slots=True)
class Wish:
    """What a test asks for.

    Attributes:
        what: the card, as :meth:`~sandbox.pytest_plugin.card_sources.CardSources.fresh` takes it.
        via: the stack by name.
        asked: the stacks that the marker names; none where it names none.
        folder: where relative paths begin.
    """

    what: Any
    via: str
    asked: tuple[str, ...]
    folder: Path


def wish_of(item: pytest.Item) -> Wish:
    """What a test's markers and the command line say; each argument of the closest marker that gives it.

    Raises:
        WrongUse: a marker says something that cannot be.
    """
    markers = list(item.iter_markers("card"))
    _refuse_misspelt(item)
    arguments: dict[str, Any] = {}
    for marker in reversed(markers):
        arguments |= _arguments(marker)
    asked = _stacks(arguments["via"]) if "via" in arguments else ()
    callspec = getattr(item, "callspec", None)
    via = item.config.getoption("scard_via") or (callspec and callspec.params.get(STACK_PARAMETER))
    if via is None and len(asked) > 1 and item.config.getoption("scard_reader") is None:
        raise WrongUse(
            "pytest.mark.card: where via names more than one stack, pytest makes several tests of one, which it can "
            "neither for a method of unittest.TestCase, nor for a pytest.param, nor for a test whose fixture "
            "request.getfixturevalue brings: name one"
        )
    return Wish(
        arguments.get("what", DEFAULT_CARD), via or (asked[0] if asked else DEFAULT_STACK), asked, item.path.parent
    )


def stacks_of(definition: pytest.Item, forced: str | None) -> tuple[str, ...]:
    """The stacks that a test is run on, one after the other; none where its markers name at most one, or a wrong one.

    Args:
        definition: the test before it is made as often as it is run.
        forced: what the command line says.
    """
    via = next((marker.kwargs["via"] for marker in definition.iter_markers("card") if "via" in marker.kwargs), None)
    if not isinstance(via, (tuple, list)):
        return ()
    try:
        asked = _stacks(via)
    except WrongUse:
        return ()  # which is told when the test is set up
    return (forced,) if forced is not None else asked


def _stacks(via: Any) -> tuple[str, ...]:
    """The stacks that ``via`` names, at least one."""
    named = tuple(via) if isinstance(via, (tuple, list)) else (via,)
    for one in named:
        if one not in STACKS:
            raise WrongUse(f"pytest.mark.card: via is {' or '.join(map(repr, STACKS))} or both, not {one!r}")
    if not named:
        raise WrongUse(f"pytest.mark.card: via is {' or '.join(map(repr, STACKS))} or both, not nothing")
    return tuple(dict.fromkeys(named))


def _arguments(marker: pytest.Mark) -> dict[str, Any]:
    if len(marker.args) > 1:
        raise WrongUse(
            f"pytest.mark.card takes one card, and via= by name: pytest.mark.card({marker.args[0]!r}, via=...)"
        )
    unknown = sorted(marker.kwargs.keys() - {"what", "via"})
    if unknown:
        raise WrongUse(f"pytest.mark.card takes what and via=, not {', '.join(unknown)}=")
    if marker.args and "what" in marker.kwargs:
        raise WrongUse("pytest.mark.card is given two cards: the first argument is what")
    return {**dict(zip(("what",), marker.args, strict=False)), **marker.kwargs}


def _refuse_misspelt(item: pytest.Item) -> None:
    """A marker that nobody registered and that is nearly one of ours is that one, misspelt."""
    for marker in item.iter_markers():
        if marker.name in _OURS:
            continue
        ours = next((ours for ours in _OURS if _is_nearly(marker.name.lower(), ours)), None)
        if ours is not None and marker.name not in _registered(item.config):
            raise WrongUse(
                f"pytest.mark.{marker.name} is no marker that anybody registered: is pytest.mark.{ours} meant?"
            )


def _registered(config: pytest.Config) -> set[str]:
    return {line.partition(":")[0].partition("(")[0].strip() for line in config.getini("markers")}


def _is_nearly(name: str, right: str) -> bool:
    """Whether one letter is wrong, too many, missing, or two have changed places; in a long name some more."""
    if name == right:
        return True
    if len(right) >= _LONG:
        return SequenceMatcher(None, name, right).ratio() >= _ALIKE
    if len(name) == len(right):
        wrong = [place for place, (a, b) in enumerate(zip(name, right, strict=True)) if a != b]
        return len(wrong) == 1 or (len(wrong) == 2 and sorted(name) == sorted(right) and wrong[1] == wrong[0] + 1)
    longer, shorter = sorted((name, right), key=len, reverse=True)
    return any(longer[:place] + longer[place + 1 :] == shorter for place in range(len(longer)))
