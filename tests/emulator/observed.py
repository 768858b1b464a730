"""The whole persistent state of a card in plain values, to compare."""

from __future__ import annotations

from typing import Any

from emulator import Card
from emulator.persistent import Table

Observed = dict[tuple[Table, Any], Any]
"""Each record by its table and key, as a tuple of plain values."""


def observe(card: Card) -> Observed:
    return {(table, key): _plain(record) for table in Table for key, record in card._state.table(table).items()}


def _plain(value: Any) -> Any:
    slots = getattr(type(value), "__slots__", None)
    if slots is None or isinstance(value, (int, bytes, str, tuple, frozenset)):
        return value
    return tuple(_plain(getattr(value, name)) for name in slots if name[0] != "_")
