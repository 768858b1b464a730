"""A program that is Python: which interpreter runs it, and whether that takes a card into its process."""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from sandbox.command_line.exit_status import ExitStatus, Failure

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

_INTERPRETER = re.compile(r"(python|pypy)[0-9.]*t?(\.exe)?", re.IGNORECASE)
_SHEBANG = b"#!"
_FIRST_LINES = 4096

#: What installers write where the path of the interpreter is too long, or has a space, for a first line of its own.
_BY_WAY_OF_SH = re.compile(r"'''exec' (?P<interpreter>.+?) \"\$0\" \"\$@\"")

_WITH_A_VALUE = "WX"
_PROGRAM_FOLLOWS = "cm"
_NOT_FOR_A_PROBE = "ihxV?"
_BOUND_S = 20.0

_ANSWERS = 3
_PROBE = (
    "import sys; from importlib.util import find_spec; "
    "sys.path[:] = [folder for folder in sys.path if folder]; "
    "print(int(any(type(finder).__name__ == 'FirstUse' for finder in sys.meta_path)), "
    "int(sys.version_info >= (3, 11)), int(find_spec('smartcard') is not None))"
)


def interpreter_of(executable: str, program: Sequence[str]) -> list[str]:
    """The command that starts the Python of ``program``, with the options that it is given.

    Raises:
        Failure: 125, the program is not Python.
    """
    if _INTERPRETER.fullmatch(Path(executable).name):
        return [executable, *_options(program[1:])]
    command = _from_shebang(Path(executable))
    if command and _INTERPRETER.fullmatch(Path(command[0]).name):
        return [command[0], *_options(command[1:])]
    raise Failure(
        ExitStatus.RUN_FAILED,
        f"{program[0]} is not a Python program, and --via embedded puts the card into one; leave --via away to run it"
        " on a PC/SC daemon",
    )


@contextmanager
def tried(interpreter: Sequence[str], environment: Mapping[str, str]) -> Iterator[Callable[[], str | None]]:
    """Try the interpreter in the background; what is yielded waits for the outcome, and returns what to warn of.

    Raises:
        Failure: 125, the interpreter does not take a card, with the reason; from here or from what is yielded.
    """
    _refuse_options(interpreter)
    python = interpreter[0]
    try:
        trial = subprocess.Popen(
            [*interpreter, "-c", _PROBE],
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
    except OSError as error:
        raise Failure(ExitStatus.NOT_EXECUTABLE, f"{python}: {error.strerror}") from error
    with trial:
        try:
            yield lambda: _judged(python, trial)
        finally:
            trial.kill()


def _judged(python: str, trial: subprocess.Popen[str]) -> str | None:
    try:
        output, errors = trial.communicate(timeout=_BOUND_S)
    except subprocess.TimeoutExpired as error:
        raise Failure(ExitStatus.RUN_FAILED, f"{python} does not start within {_BOUND_S:.0f} seconds") from error
    answer = output.split()[-_ANSWERS:]
    if trial.returncode != 0 or len(answer) != _ANSWERS or not set(answer) <= {"0", "1"}:
        said = (errors or output).strip().splitlines()
        raise Failure(ExitStatus.RUN_FAILED, f"{python} does not start: {said[-1] if said else trial.returncode}")
    takes_a_card, is_new_enough, has_pyscard = (number == "1" for number in answer)
    if not takes_a_card:
        why = "has no scardmgr: install it there" if is_new_enough else "is older than Python 3.11"
        raise Failure(ExitStatus.RUN_FAILED, f"{python} {why}, or leave --via away to run it on a PC/SC daemon")
    return None if has_pyscard else f"{python} has no pyscard: its programs can see the card only through scardmgr"


def _refuse_options(interpreter: Sequence[str]) -> None:
    for option in interpreter[1:]:
        for letter in "IES":
            if re.fullmatch(f"-[a-zA-Z]*{letter}[a-zA-Z]*", option):
                raise Failure(
                    ExitStatus.RUN_FAILED,
                    f"with -{letter} Python does not look for what --via embedded puts in its way (a sitecustomize on"
                    " PYTHONPATH); leave the option away, or --via",
                )


def _options(arguments: Sequence[str]) -> list[str]:
    """The interpreter's own options among its arguments, as far as they matter to a probe."""
    options: list[str] = []
    rest = iter(arguments)
    for argument in rest:
        if argument == "--check-hash-based-pycs":
            options += [argument, next(rest, "default")]
        elif argument.startswith("--") or not argument.startswith("-") or argument == "-":
            break
        else:
            flags, letter, value = _cluster(argument[1:])
            options += [f"-{flag}" for flag in flags if flag not in _NOT_FOR_A_PROBE]
            if letter in _PROGRAM_FOLLOWS:
                break
            if letter:
                options += [f"-{letter}", value or next(rest, "")]
    return options


def _cluster(letters: str) -> tuple[str, str, str]:
    """One argument taken apart: flags, then maybe an option that ends it, and the value that follows at once."""
    for position, letter in enumerate(letters):
        if letter in _WITH_A_VALUE + _PROGRAM_FOLLOWS:
            return letters[:position], letter, letters[position + 1 :]
    return letters, "", ""


def _from_shebang(script: Path) -> list[str]:
    """The interpreter and its arguments that a script names; empty for what is no script."""
    try:
        with script.open("rb") as file:
            head = file.read(_FIRST_LINES)
    except OSError:
        return []
    if not head.startswith(_SHEBANG):
        return []
    first, *others = head.decode("utf-8", "replace").splitlines()
    command = first[len(_SHEBANG) :].split()
    if command and Path(command[0]).name == "env":
        command = [argument for argument in command[1:] if argument not in ("-S", "-", "--")]
        found = shutil.which(command[0]) if command else None
        return [] if found is None else [found, *command[1:]]
    by_way_of_sh = _BY_WAY_OF_SH.match(others[0]) if others and command else None
    if by_way_of_sh is not None and Path(command[0]).name == "sh":
        return shlex.split(by_way_of_sh["interpreter"])
    return command
