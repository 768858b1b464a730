"""``scard unseal``: have the secrets of a card image in the clear again."""

from __future__ import annotations

import click

from sandbox.command_line.passphrase_source import failure, passphrase, passphrase_option
from sandbox.named_card import CardUnusable


@click.command(short_help="Take the seal off a card image.")
@passphrase_option
@click.argument("image", metavar="IMAGE")
def command(image: str) -> None:
    """Take the seal off a card image: its secrets are in it in the clear.

    \b
    scard unseal my.card

    Exit status: 0; 1 when the passphrase is another one, or there is no seal; 3 when it cannot be used.
    """
    from emulator import CardError, unseal_image

    try:
        unseal_image(image, passphrase())
    except (CardError, CardUnusable) as error:
        raise failure(error, image) from error
    click.echo(f"{image} is not sealed any more")
