"""``scard serve``: put a card into a vpcd that is already running."""

from __future__ import annotations

import click

from sandbox.command_line.card_argument import kept, opened_card
from sandbox.command_line.exit_status import ExitStatus, Failure
from sandbox.command_line.insertion import inserted
from sandbox.command_line.passphrase_source import passphrase_option
from sandbox.command_line.signals import Terminated, attentive, handled, raise_terminated

DEFAULT_VPCD = "localhost:35963"


@click.command(short_help="Put a card into a vpcd that is already running.")
@click.option("--card", required=True, metavar="CARD", help="A profile, a card definition file or an image.")
@click.option(
    "--vpcd", default=DEFAULT_VPCD, show_default=True, metavar="HOST:PORT", help="Where the vpcd driver listens."
)
@passphrase_option
@click.option("--ephemeral", is_flag=True, help="Leave the image as it is; changes are forgotten.")
@click.option(
    "--flushed", is_flag=True, help="Flush the changes of each command to the disk before its response leaves."
)
def command(card: str, vpcd: str, ephemeral: bool, flushed: bool) -> int:
    """Put a card into a vpcd that is already running, until interrupted.

    On Debian the package vsmartcard-vpcd gives the system's pcscd two slots, "Virtual PCD 00 00" on port
    35963 and "Virtual PCD 00 01" on port 35964. If the daemon goes away, the card waits and comes back
    with it. Ctrl-C (or SIGTERM) takes the card out; changes to an image have been kept as they happened,
    with --flushed on the disk, so that they survive a power failure of this machine, too.

    \b
    scard serve --card iso7816
    scard serve --card my.card --vpcd localhost:35964

    Exit status: 0 once interrupted, 3 when there is no such card or no vpcd.
    """
    keep = kept(card, ephemeral=ephemeral, flushed=flushed)
    try:
        with (
            handled(raise_terminated),
            opened_card(card, keep=keep, flushed=flushed) as emulated,
            inserted(emulated, via="vpcd", address=vpcd) as reader,
        ):
            click.echo(f"{card} is in the vpcd at {vpcd}; Ctrl-C takes it out")
            attentive(reader.wait)
    except Terminated:
        return ExitStatus.DONE
    raise Failure(ExitStatus.UNAVAILABLE, f"the vpcd at {vpcd} has gone away; start it, then this again")
