"""Markers that are nearly one of ours: without --strict-markers pytest takes them for somebody's."""

from __future__ import annotations

from difflib import SequenceMatcher
from functools import cache
from typing import TYPE_CHECKING

from sandbox.pytest_plugin.wrong_use import WrongUse

if TYPE_CHECKING:
    import pytest

_OURS = ("card", "card_effects")
#: From how many letters on more than one may be wrong, and how much of such a name must be right.
_LONG, _ALIKE = 8, 0.8


def refuse_misspelt(item: pytest.Item) -> None:
    """A marker that nobody registered and that is nearly one of ours is that one, misspelt.

    Raises:
        WrongUse: a test has one; says which is meant.
    """
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


@cache
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
