"""User interaction flags (D6, D7, D8): a key that waits for a button (OpenPGP card 3.4.1, 4.4.3.10).

::

    00 not asked for   01 asked for   02 asked for until the card is reset to its state as new      20 the button

There is no button on an emulated card: its definition says whether whoever holds it would press one (``touch``).
"""

from __future__ import annotations

from enum import IntEnum, unique
from typing import TYPE_CHECKING, Final

from emulator.applications.openpgp.data_objects import OBJECTS, value_of
from iso7816.status_words import SW, StatusWordError

if TYPE_CHECKING:
    from emulator.applications.openpgp.key_slots import KeySlot
    from emulator.command import CardContext

BUTTON: Final = 0x20
TOUCH: Final = b"setting touch"
"""The value that says whether the button is pressed when it is asked for: 01 or 00."""


@unique
class Interaction(IntEnum):
    """The first byte of the flag."""

    OFF = 0x00
    ON = 0x01
    PERMANENT = 0x02


def put_user_interaction(card: CardContext, slot: KeySlot, value: bytes) -> None:
    """PUT DATA D6, D7, D8. Raises StatusWordError 6A80 another value, 6985 it is there to stay."""
    flag, features = value
    if flag not in Interaction.__members__.values() or features != BUTTON:
        raise StatusWordError(SW.WRONG_DATA)
    if value_of(card.values, slot.user_interaction)[0] == Interaction.PERMANENT:
        raise StatusWordError(SW.CONDITIONS_NOT_SATISFIED)
    card.values.put(OBJECTS[slot.user_interaction].value_key, value)


def require_interaction(card: CardContext, slot: KeySlot) -> None:
    """Ask for the button, where the key wants it. Raises StatusWordError 6600 nobody presses it."""
    asked = value_of(card.values, slot.user_interaction)[0] != Interaction.OFF
    if asked and card.values.get(TOUCH) == b"\0":
        raise StatusWordError(SW.SECURITY_ISSUE)
