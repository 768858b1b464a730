"""Reading much of a transparent EF: by extended length fields where the card announces them, else in a row of commands.

Both give what comes at once, from the beginning of what is wanted: who reads on from there asks for the rest in the
ordinary way, and hears then why there is no more. Reading twice does no harm.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import TYPE_CHECKING

from iso7816.apdu import MAX_SHORT_NE
from iso7816.status_words import SW, is_success
from scardmgr.com.errors import HResultError
from scardmgr.providers.iso.binary_commands import (
    MAX_OFFSET,
    READ_BINARY,
    binary_command,
    room_to_read,
    what_was_read,
)
from scardmgr.providers.iso.navigation import Navigator
from scardmgr.winscard.codes import SCardCode
from scardmgr.winscard.errors import SCardError

if TYPE_CHECKING:
    from scardmgr.connection.attachment import Attachment

_SW1, _SW2 = bytes((SW.OK >> 8,)), bytes((SW.OK & 0xFF,))
_FULL = MAX_SHORT_NE + 2
"""Bytes in an answer with 256 bytes of data."""
_NOT_CARRIED = (
    SCardCode.SCARD_E_NOT_TRANSACTED,
    SCardCode.SCARD_E_INSUFFICIENT_BUFFER,
    SCardCode.SCARD_E_INVALID_PARAMETER,
    SCardCode.SCARD_E_INVALID_VALUE,
    SCardCode.SCARD_F_COMM_ERROR,
)
"""What a reader gives that cannot carry extended length fields."""


def read_much(card: Attachment, position: int, wanted: int) -> bytearray:
    """As much as comes at once of ``wanted`` bytes from ``position`` on; within a transaction.

    Raises:
        HResultError: codes of SCardTransmit.
    """
    if wanted <= MAX_SHORT_NE or card.session is not None:
        return bytearray()
    if Navigator.of(card).extends_lengths():
        return _extended(card, position, wanted)
    return _in_a_row(card, position, min(wanted, MAX_OFFSET + 1 - position))


def _extended(card: Attachment, position: int, wanted: int) -> bytearray:
    """One command, or one for each part that the card has room for."""
    data = bytearray()
    while len(data) < wanted:
        offset = position + len(data)
        ne = min(wanted - len(data), room_to_read(offset, extended=True))
        try:
            response = what_was_read(card.exchange(binary_command(READ_BINARY, offset, b"", ne)), offset, ne)
        except HResultError as error:
            if error.hresult not in _NOT_CARRIED:
                raise
            Navigator.of(card).extends_lengths(never=True)
            break
        if response.sw in (SW.WRONG_LENGTH, SW.WRONG_LENGTH_FORMAT):
            Navigator.of(card).extends_lengths(never=True)
        if not is_success(response.sw) or not response.data:
            break
        data += response.data[:ne]
    return data


def _in_a_row(card: Attachment, position: int, wanted: int) -> bytearray:
    """Chunks of 256 bytes, as long as each is answered in full with 9000, at the price of the commands alone."""
    first = position >> 8
    commands = _commands(position & 0xFF)[first : first + max(0, wanted) // MAX_SHORT_NE]
    try:
        data = bytearray().join(_full_answers(card, commands))
    except SCardError as error:
        raise HResultError(error.code) from error
    # The status words are looked at, and taken out, all at once.
    good = min(_leading(data[MAX_SHORT_NE::_FULL], _SW1), _leading(data[MAX_SHORT_NE + 1 :: _FULL], _SW2))
    del data[good * _FULL :]
    del data[MAX_SHORT_NE + 1 :: _FULL]
    del data[MAX_SHORT_NE :: MAX_SHORT_NE + 1]
    return data


def _full_answers(card: Attachment, commands: Iterable[bytes]) -> Iterator[bytes]:
    """What the card answers, as long as each answer has 256 bytes of data; raises SCardError."""
    transmit, handle = card.context.resource_manager.transmit, card.handle
    for command in commands:
        answer = transmit(handle, command)
        if len(answer) != _FULL:
            return
        yield answer


def _leading(column: bytearray, byte: bytes) -> int:
    """How many of the bytes are that byte before another one comes."""
    return len(column) - len(column.lstrip(byte))


@lru_cache(maxsize=8)
def _commands(low: int) -> tuple[bytes, ...]:
    """READ BINARY of 256 bytes at every offset whose low byte is ``low``."""
    return tuple(bytes((0x00, READ_BINARY, high, low, 0x00)) for high in range(0x80))
