"""A reader whose card is served over a vpcd connection."""

from __future__ import annotations

import logging
import threading
import time
from abc import abstractmethod
from typing import TYPE_CHECKING

from iso7816.icc import ICCMute, ICCRemoved, StartingICC

from .errors import NotShown, SlotOccupied, VirtualReaderError
from .reader_states import ShownReader, shown_readers
from .readers import Reader
from .vpcd.card_side import CardSide

if TYPE_CHECKING:
    import socket

    from iso7816.icc import ICC

logger = logging.getLogger(__name__)

# pcscd looks every 400 ms, and an operation of the driver may take a while under load.
SHOWN_SECONDS = 10.0
_PULL_SECONDS = 2.0
_ASK_AGAIN_SECONDS = 0.002
_LOOKED_SECONDS = 2.0  # by then pcscd has looked, and shows what it will go on to show


def start_card(card: ICC, where: str = "") -> None:
    """Start a card that has to be started (:class:`iso7816.icc.StartingICC`).

    Raises:
        NotShown: there will be no card; the message begins with ``where``.
    """
    if isinstance(card, StartingICC):
        try:
            card.start()
        except ICCRemoved as gone:
            raise NotShown(f"{where}{gone}") from gone


class ServedReader(Reader):
    """The part that the private daemon's slots and a running vpcd have in common.

    Presence is read off the traffic: a reader that powered the card and asked for its ATR has seen it, one that
    closes the connection has seen it go. Then pcscd, where it can be asked, is asked until its clients see it too.
    """

    _patience: float

    def __init__(self) -> None:
        self._side: CardSide | None = None
        self._moving = threading.RLock()

    @abstractmethod
    def _connect(self) -> socket.socket:
        """A socket connected to the reader's port."""

    @abstractmethod
    def _pcscd_socket(self) -> str | None:
        """Where the pcscd behind the port can be asked, ``None`` where that is unknown."""

    @abstractmethod
    def _is_this(self, shown: ShownReader) -> bool:
        """Whether pcscd means this reader."""

    def insert(self, card: ICC) -> None:
        """See :meth:`Reader.insert`."""
        with self._moving:
            if self._side is not None and self._side.running:
                raise SlotOccupied(f"there is a card in {self.name} already: remove it first")
            # Now, for pcscd and all its programs wait as long as the driver waits for a card.
            start_card(card, f"{self.name}: ")
            deadline = time.monotonic() + SHOWN_SECONDS
            side = self._serve(card)
            while not (
                side.wait_until_powered(SHOWN_SECONDS) and self._wait_until_shown(present=True, deadline=deadline)
            ):
                left = deadline - time.monotonic()
                if side.overlooked and left > 0:
                    # A client has reset a card that had just left: so pcscd shows the reader empty before it has looked
                    # itself, and takes the next card for that one. Let it see that there is none.
                    side.pull(left)
                    side = self._serve(card)
                    continue
                self._drop()
                reason = side.failure or f"no reader took notice of the card within {SHOWN_SECONDS:g} s"
                raise NotShown(f"{self.name}: {side.removal or reason}")

    def _serve(self, card: ICC) -> CardSide:
        self._side = side = CardSide(card, self._connect, patience=self._patience)
        side.start()
        return side

    def remove(self) -> None:
        """See :meth:`Reader.remove`."""
        with self._moving:
            side, self._side = self._side, None
            if side is None:
                return
            deadline = time.monotonic() + SHOWN_SECONDS
            if not side.pull(_PULL_SECONDS):
                side.abandon()
            if not self._wait_until_empty(deadline):
                raise NotShown(f"{self.name}: the card's removal was not seen within {SHOWN_SECONDS:g} s")

    def wait(self, seconds: float | None = None) -> bool:
        """See :meth:`Reader.wait`."""
        side = self._side
        if side is None:
            return True
        ended = side.wait(seconds)
        if ended and side.failure is not None:
            raise side.failure
        return ended

    def stop(self) -> None:
        """Break the connection without waiting for anybody to see it."""
        side = self._side
        if side is not None:
            side.abandon()

    def _drop(self) -> None:
        """Stop, and wait (bounded) for the thread."""
        self.stop()
        side, self._side = self._side, None
        if side is not None:
            side.wait(_PULL_SECONDS)

    def _wait_until_empty(self, deadline: float) -> bool:
        """Wait until pcscd shows no card, and help it where it would for ever; whether it shows none.

        A client's reset that fails because the card goes may end after pcscd has seen it go, and has the card shown
        again as a mute one, until pcscd sees the next one (``SCardReconnect`` and ``EHStatusHandlerThread`` in
        pcsc-lite). So one comes and goes, which is mute as well.
        """
        if self._wait_until_shown(present=False, deadline=min(deadline, time.monotonic() + _LOOKED_SECONDS)):
            return True
        logger.info("%s is shown with a card that has gone", self.name)
        try:
            side = CardSide(_MuteICC(), self._connect, patience=self._patience)
            side.start()
        except (OSError, VirtualReaderError) as error:
            logger.debug("the reader is gone: %s", error)
        else:
            side.wait_until_powered(deadline - time.monotonic())
            if not side.pull(_PULL_SECONDS):
                side.abandon()
        return self._wait_until_shown(present=False, deadline=deadline)

    def _wait_until_shown(self, *, present: bool, deadline: float) -> bool:
        """Ask pcscd until it shows a card, or none; whether it does. Where it cannot be asked, the traffic stands."""
        path = self._pcscd_socket()
        if path is None:
            return True
        pause = threading.Event()
        while (left := deadline - time.monotonic()) > 0:
            try:
                shown = shown_readers(path, left)
            except OSError as error:
                logger.debug("pcscd cannot be asked: %s", error)
                return True
            if any(reader.present is present and self._is_this(reader) for reader in shown):
                return True
            pause.wait(_ASK_AGAIN_SECONDS)
        return False


class _MuteICC:
    """A card that does not answer to reset."""

    def power_on(self) -> bytes:
        """No ATR."""
        raise ICCMute("it does not answer")

    def power_off(self) -> None:
        """It has none."""

    def reset(self) -> bytes:
        """As :meth:`power_on`."""
        raise ICCMute("it does not answer")

    def transmit(self, _command: bytes) -> bytes:
        """As :meth:`power_on`."""
        raise ICCMute("it does not answer")
