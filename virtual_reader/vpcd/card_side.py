"""The card's side of vpcd: a thin loop between a socket and an ICC, in a thread of its own.

The loop answers and nothing else. What a resource manager makes of it is read off the traffic: a reader
that has powered the card and asked for its ATR has seen it (:meth:`CardSide.wait_until_powered`), one that
closed the connection has seen it go.
"""

from __future__ import annotations

import logging
import socket
import threading
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from iso7816.contactless import at_reader
from iso7816.icc import ICCMute, ICCRemoved, LeavingICC

from ..errors import FramingError, VirtualReaderError
from .framing import MAX_BODY, Control, FrameReader, frame
from .receiving import make_receive

if TYPE_CHECKING:
    from iso7816.icc import ICC

logger = logging.getLogger(__name__)

MAX_ATR = 33
NO_DIAGNOSIS = b"\x6f\x00"
# Longer than an ATR can be. The stock driver takes any answer for presence and this one for no ATR, so that a
# card which does not answer to reset shows as it would in a real reader: present and mute.
MUTE = bytes(MAX_ATR + 1)
_CONTROLS = _POWER_OFF, _POWER_ON, _RESET, _ATR = tuple(bytes((one,)) for one in Control)
FIRST_DELAY = 0.01
LONGEST_DELAY = 1.0
#: For so long a reader may look at a card before it gives it power. pcscd looks every 400 ms, and powers what is new.
_LOOKS_WITHOUT_POWER_S = 1.0
#: What a thread is given to close its connection when its card has gone by itself.
_LEAVING_S = 2.0


