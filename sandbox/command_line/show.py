"""``scard show``: what is on an emulated card, as a tree."""

from __future__ import annotations

import click

from sandbox.command_line.card_argument import opened_card
from sandbox.command_line.exit_status import ExitStatus, Failure
from sandbox.command_line.output import console, json_option, write_json
from sandbox.command_line.passphrase_source import passphrase_option


@click.command(short_help="Show what is on an emulated card, as a tree.")
@passphrase_option
@json_option
@click.argument("card")
def command(card: str, as_json: bool) -> None:
    """Show what is on an emulated card: its applications with their codes, keys, certificates and data objects,
    its files with what they take to be read and written, its counters.

    CARD is a profile, a card definition file or an image. An image is opened to be read and stays as it is; while
    a program has it, as in 'scard run', it cannot be shown. No PIN and no private or secret key is shown, ever.

    \b
    scard show piv
    scard show my.card
    scard show my.card --json

    Exit status: 0; 3 when there is no such card, or it is in use.
    """
    from emulator import CardError
    from sandbox.command_line.card_contents import contents_of

    with opened_card(card, keep=False) as opened:
        try:
            contents = contents_of(opened)
        except CardError as error:
            raise Failure(ExitStatus.UNAVAILABLE, f"card {card}: {error}") from error
    if as_json:
        write_json({"card": card, **contents})
        return
    from sandbox.command_line.card_tree import tree_of

    console().print(tree_of(card, contents))
