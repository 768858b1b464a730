"""A card attached through ISCardManage, with every refusal told in one line."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING, TypeVar

import click

from sandbox.command_line.exit_status import ExitStatus, Failure
from sandbox.command_line.reader_choice import chosen_reader

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from scardmgr import ISCardManage
    from scardmgr.com.errors import HResultError

Function = TypeVar("Function", bound="Callable[..., object]")


@contextmanager
def attached(reader: str | None, card: str | None) -> Iterator[ISCardManage]:
    """An ISCardManage attached to the card that --reader and --card name; detached at the end.

    Raises:
        Failure: there is no card to attach to (3), or the card refuses something in the block (1).
    """
    import scardmgr

    with chosen_reader(reader, card) as chosen, told_in_one_line(), scardmgr.SCardManage(chosen.manager) as manage:
        manage.AttachByIFD(chosen.name)
        yield manage


@contextmanager
def told_in_one_line() -> Iterator[None]:
    """Turn what the interfaces and the resource manager raise into a :class:`Failure` that says what to do."""
    from scardmgr.com.errors import HResultError
    from scardmgr.winscard.errors import DatabaseFault, SCardError

    try:
        yield
    except HResultError as error:
        if isinstance(error.__cause__, DatabaseFault):
            raise Failure(ExitStatus.UNAVAILABLE, str(error.__cause__)) from error
        raise Failure(_status(error.hresult), f"{error}{_advice(error)}") from error
    except SCardError as error:
        raise Failure(_status(error.code), str(error)) from error


def _status(code: int) -> ExitStatus:
    from scardmgr.winscard.codes import SCardCode

    nothing_to_work_with = {
        SCardCode.SCARD_E_NO_SMARTCARD,
        SCardCode.SCARD_E_UNKNOWN_READER,
        SCardCode.SCARD_E_READER_UNAVAILABLE,
        SCardCode.SCARD_E_NO_READERS_AVAILABLE,
        SCardCode.SCARD_E_SHARING_VIOLATION,
        SCardCode.SCARD_E_NO_SERVICE,
        SCardCode.SCARD_E_SERVICE_STOPPED,
        SCardCode.SCARD_W_REMOVED_CARD,
        SCardCode.SCARD_W_UNPOWERED_CARD,
        SCardCode.SCARD_W_UNRESPONSIVE_CARD,
    }
    return ExitStatus.UNAVAILABLE if code in nothing_to_work_with else ExitStatus.REFUSED


def _advice(error: HResultError) -> str:
    from scardmgr.com.errors import HRESULT
    from scardmgr.winscard.codes import SCardCode

    advice = {
        SCardCode.SCARD_W_SECURITY_VIOLATION: "; --verify REFERENCE presents a CHV first",
        SCardCode.SCARD_E_FILE_NOT_FOUND: "; 'scard ls' lists what there is",
        SCardCode.SCARD_E_DIR_NOT_FOUND: "; 'scard ls' lists what there is",
        SCardCode.SCARD_E_SHARING_VIOLATION: "; another program holds the card",
        HRESULT.E_NOTIMPL: "; 'scard apdu' sends any command",
    }
    return advice.get(error.hresult, "")  # type: ignore[call-overload,no-any-return]


def verify_option(function: Function) -> Function:
    """Give a command the option --verify."""
    return click.option(
        "--verify",
        callback=hex_byte,
        metavar="REFERENCE",
        help="First present the CHV with this reference (01 global, 81 local); the code is asked for, or read from"
        " standard input.",
    )(function)


def hex_byte(_ctx: click.Context, _parameter: click.Parameter, text: str | None) -> int | None:
    """The number that one or two hex digits give; for the ``callback`` of an option."""
    if text is None:
        return None
    try:
        (number,) = bytes.fromhex(text.zfill(2))
    except ValueError as error:
        raise click.UsageError(f"'{text}' is not one byte in hex, such as 01") from error
    return number


def present_chv(manage: ISCardManage, reference: int) -> None:
    """Ask for a CHV and present it.

    The code is never an argument, where any user of the system could read it.

    Raises:
        HResultError: the card does not accept it.
    """
    from scardmgr import SCARD_FLAGS

    asked = sys.stdin.isatty()
    code: str = click.prompt(f"CHV {reference:02X}", hide_input=True, err=True) if asked else sys.stdin.readline()
    with manage.CreateCHVerification() as verification:
        verification.Verify(code.rstrip("\r\n").encode(), SCARD_FLAGS.SC_FL_NO_FLAGS, reference)
