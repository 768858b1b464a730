"""The CARD that many commands take: a built-in profile, a card definition file or an image."""

from __future__ import annotations

from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from sandbox.command_line.exit_status import ExitStatus, Failure

if TYPE_CHECKING:
    from collections.abc import Iterator

    from emulator import Card

SQLITE_MAGIC = b"SQLite format 3\0"


def is_image(card: str) -> bool:
    """Whether ``card`` names an existing file that is a card image, by its first bytes and not by its name."""
    try:
        with Path(card).open("rb") as file:
            return file.read(len(SQLITE_MAGIC)) == SQLITE_MAGIC
    except OSError:
        return False


def _taken_for_an_image(card: str) -> bool:
    """Whether a file that is no card image may have been given for one."""
    try:
        return Path(card).is_file() and Path(card).suffix != ".toml"
    except OSError:  # a folder that is not ours to enter, a name that is too long
        return False


@contextmanager
def opened_card(card: str, *, keep: bool, unavailable: int = ExitStatus.UNAVAILABLE) -> Iterator[Card]:
    """The card that ``card`` names, closed at the end.

    With ``keep`` every change goes to the image as it happens; otherwise, and always for a profile or a
    definition file, changes stay in memory.

    Raises:
        Failure: there is no such card, or it cannot be used; with the exit status ``unavailable``.
    """
    from emulator import Card
    from emulator.errors import CardDefinitionError, CardError

    try:
        opened = Card.open(card, mode="rw" if keep else "copy") if is_image(card) else Card.from_profile(card)
    except CardDefinitionError as error:
        # Whoever gave a damaged image is not to wonder about TOML.
        taken_for = "it is no card image, and refused as a card definition: " if _taken_for_an_image(card) else ""
        raise Failure(unavailable, f"card {card}: {taken_for}{error}") from error
    except CardError as error:
        raise Failure(unavailable, f"card {card}: {error}") from error
    except OSError as error:
        raise Failure(unavailable, f"card {card}: {error.strerror or error}") from error
    with opened:
        yield opened


def save_card(card: Card, path: str, *, unavailable: int = ExitStatus.UNAVAILABLE) -> None:
    """Write ``card`` to the image ``path``.

    Raises:
        Failure: it cannot be written, with the exit status ``unavailable``.
    """
    from emulator.errors import CardError

    try:
        card.save(path)
    except CardError as error:
        raise Failure(unavailable, f"{path}: {error}") from error
    except OSError as error:
        raise Failure(unavailable, f"{path}: {error.strerror or error}") from error
