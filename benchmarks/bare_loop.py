"""The least that a card in Python can do: parse, look up, call, append 9000.

No file system, no security status, no locking, no case check: a floor, not a card.
"""

from __future__ import annotations

from collections.abc import Callable


class Command:
    """A parsed APDU in slots."""

    __slots__ = ("cla", "data", "ins", "ne", "p1", "p2")

    def __init__(self, command: bytes) -> None:
        self.cla = command[0]
        self.ins = command[1]
        self.p1 = command[2]
        self.p2 = command[3]
        size = len(command)
        if size == 4:
            self.data = b""
            self.ne = 0
        elif size == 5:
            self.data = b""
            self.ne = command[4] or 256
        else:
            end = 5 + command[4]
            self.data = command[5:end]
            self.ne = (command[end] or 256) if size > end else 0


CONTENT = bytes(range(256)) * 2


def select(_command: Command) -> bytes:
    """SELECT that answers nothing."""
    return b""


def read_binary(command: Command) -> bytes:
    """READ BINARY of one constant."""
    offset = command.p1 << 8 | command.p2
    return CONTENT[offset : offset + command.ne]


HANDLERS: dict[int, Callable[[Command], bytes]] = {0xA4: select, 0xB0: read_binary}


def transmit(command: bytes) -> bytes:
    """One command APDU in, one response APDU out."""
    parsed = Command(command)
    return HANDLERS[parsed.ins](parsed) + b"\x90\x00"
