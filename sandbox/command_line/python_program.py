"""A program that is Python: which interpreter runs it, and whether that takes a card into its process."""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from sandbox.command_line.exit_status import ExitStatus, Failure

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

_NAME = re.compile(r"(python|pypy)[0-9.]*[dt]*(-dbg)?(\.exe)?", re.IGNORECASE)
_SHEBANG = b"#!"
_FIRST_LINES = 4096

#: What installers write where the path of the interpreter is too long, or has a space, for a first line of its own.
_BY_WAY_OF_SH = re.compile(r"'''exec' (?P<interpreter>.+?) \"\$0\" \"\$@\"")

_SPLIT_STRING = re.compile(r"\A(-v*S|--split-string[= ])")
_ENV_WITH_A_VALUE = ("-u", "--unset", "-C", "--chdir")
_ASSIGNMENT = re.compile(r"[A-Za-z_]\w*=")

_WITH_A_VALUE = "WX"
_PROGRAM_FOLLOWS = "cm"
_NOT_FOR_A_PROBE = "ihxV?"
_BOUND_S = 20.0

#: Tells four things, in a line by itself: whatever else is printed before and after it, in whatever encoding.
_PROBE = (
    "import os, sys; from importlib.util import find_spec; "
    "sys.path[:] = [folder for folder in sys.path if folder]; "
    "os.write(1, ('\\n<card:%d%d%d%d>\\n' % ("
    "any(type(finder).__name__ == 'FirstUse' for finder in sys.meta_path), "
    "sys.version_info >= (3, 11), "
    "os.environ.get('PYTHONPATH') == sys.argv[1], "
    "find_spec('smartcard') is not None)).encode('ascii'))"
)
_ANSWER = re.compile(rb"^<card:([01])([01])([01])([01])>$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Interpreter:
    """How a Python is started.

    Attributes:
        python: the interpreter.
        options: those that it is given, as far as they matter to a probe.
        by_way_of: what starts it: env with its arguments, or nothing.
    """

    python: str
    options: tuple[str, ...]
    by_way_of: tuple[str, ...] = ()


def interpreter_of(executable: str, program: Sequence[str]) -> Interpreter:
    """The Python that runs ``program``, which is found at ``executable``.

    Raises:
        Failure: 125, the program is not Python.
    """
    if _is_python(executable):
        return Interpreter(executable, _options(program[1:]))
    named = _from_shebang(Path(executable))
    if named is not None and _is_python(named.python):
        return named
    raise Failure(
        ExitStatus.RUN_FAILED,
        f"{program[0]} is not a Python program, and --via embedded puts the card into one; leave --via away to run it"
        " on a PC/SC daemon",
    )


def _is_python(path: str) -> bool:
    return any(_NAME.fullmatch(each.name) for each in (Path(path), Path(path).resolve()))


@contextmanager
def tried(interpreter: Interpreter, environment: Mapping[str, str]) -> Iterator[Callable[[], str | None]]:
    """Try the interpreter in the background; what is yielded waits for the outcome, and returns what to warn of.

    Raises:
        Failure: 125, the interpreter does not take a card, with the reason; from here or from what is yielded.
    """
    _refuse_options(interpreter)
    python = interpreter.python
    try:
        trial = subprocess.Popen(
            [*interpreter.by_way_of, python, *interpreter.options, "-c", _PROBE, environment["PYTHONPATH"]],
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
    except OSError as error:
        raise Failure(ExitStatus.NOT_EXECUTABLE, f"{python}: {error.strerror}") from error
    with trial:
        try:
            yield lambda: _judged(python, trial)
        finally:
            trial.kill()


def _judged(python: str, trial: subprocess.Popen[bytes]) -> str | None:
    try:
        output, errors = trial.communicate(timeout=_BOUND_S)
    except subprocess.TimeoutExpired as error:
        raise Failure(ExitStatus.RUN_FAILED, f"{python} does not start within {_BOUND_S:.0f} seconds") from error
    answer = _ANSWER.search(output)
    if answer is None:
        said = (errors or output).decode("utf-8", "replace").strip().splitlines()
        raise Failure(ExitStatus.RUN_FAILED, f"{python} does not start: {said[-1] if said else trial.returncode}")
    takes_a_card, is_new_enough, has_our_search_path, has_pyscard = (digit == b"1" for digit in answer.groups())
    if not takes_a_card:
        if not is_new_enough:
            why = "is older than Python 3.11"
        elif not has_our_search_path:
            why = "is started without the PYTHONPATH that --via embedded sets: leave away what changes it"
        else:
            why = "has no scardmgr: install it there"
        raise Failure(ExitStatus.RUN_FAILED, f"{python} {why}, or leave --via away to run it on a PC/SC daemon")
    return None if has_pyscard else f"{python} has no pyscard: its programs can see the card only through scardmgr"


def _refuse_options(interpreter: Interpreter) -> None:
    for option in interpreter.options:
        for letter in "IES":
            if re.fullmatch(f"-[a-zA-Z]*{letter}[a-zA-Z]*", option):
                raise Failure(
                    ExitStatus.RUN_FAILED,
                    f"with -{letter} Python does not look for what --via embedded puts in its way (a sitecustomize on"
                    " PYTHONPATH); leave the option away, or --via",
                )


def _options(arguments: Sequence[str]) -> tuple[str, ...]:
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
    return tuple(options)


def _cluster(letters: str) -> tuple[str, str, str]:
    """One argument taken apart: flags, then maybe an option that ends it, and the value that follows at once."""
    for position, letter in enumerate(letters):
        if letter in _WITH_A_VALUE + _PROGRAM_FOLLOWS:
            return letters[:position], letter, letters[position + 1 :]
    return letters, "", ""


def _from_shebang(script: Path) -> Interpreter | None:
    """What the first line of a script names; ``None`` for what is no script."""
    try:
        with script.open("rb") as file:
            head = file.read(_FIRST_LINES)
    except OSError:
        return None
    if not head.startswith(_SHEBANG):
        return None
    first, *others = head.decode("utf-8", "replace").splitlines()
    command, *arguments = first[len(_SHEBANG) :].split() or [""]
    if Path(command).name == "env":
        return _by_way_of_env(command, " ".join(arguments))
    by_way_of_sh = _BY_WAY_OF_SH.match(others[0]) if others else None
    if by_way_of_sh is not None and Path(command).name == "sh":
        command, *arguments = shlex.split(by_way_of_sh["interpreter"])
    return Interpreter(command, _options(arguments))


def _by_way_of_env(env: str, argument: str) -> Interpreter | None:
    """What env starts. Its own arguments may change the environment, so it takes part in the trial."""
    own: list[str] = []
    rest = iter(_SPLIT_STRING.sub("", argument).split())
    for word in rest:
        if word.startswith("-") or _ASSIGNMENT.match(word):
            own += [word, next(rest, "")] if word in _ENV_WITH_A_VALUE else [word]
        else:
            found = shutil.which(word)
            return None if found is None else Interpreter(found, _options(tuple(rest)), (env, *own))
    return None
