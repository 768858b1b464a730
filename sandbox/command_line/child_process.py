"""A program that we run: found as a shell finds it, and signals passed on to it."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

from sandbox.command_line.exit_status import ExitStatus, Failure
from sandbox.command_line.signals import FROM_THE_KEYBOARD, Terminated, attentive, terminal_sends_to_all_of_us

if TYPE_CHECKING:
    from collections.abc import Mapping
    from types import FrameType


def find(program: str) -> str:
    """The file that ``program`` names, looked up as a shell does.

    Raises:
        Failure: 127 when there is none, 126 when there is one that cannot be executed.
    """
    executable = shutil.which(program)
    if executable is not None:
        return executable
    folders = [""] if os.sep in program else os.get_exec_path()
    if any(_is_there(Path(folder) / program) for folder in folders):
        raise Failure(
            ExitStatus.NOT_EXECUTABLE, f"{program}: cannot be executed; is it a program, and is it yours to run?"
        )
    raise Failure(ExitStatus.NOT_FOUND, f"{program}: no such program; put what to run, and its arguments, after --")


def _is_there(path: Path) -> bool:
    try:
        return path.exists()
    except OSError:  # PATH may name folders that are not ours to enter: root's, after su
        return False


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
        status = attentive(self._process.wait)
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
