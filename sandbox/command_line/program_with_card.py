"""``scard run --via embedded``: a Python program with the card in its own process."""

from __future__ import annotations

import os
import warnings
from contextlib import AbstractContextManager, ExitStack, contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from sandbox.card_in_program.settings import Settings
from sandbox.command_line.card_argument import opened_card, save_card
from sandbox.command_line.exit_status import ExitStatus, Failure
from sandbox.command_line.passphrase_source import derived_key, passphrase
from sandbox.command_line.python_program import interpreter_of, tried
from sandbox.named_card import is_image, open_image

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from emulator import Passphrase
    from sandbox.card_in_program.settings import Mode
    from sandbox.command_line.child_process import Child


def run_with_card(
    child: Child,
    executable: str,
    program: Sequence[str],
    *,
    card: str,
    keep: bool,
    flushed: bool,
    save: str | None,
    seal: Passphrase | None,
) -> int:
    """Run ``program`` with the card; return its exit status.

    Raises:
        Failure: 125, it is no such program, or the card cannot be used.
    """
    settled = _for_a_process(card, keep=keep, flushed=flushed, save=save, seal=seal)
    return run_as_settled(child, executable, program, settled)


def run_as_settled(
    child: Child, executable: str, program: Sequence[str], card: AbstractContextManager[Settings]
) -> int:
    """Run ``program``, which is Python, with the card that is settled; return its exit status.

    Raises:
        Failure: 125, it is no such program, or what ``card`` raises.
    """
    interpreter = interpreter_of(executable, program)
    like_its_own = {**os.environ, **Settings("", "profile").environment(os.environ)}
    with tried(interpreter, like_its_own) as outcome, card as settings:
        warning = outcome()
        if warning is not None:
            warnings.warn(warning, stacklevel=2)
        return child.run(executable, tuple(program), settings.environment(os.environ))


@contextmanager
def _for_a_process(
    card: str, *, keep: bool, flushed: bool, save: str | None, seal: Passphrase | None
) -> Iterator[Settings]:
    """The card as another process can open it; afterwards its state is in ``save``, sealed with ``seal``.

    What is to be saved is an image from the start, in which the program's process keeps each change as it happens. So
    it is saved however the program ends. What is to be sealed is so from the start, too.
    """
    image = is_image(card)
    with ExitStack() as stack:
        folder = None
        if save is not None and not image:
            try:
                beside = TemporaryDirectory(prefix=".scard-run-", dir=Path(save).absolute().parent)
            except OSError as error:
                raise Failure(ExitStatus.RUN_FAILED, f"--save {save}: {error.strerror}") from error
            folder = stack.enter_context(beside)
        # Opened here and now, so that a card that cannot be used is told before anything runs.
        with opened_card(card, keep=keep, unavailable=ExitStatus.RUN_FAILED) as opened:
            names_a_profile = not image and Path(card).name == card and not Path(card).suffix
            path = card if names_a_profile else str(Path(card).absolute())
            if folder is not None:
                path = str(Path(folder) / "run.card")
                save_card(opened, path, seal=seal, unavailable=ExitStatus.RUN_FAILED)
        mode: Mode = "rw" if keep or folder is not None else "copy" if image else "profile"
        if flushed:
            mode = "rw, flushed"
        of_seal = "" if folder is None or seal is None else seal.derived
        yield Settings(path, mode, derived_key() if image else of_seal)
        if keep:
            _one_file_again(card)
        if save is not None:
            told = passphrase if folder is None or seal is None else lambda: seal
            with opened_card(path, keep=False, unavailable=ExitStatus.RUN_FAILED, told=told) as opened:
                save_card(opened, save, seal=seal, unavailable=ExitStatus.RUN_FAILED)


def _one_file_again(image: str) -> None:
    """Opened and closed, which takes in what a program that was killed left beside it."""
    from emulator.errors import CardError

    # What the program started may have it still, or have taken it away.
    with suppress(CardError, OSError):
        open_image(image, "rw", passphrase).close()
