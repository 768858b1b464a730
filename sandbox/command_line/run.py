"""``scard run``: any PC/SC program, unchanged, against a card."""

from __future__ import annotations

import os
import shutil
import subprocess
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

import click

from sandbox.command_line.card_argument import is_image, opened_card, save_card
from sandbox.command_line.exit_status import ExitStatus, Failure
from sandbox.command_line.insertion import inserted
from sandbox.command_line.signals import FROM_THE_KEYBOARD, Terminated, handled, terminal_sends_to_all_of_us

if TYPE_CHECKING:
    from collections.abc import Mapping
    from types import FrameType


@click.command(
    short_help="Run any PC/SC program, unchanged, against a card.",
    context_settings={"ignore_unknown_options": True, "allow_interspersed_args": False},
)
@click.option("--card", required=True, metavar="CARD", help="A profile, a card definition file or an image.")
@click.option("--ephemeral", is_flag=True, help="Leave the image as it is; changes are forgotten.")
@click.option(
    "--save",
    type=click.Path(dir_okay=False, writable=True),
    metavar="OUT.card",
    help="Write the card to this image when the program has ended.",
)
@click.argument("program", nargs=-1, required=True, type=click.UNPROCESSED)
def command(card: str, ephemeral: bool, save: str | None, program: tuple[str, ...]) -> int:
    """Run any PC/SC program, unchanged, against a card.

    A PC/SC daemon of its own is started, private to PROGRAM and without root; CARD is put into its
    reader; PROGRAM runs; everything is taken down again. Neither a reader nor the system's daemon is
    touched, and any number of these may run at once.

    What PROGRAM changes in an image is kept, change by change, unless --ephemeral. A profile or a
    definition file is never changed; --save OUT.card keeps the outcome.

    \b
    scard run --card iso7816 -- opensc-tool --atr
    scard run --card iso7816 --save my.card -- opensc-explorer -c default
    scard run --card my.card -- python my_pyscard_program.py
    scard run --card my.card --ephemeral -- pcsc_scan -r

    The exit status is PROGRAM's own, 128+N when signal N ended it, 127 when it is not found, 126 when it
    cannot be executed, and 125 when something of ours failed, wrong usage included.
    """
    if ephemeral and save:
        raise click.UsageError("--ephemeral forgets what --save would keep: give one of them")
    executable = find(program[0])
    if save is not None and not os.access(Path(save).absolute().parent, os.W_OK):
        raise Failure(ExitStatus.RUN_FAILED, f"--save {save}: cannot write into that folder")
    child = Child()
    with ExitStack() as stack:
        stack.enter_context(handled(child.handle_signal))
        try:
            keep = is_image(card) and not ephemeral
            emulated = stack.enter_context(opened_card(card, keep=keep, unavailable=ExitStatus.RUN_FAILED))
            reader = stack.enter_context(inserted(emulated, via="pcscd", unavailable=ExitStatus.RUN_FAILED))
            status = child.run(executable, program, reader.environment)
        except Terminated as terminated:
            return ExitStatus.KILLED + terminated.signum
        if save is not None:
            save_card(emulated, save, unavailable=ExitStatus.RUN_FAILED)
        return status


def find(program: str) -> str:
    """The file that ``program`` names, looked up as a shell does.

    Raises:
        Failure: 127 when there is none, 126 when there is one that cannot be executed.
    """
    executable = shutil.which(program)
    if executable is not None:
        return executable
    folders = [""] if os.sep in program else os.get_exec_path()
    if any((Path(folder) / program).exists() for folder in folders):
        raise Failure(
            ExitStatus.NOT_EXECUTABLE, f"{program}: cannot be executed; is it a program, and is it yours to run?"
        )
    raise Failure(ExitStatus.NOT_FOUND, f"{program}: no such program; put what to run, and its arguments, after --")


class Child:
    """The program, and the signals that are meant for it."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None
        self._starting = False
        self._early: list[int] = []

    def run(self, executable: str, program: tuple[str, ...], environment: Mapping[str, str]) -> int:
        """Run it to its end; return its exit status as a shell gives it.

        Raises:
            Failure: 126 when the system refuses to execute it.
        """
        self._starting = True
        try:
            self._process = subprocess.Popen(program, executable=executable, env={**os.environ, **environment})
        except OSError as error:
            raise Failure(ExitStatus.NOT_EXECUTABLE, f"{program[0]}: {error.strerror}") from error
        for signum in self._early:
            self._process.send_signal(signum)
        status = self._process.wait()
        return status if status >= 0 else ExitStatus.KILLED - status

    def handle_signal(self, signum: int, _frame: FrameType | None) -> None:
        """Pass a signal on. Before there is a program it ends us; once that has ended, nothing stops the clean-up.

        What is typed at the terminal has reached the program already, and twice would be once too many.
        """
        if self._process is not None:
            if not (signum in FROM_THE_KEYBOARD and terminal_sends_to_all_of_us()):
                self._process.send_signal(signum)
        elif self._starting:
            self._early.append(signum)
        else:
            raise Terminated(signum)
