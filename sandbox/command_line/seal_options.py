"""``--seal``: an image that a command makes is sealed as it is written, and never in the clear on the disk."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, TypeVar

import click

from sandbox.command_line.passphrase_source import passphrase_to_be
from sandbox.named_card import PASSPHRASE_VARIABLE

if TYPE_CHECKING:
    from collections.abc import Callable

    from emulator import Passphrase

Function = TypeVar("Function", bound="Callable[..., object]")

_FILE_OPTION: Final = "--seal-passphrase-file"


def seal_options(function: Function) -> Function:
    """Give a command that makes an image the options --seal and --seal-passphrase-file."""
    file = click.option(
        _FILE_OPTION,
        metavar="FILE",
        help=f"Its first line is the passphrase of --seal; else {PASSPHRASE_VARIABLE} in the environment is, or it is "
        "asked for, twice.",
    )
    seal = click.option(
        "--seal", is_flag=True, help="Seal the new image with a passphrase: it is never in the clear on the disk."
    )
    return seal(file(function))


def check_seal(*, seal: bool, file: str | None) -> None:
    """Raises UsageError where there is a file with a passphrase and nothing is sealed."""
    if file is not None and not seal:
        raise click.UsageError(f"{_FILE_OPTION} belongs to --seal")


def passphrase_of_seal(*, seal: bool, file: str | None) -> Passphrase | None:
    """What the new image is to be sealed with, ``None`` where it is not to be.

    Raises:
        CardUnusable: there is no passphrase, and nobody to ask; says what to do.
    """
    return passphrase_to_be(file, PASSPHRASE_VARIABLE, _FILE_OPTION) if seal else None
