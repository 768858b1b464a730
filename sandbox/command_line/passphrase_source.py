"""Where a command has the passphrase of a sealed image from: a file, the environment, or who sits at the terminal.

It is never an argument, where any user of the system could read it.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final, TypeVar

import click

from sandbox.command_line.exit_status import ExitStatus, Failure
from sandbox.named_card import PASSPHRASE_VARIABLE, CardUnusable, passphrase_in

if TYPE_CHECKING:
    from collections.abc import Callable

    from emulator import Passphrase

Function = TypeVar("Function", bound="Callable[..., object]")

NEW_PASSPHRASE_VARIABLE: Final = "SCARDMGR_NEW_PASSPHRASE"  # noqa: S105 (the name of a variable)

_FILE: Final = "sandbox.passphrase-file"
_KNOWN: Final = "sandbox.passphrase"
_MOST: Final = 1 << 16


def passphrase_option(function: Function) -> Function:
    """Give a command that takes a card the option --passphrase-file. :func:`passphrase` knows what it says."""
    return click.option(
        "--passphrase-file",
        metavar="FILE",
        expose_value=False,
        callback=_note_file,
        help=f"The first line of FILE is the passphrase of a sealed image; else {PASSPHRASE_VARIABLE} in the "
        "environment is, or it is asked for.",
    )(function)


def _note_file(ctx: click.Context, _parameter: click.Parameter, file: str | None) -> None:
    ctx.meta[_FILE] = file


def passphrase() -> Passphrase:
    """The passphrase of the image that the command in hand works on; who has told it is not asked again.

    Raises:
        CardUnusable: there is none, and nobody to ask; says what to do.
    """
    known: dict[str, Passphrase] = click.get_current_context().meta
    if _KNOWN not in known:
        known[_KNOWN] = _given(known.get(_FILE), PASSPHRASE_VARIABLE, "--passphrase-file", "Passphrase", new=False)  # type: ignore[arg-type]
    return known[_KNOWN]


def passphrase_to_be(file: str | None, variable: str, option: str) -> Passphrase:
    """A passphrase that an image is given; asked for, it is asked for twice. Raises CardUnusable."""
    return _given(file, variable, option, "New passphrase", new=True)


def derived_key() -> str:
    """What another process can open the image with that was opened, see :attr:`emulator.Passphrase.derived`."""
    known: Passphrase | None = click.get_current_context().meta.get(_KNOWN)
    return "" if known is None else known.derived


def _given(file: str | None, variable: str, option: str, prompt: str, *, new: bool) -> Passphrase:
    """Raises CardUnusable."""
    from emulator import Passphrase

    if file is not None:
        return _in_file(file, option)
    found = passphrase_in(variable)
    if found is not None:
        return found
    if not sys.stdin.isatty():
        raise CardUnusable(
            f"a passphrase is wanted: give {option} FILE, or set the variable {variable}, or use a terminal"
        )
    asked: str = click.prompt(prompt, hide_input=True, confirmation_prompt=new, err=True)
    try:
        return Passphrase(asked)
    except ValueError as error:
        raise CardUnusable(str(error)) from None


def _in_file(file: str, option: str) -> Passphrase:
    """Raises CardUnusable."""
    from emulator import Passphrase

    try:
        with Path(file).open("rb") as opened:
            line = opened.readline(_MOST)
        return Passphrase(line.rstrip(b"\r\n").decode())
    except UnicodeDecodeError:
        problem = "it is not text in UTF-8"
    except (OSError, ValueError) as error:
        problem = getattr(error, "strerror", None) or str(error)
    raise CardUnusable(f"{option} {file}: {problem}")


def failure(error: Exception, image: str) -> Failure:
    """What is told where an image cannot be sealed, unsealed or given another passphrase."""
    from emulator import CardImageNotSealed, CardImageSealed, WrongPassphrase

    refused = isinstance(error, (CardImageNotSealed, CardImageSealed, WrongPassphrase))
    told = str(error)
    return Failure(
        ExitStatus.REFUSED if refused else ExitStatus.UNAVAILABLE, told if image in told else f"{image}: {told}"
    )
