"""From what a marker names to a card that nobody has used."""

from __future__ import annotations

import os
from dataclasses import dataclass
from functools import partial
from inspect import signature
from pathlib import Path
from stat import S_ISDIR, S_ISREG
from typing import TYPE_CHECKING, Any

from iso7816.icc import ICC, StartingICC
from sandbox.named_card import CardUnusable, open_card, passphrase_of_environment
from sandbox.pytest_plugin.wrong_use import WrongUse

if TYPE_CHECKING:
    from collections.abc import Callable

    from emulator import Card
    from emulator.emulated_card import CardSnapshot
    from sandbox.pytest_plugin.dialogue.record import Record


@dataclass(frozen=True, slots=True)
class FreshCard:
    """A card for one test.

    Attributes:
        icc: the card.
        close: lets go of it when the test has ended.
    """

    icc: ICC
    close: Callable[[], object]


class CardSources:
    """Makes cards, and keeps what takes time to read: the beginnings of cards from definitions and images.

    Args:
        passphrase_variable: where in the environment the passphrase of sealed images is.
    """

    def __init__(self, passphrase_variable: str) -> None:
        self._passphrase_variable = passphrase_variable
        self._beginnings: dict[tuple[object, ...], CardSnapshot] = {}

    def fresh(self, what: Any, folder: Path, record: Record) -> FreshCard:
        """A card as new.

        Args:
            what: a built-in profile's name, the path of a definition or of an image, something that makes a card,
                or a card that begins anew when it is closed.
            folder: where relative paths begin.
            record: where an emulated card notes what a test says to it without its reader.

        Raises:
            WrongUse: there is no such card; says what would be one.
        """
        if isinstance(what, (str, os.PathLike)):
            card = self._emulated(os.fspath(what), folder, record)
            return FreshCard(card, card.close)
        if isinstance(what, ICC) and not isinstance(what, type):
            return self._given(what)
        if callable(what):
            _require_no_arguments(what)
            made = what()
            require_icc(made, f"{_name(what)}() gives")
            return FreshCard(made, getattr(made, "close", _nothing))
        raise WrongUse(
            f"the card {what!r} is of type {type(what).__name__}: name a built-in profile or the path of a definition "
            "or an image, or give a function that makes a card"
        )

    def _emulated(self, what: str, folder: Path, record: Record) -> Card:
        from sandbox.pytest_plugin.dialogue.card_of_test import CardOfTest

        if not what:
            raise WrongUse("the card has an empty name: name a built-in profile, a definition (.toml) or an image")
        key: tuple[object, ...] = (what,)
        if _is_path(what):
            path = folder / what
            try:
                status = path.stat()
            except (OSError, ValueError) as error:  # ValueError: a NUL in the path
                reason = f"{path} cannot be read ({error.strerror})" if isinstance(error, OSError) else str(error)
                raise WrongUse(
                    f"the card {what!r}: {reason}; relative paths begin at the folder of the test's file, and a "
                    "built-in profile is named without suffix"
                ) from None
            if not (S_ISREG(status.st_mode) or S_ISDIR(status.st_mode)):  # to open a pipe would wait for its other end
                raise WrongUse(f"the card {what!r}: {path} is no regular file")
            key = (path, status.st_mtime_ns, status.st_size, status.st_ino)
            what = str(path)
        beginning = self._beginnings.get(key)
        if beginning is None:
            beginning = self._beginnings[key] = self._beginning_of(what)
        card = CardOfTest.from_snapshot(beginning)
        card.note_into(record)
        return card

    def _beginning_of(self, what: str) -> CardSnapshot:
        try:
            opened = open_card(what, passphrase=partial(passphrase_of_environment, self._passphrase_variable))
        except CardUnusable as error:
            raise WrongUse(f"the card {what!r}: {error}") from None
        with opened:
            return opened.snapshot()

    def _given(self, icc: ICC) -> FreshCard:
        from emulator import Card

        if isinstance(icc, Card):
            raise WrongUse(
                "the marker is given a card that all its tests would share: give a function that makes one, "
                "such as lambda: Card.from_profile(...), or a name"
            )
        close = getattr(icc, "close", None)
        if close is None:
            raise WrongUse(
                f"the marker is given a {type(icc).__name__} that all its tests would share and that cannot be "
                "closed to begin anew: give its class or a function that makes one"
            )
        return FreshCard(icc, close)


def require_icc(made: object, whence: str) -> ICC:
    """``made``, which is a card.

    Raises:
        WrongUse: it is none.
    """
    __tracebackhide__ = True  # where a test gives it, the test's line is wrong
    if isinstance(made, type):
        raise WrongUse(f"{whence} the class {made.__name__}, which is no card: make one of it")
    if isinstance(made, ICC):
        return made
    raise WrongUse(
        f"{whence} a {type(made).__name__}, which is no card: "
        "a card has power_on(), power_off(), reset() and transmit()"
    )


def _require_no_arguments(maker: Callable[..., object]) -> None:
    try:
        signature(maker).bind()
    except ValueError:
        return  # written in C, and does not tell
    except TypeError as error:
        name = _name(maker)
        raise WrongUse(f"the card {name}: {name}() is {error}; give a function that passes it") from None


def start(icc: ICC) -> None:
    """Start a card that has to be started, before a reader waits for it.

    Raises:
        ICCRemoved: there will be no card; says why.
    """
    if isinstance(icc, StartingICC):
        icc.start()


def _is_path(what: str) -> bool:
    path = Path(what)
    return path.name != what or bool(path.suffix)


def _name(maker: object) -> str:
    return getattr(maker, "__name__", type(maker).__name__)


def _nothing() -> None:
    """There is nothing to let go of."""
