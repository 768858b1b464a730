"""From what a person names to an emulated card: a built-in profile, a card definition file or an image."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from emulator import Card

_SQLITE_MAGIC = b"SQLite format 3\0"


class CardUnusable(Exception):  # noqa: N818 - says what is the case
    """There is no such card, or it cannot be used; says why, in a line that does not repeat its name."""


def is_image(card: str) -> bool:
    """Whether ``card`` names an existing file that is a card image, by its first bytes and not by its name."""
    try:
        with Path(card).open("rb") as file:
            return file.read(len(_SQLITE_MAGIC)) == _SQLITE_MAGIC
    except (OSError, ValueError):  # ValueError: a zero byte in the name
        return False


def open_card(card: str, *, keep: bool = False, flushed: bool = False) -> Card:
    """The card that ``card`` names.

    Args:
        card: the name of a built-in profile, or the path of a definition or of an image.
        keep: whether every change goes to an image as it happens; otherwise, and always for a profile or a definition,
            changes stay in memory.
        flushed: whether what is kept is on the disk, too, before a response leaves.

    Raises:
        CardUnusable: there is none.
    """
    from emulator import Card
    from emulator.errors import CardDefinitionError, CardError

    try:
        if not is_image(card):
            return Card.from_profile(card)
        return Card.open(card, mode="rw" if keep else "copy", flushed=flushed)
    except CardDefinitionError as error:
        # Whoever gave a damaged image is not to wonder about TOML.
        taken_for = "it is no card image, and refused as a card definition: " if _taken_for_an_image(card) else ""
        raise CardUnusable(f"{taken_for}{error}") from error
    except CardError as error:
        raise CardUnusable(str(error)) from error
    except OSError as error:
        raise CardUnusable(error.strerror or str(error)) from error


def _taken_for_an_image(card: str) -> bool:
    """Whether a file that is no card image may have been given for one."""
    try:
        return Path(card).is_file() and Path(card).suffix != ".toml"
    except OSError:  # a folder that is not ours to enter, a name that is too long
        return False
