"""What tests do to a card for good, and which of it a physical card is to suffer."""

from __future__ import annotations

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
        items: collected tests, whose markers have been looked at.
        option: what ``--scard-allow`` says.
    """
    may = allowed(option)
    for item in items:
        missing = effects_of(item) - may
        if missing:
            deeds = " and ".join(deed for name, deed in EFFECTS.items() if name in missing)
            wanted = ",".join(name for name in EFFECTS if name in may | missing)
            reason = f"the test {deeds}: on the card of --scard-reader it runs with --scard-allow {wanted}"
            item.add_marker(pytest.mark.skip(reason=reason))


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
