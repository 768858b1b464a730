"""From what a person names to an emulated card: a built-in profile, a card definition file or an image."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Callable

    from emulator import Card, Passphrase

_SQLITE_MAGIC = b"SQLite format 3\0"

PASSPHRASE_VARIABLE = "SCARDMGR_PASSPHRASE"  # noqa: S105 (the name of a variable)
"""The variable of the environment that holds the passphrase of sealed images."""


class CardUnusable(Exception):  # noqa: N818 - says what is the case
    """There is no such card, or it cannot be used; says why, in a line that does not repeat its name."""


def is_image(card: str) -> bool:
    """Whether ``card`` names an existing file that is a card image, by its first bytes and not by its name."""
    try:
        with Path(card).open("rb") as file:
            return file.read(len(_SQLITE_MAGIC)) == _SQLITE_MAGIC
    except (OSError, ValueError):  # ValueError: a zero byte in the name
        return False


def passphrase_in(variable: str) -> Passphrase | None:
    """The passphrase that a variable of the environment holds; ``None`` where it is not there, or empty.

    Raises:
        CardUnusable: it holds what is no text.
    """
    from emulator import Passphrase

    text = os.environ.get(variable)
    try:
        return Passphrase(text) if text else None
    except ValueError as error:
        raise CardUnusable(f"the variable {variable}: {error}") from None


def passphrase_of_environment(variable: str = PASSPHRASE_VARIABLE) -> Passphrase:
    """As :func:`passphrase_in`, for who can be asked for nothing.

    Raises:
        CardUnusable: there is none, too; says what to do.
    """
    passphrase = passphrase_in(variable)
    if passphrase is None:
        raise CardUnusable(f"it is sealed: the variable {variable} of the environment is to hold its passphrase")
    return passphrase


def open_card(
    card: str,
    *,
    keep: bool = False,
    flushed: bool = False,
    passphrase: Callable[[], Passphrase] = passphrase_of_environment,
) -> Card:
    """The card that ``card`` names.

    Args:
        card: the name of a built-in profile, or the path of a definition or of an image.
        keep: whether every change goes to an image as it happens; otherwise, and always for a profile or a definition,
            changes stay in memory.
        flushed: whether what is kept is on the disk, too, before a response leaves.
        passphrase: is asked for the passphrase of a sealed image, and may raise CardUnusable.

    Raises:
        CardUnusable: there is none.
    """
    from emulator import Card
    from emulator.errors import CardDefinitionError, CardError

    try:
        if not is_image(card):
            return Card.from_profile(card)
        return open_image(card, "rw" if keep else "copy", passphrase, flushed=flushed)
    except CardDefinitionError as error:
        # Whoever gave a damaged image is not to wonder about TOML.
        taken_for = "it is no card image, and refused as a card definition: " if _taken_for_an_image(card) else ""
        raise CardUnusable(f"{taken_for}{error}") from error
    except CardError as error:
        raise CardUnusable(str(error)) from error
    except OSError as error:
        raise CardUnusable(error.strerror or str(error)) from error


def open_image(
    image: str, mode: Literal["rw", "copy"], passphrase: Callable[[], Passphrase], *, flushed: bool = False
) -> Card:
    """A card from an image, for whose passphrase is only asked where it is sealed.

    Raises:
        CardError, OSError: as :meth:`emulator.Card.open`, and what ``passphrase`` raises.
    """
    from emulator import Card, CardImageSealed

    try:
        return Card.open(image, mode, flushed=flushed)
    except CardImageSealed:
        pass
    return Card.open(image, mode, passphrase=passphrase(), flushed=flushed)


def _taken_for_an_image(card: str) -> bool:
    """Whether a file that is no card image may have been given for one."""
    try:
        return Path(card).is_file() and Path(card).suffix != ".toml"
    except OSError:  # a folder that is not ours to enter, a name that is too long
        return False
