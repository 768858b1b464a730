"""The life cycle of the application (GIDS, 6): initialisation, in which everything is open; then operational."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from iso7816.file_control import LifeCycle

if TYPE_CHECKING:
    from emulator.applications.contract import ApplicationValues

LIFE_CYCLE: Final = b"life cycle"
"""The key of its byte among the values of the application."""


def life_cycle(values: ApplicationValues) -> LifeCycle:
    """Where it is."""
    return LifeCycle(values[LIFE_CYCLE][0])


def is_operational(values: ApplicationValues) -> bool:
    """Whether access rules are in force."""
    return values[LIFE_CYCLE][0] == LifeCycle.OPERATIONAL_ACTIVATED


def make_operational(values: ApplicationValues) -> None:
    """Put the rules in force; there is no way back."""
    values.put(LIFE_CYCLE, bytes((LifeCycle.OPERATIONAL_ACTIVATED,)))