class CardSide:
    """Serves one ICC to one vpcd port, reconnecting where the reader goes away.

    Args:
        icc: the card. Where it is contactless, class FF is answered here, for there is no other reader.
        connect: gives a socket connected to the reader; raises OSError (tried again) or
            :class:`VirtualReaderError` (the end).
        patience: for how many seconds on end the reader may be away before the card gives up.

    Attributes:
        failure: what ended the serving, where nobody asked for an end.
        removal: what a card that was gone by itself had to say about that.
    """

    def __init__(self, icc: ICC, connect: Callable[[], socket.socket], *, patience: float) -> None:
        self._card, self._icc = icc, at_reader(icc)
        self._connect = connect
        self._patience = patience
        self._connection: socket.socket | None = None
        self._atr = b""
        self._changed = threading.Condition()
        self._powered = False
        self._shown = False
        self._first_look: float | None = None
        self._latest_look = 0.0
        self._stopping = threading.Event()
        self._is_leaving = False
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run, name="vpcd card", daemon=True)
        self.failure: Exception | None = None
        self.removal = ""

    def start(self) -> None:
        """Connect, then serve in the background.

        Raises:
            OSError: nobody listens.
            VirtualReaderError: there is no reader to connect to.
        """
        self._connection = self._connect()
        self._thread.start()
        if isinstance(self._card, LeavingICC):
            self._card.when_gone(self.abandon)

    @property
    def running(self) -> bool:
        """Whether the card is being served, or a reader waited for."""
        return not self.wait(0)

    def wait(self, seconds: float | None) -> bool:
        """Wait until serving has ended (card or reader gone for good); whether it has."""
        if self._is_leaving and seconds is not None:
            # Its reader may know already, and with it whoever asks: so it is to have ended.
            seconds = max(seconds, _LEAVING_S)
        return self._ended.wait(seconds)

    def wait_until_powered(self, seconds: float) -> bool:
        """Wait until a reader has powered the card and been told the ATR (or met a mute card); whether it has.

        The wait ends early for a card that is :attr:`overlooked`.
        """
        with self._changed:
            self._changed.wait_for(lambda: self._shown or self.overlooked or self._ended.is_set(), seconds)
            return self._shown

    @property
    def overlooked(self) -> bool:
        """Whether the reader looks at the card again and again and gives it no power."""
        first = self._first_look
        return not self._shown and first is not None and self._latest_look - first > _LOOKS_WITHOUT_POWER_S

    def pull(self, seconds: float) -> bool:
        """Take the card out, and wait until the reader has closed its end too; whether it has.

        The reader sees the end of the stream at once when it next uses the card.
        """
        self._stopping.set()
        connection = self._connection
        if connection is not None:
            try:
                connection.shutdown(socket.SHUT_WR)
            except OSError:
                logger.debug("the reader went first")
        return self._ended.wait(seconds)

    def abandon(self) -> None:
        """Close the connection whether or not the reader has; the thread ends as soon as the card lets it."""
        self._stopping.set()
        connection = self._connection
        if connection is not None:
            try:
                connection.shutdown(socket.SHUT_RDWR)
            except OSError:
                logger.debug("the reader went first")

    def _run(self) -> None:
        try:
            self._serve_until_pulled()
        except ICCRemoved as gone:
            self.removal = str(gone)
            self._is_leaving = True
            logger.debug("the card is gone: %s", gone)
        except VirtualReaderError as error:
            self.failure = error
            logger.warning("the card is no longer served: %s", error)
        except Exception as error:
            # The thread's last line of defence: whoever waits for the card is to learn why it ended.
            self.failure = error
            logger.exception("serving the card ended")
        finally:
            self._close()
            self._power_off()
            self._ended.set()
            with self._changed:
                self._changed.notify_all()

    def _serve_until_pulled(self) -> None:
        delay, deadline = FIRST_DELAY, time.monotonic() + self._patience
        while True:
            if self._connection is not None:
                if not self._stopping.is_set() and self._converse(self._connection):
                    delay, deadline = FIRST_DELAY, time.monotonic() + self._patience
                self._close()
                self._power_off()
            if self._stopping.wait(delay):
                return
            delay = min(delay * 2, LONGEST_DELAY)
            try:
                self._connection = self._connect()
            except OSError as error:
                if time.monotonic() > deadline:
                    raise VirtualReaderError(f"no reader for {self._patience:g} s: {error}") from error

    def _converse(self, connection: socket.socket) -> bool:
        """Answer until the stream ends; whether a reader said anything."""
        frames = FrameReader()
        send, pulled = connection.sendall, self._stopping.is_set
        used = False
        try:
            receive = make_receive(connection)
            while True:
                while (body := frames.next_frame()) is None:
                    data = receive(frames.wanted)
                    frames.receive(data)
                    if not data and frames.next_frame() is None:
                        return used
                if pulled():
                    continue
                used = True
                # What is no control byte is a command, however short: the reader waits for an answer to it.
                if len(body) > 1 or body not in _CONTROLS:
                    response = self._execute(body)
                    if not pulled():
                        send(frame(response))
                elif (atr := self._control(body)) is not None and not pulled():
                    send(frame(atr))
                    self._atr_told()
        except (OSError, FramingError, ICCMute) as error:
            logger.debug("connection to the reader given up: %s", error)
            return used

    def _execute(self, command: bytes) -> bytes:
        """The response APDU; 6F00 where the card broke its contract.

        Raises:
            ICCMute, ICCRemoved: the connection is closed, as the reader waits for an answer without a bound.
        """
        try:
            response = self._icc.transmit(command)
        except (ICCMute, ICCRemoved):
            raise
        except Exception:
            # An error in the card is the card's: its reader and the other cards live on.
            logger.exception("the card failed to execute a command")
            return NO_DIAGNOSIS
        if not 2 <= len(response) <= MAX_BODY:
            logger.error("the card answered %d bytes: a response APDU has 2 to %d", len(response), MAX_BODY)
            return NO_DIAGNOSIS
        return response

    def _control(self, body: bytes) -> bytes | None:
        """Obey a control byte; the ATR where that is asked for."""
        if body == _ATR:
            if not self._atr:
                # Asked for before any power: a reader that looks whether there is a card.
                self._atr = self._answer_to_reset(self._icc.power_on)
                self._icc.power_off()
            return self._atr
        if body == _POWER_ON:
            self._atr = self._answer_to_reset(self._icc.power_on)
            self._powered = True
        elif body == _RESET:
            self._atr = self._answer_to_reset(self._icc.reset)
        elif body == _POWER_OFF:
            self._power_off()
        return None

    def _atr_told(self) -> None:
        """A reader that has given power and been told the ATR knows the card."""
        with self._changed:
            if self._powered:
                self._shown = True
            else:
                self._latest_look = time.monotonic()
                if self._first_look is None:
                    self._first_look = self._latest_look
            self._changed.notify_all()

    def _answer_to_reset(self, verb: Callable[[], bytes]) -> bytes:
        """The ATR, or :data:`MUTE` where there is none."""
        try:
            atr = verb()
        except ICCMute:
            return MUTE
        except ICCRemoved:
            raise
        except Exception:
            # As in _execute: a card that fails here does not answer to reset.
            logger.exception("the card failed to answer to reset")
            return MUTE
        if not 1 <= len(atr) <= MAX_ATR:
            logger.error("the card gave an ATR of %d bytes: it has 1 to %d", len(atr), MAX_ATR)
            return MUTE
        return atr

    def _power_off(self) -> None:
        if self._powered:
            self._powered = False
            self._icc.power_off()

    def _close(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()
