"""The program of a foreign card, kept by a supervisor."""

from __future__ import annotations

import os
import signal
import subprocess
import weakref
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..errors import CardLost, DaemonUnavailable
from ..supervised import MESSAGE_BYTES, end_supervisor, start_supervisor

if TYPE_CHECKING:
    import socket

_START_S = 10.0
_END_S = 5.0
"""Longer than a supervisor takes for a program that does not end when it is told to."""
_ENDS_BY_ITSELF_S = 0.5
_WORDS_SHOWN = 200


@dataclass(frozen=True, slots=True)
class Ending:
    """How a program ended.

    Attributes:
        status: its exit status; -N where signal N ended it.
        words: the last line that it wrote, shortened, with nothing in it that would steer a terminal.
    """

    status: int
    words: str

    @classmethod
    def parse(cls, message: bytes) -> Ending | None:
        """What the supervisor said; ``None`` where it says something else, or has gone."""
        word, _, rest = message.partition(b" ")
        status, _, words = rest.partition(b" ")
        try:
            return cls(int(status), last_line(words)) if word == b"ended" else None
        except ValueError:
            return None

    def __str__(self) -> str:
        """As it follows on "the foreign card"."""
        if self.status >= 0:
            return f"ended with exit status {self.status}"
        try:
            return f"was ended by {signal.Signals(-self.status).name}"
        except ValueError:
            return f"was ended by signal {-self.status}"


def last_line(words: bytes) -> str:
    """The last line in ``words`` with something in it, at most 200 characters of it, made harmless."""
    lines = [line.strip() for line in words.decode("utf-8", "replace").splitlines()]
    last = next((line for line in reversed(lines) if line), "")
    shown = "".join(one if one.isprintable() else "\N{REPLACEMENT CHARACTER}" for one in last)
    return shown if len(shown) <= _WORDS_SHOWN else f"{shown[: _WORDS_SHOWN - 3]}..."


def _end(owner: int, control: socket.socket, process: subprocess.Popen[bytes]) -> None:
    if os.getpid() == owner:
        end_supervisor(control, process, _END_S)


class CardProcess:
    """A program that runs, in a session of its own; it ends with this object, or with this process.

    Raises:
        CardLost: it cannot be executed.
        DaemonUnavailable: not on this system.
    """

    def __init__(self, command: Sequence[str]) -> None:
        if not hasattr(os, "pidfd_open"):
            raise DaemonUnavailable(
                "the programs of foreign cards are started on Linux only: VpiccCard(None, port=...) waits for one that "
                "was started otherwise"
            )
        self._ending: Ending | None = None
        try:
            self._control, process = start_supervisor("card_program", [str(os.getpid()), *command])
        except OSError as error:
            raise CardLost(f"cannot be executed: {error.strerror or error}") from error
        self._finalizer = weakref.finalize(self, _end, os.getpid(), self._control, process)
        self._control.settimeout(_START_S)
        message = self._received()
        if message != b"started":
            self.end()
            reason = message.decode("utf-8", "replace").partition(" ")[2]
            raise CardLost(f"cannot be executed: {reason or 'its supervisor did not start'}")

    def fileno(self) -> int:
        """To be polled: readable when the program has ended."""
        return self._control.fileno()

    @property
    def let_go(self) -> bool:
        """Whether we end it, or have: with this object, or with this process."""
        return not self._finalizer.alive

    def ending(self, seconds: float = _ENDS_BY_ITSELF_S) -> Ending | None:
        """How it has ended by itself, if it does within so many seconds."""
        if self._ending is None and self._finalizer.alive:
            self._control.settimeout(seconds)
            self._ending = Ending.parse(self._received())
        return self._ending

    def end(self) -> Ending | None:
        """End it, and say how it ended: its process group is gone when this returns."""
        if self._ending is None and self._finalizer.alive:
            with suppress(OSError):
                self._control.send(b"end")
            self._control.settimeout(_END_S)
            self._ending = Ending.parse(self._received())
        self._finalizer()
        return self._ending

    def _received(self) -> bytes:
        try:
            return self._control.recv(MESSAGE_BYTES)
        except OSError:
            return b""
