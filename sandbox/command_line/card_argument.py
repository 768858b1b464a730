"""The CARD that many commands take: a built-in profile, a card definition file or an image."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

import click

from sandbox.command_line.exit_status import ExitStatus, Failure
from sandbox.command_line.passphrase_source import passphrase
from sandbox.named_card import CardUnusable, is_image, open_card

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from emulator import Card, Passphrase


def kept(card: str, *, ephemeral: bool, flushed: bool) -> bool:
    """Whether the changes of ``card`` are kept in an image as they happen.

    Raises:
        click.UsageError: they are to be flushed to the disk, and are not.
    """
    keep = is_image(card) and not ephemeral
    if flushed and not keep:
        raise click.UsageError("--flushed is about an image that keeps its changes: give one as CARD, not --ephemeral")
    return keep


@contextmanager
def opened_card(
    card: str,
    *,
    keep: bool,
    flushed: bool = False,
    unavailable: int = ExitStatus.UNAVAILABLE,
    told: Callable[[], Passphrase] = passphrase,
) -> Iterator[Card]:
    """The card that ``card`` names, closed at the end.

    With ``keep`` every change goes to the image as it happens; otherwise, and always for a profile or a
    definition file, changes stay in memory. With ``flushed`` what is kept is on the disk, too, before a response
    leaves. Of a sealed image the passphrase is had from ``told``: from where the command has it, unless told otherwise.

    Raises:
        Failure: there is no such card, or it cannot be used; with the exit status ``unavailable``.
    """
    try:
        opened = open_card(card, keep=keep, flushed=flushed, passphrase=told)
    except CardUnusable as error:
        raise Failure(unavailable, f"card {card}: {error}") from error
    with opened:
        yield opened


def save_card(
    card: Card, path: str, *, seal: Passphrase | None = None, unavailable: int = ExitStatus.UNAVAILABLE
) -> None:
    """Write ``card`` to the image ``path``, sealed with ``seal``, or else as :meth:`emulator.Card.save` has it.

    Raises:
        Failure: it cannot be written, with the exit status ``unavailable``.
    """
    from emulator.errors import CardError

    try:
        card.save(path, passphrase=seal)
    except CardError as error:
        raise Failure(unavailable, f"{path}: {error}") from error
    except OSError as error:
        raise Failure(unavailable, f"{path}: {error.strerror or error}") from error
