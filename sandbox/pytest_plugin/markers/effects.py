"""What tests do to a card for good, and which of it a physical card is to suffer."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

import pytest

from sandbox.pytest_plugin.wrong_use import WrongUse

if TYPE_CHECKING:
    from collections.abc import Iterable

MARKER = "card_effects"
#: What each name stands for.
EFFECTS = {
    "writes": "writes to the card",
    "keys": "uses its keys",
    "tries": "spends tries of its retry counters",
}


def named(names: Iterable[object], by: str) -> frozenset[str]:
    """The effects with these names.

    Raises:
        WrongUse: there is no such effect; says which there are.
    """
    found = set()
    for name in names:
        if not isinstance(name, str) or name not in EFFECTS:
            raise WrongUse(f"{by}: there is no effect {name!r}; there are {', '.join(EFFECTS)}")
        found.add(name)
    return frozenset(found)


def allowed(option: str | None) -> frozenset[str]:
    """What ``--scard-allow`` says, names apart by commas.

    Raises:
        WrongUse: as :func:`named`.
    """
    return named((part.strip() for part in (option or "").split(",") if part.strip()), "--scard-allow")


def effects_of(item: pytest.Item) -> frozenset[str]:
    """What the markers of a test say, those of its class and module with its own.

    Raises:
        WrongUse: as :func:`named`; or a marker that names none, or something else.
    """
    found: frozenset[str] = frozenset()
    for marker in item.iter_markers(MARKER):
        if marker.kwargs or not marker.args:
            example = ", ".join(f'"{name}"' for name in EFFECTS)
            raise WrongUse(f"pytest.mark.{MARKER} takes names of effects: one or more of {example}")
        found |= named(marker.args, f"pytest.mark.{MARKER}")
    return found


def skip_forbidden(items: Iterable[pytest.Item], option: str | None) -> None:
    """Mark tests that are not to run on the card of ``--scard-reader``.

    Args:
        items: collected tests.
        option: what ``--scard-allow`` says.
    """
    may = allowed(option)
    for item in items:
        with suppress(WrongUse):  # a marker that another plugin has added; it is told when the test is set up
            reason = _why_not(item, may)
            if reason:
                item.add_marker(pytest.mark.skip(reason=reason))


def require_allowed(item: pytest.Item, option: str | None) -> None:
    """Skip a test that is set up and is not to run on the card of ``--scard-reader``.

    That is one whose marker came after the collection, or any where the plugin that knows marks of skips is left out.

    Raises:
        WrongUse: as :func:`effects_of`.
    """
    __tracebackhide__ = True
    reason = _why_not(item, allowed(option))
    if reason:
        pytest.skip(reason)


def _why_not(item: pytest.Item, may: frozenset[str]) -> str:
    """Why a test is not run; empty where it is."""
    missing = effects_of(item) - may
    if not missing:
        return ""
    deeds = " and ".join(deed for name, deed in EFFECTS.items() if name in missing)
    wanted = ",".join(name for name in EFFECTS if name in may | missing)
    return f"the test {deeds}: on the card of --scard-reader it runs with --scard-allow {wanted}"


def mistakes(nodes: Iterable[object]) -> str:
    """What is wrong with the markers of collected tests, a line for each test; empty where nothing is."""
    found = []
    for node in nodes:
        if isinstance(node, pytest.Item):
            try:
                effects_of(node)
            except WrongUse as mistake:
                found.append(f"{node.name}: {mistake}")
    return "\n".join(found)
