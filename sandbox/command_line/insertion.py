"""A card put into a reader, with what may go wrong told in one line."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Literal

import click

from sandbox.command_line.exit_status import ExitStatus, Failure

if TYPE_CHECKING:
    from collections.abc import Iterator

    from iso7816.icc import ICC


@contextmanager
def inserted(
    card: ICC, *, via: Literal["embedded", "pcscd", "vpcd"], unavailable: int = ExitStatus.UNAVAILABLE, **where: Any
) -> Iterator[Any]:
    """``card`` in a reader, as :func:`virtual_reader.insert` puts it there; taken out at the end.

    Raises:
        Failure: there is no daemon or reader for it, or it goes away, with the exit status ``unavailable``.
        UsageError: ``where`` says something that cannot be, such as an address that is none.
    """
    from virtual_reader import insert

    with _told_in_one_line(unavailable):
        try:
            insertion = insert(card, via=via, **where)
        except ValueError as error:
            raise click.UsageError(str(error)) from error
        with insertion as reader:
            yield reader


@contextmanager
def _told_in_one_line(unavailable: int) -> Iterator[None]:
    from virtual_reader import VirtualReaderError

    try:
        yield
    except VirtualReaderError as error:
        raise Failure(unavailable, str(error)) from error
