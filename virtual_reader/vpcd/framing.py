"""The vpcd protocol as a machine that is fed bytes: no socket anywhere.

Every message is a frame::

    length (2 bytes, big-endian)    body (length bytes)

and what a body means depends on who sent it::

    reader to card    1 byte: 00 power off, 01 power on, 02 reset, 04 ask for the ATR
                      else:   a command APDU, maybe a malformed one
    card to reader    the answer to 04 (the ATR) or to a command APDU (a response APDU);
                      00, 01 and 02 are not answered

(vsmartcard, ``virtualsmartcard/doc/api.txt``.) The length field bounds a C-APDU and an R-APDU to
65,535 bytes each. Both directions have the same frames, so :class:`FrameReader` serves either side.
"""

from __future__ import annotations

from enum import IntEnum, unique

from ..errors import FramingError, OversizedFrame, TruncatedFrame

PREFIX_LENGTH = 2
MAX_BODY = 0xFFFF
READ_AHEAD = PREFIX_LENGTH + MAX_BODY
SHORTEST_FRAME = PREFIX_LENGTH + 1


@unique
class Control(IntEnum):
    """The one-byte messages of the reader."""

    POWER_OFF = 0
    POWER_ON = 1
    RESET = 2
    ATR = 4


def frame(body: bytes) -> bytes:
    """The body with its length before it.

    Raises:
        FramingError: more than 65,535 bytes.
    """
    if len(body) > MAX_BODY:
        raise FramingError(f"a body of {len(body)} bytes: a frame holds at most {MAX_BODY}")
    return len(body).to_bytes(PREFIX_LENGTH, "big") + body


class FrameReader:
    """Turns a stream, in whatever pieces it comes, into frame bodies.

    Feed with :meth:`receive`, then call :meth:`next_frame` until it returns ``None``.

    Attributes:
        limit: the longest body accepted, in bytes.
        wanted: how many bytes to ask the stream for next: what is missing of the frame begun, where one is.
    """

    __slots__ = ("_buffer", "_ended", "_skip", "limit", "wanted")

    def __init__(self, limit: int = MAX_BODY) -> None:
        self.limit = limit
        self.wanted = READ_AHEAD
        self._buffer = b""
        self._skip = 0
        self._ended = False

    def receive(self, data: bytes) -> None:
        """Take in what the stream gave; ``b""`` says that it ended."""
        if not data:
            self._ended = True
        elif self._skip:
            self._buffer += data[self._skip :]
            self._skip = max(0, self._skip - len(data))
        else:
            self._buffer += data

    def next_frame(self) -> bytes | None:
        """The next body, or ``None`` where more bytes are needed (or the stream ended between frames).

        Raises:
            OversizedFrame: the next frame exceeds the limit; call again for the one behind it.
            TruncatedFrame: the stream ended within a frame.
        """
        buffer = self._buffer
        have = len(buffer)
        if have >= PREFIX_LENGTH:
            length = buffer[0] << 8 | buffer[1]
            end = PREFIX_LENGTH + length
            if length > self.limit:
                self._buffer = buffer[end:]
                self._skip = max(0, end - have)
                raise OversizedFrame(length, self.limit)
            if have >= end:
                self._buffer = buffer[end:]
                return buffer[PREFIX_LENGTH:end]
            self.wanted = end - have
        else:
            self.wanted = PREFIX_LENGTH - have if have else READ_AHEAD
        if self._ended and (buffer or self._skip):
            self._buffer = b""
            self._skip = 0
            raise TruncatedFrame("the stream ended within a frame")
        return None
