"""Typed reading of one table of a card definition.

Every complaint names the key by its path in the file and says what was expected there; a value itself
is never repeated, for it may be a secret.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any, Final, TypeVar

from emulator.errors import CardDefinitionError

_Value = TypeVar("_Value")
_BARE_KEY = re.compile(r"[A-Za-z0-9_-]+")


class _Required:
    """The default of a key that has none."""


REQUIRED: Final = _Required()


class Section:
    """A table, whose keys are taken one by one; :meth:`finish` refuses those that nobody took.

    Attributes:
        path: where the table stands in the file; empty for the whole file.
    """

    def __init__(self, table: Mapping[str, Any], path: str = "") -> None:
        self._table = dict(table)
        self._asked: dict[str, None] = {}
        self.path = path

    def key_path(self, key: str) -> str:
        """The path of a key of this table."""
        key = key if _BARE_KEY.fullmatch(key) else f'"{key}"'
        return f"{self.path}.{key}" if self.path else key

    def error(self, key: str, expected: str) -> CardDefinitionError:
        """The complaint about a key."""
        return CardDefinitionError(self.key_path(key), expected)

    def __contains__(self, key: str) -> bool:
        self._asked[key] = None
        return key in self._table

    def remaining(self) -> tuple[str, ...]:
        """The keys that nobody has taken yet."""
        return tuple(self._table)

    def take(self, key: str, convert: Callable[[Any, str], _Value], default: _Value | _Required = REQUIRED) -> _Value:
        """The value of ``key``, converted by ``convert(value, path)``.

        Raises:
            CardDefinitionError: absent without a default, or as ``convert`` raises it.
        """
        self._asked[key] = None
        if key in self._table:
            return convert(self._table.pop(key), self.key_path(key))
        if isinstance(default, _Required):
            raise self.error(key, f"is missing: {_expected_by(convert)}")
        return default

    def section(self, key: str) -> Section:
        """The table under ``key``, an empty one where there is none."""
        return self.take(key, to_section, Section({}, self.key_path(key)))

    def sections(self, key: str) -> list[Section]:
        """The array of tables under ``key``, an empty one where there is none."""
        return self.take(key, _to_sections, [])

    def finish(self) -> None:
        """Refuse every key that was not taken, and name those that were asked for.

        Raises:
            CardDefinitionError: there is one.
        """
        for key in self._table:
            raise self.error(key, f"is not a key that belongs here: expected {', '.join(sorted(self._asked))}")


def _expected_by(convert: Callable[[Any, str], object]) -> str:
    """What ``convert`` says of a value that TOML cannot have."""
    try:
        convert(None, "")
    except CardDefinitionError as refusal:
        return refusal.expected
    raise TypeError("a converter that takes None")


def to_table(value: Any, path: str) -> dict[str, Any]:
    """A table as it stands."""
    if not isinstance(value, dict):
        raise CardDefinitionError(path, "expected a table")
    return dict(value)


def to_section(value: Any, path: str) -> Section:
    """A table."""
    return Section(to_table(value, path), path)


def list_of(convert: Callable[[Any, str], _Value]) -> Callable[[Any, str], list[_Value]]:
    """An array whose every element ``convert`` takes."""

    def to_list(value: Any, path: str) -> list[_Value]:
        if not isinstance(value, list):
            raise CardDefinitionError(path, "expected an array")
        return [convert(element, f"{path}[{index}]") for index, element in enumerate(value)]

    return to_list


def _to_sections(value: Any, path: str) -> list[Section]:
    if not isinstance(value, list):
        raise CardDefinitionError(path, f"expected an array of tables, each headed [[{path}]]")
    return list_of(to_section)(value, path)


def integer(low: int, high: int) -> Callable[[Any, str], int]:
    """An integer from ``low`` to ``high``."""

    def to_integer(value: Any, path: str) -> int:
        if not isinstance(value, int) or isinstance(value, bool) or not low <= value <= high:
            raise CardDefinitionError(path, f"expected an integer from {low} to {high}")
        return value

    return to_integer


def boolean(value: Any, path: str) -> bool:
    """True or false."""
    if not isinstance(value, bool):
        raise CardDefinitionError(path, "expected true or false")
    return value


def text(value: Any, path: str) -> str:
    """A string."""
    if not isinstance(value, str):
        raise CardDefinitionError(path, "expected a string")
    return value


def choice(choices: Mapping[str, _Value]) -> Callable[[Any, str], _Value]:
    """One of several strings, each of which stands for a value."""

    def to_choice(value: Any, path: str) -> _Value:
        if not isinstance(value, str) or value not in choices:
            raise CardDefinitionError(path, "expected one of " + ", ".join(f'"{name}"' for name in choices))
        return choices[value]

    return to_choice


def hex_digits(least: int, most: int, sizes: str = "") -> Callable[[Any, str], bytes]:
    """A string of hex digits (white space between bytes is allowed) that gives ``least`` to ``most`` bytes.

    ``sizes`` are words for what is expected where not every number in between is.
    """
    expected = f"expected hex digits for {sizes or f'{least} to {most}'} bytes"

    def to_bytes(value: Any, path: str) -> bytes:
        try:
            data = bytes.fromhex(value) if isinstance(value, str) else None
        except ValueError:
            data = None
        if data is None or not least <= len(data) <= most:
            raise CardDefinitionError(path, expected)
        return data

    return to_bytes


def octets(least: int, most: int) -> Callable[[Any, str], bytes]:
    """Bytes: a string gives its characters (UTF-8), a table ``{ hex = "..." }`` gives hex digits."""

    def to_octets(value: Any, path: str) -> bytes:
        if isinstance(value, dict):
            section = Section(value, path)
            data = section.take("hex", hex_digits(least, most))
            section.finish()
            return data
        if not isinstance(value, str):
            raise CardDefinitionError(path, 'expected a string, or { hex = "..." }')
        data = value.encode("utf-8", "surrogatepass")
        if not least <= len(data) <= most:
            raise CardDefinitionError(path, f"expected {least} to {most} bytes")
        return data

    return to_octets
