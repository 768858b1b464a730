"""A command APDU in parts, some of which may still be missing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

from iso7816.apdu import CommandAPDU


@dataclass(frozen=True, slots=True, repr=False)
class CommandParts:
    """What is known of a command; the repr shows nothing of it, for data may be a secret.

    Attributes:
        cla: class byte.
        ins: instruction byte, ``None`` while there is none: then this is no command yet.
        p1: first parameter byte.
        p2: second parameter byte.
        data: data field, at most 65535 bytes.
        ne: number of bytes expected, 1 to 65536; ``None``: no Le field.
        extended: whether extended length fields are kept where short ones would do.
    """

    cla: int = 0
    ins: int | None = None
    p1: int = 0
    p2: int = 0
    data: bytes = b""
    ne: int | None = None
    extended: bool = False

    @classmethod
    def parse(cls, apdu: bytes) -> Self:
        """The parts of a command, to which extended length fields belong where it has any.

        Raises:
            APDUError: none of the seven forms.
        """
        command = CommandAPDU.parse(apdu)
        extended = command.needs_extended or command.to_bytes(extended=False) != apdu
        return cls(*command, extended=extended)

    @property
    def case(self) -> int:
        """1 to 4: which of data and Le field are present."""
        return 1 + (self.ne is not None) + 2 * bool(self.data)

    def to_bytes(self) -> bytes:
        """The command APDU; empty while there is no instruction."""
        if self.ins is None:
            return b""
        command = CommandAPDU(self.cla, self.ins, self.p1, self.p2, self.data, self.ne)
        return command.to_bytes(extended=True if self.extended else None)
