"""``scard passphrase``: give a sealed card image another passphrase."""

from __future__ import annotations

import click

from sandbox.command_line.passphrase_source import (
    NEW_PASSPHRASE_VARIABLE,
    failure,
    passphrase,
    passphrase_option,
    passphrase_to_be,
)
from sandbox.named_card import CardUnusable


@click.command(short_help="Change the passphrase of a sealed card image.")
@passphrase_option
@click.option(
    "--new-passphrase-file",
    metavar="FILE",
    help=f"The first line of FILE is the new passphrase; else {NEW_PASSPHRASE_VARIABLE} in the environment is, or it "
    "is asked for, twice.",
)
@click.argument("image", metavar="IMAGE")
def command(image: str, new_passphrase_file: str | None) -> None:
    """Change the passphrase of a sealed card image.

    Its keys change with it: an old copy stays open to the old passphrase, and opens nothing else.

    \b
    scard passphrase my.card
    scard passphrase my.card --passphrase-file old.txt --new-passphrase-file new.txt

    Exit status: 0; 1 when the passphrase is another one, or there is no seal; 3 when it cannot be used.
    """
    from emulator import CardError, change_passphrase

    try:
        known = passphrase()
        change_passphrase(
            image, known, passphrase_to_be(new_passphrase_file, NEW_PASSPHRASE_VARIABLE, "--new-passphrase-file")
        )
    except (CardError, CardUnusable) as error:
        raise failure(error, image) from error
    click.echo(f"{image} has a new passphrase")
