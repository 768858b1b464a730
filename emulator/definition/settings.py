"""Single settings of a card definition given anew: ``KEY=VALUE``, by the paths that refusals name keys by.

::

    pin=654321                          an option of the application, where the card has just one
    applications[0].options.serial=42   any other key: a path from the top of the definition
    card.memory=65536
    files."3F00/6F01".content="text"

A value is TOML. What is no TOML is a string, and so is everything that takes the place of one.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable
from copy import deepcopy
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from emulator.errors import CardDefinitionError

if TYPE_CHECKING:
    from emulator.definition.profiles import Definition

_STEP: Final = r'(?:[A-Za-z0-9_-]+|"[^"]*")(?:\[[0-9]{1,4}\])*'
_SETTING: Final = re.compile(rf"\s*({_STEP}(?:\.{_STEP})*)\s*=(.*)", re.DOTALL)
_PART: Final = re.compile(r'"([^"]*)"|([A-Za-z0-9_-]+)|\[([0-9]+)\]')


def with_settings(definition: Definition, settings: Iterable[str]) -> Definition:
    """A definition with other settings; what they may be is told when a card is made of it.

    Raises:
        CardDefinitionError: no setting, or one of a place that the definition does not have.
    """
    table = deepcopy(dict(definition.table))
    for setting in settings:
        found = _SETTING.fullmatch(setting)
        if found is None:
            raise CardDefinitionError("", "expected KEY=VALUE, as in pin=654321 or card.memory=65536")
        _put(table, _steps(table, found[1]), found[2].strip())
    return replace(definition, table=table)


def _steps(table: dict[str, Any], path: str) -> list[str | int]:
    """The way to a key from the top."""
    steps: list[str | int] = [int(index) if index else quoted or bare for quoted, bare, index in _PART.findall(path)]
    if len(steps) > 1:
        return steps
    applications = table.get("applications")
    typed = [
        index
        for index, each in enumerate(applications if isinstance(applications, list) else [])
        if isinstance(each, dict) and "type" in each
    ]
    if len(typed) != 1:
        what = "has several applications" if typed else "has no application with options"
        raise CardDefinitionError(
            path, f"the card {what}: expected a path from the top of its definition, as in card.memory"
        )
    return ["applications", typed[0], "options", *steps]


def _put(table: dict[str, Any], steps: list[str | int], given: str) -> None:
    place: Any = table
    for position, step in enumerate(steps):
        where = _path(steps[:position])
        if isinstance(step, int):
            if not isinstance(place, list) or step >= len(place):
                raise CardDefinitionError(_path(steps[: position + 1]), _in_array(place))
        elif not isinstance(place, dict):
            raise CardDefinitionError(where, "expected a key of a table: it is none")
        if position == len(steps) - 1:
            present = place[step] if isinstance(step, int) else place.get(step)
            place[step] = _value(given, present)
        elif isinstance(step, int):
            place = place[step]
        else:
            place = place.setdefault(step, {})


def _in_array(place: Any) -> str:
    if not isinstance(place, list):
        return "expected a key: there is no array"
    return f"expected a number below {len(place)}: the array has no more" if place else "the array is empty"


def _value(given: str, present: Any) -> Any:
    try:
        table = tomllib.loads(f"value = {given}")
    except (tomllib.TOMLDecodeError, RecursionError):
        return given
    value = table["value"]
    if len(table) > 1 or (isinstance(present, str) and not isinstance(value, str)):
        return given
    return value


def _path(steps: Iterable[str | int]) -> str:
    """As refusals write it."""
    path = ""
    for step in steps:
        if isinstance(step, int):
            path += f"[{step}]"
        else:
            name = step if re.fullmatch(r"[A-Za-z0-9_-]+", step) else f'"{step}"'
            path += f".{name}" if path else name
    return path
