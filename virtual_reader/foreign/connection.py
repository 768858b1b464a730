"""A connection that a foreign card made to us: what it is asked and told, and how long it may take."""

from __future__ import annotations

import os
import select
import selectors
import socket
import threading
import time
import weakref
from collections.abc import Callable
from contextlib import suppress

from iso7816.icc import ICCMute

from ..errors import CardLost, FramingError
from ..vpcd.framing import READ_AHEAD, Control
from ..vpcd.reader_side import ReaderSide
from ..vpcd.receiving import make_receive
from .polling import ENDED, Selector

_CLOSE_S = 1.0
_SHORTEST_WAIT_S = 1e-6
"""Of 0 a socket would not wait at all, and say so by another error."""


class CardConnection:
    """The reader's end.

    A card that does not answer in time is mute, and stays so until the answer comes, which then reaches nobody. One
    that begins an answer and does not end it in time is lost.

    Length and body leave in one send. What the card sends is acknowledged at once
    (:mod:`virtual_reader.vpcd.receiving`), for there are cards that send the two apart, with Nagle's algorithm on.

    Args:
        connection: connected to the card.
        answer_s: how long an answer may take, in seconds.
    """

    def __init__(self, connection: socket.socket, answer_s: float) -> None:
        connection.settimeout(answer_s)
        self._socket = connection
        self._answer_s = answer_s
        self._side = ReaderSide()
        self._begun_at: float | None = None
        self._in_use = threading.RLock()
        self._receive = make_receive(connection)
        self._arrived = Selector()
        self._arrived.register(connection, selectors.EVENT_READ)
        # Who waits for the end of the stream would otherwise keep it open, for the card and for himself.
        self._finalizer = weakref.finalize(self, _end_stream, os.getpid(), connection)
        self._finalizer.atexit = False  # it ends with the process, and that is no card's death to be told of

    def tell(self, control: Control) -> None:
        """Switch power, or reset.

        Raises:
            CardLost: the card is gone, or its conduct is the end of the conversation.
            ICCMute: it is still at what it was asked before.
        """
        with self._in_use:
            self._settle()
            self._send(self._side.tell(control))

    def atr(self) -> bytes:
        """The card's answer to the question for its ATR, whatever it is. Raises as :meth:`tell`."""
        with self._in_use:
            self._settle()
            self._send(self._side.ask_for_atr())
            return self._answer()

    def ask(self, command: bytes) -> bytes:
        """The card's answer to a command of 2 to 65,535 bytes, whatever it is.

        Raises:
            CardLost: as :meth:`tell`.
            ICCMute: it does not answer in time, or is still at what it was asked before.
        """
        with self._in_use:
            self._settle()
            self._send(self._side.ask(command))
            return self._answer()

    def _settle(self) -> None:
        """See to it that the card waits for us, and has said nothing that nobody asked for."""
        begun_at = self._begun_at  # what arrives now may be the rest
        while self._arrived.select(0):
            self._take(READ_AHEAD)
        if self._side.owed:
            if begun_at is not None and time.monotonic() - begun_at > self._answer_s:
                raise self._too_late()
            raise ICCMute("the card is still at work on an earlier command")

    def _answer(self) -> bytes:
        deadline = time.monotonic() + self._answer_s
        answer = self._take(self._side.wanted)
        if answer is None:
            try:
                while answer is None:
                    # However little there comes, and however often.
                    self._socket.settimeout(max(deadline - time.monotonic(), _SHORTEST_WAIT_S))
                    answer = self._take(self._side.wanted)
                    if answer is None and time.monotonic() > deadline:
                        raise self._too_late()
            finally:
                self._socket.settimeout(self._answer_s)
        return answer

    def _too_late(self) -> ICCMute | CardLost:
        if self._side.has_begun:
            return CardLost(f"began an answer and did not end it within {self._answer_s:g} s")
        return ICCMute(f"the card did not answer within {self._answer_s:g} s")

    def _send(self, data: bytes) -> None:
        try:
            self._socket.sendall(data)
        except TimeoutError:
            raise CardLost(f"took no command for {self._answer_s:g} s") from None
        except OSError as error:
            raise CardLost(f"broke the connection ({error.strerror or error})") from error

    def _take(self, wanted: int) -> bytes | None:
        """What has arrived, or arrives in time; the answer, once it is whole."""
        try:
            data = self._receive(wanted)
        except TimeoutError:
            raise self._too_late() from None
        except OSError as error:
            raise CardLost(f"broke the connection ({error.strerror or error})") from error
        try:
            answer = self._side.receive(data)
        except FramingError as error:
            raise CardLost(f"broke the rules of vpcd: {error}") from error
        if not data:
            raise CardLost("closed the connection")
        if not self._side.has_begun:
            self._begun_at = None
        elif self._begun_at is None:
            self._begun_at = time.monotonic()
        return answer

    def break_off(self) -> None:
        """End the stream. Who waits for an answer in another thread learns that the card is gone."""
        _break(self._socket)

    def make_wait(self) -> Callable[[], None]:
        """A function to be called once, in a thread of its own: it returns when the stream has ended, from either end.

        It holds on to a descriptor of its own and to nothing else.
        """
        stream = self._socket.dup()

        def wait() -> None:
            with stream:
                watched = select.poll()
                watched.register(stream, ENDED)
                watched.poll()

        return wait

    def close(self) -> None:
        """Break off, and give the socket back as soon as nobody waits at it."""
        self.break_off()
        if self._in_use.acquire(timeout=_CLOSE_S):
            try:
                self._finalizer()
            finally:
                self._in_use.release()


def _break(stream: socket.socket) -> None:
    with suppress(OSError):  # the card may have gone first
        stream.shutdown(socket.SHUT_RDWR)


def _end_stream(owner: int, stream: socket.socket) -> None:
    if os.getpid() == owner:  # a process that was forked off has the stream, too
        _break(stream)
    stream.close()
