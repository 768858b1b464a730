"""The ``scard`` command line.

One module per command. This one knows their names and summaries only, so that ``scard --help`` starts
no machinery: a command's module is imported when the command is run, and the heavy packages (the
emulator, PC/SC, rich) inside its function.
"""

from __future__ import annotations

import errno
import os
import sys
import warnings
from typing import TYPE_CHECKING, Any

import click

from sandbox.command_line.exit_status import ExitStatus, Failure
from sandbox.command_line.lazy_group import LazyGroup
from sandbox.command_line.output import visible

if TYPE_CHECKING:
    from collections.abc import Sequence

COMMANDS = {
    # command: its summary, the first line of its help
    "demo": "Show the whole stack at work on an emulated card.",
    "run": "Run any PC/SC program, unchanged, against a card.",
    "new": "Make a card with your certificates and keys on it.",
    "show": "Show what is on an emulated card, as a tree.",
    "serve": "Put a card into a vpcd that is already running.",
    "readers": "List the readers and what is in them.",
    "atr": "Show a card's answer-to-reset, taken apart.",
    "cards": "List, introduce and forget the card types that are known.",
    "ls": "List the files of a card.",
    "cat": "Show what a file holds.",
    "apdu": "Send command APDUs and put the dialogue in words.",
    "seal": "Seal a card image with a passphrase.",
    "unseal": "Take the seal off a card image.",
    "passphrase": "Change the passphrase of a sealed card image.",
}

#: What a write to a disk that is full fails with.
NO_ROOM = (errno.ENOSPC, getattr(errno, "EDQUOT", errno.ENOSPC))


@click.group(
    cls=LazyGroup,
    package=__name__,
    summaries=COMMANDS,
    invoke_without_command=True,
    context_settings={"help_option_names": ["-h", "--help"]},
)
@click.version_option(package_name="scardmgr", prog_name="scard")
@click.pass_context
def scard(ctx: click.Context) -> None:
    """Smart cards without the plastic: emulate them, and look at real ones.

    A CARD is a built-in profile (iso7816), a card definition file (my-card.toml) or an image (my.card).

    \b
    See it work:                          scard demo
    Run a PC/SC program against a card:   scard run --card iso7816 -- opensc-tool --atr
    Look at an emulated card:             scard ls --card iso7816
    Look at a card in a reader:           scard atr --reader "Some Reader 00 00"

    Exit status: 0 done, 1 the card or a check said no, 2 wrong usage, 3 no reader, daemon or card to work with.
    'scard run' exits with the program's own.
    """
    if ctx.invoked_subcommand is None:
        click.echo(ctx.get_help())


def main(arguments: Sequence[str] | None = None) -> None:
    """Run ``scard`` and end the process with its exit status; every failure of ours is one line on stderr."""
    warnings.showwarning = _show_warning
    try:
        status = scard.main(args=arguments, prog_name="scard", standalone_mode=False)
    except Failure as failure:
        _complain(failure.format_message())
        status = failure.status
    except click.UsageError as error:
        command = error.ctx.command_path if error.ctx else "scard"
        _complain(f"{error.format_message().rstrip('.')} (see '{command} --help')")
        status = ExitStatus.RUN_FAILED if command == "scard run" else ExitStatus.USAGE
    except click.ClickException as error:
        _complain(error.format_message())
        status = ExitStatus.USAGE
    except (click.Abort, KeyboardInterrupt):
        _complain("interrupted")
        status = ExitStatus.INTERRUPTED
    except BrokenPipeError:
        _give_up_output()
        status = ExitStatus.BROKEN_PIPE
    except OSError as error:
        if error.errno not in NO_ROOM:
            raise
        _give_up_output()
        _complain(f"{error.strerror}: make room where the output goes, or send it elsewhere")
        status = ExitStatus.UNAVAILABLE
    sys.exit(status if isinstance(status, int) else ExitStatus.DONE)


def _give_up_output() -> None:
    """Nothing more can be said on standard output, not even by the interpreter's last flush."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _show_warning(message: Warning | str, *_where: Any, **_and_how: Any) -> None:
    """In place of :func:`warnings.showwarning`: the line of code that warns is of no use to who reads this."""
    _complain(f"warning: {message}")


def _complain(message: str) -> None:
    click.echo(f"scard: {visible(' '.join(message.split()))}", err=True)
