"""One life of a foreign card: its port, its program, its connection."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Sequence
from typing import Final

from ..errors import CardLost, DaemonUnavailable
from .connection import CardConnection
from .polling import CAN_POLL
from .port import HOST, CardPort
from .process import CardProcess, Ending

PORT_WORD: Final = "{port}"
HOST_WORD: Final = "{host}"
_ENDS_BY_ITSELF_S = 2.0


class CardLife:
    """From the opening of the port to the end of the program.

    Args:
        command: the program and its arguments, with :data:`PORT_WORD` and :data:`HOST_WORD` in them; ``None``: it is
            started by somebody else.
        port: where to listen; 0: any that is free.

    Attributes:
        port: where it listens, or did.
        connection: ``None`` before :meth:`start` and after the end.

    Raises:
        CardLost: the port cannot be had.
    """

    def __init__(self, command: Sequence[str] | None, port: int) -> None:
        self._command = command
        self._listening = CardPort(port)
        self._process: CardProcess | None = None
        self._owner = os.getpid()
        self._over = threading.Event()
        self._starting = threading.RLock()
        self._stillborn: CardLost | None = None
        self.port = self._listening.number
        self.connection: CardConnection | None = None

    def start(self, start_s: float, answer_s: float) -> Callable[[], None] | None:
        """Start the program and wait until it connects; nothing happens where another thread has done so.

        Returns:
            What waits for the connection's end (:meth:`CardConnection.make_wait`), for who has started it.

        Raises:
            CardLost: it cannot be executed, ends, does not connect in time, or :meth:`end` was called.
        """
        with self._starting:
            if self._stillborn is not None:
                raise self._stillborn
            if self._over.is_set():
                raise CardLost("was closed")
            if self.connection is not None:
                return None
            try:
                self.connection = connection = self._connected(start_s, answer_s)
                return connection.make_wait() if CAN_POLL else None
            except CardLost as lost:
                self._stillborn = lost
                raise
            except OSError as error:
                self._stillborn = CardLost(f"cannot be watched: {error.strerror or error}")
                raise self._stillborn from error

    def _connected(self, start_s: float, answer_s: float) -> CardConnection:
        if self._command is not None:
            words = {PORT_WORD: str(self.port), HOST_WORD: HOST}
            try:
                self._process = CardProcess([_replaced(argument, words) for argument in self._command])
            except DaemonUnavailable as error:
                raise CardLost(f"cannot be started: {error}") from error
        accepted = self._listening.accept(start_s, self._given_up)
        self._listening.close()
        if accepted is None:
            raise CardLost(f"did not connect to {HOST}:{self.port}{self._why_not(start_s)}")
        return CardConnection(accepted, answer_s)

    @property
    def let_go(self) -> bool:
        """Whether its end is our doing."""
        return self._over.is_set() or (self._process is not None and self._process.let_go)

    def last_words(self, lost: CardLost) -> str:
        """End it, and put in one line what became of the card."""
        connection, process = self.connection, self._process
        if connection is not None:
            connection.break_off()
        by_itself: Ending | None = None
        ending: Ending | None = None
        if process is not None:
            by_itself = process.ending(0 if connection is None else _ENDS_BY_ITSELF_S)
            ending = process.end()
        self.end()
        how = "" if by_itself is None else f", and {by_itself}"
        said = f"; it said: {ending.words}" if ending is not None and ending.words else ""
        return f"the foreign card {lost}{how}{said}"

    def end(self) -> None:
        """End program and connection, and close the port. In a process that was forked off, nothing is done."""
        if os.getpid() != self._owner:
            return
        self._over.set()
        with self._starting:  # who is at it gives up, and leaves behind what there is to end
            connection, self.connection = self.connection, None
            if connection is not None:
                connection.close()
            if self._process is not None:
                self._process.end()
            self._listening.close()

    def _given_up(self) -> bool:
        return self._over.is_set() or (self._process is not None and self._process.ending(0) is not None)

    def _why_not(self, start_s: float) -> str:
        who = self._listening.turned_away
        within = "" if self._given_up() else f" within {start_s:g} s"
        return f"{within} ({who})" if who else within


def _replaced(argument: str, words: dict[str, str]) -> str:
    for word, value in words.items():
        argument = argument.replace(word, value)
    return argument
