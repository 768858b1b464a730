"""What a test's markers ask for."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sandbox.pytest_plugin.markers.misspelt import refuse_misspelt
from sandbox.pytest_plugin.stacks.stack import STACKS
from sandbox.pytest_plugin.wrong_use import WrongUse

if TYPE_CHECKING:
    import pytest

DEFAULT_CARD = "iso7816"
DEFAULT_STACK = "embedded"
#: The fixture whose parameter says on which stack a test runs that is run on several.
STACK_PARAMETER = "_scard_stack"


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

    @property
    def moved(self) -> str:
        """Why the test is on a stack that its marker does not name; empty where it is not."""
        if not self.asked or self.via in self.asked:
            return ""
        return f'the test asks for via="{self.asked[0]}" and --scard-via {self.via} puts it elsewhere'


def wish_of(item: pytest.Item) -> Wish:
    """What a test's markers and the command line say; each argument of the closest marker that gives it.

    Raises:
        WrongUse: a marker says something that cannot be.
    """
    markers = list(item.iter_markers("card"))
    refuse_misspelt(item)
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
