"""``scard run --vpicc``: a program with a card that is a program, too."""

from __future__ import annotations

from contextlib import ExitStack, closing, nullcontext
from typing import TYPE_CHECKING

from sandbox.card_in_program.settings import NO_CARD, Settings
from sandbox.command_line.exit_status import ExitStatus, Failure
from sandbox.command_line.insertion import inserted
from sandbox.command_line.program_with_card import run_as_settled
from sandbox.foreign_card import Obituary, foreign_card

if TYPE_CHECKING:
    from sandbox.command_line.child_process import Child


def run_with_foreign_card(
    child: Child, executable: str, program: tuple[str, ...], command: str, port: int, *, embedded: bool
) -> int:
    """Run ``program`` with the card that ``command`` starts; return its exit status.

    Args:
        child: what runs the program.
        executable: where the program is found.
        program: the program and its arguments.
        command: the card's program with its arguments, as a shell splits them.
        port: the port that the card's program knows; 0: it is told.
        embedded: whether each Python process that ``program`` starts has a card of its own in it.

    Raises:
        Failure: 125, no card can be started by that, or it does not come up.
    """
    try:
        card = foreign_card(command, port)
    except ValueError as error:
        raise Failure(ExitStatus.RUN_FAILED, f"--vpicc: {error}") from error
    if embedded:
        settings = Settings(f"{port} {command}", "vpicc")
        return run_as_settled(child, executable, program, nullcontext(settings))
    with ExitStack() as stack:
        obituary = stack.enter_context(closing(Obituary(silent=True)))
        stack.enter_context(card)
        reader = stack.enter_context(inserted(card, via="pcscd", unavailable=ExitStatus.RUN_FAILED))
        obituary.silent = False
        return child.run(executable, program, {**reader.environment, **NO_CARD})
