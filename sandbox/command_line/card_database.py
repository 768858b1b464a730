"""Which smart card database a command works on, and whose entries."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, TypeVar

import click

from sandbox.command_line.exit_status import ExitStatus, Failure

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from uuid import UUID

    from scardmgr.winscard.database import DatabaseScope, SmartCardDatabase

Function = TypeVar("Function", bound="Callable[..., object]")


def database_option(function: Function) -> Function:
    """Give a command the option --database."""
    return click.option(
        "--database",
        metavar="FILE",
        help="The file of the database; by default what SCARDMGR_DATABASE names, or the platform's usual place.",
    )(function)


def scope_option(function: Function) -> Function:
    """Give a command the option --scope."""
    return click.option(
        "--scope",
        type=click.Choice(["user", "system"]),
        default="user",
        show_default=True,
        help="Whose entries: yours, which go before the system's, or those for all users.",
    )(function)


@contextmanager
def opened_database(file: str | None) -> Iterator[SmartCardDatabase]:
    """The database in ``file``, or this user's, with every refusal told in one line.

    Raises:
        Failure: 3, the database cannot be used; 1, it refuses something in the block.
    """
    from scardmgr.winscard.database import SmartCardDatabase
    from scardmgr.winscard.errors import DatabaseFault, SCardError

    try:
        yield SmartCardDatabase.of_this_user() if file is None else SmartCardDatabase.at(file)
    except DatabaseFault as fault:
        raise Failure(ExitStatus.UNAVAILABLE, str(fault)) from fault
    except SCardError as error:
        raise Failure(ExitStatus.REFUSED, str(error)) from error


def scope_of(word: str) -> DatabaseScope:
    """The scope that --scope names."""
    from scardmgr.winscard.database import DatabaseScope

    return DatabaseScope[word.upper()]


def guid(_ctx: click.Context, parameter: click.Parameter, text: str | None) -> UUID | None:
    """A GUID; for the ``callback`` of an option."""
    from uuid import UUID

    if text is None:
        return None
    try:
        return UUID(text)
    except ValueError as error:
        raise click.UsageError(
            f"{parameter.opts[0]}: '{text}' is no GUID: give one such as 24F98BD2-34A6-51C1-86B6-05039A482FF8"
        ) from error


def interface_guids(_ctx: click.Context, parameter: click.Parameter, texts: tuple[str, ...]) -> tuple[UUID, ...]:
    """Interfaces by GUID, or by the name of a published one; for the ``callback`` of an option."""
    named = {name.lower(): iid for iid, name in published_interfaces().items()}
    found = [named.get(text.lower()) or guid(_ctx, parameter, text) for text in texts]
    return tuple(iid for iid in found if iid is not None)


def published_interfaces() -> dict[UUID, str]:
    """The names of the interfaces that a service provider has, by their identifiers."""
    from scardmgr import ISCardAuth, ISCardFileAccess, ISCardManage, ISCardVerify

    interfaces = (ISCardManage, ISCardAuth, ISCardVerify, ISCardFileAccess)
    return {interface.IID: interface.__name__ for interface in interfaces}
