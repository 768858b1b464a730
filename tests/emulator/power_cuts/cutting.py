"""Cuts the power at each durable write of a command.

The card then has the old state or the new one, never one between, and a try that was spent stays spent.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from emulator import Card
from iso7816.icc import ICCMute

from ..observed import observe
from .cut_at import CutAt

Leaves = dict[tuple[Any, ...], Any]
"""Each value of a state by table, key, and place in the record."""

SELECT_MF = bytes.fromhex("00A4000C023F00")


def _never(_before: Leaves, _found: Leaves) -> bool:
    return False


@dataclass(frozen=True, slots=True)
class Attempt:
    """A command on a card.

    Attributes:
        prepare: powers the card and sends what comes before; returns what the command is sent with.
        send: sends the command; returns the status word.
        is_refused: whether the answer is not 9000.
        is_step: whether a state is what the command itself makes durable on its way, besides a try that is spent.
    """

    prepare: Callable[[Card], Any]
    send: Callable[[Any], str]
    is_refused: bool = False
    is_step: Callable[[Leaves, Leaves], bool] = _never


class _Uncut(NamedTuple):
    before: Leaves
    after: Leaves
    writes: int


def cut_at_each_write(image: Path, attempt: Attempt) -> None:
    """Cut the power at each write of an attempt on the card in an image, each time from the start."""
    original = image.read_bytes()
    uncut = _uncut(image, attempt)
    image.write_bytes(original)
    again = _uncut(image, attempt)
    # What is different each time is new keys.
    chance = {place for place in uncut.after.keys() | again.after.keys() if _at(uncut, place) != _at(again, place)}
    assert uncut.writes == again.writes > 0, "it writes nothing"
    seen_otherwise = uncut.after != uncut.before
    for place in range(uncut.writes):
        image.write_bytes(original)
        before, found = _cut(image, attempt, place)
        if found == before:
            continue
        seen_otherwise = True
        is_new = _without(found, chance) == _without(uncut.after, chance)
        assert is_new or is_spent(before, found) or attempt.is_step(before, found), f"between, at write {place}"
    assert seen_otherwise, "it changes nothing"


def _uncut(image: Path, attempt: Attempt) -> _Uncut:
    witness = CutAt()
    with Card.open(image, fault_point=witness) as card:
        terminal = attempt.prepare(card)
        before = leaves(card)
        witness.armed = True
        assert (attempt.send(terminal) != "9000") == attempt.is_refused
        after = leaves(card)
    assert _leaves_in(image) == after, "the image has another state than the card"
    return _Uncut(before, after, witness.count)


def _cut(image: Path, attempt: Attempt, place: int) -> tuple[Leaves, Leaves]:
    """The state before the command, and that in the image after a power cut at one of its writes."""
    fault = CutAt(place)
    with Card.open(image, fault_point=fault) as card:
        terminal = attempt.prepare(card)
        before = leaves(card)
        fault.armed = True
        with pytest.raises(ICCMute):
            attempt.send(terminal)
        fault.armed = False
        in_memory = leaves(card)
        with pytest.raises(ICCMute):
            card.transmit(SELECT_MF)
        card.power_on()
        assert card.transmit(SELECT_MF)[-2:] != b"\x6f\x00"
    found = _leaves_in(image)
    assert found == in_memory, "the image has another state than the card"
    return before, found


def _leaves_in(image: Path) -> Leaves:
    with Card.open(image) as card:
        return leaves(card)


def leaves(card: Card) -> Leaves:
    """The state of a card, value by value."""
    found: Leaves = {}

    def add(path: tuple[Any, ...], value: Any) -> None:
        if isinstance(value, tuple):
            found[*path, "size"] = len(value)
            for index, part in enumerate(value):
                add((*path, index), part)
        else:
            found[path] = value

    for place, record in observe(card).items():
        add(place, record)
    return found


def is_spent(before: Leaves, found: Leaves) -> bool:
    """Whether a counter is one less, or the two of one key, and no more has changed."""
    changed = [place for place in before.keys() | found.keys() if before.get(place) != found.get(place)]
    of_one = {place[:-1] for place in changed}
    return len(of_one) == 1 and all(_is_one_less(before.get(place), found.get(place)) for place in changed)


def _is_one_less(old: Any, new: Any) -> bool:
    if isinstance(old, bytes) and isinstance(new, bytes) and len(old) == len(new):
        # A value of an application has its counter in a byte.
        return [one - other for one, other in zip(old, new, strict=True) if one != other] == [1]
    return isinstance(old, int) and isinstance(new, int) and new == old - 1


def _at(uncut: _Uncut, place: tuple[Any, ...]) -> Any:
    return uncut.after.get(place)


def _without(found: Leaves, chance: set[tuple[Any, ...]]) -> Leaves:
    return {place: None if place in chance else value for place, value in found.items()}
