"""The power is cut at each durable write of each command of the card that changes something."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest

from emulator import Card
from emulator.command_table import COMMANDS as ROWS

from .commands_of_the_card import COMMANDS, Purse, execute, prepare
from .cutting import Attempt, Leaves, cut_at_each_write
from .places_of_change import EMULATOR, missed, places_of_change, reached_places

READERS = {"SELECT", "READ BINARY", "READ RECORD", "GET DATA", "GET CHALLENGE", "GET RESPONSE", "LIST DIRECTORY"}
READERS |= {"MANAGE CHANNEL", "ENVELOPE", "SEARCH BINARY", "SEARCH RECORD"}


def is_first_step(before: Leaves, found: Leaves) -> bool:
    changed = [value for place, value in found.items() if value != before.get(place)]
    return before.keys() == found.keys() and changed == [b"paid"]


@pytest.mark.parametrize("name", COMMANDS)
def test_a_power_cut_at_each_write_leaves_the_old_state_or_the_new(image: Path, name: str) -> None:
    command = COMMANDS[name]
    attempt = Attempt(
        partial(prepare, command=command), partial(execute, command=command), is_refused=name.endswith("wrong")
    )
    if name.endswith("in two steps"):
        attempt = replace(attempt, is_step=is_first_step)
    cut_at_each_write(image, attempt)


def test_every_command_that_changes_something_is_cut() -> None:
    authenticate = 0x0082
    cut = {
        authenticate if command.startswith("authenticate") else int(command.split()[-1][:4], 16)
        for command in COMMANDS.values()
    }
    own = {row.code for row in Purse.COMMANDS}
    assert cut == own | {row.code for row in ROWS if row.name not in READERS}


def test_every_place_where_a_command_changes_something_is_cut(image: Path) -> None:
    """Not only does each command occur above: each of its ways to change something does."""
    with reached_places() as reached:
        for command in COMMANDS.values():
            with Card.open(image, mode="copy") as card:
                execute(prepare(card, command), command)
    places = places_of_change(without="applications")
    assert len(places) > 20
    assert missed(places, reached) == []


def test_every_application_has_its_own() -> None:
    applications = {path.parent.name for path in (EMULATOR / "applications").glob("*/__init__.py")}
    tests = Path(__file__).parents[1] / "applications"
    assert applications == {path.parent.name for path in tests.glob("*/test_power_cuts.py")}
    assert len(applications) > 2
