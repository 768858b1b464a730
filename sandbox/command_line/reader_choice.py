"""Which card a command looks at: one in a PC/SC reader, physical or not, or an emulated one in a reader of our own."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

import click

from sandbox.command_line.card_argument import opened_card
from sandbox.command_line.exit_status import ExitStatus, Failure
from sandbox.command_line.insertion import inserted
from sandbox.command_line.passphrase_source import passphrase_option
from sandbox.named_card import is_image

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from scardmgr.winscard.manager import ResourceManager
    from scardmgr.winscard.values import ReaderState

Function = TypeVar("Function", bound="Callable[..., object]")


@dataclass(frozen=True, slots=True)
class ChosenReader:
    """A reader by its name, and the resource manager that serves it."""

    manager: ResourceManager
    name: str


def reader_options(function: Function) -> Function:
    """Give a command the options --reader, --card and --passphrase-file."""
    function = passphrase_option(function)
    function = click.option(
        "--card", metavar="CARD", help="An emulated card: a profile, a card definition file or an image."
    )(function)
    return click.option("--reader", metavar="NAME", help="A PC/SC reader by its name, as `scard readers` lists it.")(
        function
    )


@contextmanager
def chosen_reader(reader: str | None, card: str | None, *, keep: bool = False) -> Iterator[ChosenReader]:
    """The reader that the options name; without either, the only PC/SC reader that holds a card.

    With ``keep``, what happens to an image stays in it.

    Raises:
        Failure: both options, no such reader, no card to look at, or more than one.
        SCardError: the resource manager refuses.
    """
    if reader is not None and card is not None:
        raise click.UsageError("--reader names a PC/SC reader and --card an emulated card: give one of them")
    if card is not None:
        with (
            opened_card(card, keep=keep and is_image(card)) as emulated,
            inserted(emulated, via="embedded") as embedded,
        ):
            yield ChosenReader(embedded.resource_manager, embedded.name)
        return
    manager = pcsc()
    states = reader_states(manager)
    yield ChosenReader(manager, only_one_with_a_card(states) if reader is None else named(reader, states))


def pcsc() -> ResourceManager:
    """The real resource manager.

    Raises:
        Failure: 3, there is no pyscard, or no daemon answers.
    """
    import scardmgr
    from scardmgr.winscard.errors import PyscardMissing

    try:
        return scardmgr.resource_manager("pcsc")
    except PyscardMissing as error:
        raise Failure(ExitStatus.UNAVAILABLE, f"{error} (--card looks at an emulated card without it)") from error


def reader_states(manager: ResourceManager, name: str | None = None) -> list[ReaderState]:
    """Every reader, or the one of that name, with its state and what is in it; empty when there is no reader.

    Raises:
        Failure: 3, no daemon answers, or the smart card database, which has names for readers, cannot be used.
    """
    from scardmgr.winscard.codes import SCardCode
    from scardmgr.winscard.errors import DatabaseFault, SCardError
    from scardmgr.winscard.values import ReaderState

    try:
        context = manager.establish_context()
        try:
            names = manager.list_readers(context) if name is None else [name]
            return manager.get_status_change(context, 0, [ReaderState(name) for name in names])
        finally:
            manager.release_context(context)
    except DatabaseFault as error:
        raise Failure(ExitStatus.UNAVAILABLE, str(error)) from error
    except SCardError as error:
        if error.code == SCardCode.SCARD_E_NO_READERS_AVAILABLE:
            return []
        raise Failure(
            ExitStatus.UNAVAILABLE, f"PC/SC: {error}; is pcscd running? (--card looks at an emulated card)"
        ) from error


def has_card(state: ReaderState) -> bool:
    """Whether a card is in the reader."""
    from scardmgr.winscard.constants import ReaderStateFlag

    return ReaderStateFlag.PRESENT in state.flags


def only_one_with_a_card(states: list[ReaderState]) -> str:
    """The name of the only reader that holds a card.

    Raises:
        Failure: 3, there is none; 2, there are several.
    """
    names = [state.reader for state in states if has_card(state)]
    if not names:
        raise Failure(
            ExitStatus.UNAVAILABLE, "no reader holds a card: insert one, or give --card (such as --card iso7816)"
        )
    if len(names) > 1:
        choice = " or ".join(f'--reader "{name}"' for name in names)
        raise Failure(ExitStatus.USAGE, f"several readers hold a card: give {choice}")
    return names[0]


def named(reader: str, states: list[ReaderState]) -> str:
    """``reader``, if there is one of that name and it holds a card.

    Raises:
        Failure: 3, there is none, or it is empty.
    """
    for state in states:
        if state.reader == reader:
            if has_card(state):
                return reader
            raise Failure(ExitStatus.UNAVAILABLE, f"{reader}: no card in it; insert one")
    there = ", ".join(state.reader for state in states) or "there is none"
    raise Failure(ExitStatus.UNAVAILABLE, f"{reader}: no such reader ({there})")
