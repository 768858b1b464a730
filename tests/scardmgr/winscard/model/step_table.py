"""What can be done with a resource manager, and how often a random walk does it.

A step is a tuple: its name and its arguments, plain values all. Contexts and handles are chosen by their place
among those that are open, so that a list of steps can be taken anew, and without some of them.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import Any, Final

from scardmgr.winscard.constants import PNP_NOTIFICATION, Attribute, Disposition, Protocols, Scope, ShareMode

Step = tuple[Any, ...]

NAMES: Final = ("A", "B", "C")
STALE, NEVER = 90, 91
"""Instead of a place: what is closed, and what never was."""
AS_SEEN: Final = "as seen"
"""Instead of a belief: what was last seen of that reader."""
EITHER = Protocols.ANY

#: Cards by name: the ATR, what it offers, and whether the card wants to be told.
CARDS: Final = {
    "T=1": ("3B800181", Protocols.T1, False),
    "T=0": ("3B00", Protocols.T0, False),
    "both": ("3B80800101", EITHER, False),
    "both, told": ("3B80800101", EITHER, True),
    "silent": ("3B800181", Protocols.T1, False),
}

_CONTEXT = (*(list(range(4)) * 6), STALE, NEVER)
_HANDLE = (*(list(range(8)) * 6), STALE, NEVER)
_READER = (*("A" * 6), "B", "B", "C", "no such reader")
_MODE = (*([ShareMode.SHARED] * 8), *([ShareMode.DIRECT] * 4), *([ShareMode.EXCLUSIVE] * 3), 7)
_PROTOCOLS = (EITHER, EITHER, EITHER, Protocols.T1, Protocols.T0, Protocols.RAW, EITHER | Protocols.RAW, Protocols(0))
_DISPOSITION = (*([Disposition.LEAVE] * 8), *(list(Disposition) * 2), 9)
_BELIEF = (
    *([AS_SEEN] * 6),
    *(0x00, 0x01, 0x02, 0x04, 0x08, 0x10, 0x20, 0x90, 0x110, 0xA0, 0x120, 0x1A0, 0x220, 0x320, 0x420, 0x10000),
)
_WATCHED = (
    ("A",),
    ("A",),
    ("A", "B"),
    NAMES,
    (PNP_NOTIFICATION,),
    ("A", PNP_NOTIFICATION.upper()),
    ("C", "no such reader"),
    (),
)
_ATTRIBUTES = (
    *(Attribute.DEVICE_FRIENDLY_NAME, Attribute.CURRENT_PROTOCOL_TYPE, Attribute.ICC_PRESENCE, Attribute.ATR_STRING),
    0xDEAD,
)
_COMMANDS = (*([bytes.fromhex("00A40000")] * 8), b"\0", b"", bytes(70_000))
_PCI = (*([None] * 4), Protocols.T0, Protocols.T1, Protocols.RAW)

#: Each step: how often it is taken, and what its arguments are chosen from.
STEPS: Final[dict[str, tuple[int, tuple[Sequence[Any], ...]]]] = {
    "plug": (8, ((*(NAMES * 4), "", PNP_NOTIFICATION),)),
    "unplug": (2, (NAMES,)),
    "insert": (24, (NAMES, tuple(CARDS))),
    "remove": (6, (NAMES,)),
    "fall mute": (3, (NAMES,)),
    "speak": (9, (NAMES,)),
    "prepare to leave": (1, (NAMES,)),
    "establish": (8, ((*Scope, 9),)),
    "release": (3, (_CONTEXT,)),
    "is valid": (2, (_CONTEXT,)),
    "cancel": (2, (_CONTEXT,)),
    "list readers": (2, (_CONTEXT,)),
    "look": (30, (_CONTEXT, _WATCHED, _BELIEF)),
    "connect": (60, (_CONTEXT, _READER, _MODE, _PROTOCOLS)),
    "reconnect": (40, (_HANDLE, _MODE, _PROTOCOLS, _DISPOSITION)),
    "disconnect": (12, (_HANDLE, _DISPOSITION)),
    "begin": (24, (_HANDLE,)),
    "end": (16, (_HANDLE, _DISPOSITION)),
    "status": (20, (_HANDLE,)),
    "transmit": (40, (_HANDLE, _COMMANDS, _PCI)),
    "attribute": (5, (_HANDLE, _ATTRIBUTES)),
    "count": (3, (_HANDLE,)),
    "set attribute": (2, (_HANDLE,)),
    "control": (2, (_HANDLE,)),
}


_STEP_NAMES = tuple(STEPS)
_CUMULATIVE = [sum(STEPS[each][0] for each in _STEP_NAMES[: index + 1]) for index in range(len(_STEP_NAMES))]

#: Without a reader, a card and a context there is little to see.
BEGINNING: Final[tuple[Step, ...]] = (
    ("plug", "A"),
    ("plug", "B"),
    ("insert", "A", "T=1"),
    ("establish", Scope.USER),
    ("establish", Scope.SYSTEM),
)


def chosen_step(rng: random.Random) -> Step:
    """A step at random."""
    name = rng.choices(_STEP_NAMES, cum_weights=_CUMULATIVE)[0]
    return name, *(rng.choice(choices) for choices in STEPS[name][1])
