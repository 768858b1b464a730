"""``scard run``: any PC/SC program, unchanged, against a card."""

from __future__ import annotations

import os
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

import click

from sandbox.card_in_program.settings import NO_CARD
from sandbox.command_line.card_argument import kept, opened_card, save_card
from sandbox.command_line.child_process import Child, find
from sandbox.command_line.exit_status import ExitStatus, Failure
from sandbox.command_line.insertion import inserted
from sandbox.command_line.passphrase_source import passphrase_option
from sandbox.command_line.seal_options import check_seal, passphrase_of_seal, seal_options
from sandbox.command_line.signals import Terminated, handled
from sandbox.named_card import CardUnusable

if TYPE_CHECKING:
    from emulator import Passphrase


@click.command(
    short_help="Run any PC/SC program, unchanged, against a card.",
    context_settings={"ignore_unknown_options": True, "allow_interspersed_args": False},
)
@click.option("--card", metavar="CARD", help="A profile, a card definition file or an image.")
@click.option(
    "--vpicc",
    metavar="COMMAND",
    help="A card program for the vpcd driver, with its arguments; {port} and {host} are replaced by where it is to "
    "connect.",
)
@click.option(
    "--vpicc-port", type=click.IntRange(1, 65535), metavar="PORT", help="The port of a COMMAND that knows no other."
)
@click.option(
    "--via",
    type=click.Choice(["pcscd", "embedded"]),
    default="pcscd",
    help="A PC/SC daemon for any program (the default), or the embedded resource manager for a Python program on "
    "pyscard.",
)
@passphrase_option
@click.option("--ephemeral", is_flag=True, help="Leave the image as it is; changes are forgotten.")
@click.option(
    "--flushed", is_flag=True, help="Flush the changes of each command to the disk before its response leaves."
)
@click.option(
    "--save",
    type=click.Path(dir_okay=False, writable=True),
    metavar="OUT.card",
    help="Write the card to this image when the program has ended.",
)
@seal_options
@click.argument("program", nargs=-1, required=True, type=click.UNPROCESSED)
def command(
    card: str | None,
    vpicc: str | None,
    vpicc_port: int | None,
    via: str,
    ephemeral: bool,
    flushed: bool,
    save: str | None,
    seal: bool,
    seal_passphrase_file: str | None,
    program: tuple[str, ...],
) -> int:
    """Run any PC/SC program, unchanged, against a card.

    A PC/SC daemon of its own is started, private to PROGRAM and without root; CARD is put into its
    reader; PROGRAM runs; everything is taken down again. Neither a reader nor the system's daemon is
    touched, and any number of these may run at once.

    With --via embedded there is no daemon: the card is in the process of PROGRAM, which is a Python
    program on pyscard, and pyscard is all that is needed. Each Python process that PROGRAM starts has a
    card of its own; an image whose changes are kept is in one process at a time.

    With --vpicc in place of --card the card is a foreign one: COMMAND is started, connects, and is ended
    with PROGRAM. What becomes of it meanwhile is told on standard error.

    What PROGRAM changes in an image is kept, change by change, unless --ephemeral. A profile or a
    definition file is never changed; --save OUT.card keeps the outcome, which --seal seals with a
    passphrase. With --flushed each change is on the disk before the response leaves, so that it survives a
    power failure of this machine, too.

    \b
    scard run --card iso7816 -- opensc-tool --atr
    scard run --card iso7816 --save my.card -- opensc-explorer -c default
    scard run --card my.card -- python my_pyscard_program.py
    scard run --card my.card --ephemeral -- pcsc_scan -r
    scard run --card iso7816 --via embedded -- python my_pyscard_program.py
    scard run --vpicc 'vicc --type iso7816 --port {port}' -- opensc-tool --atr

    The exit status is PROGRAM's own, 128+N when signal N ended it, 127 when it is not found, 126 when it
    cannot be executed, and 125 when something of ours failed, wrong usage included.
    """
    if (card is None) == (vpicc is None):
        raise click.UsageError("give --card CARD, or --vpicc COMMAND for a foreign card: one of them")
    if vpicc is not None and (ephemeral or flushed or save):
        raise click.UsageError(
            "--ephemeral, --flushed and --save are about a --card: what a foreign card keeps is its own affair"
        )
    if vpicc is None and vpicc_port is not None:
        raise click.UsageError("--vpicc-port belongs to --vpicc")
    if ephemeral and save:
        raise click.UsageError("--ephemeral forgets what --save would keep: give one of them")
    if seal and not save:
        raise click.UsageError("--seal is about the image of --save")
    check_seal(seal=seal, file=seal_passphrase_file)
    keep = card is not None and kept(card, ephemeral=ephemeral, flushed=flushed)
    executable = find(program[0])
    if save is not None and not os.access(Path(save).absolute().parent, os.W_OK):
        raise Failure(ExitStatus.RUN_FAILED, f"--save {save}: cannot write into that folder")
    try:
        sealed_with = passphrase_of_seal(seal=seal, file=seal_passphrase_file)
    except CardUnusable as error:
        raise Failure(ExitStatus.RUN_FAILED, f"--save {save}: {error}") from error
    child, embedded = Child(), via == "embedded"
    with handled(child.handle_signal):
        try:
            if card is None:
                from sandbox.command_line.program_with_foreign_card import run_with_foreign_card

                return run_with_foreign_card(
                    child, executable, program, vpicc or "", vpicc_port or 0, embedded=embedded
                )
            if embedded:
                from sandbox.command_line.program_with_card import run_with_card

                return run_with_card(
                    child, executable, program, card=card, keep=keep, flushed=flushed, save=save, seal=sealed_with
                )
            return _run_on_daemon(
                child, executable, program, card=card, keep=keep, flushed=flushed, save=save, seal=sealed_with
            )
        except Terminated as terminated:
            return ExitStatus.KILLED + terminated.signum


def _run_on_daemon(
    child: Child,
    executable: str,
    program: tuple[str, ...],
    *,
    card: str,
    keep: bool,
    flushed: bool,
    save: str | None,
    seal: Passphrase | None,
) -> int:
    from threading import Thread

    # What insertion needs, first: two threads that import hold each other up.
    import virtual_reader.process_daemon  # noqa: F401
    from emulator.first_use import prepare

    with ExitStack() as stack:
        opened = opened_card(card, keep=keep, flushed=flushed, unavailable=ExitStatus.RUN_FAILED)
        emulated = stack.enter_context(opened)
        # While the daemon starts and takes notice of the card there is time for it: nobody waits for a response yet.
        Thread(target=prepare, args=(emulated.snapshot().state(),), name="prepare").start()
        reader = stack.enter_context(inserted(emulated, via="pcscd", unavailable=ExitStatus.RUN_FAILED))
        status = child.run(executable, program, {**reader.environment, **NO_CARD})
        if save is not None:
            save_card(emulated, save, seal=seal, unavailable=ExitStatus.RUN_FAILED)
        return status
