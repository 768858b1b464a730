"""``scard readers``: list the readers and what is in them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from sandbox.command_line.output import json_option, spaced_hex, write_json, write_table
from sandbox.command_line.reader_choice import pcsc, reader_states

if TYPE_CHECKING:
    from scardmgr.winscard.values import ReaderState


@click.command(short_help="List the readers and what is in them.")
@json_option
def command(as_json: bool) -> None:
    """List the PC/SC readers, physical or not, with their state and the ATR of the card in them.

    This is what any PC/SC program sees: with PCSCLITE_CSOCK_NAME set (as 'scard run' sets it), the
    readers of a private daemon.

    \b
    scard readers
    scard readers --json | jq -r '.[].name'
    scard run --card iso7816 -- scard readers

    Exit status: 0 also when there is no reader, 3 when no PC/SC daemon answers.
    """
    states = reader_states(pcsc())
    if as_json:
        write_json(
            [
                {"name": state.reader, "state": state_names(state), "atr": state.atr.hex().upper() or None}
                for state in states
            ]
        )
        return
    if not states:
        click.echo("no reader", err=True)
        return
    write_table(
        ("Reader", "State", "ATR"),
        [(state.reader, " ".join(state_names(state)), spaced_hex(state.atr)) for state in states],
    )


def state_names(state: ReaderState) -> list[str]:
    """The flags by their names, in lower case."""
    from scardmgr.winscard.constants import ReaderStateFlag

    return [flag.name.lower() for flag in state.flags if flag.name and flag is not ReaderStateFlag.CHANGED]
