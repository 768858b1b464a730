"""The BINARY commands at any offset: with an even INS up to 7FFF, behind that with an odd one (ISO/IEC 7816-4, 11.3).

With an odd INS the offset travels in a data object 54 and data in a 53, which has to fit the command or response, too.
"""

from __future__ import annotations

from iso7816.apdu import MAX_NE, MAX_SHORT_NC, MAX_SHORT_NE, CommandAPDU, ResponseAPDU
from iso7816.ber_tlv import decode_one
from iso7816.errors import TLVError
from iso7816.offset_objects import DISCRETIONARY, OffsetObjects
from scardmgr.com.errors import HResultError
from scardmgr.winscard.codes import SCardCode

ERASE_BINARY = 0x0E
READ_BINARY = 0xB0
WRITE_BINARY = 0xD0
UPDATE_BINARY = 0xD6

MAX_OFFSET = 0x7FFF
"""The highest offset that an even INS can carry."""

_ODD = 0x01
_HEADERS = 12
"""Bytes for tag and length of both data objects, and an offset of up to four bytes."""


def room_to_write(offset: int) -> int:
    """How many bytes a short command at an offset can carry."""
    return MAX_SHORT_NC if offset <= MAX_OFFSET else MAX_SHORT_NC - _HEADERS


def room_to_read(offset: int, *, extended: bool = False) -> int:
    """How many bytes the response to a command at an offset can carry."""
    most = MAX_NE if extended else MAX_SHORT_NE
    return most if offset <= MAX_OFFSET else most - _header(most - 3)


def binary_command(ins: int, offset: int, data: bytes = b"", ne: int | None = None) -> CommandAPDU:
    """A command with an even ``ins``, or with the odd one beside it where the offset asks for that.

    Args:
        ins: ERASE, READ, WRITE or UPDATE BINARY.
        offset: from the beginning of the current EF.
        data: what is written.
        ne: how many bytes are to be read.
    """
    if offset <= MAX_OFFSET:
        return CommandAPDU(0x00, ins, offset >> 8, offset & 0xFF, data, ne)
    objects = OffsetObjects((offset,), data if ins in (WRITE_BINARY, UPDATE_BINARY) else None)
    return CommandAPDU(0x00, ins | _ODD, 0x00, 0x00, objects.to_bytes(), None if ne is None else ne + _header(ne))


def what_was_read(response: ResponseAPDU, offset: int, ne: int) -> ResponseAPDU:
    """The response to READ BINARY at an offset, without the data object that an odd INS brings.

    Over T=0 a card is not told how much is wanted then, and may give more.

    Raises:
        HResultError: SCARD_F_COMM_ERROR: it is not that data object.
    """
    if offset <= MAX_OFFSET or not response.data:
        return response
    try:
        found, rest = decode_one(response.data)
    except TLVError as error:
        raise HResultError(SCardCode.SCARD_F_COMM_ERROR, f"READ BINARY: {error}", response.sw) from error
    if found.tag != DISCRETIONARY or rest:
        raise HResultError(SCardCode.SCARD_F_COMM_ERROR, "READ BINARY brought something else than a 53", response.sw)
    return ResponseAPDU(found.value[:ne], response.sw)


def _header(size: int) -> int:
    """Bytes for tag and length of a 53 with that many bytes in it."""
    return 2 if size < 0x80 else 3 if size < 0x100 else 4
