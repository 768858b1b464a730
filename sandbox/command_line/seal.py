"""``scard seal``: encipher the secrets of a card image under a passphrase."""

from __future__ import annotations

import click

from sandbox.command_line.passphrase_source import failure, passphrase_to_be
from sandbox.named_card import PASSPHRASE_VARIABLE, CardUnusable


@click.command(short_help="Seal a card image with a passphrase.")
@click.option(
    "--passphrase-file",
    metavar="FILE",
    help=f"The first line of FILE is the passphrase; else {PASSPHRASE_VARIABLE} in the environment is, or it is asked "
    "for, twice.",
)
@click.argument("image", metavar="IMAGE")
def command(image: str, passphrase_file: str | None) -> None:
    """Seal a card image with a passphrase: CHVs, keys and what applications keep are enciphered in it.

    The contents of files, retry counters and all else stay readable. Every command that takes a CARD takes a
    sealed image, and it stays sealed. Without its passphrase there is no way back.

    \b
    scard seal my.card
    scard seal my.card --passphrase-file ~/.my-card-passphrase
    scard run --card my.card --passphrase-file ~/.my-card-passphrase -- opensc-tool --atr

    Exit status: 0; 1 when it is sealed already; 3 when it cannot be used.
    """
    from emulator import CardError, seal_image

    try:
        seal_image(image, passphrase_to_be(passphrase_file, PASSPHRASE_VARIABLE, "--passphrase-file"))
    except (CardError, CardUnusable) as error:
        raise failure(error, image) from error
    click.echo(f"{image} is sealed")
