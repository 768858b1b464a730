"""What a running pcscd holds true of its readers, asked over its own socket.

The traffic on the vpcd port tells that pcscd has just met or lost the card; the state that its clients are
shown changes some microseconds later. Whoever must not act in between asks pcscd itself. The question needs
neither libpcsclite nor pyscard: CMD_GET_READERS_STATE (``winscard_msg.h`` of pcsc-lite; unchanged from 1.9
to 2.4) is eight bytes, ``size = 0, command = 0x12`` as native 32-bit words, and is answered by 16 of::

    name 128 bytes, NUL-terminated    event counter 4    state 4    sharing 4
    ATR 33 bytes, padding 3           length of ATR 4    protocol 4
"""

from __future__ import annotations

import socket
import struct
from dataclasses import dataclass

MAX_READERS = 16
_QUESTION = struct.pack("=II", 0, 0x12)
_READER_STATE = struct.Struct("=128sIIi33s3xII")
_ANSWER_LENGTH = MAX_READERS * _READER_STATE.size
_PRESENT, _SWALLOWED = 0x0004, 0x0008


@dataclass(frozen=True, slots=True)
class ShownReader:
    """One reader as pcscd's clients see it.

    Attributes:
        name: the display name.
        present: whether there is a card.
        mute: whether that card did not answer to reset.
        atr: the ATR; empty without a card and for a mute one.
    """

    name: str
    present: bool
    mute: bool
    atr: bytes


def shown_readers(socket_path: str, seconds: float) -> tuple[ShownReader, ...]:
    """The readers of the pcscd behind ``socket_path``.

    Raises:
        OSError: nobody answers within ``seconds``, or pcscd refuses its clients.
    """
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as client:
        client.settimeout(seconds)
        client.connect(socket_path)
        client.sendall(_QUESTION)
        answer = bytearray()
        while len(answer) < _ANSWER_LENGTH:
            part = client.recv(_ANSWER_LENGTH - len(answer))
            if not part:
                raise ConnectionResetError("pcscd closed the connection unasked")
            answer += part
    return tuple(
        ShownReader(
            name.partition(b"\0")[0].decode(errors="replace"),
            bool(state & _PRESENT),
            bool(state & _SWALLOWED),
            atr[:length] if state & _PRESENT and length <= len(atr) else b"",
        )
        for name, _, state, _, atr, length, _ in _READER_STATE.iter_unpack(answer)
        if name[0] != 0
    )
