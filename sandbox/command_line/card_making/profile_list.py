"""What can be made: the profiles with their codes and slots, and what each takes."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from emulator.applications.personalisation import Slot
    from emulator.persistent import PersistentState

_NUMBER = re.compile(r"\s*\d+\Z")


def rows_of(profile: str, state: PersistentState) -> Iterator[tuple[str, str, str, str]]:
    """Profile, what is given, what it is for, what it takes: a row for each code, and for slots that are alike.

    Raises:
        ApplicationMissing: the card has an application that is not known here.
    """
    from emulator.applications.issuing import applications_of
    from emulator.applications.personalisation import kinds_in_words

    applications = list(applications_of(state))
    for application in applications:
        for name, takes in application.personalisation.codes.items():
            yield profile, f"--{name}", "", takes
        for _, alike in groupby(application.slots(state), lambda slot: (_kind_of_slot(slot), slot.accepts)):
            slots = list(alike)
            yield (
                profile,
                f"--slot {_range([each.name for each in slots])}",
                _purpose(slots),
                kinds_in_words(slots[0].accepts),
            )
    if not applications:
        yield profile, "", "", "no codes and no slots: files, CHVs and keys as its definition has them, and --set"


def _kind_of_slot(slot: Slot) -> str:
    return _NUMBER.sub("", slot.purpose)


def _purpose(slots: Sequence[Slot]) -> str:
    return slots[0].purpose if len(slots) == 1 else _kind_of_slot(slots[0])


def _range(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else f"{names[0]} to {names[-1]}"
