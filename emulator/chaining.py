"""Command and response chaining (ISO/IEC 7816-4:2020, 5.3.3 and 5.3.4).

A command whose class byte says so (bit 5, in the further interindustry values bit 5 too) is a part: its data are kept
until the last part comes, and together they are one command. Parts have header and channel in common. Another command
in between gives the parts up, and is executed. Response data beyond what the outside expects are announced by 61XX and
fetched by GET RESPONSE. On T=0 a command of extended length comes in pieces, in ENVELOPEs.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from iso7816.apdu import MAX_NC, MAX_SHORT_NE, CommandAPDU
from iso7816.status_words import SW, StatusWordError

_BYTES_AVAILABLE: Final = 0x61
_ENVELOPE: Final = 0xC2
_EXTENDED_HEADER: Final = 7


@dataclass(slots=True)
class CommandChain:
    """The parts of a command so far.

    Attributes:
        header: CLA without its chaining bit, INS, P1, P2.
        data: their data, one after the other.
    """

    header: tuple[int, int, int, int]
    data: bytearray


def begin_or_continue(chain: CommandChain | None, part: CommandAPDU, cla: int) -> CommandChain:
    """The chain with one part more.

    Args:
        chain: the parts so far, ``None``: there are none.
        part: a command that is not the last.
        cla: its class byte without the chaining bit.

    Raises:
        StatusWordError: 6700: more data than a command can have.
    """
    header = (cla, part.ins, part.p1, part.p2)
    if chain is None or chain.header != header:
        chain = CommandChain(header, bytearray())
    if len(chain.data) + len(part.data) > MAX_NC:
        raise StatusWordError(SW.WRONG_LENGTH)
    chain.data += part.data
    return chain


def completed(chain: CommandChain | None, last: CommandAPDU) -> CommandAPDU:
    """The whole command; ``last`` alone, where it ends no chain.

    Raises:
        StatusWordError: 6700: more data than a command can have.
    """
    if chain is None or chain.header != last[:4]:
        return last
    if len(chain.data) + len(last.data) > MAX_NC:
        raise StatusWordError(SW.WRONG_LENGTH)
    return last._replace(data=bytes(chain.data) + last.data)


@dataclass(slots=True)
class CommandInPieces:
    """A command APDU of extended length that comes in several ENVELOPEs on T=0 (ISO/IEC 7816-3:2006, 12.2).

    ::

        CLA INS P1 P2 00 Lc Lc data [Le Le]

    Attributes:
        cla: class byte of the ENVELOPEs.
        data: what has come of it.
    """

    cla: int
    data: bytearray

    @property
    def is_begun(self) -> bool:
        """Whether these are the first bytes of such a command, and not the last ones."""
        data = self.data
        return len(data) > _EXTENDED_HEADER and data[4] == 0 and len(data) < self._length and data[1] != _ENVELOPE

    @property
    def is_complete(self) -> bool:
        """Whether all data have come; an Le field comes with the last of them."""
        return len(self.data) >= self._length

    @property
    def _length(self) -> int:
        return _EXTENDED_HEADER + int.from_bytes(self.data[5:_EXTENDED_HEADER], "big")


@dataclass(frozen=True, slots=True)
class WaitingResponse:
    """Response data that GET RESPONSE fetches, and the status word that comes with the last of them.

    Attributes:
        channel: the logical channel that they are for.
        data: what is left.
        status: the two bytes behind it.
    """

    channel: int
    data: bytes
    status: bytes

    def fetch(self, ne: int) -> tuple[bytes, WaitingResponse | None]:
        """Up to ``ne`` bytes with their status word, and what is left then."""
        data, rest = self.data[:ne], self.data[ne:]
        if not rest:
            return data + self.status, None
        left = WaitingResponse(self.channel, rest, self.status)
        return data + left.announcement, left

    @property
    def announcement(self) -> bytes:
        """61XX; 6100: 256 bytes or more."""
        there = len(self.data)
        return bytes((_BYTES_AVAILABLE, there if there < MAX_SHORT_NE else 0))
