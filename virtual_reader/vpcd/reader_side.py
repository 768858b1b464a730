"""The reader's side of the vpcd protocol as a machine that is fed bytes: no socket anywhere.

What goes to the card, in the frames of :mod:`virtual_reader.vpcd.framing`::

    00, 01, 02            power off, power on, reset: told, and not answered
    04                    asks for the ATR: one answer
    2 bytes and more      a command APDU: one answer

A reader asks one thing at a time, and a card speaks only when it is asked. What it says beyond that would be taken for
the answer to the next command, so that is the end of the conversation.
"""

from __future__ import annotations

from ..errors import FramingError
from .framing import READ_AHEAD, Control, FrameReader, frame

SHORTEST_COMMAND = 2
"""One byte is a control byte, and none is nothing that a card could answer."""


class ReaderSide:
    """One conversation with a card.

    Attributes:
        owed: whether the card has been asked something that it has not answered yet.
    """

    __slots__ = ("_frames", "owed")

    def __init__(self) -> None:
        self._frames = FrameReader()
        self.owed = False

    @property
    def wanted(self) -> int:
        """How many bytes to ask the stream for next."""
        return self._frames.wanted

    @property
    def has_begun(self) -> bool:
        """Whether a part of an answer is there, and the rest is not."""
        return self._frames.wanted != READ_AHEAD

    def tell(self, control: Control) -> bytes:
        """The bytes that switch power or reset the card."""
        return frame(bytes((control,)))

    def ask_for_atr(self) -> bytes:
        """The bytes that ask for the ATR; one answer is owed for them."""
        return self._ask(bytes((Control.ATR,)))

    def ask(self, command: bytes) -> bytes:
        """The bytes that carry a command APDU; one answer is owed for them.

        Raises:
            FramingError: no frame can carry it: it has fewer than 2 bytes or more than 65,535.
        """
        if len(command) < SHORTEST_COMMAND:
            raise FramingError(f"a command of {len(command)} bytes would be taken for something else")
        return self._ask(command)

    def _ask(self, body: bytes) -> bytes:
        if self.owed:
            raise FramingError("the card owes an answer, and is asked one thing at a time")
        sent = frame(body)
        self.owed = True
        return sent

    def receive(self, data: bytes) -> bytes | None:
        """Take in what the stream gave (``b""``: it ended); the answer, once it is whole.

        Raises:
            FramingError: the card says more than it was asked.
            TruncatedFrame: the stream ended within an answer.
        """
        if data and not self.owed:
            raise FramingError("it spoke without being asked")
        frames = self._frames
        frames.receive(data)
        answer = frames.next_frame()
        if answer is None:
            return None
        self.owed = False
        if frames.next_frame() is not None or self.has_begun:
            raise FramingError("it said more than it was asked")
        return answer
