"""The decoder: APDUs in words, for whatever shows a dialogue with a card.

:class:`Dialogue` follows what is selected and names files, CHVs and keys by a :class:`Names`;
:func:`describe_command` and :func:`describe_response` look at one message alone.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from iso7816.describe.dialogue import Dialogue, DialogueEntry, describe_command, describe_response
    from iso7816.describe.names import NamedFile, Names

_HOMES = {
    "Dialogue": "dialogue",
    "DialogueEntry": "dialogue",
    "NamedFile": "names",
    "Names": "names",
    "describe_command": "dialogue",
    "describe_response": "dialogue",
}

__all__ = ["Dialogue", "DialogueEntry", "NamedFile", "Names", "describe_command", "describe_response"]


def __getattr__(name: str) -> object:
    try:
        home = _HOMES[name]
    except KeyError:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}") from None
    value = getattr(import_module(f"{__name__}.{home}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
