"""A card that needs no emulator, an ordinary user to run as, and bounded waiting."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

import virtual_reader

ATR = bytes.fromhex("3B80800101")
ROOT = Path(virtual_reader.__file__).parents[1]
BOUND = 20.0
NOBODY = 65534


class EchoICC:
    """Answers every command with itself and 9000.

    Attributes:
        diary: the verbs it met, in order: "on", "off", "reset", "transmit".
        commands: the commands it met.
    """

    def __init__(self, atr: bytes = ATR) -> None:
        self.atr = atr
        self.diary: list[str] = []
        self.commands: list[bytes] = []

    def power_on(self) -> bytes:
        self.diary.append("on")
        return self.atr

    def power_off(self) -> None:
        self.diary.append("off")

    def reset(self) -> bytes:
        self.diary.append("reset")
        return self.atr

    def transmit(self, command: bytes) -> bytes:
        self.diary.append("transmit")
        self.commands.append(command)
        return command + b"\x90\x00"


@pytest.fixture
def atr() -> bytes:
    """The ATR of the echoing card."""
    return ATR


@pytest.fixture
def make_card() -> type[EchoICC]:
    """The class of the echoing card; its one argument is the ATR."""
    return EchoICC


def parents() -> dict[int, int]:
    """The parent of each process that runs."""
    found = {}
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            stat = (folder / "stat").read_text(encoding="ascii", errors="replace")
        except OSError:
            continue
        state, parent = stat.rpartition(")")[2].split()[:2]
        if state != "Z":
            found[int(folder.name)] = int(parent)
    return found


@pytest.fixture
def offspring() -> Callable[[int], list[int]]:
    """The processes that descend from one, nearest first."""

    def descend(pid: int) -> list[int]:
        table = parents()
        found = [pid]
        for one in found:
            found += [child for child, parent in table.items() if parent == one]
        return found[1:]

    return descend


@pytest.fixture
def alive() -> Callable[[int], bool]:
    """Whether a process runs (one that waits to be reaped does not)."""
    return lambda pid: pid in parents()


@dataclass(frozen=True)
class User:
    """Runs Python programs as somebody.

    Attributes:
        uid: who, or ``None``: whoever we are.
        python: an interpreter that somebody can execute.
        path: a folder that somebody can read, with the packages in it.
    """

    uid: int | None
    python: str
    path: str

    def popen(self, program: str, *arguments: str, prefix: tuple[str, ...] = ()) -> subprocess.Popen[str]:
        """Start a program; :data:`PREAMBLE` goes before it."""
        ids = {} if self.uid is None else {"user": self.uid, "group": self.uid, "extra_groups": []}
        return subprocess.Popen(
            [*prefix, self.python, "-B", "-c", PREAMBLE + program, *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            cwd="/",
            env={"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "PYTHONPATH": self.path, "LC_ALL": "C.UTF-8"},
            **ids,
        )

    def run(self, program: str, *arguments: str, prefix: tuple[str, ...] = ()) -> str:
        """What a program prints; it must end well."""
        with self.popen(program, *arguments, prefix=prefix) as process:
            try:
                out, err = process.communicate(timeout=60)
            except subprocess.TimeoutExpired:
                process.send_signal(signal.SIGKILL)
                raise
        assert process.returncode == 0, err
        return out


PREAMBLE = """
import os, subprocess, sys, warnings
from virtual_reader import *
class EchoICC:
    def power_on(self): return bytes.fromhex("3B80800101")
    def power_off(self): pass
    reset = power_on
    def transmit(self, command): return command + b"\\x90\\x00"
def opensc_tool(environment, *arguments):
    command = ["opensc-tool", *(arguments or ("--atr",))]
    return subprocess.run(command, env=os.environ | environment, stdout=subprocess.PIPE, text=True, timeout=30).stdout
"""


@pytest.fixture(scope="session")
def ourselves() -> User:
    """Whoever runs the tests."""
    return User(None, sys.executable, str(ROOT))


@pytest.fixture(scope="session")
def ordinary_user(ourselves: User) -> Iterator[User]:
    """A user without privileges: ourselves, or nobody where we are root."""
    if os.geteuid() != 0:
        yield ourselves
        return
    folder = Path(tempfile.mkdtemp())
    try:
        for package in ("virtual_reader", "iso7816", "scardmgr"):
            shutil.copytree(ROOT / package, folder / package, ignore=shutil.ignore_patterns("__pycache__"))
        for path in [folder, *folder.rglob("*")]:
            path.chmod(0o755 if path.is_dir() else 0o644)
        candidates = [sys.executable, str(Path(sys.executable).resolve()), "/usr/bin/python3", "/usr/local/bin/python3"]
        yield User(NOBODY, next(filter(usable_by_nobody, candidates)), str(folder))
    finally:
        shutil.rmtree(folder)


def usable_by_nobody(python: str) -> bool:
    """Whether nobody can execute this interpreter, and it is new enough."""
    check = [python, "-c", "import sys; sys.exit(sys.version_info < (3, 11))"]
    try:
        return subprocess.run(check, user=NOBODY, group=NOBODY, extra_groups=[], cwd="/", check=False).returncode == 0
    except OSError:
        return False
