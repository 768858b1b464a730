"""READ, WRITE, UPDATE and ERASE BINARY with an even INS (ISO/IEC 7816-4:2005, 7.2).

::

    P1 P2  0xxxxxxx xxxxxxxx  offset 0 to 32767 in the current EF
           100sssss xxxxxxxx  offset 0 to 255 in the EF with short identifier s (1 to 30), which becomes current
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from emulator.access_control import READ, UPDATE, WRITE, authorise
from emulator.command import CardContext, Response, expected, is_all
from emulator.commands.writing import combine
from emulator.file_control_information import erased_byte
from emulator.file_lookup import by_short_identifier
from iso7816.apdu import CommandAPDU, ResponseAPDU
from iso7816.file_path import MAX_SFI, MIN_SFI
from iso7816.status_words import SW, StatusWordError

if TYPE_CHECKING:
    from emulator.persistent import CardFile

Place = tuple[int, int]
"""Short EF identifier (0: the current EF) and offset."""


def parse_place(p1: int, p2: int) -> Place:
    """Raises StatusWordError 6A86 for bits 7 and 6 set beside bit 8, and for short identifiers 0 and 31."""
    if p1 < 0x80:
        return 0, p1 << 8 | p2
    if MIN_SFI <= p1 & 0x7F <= MAX_SFI:
        return p1 & 0x1F, p2
    raise StatusWordError(SW.INCORRECT_P1_P2)


def open_transparent(card: CardContext, sfi: int, operation: int, offset: int) -> tuple[CardFile, bytes]:
    """The EF and its bytes, after all checks that do not depend on the data.

    Args:
        card: the card.
        sfi: a short EF identifier, 0: the current EF.
        operation: what is to be done with it.
        offset: where.

    Raises:
        StatusWordError: 6986 no current EF, 6A82 no such short identifier, 6981 not transparent, 6982 and 6985 as
            the access rules say, 6B00 offset outside the EF.
    """
    channel = card.channel
    state = card.state
    if sfi != 0:
        file = by_short_identifier(state, channel.df, sfi)
    elif channel.ef != 0:
        file = state.files[channel.ef]
    else:
        raise StatusWordError(SW.NO_CURRENT_EF)
    number = file.number
    content = state.contents[number]
    if content.__class__ is not bytes:
        raise StatusWordError(SW.INCOMPATIBLE_FILE_STRUCTURE)
    authorise(state, channel, number, operation)
    if sfi != 0:
        channel.ef = number
        channel.record = 0
    if offset >= len(content):
        raise StatusWordError(SW.OFFSET_OUTSIDE_EF)
    return file, content


def read_binary(card: CardContext, command: CommandAPDU, place: Place) -> Response:
    """READ BINARY (B0): at most Ne bytes; fewer with 6282, unless Ne asks for all there is."""
    _file, content = open_transparent(card, place[0], READ, place[1])
    ne = expected(command)
    offset = place[1]
    data = content[offset : offset + ne]
    if len(data) < ne and not is_all(ne):
        return ResponseAPDU(data, SW.END_REACHED)
    return data


def update_binary(card: CardContext, command: CommandAPDU, place: Place) -> Response:
    """UPDATE BINARY (D6): replace bytes. 6A84 where they do not fit."""
    file, content = open_transparent(card, place[0], UPDATE, place[1])
    put_bytes(card, file, content, place[1], command.data)
    return b""


def write_binary(card: CardContext, command: CommandAPDU, place: Place) -> Response:
    """WRITE BINARY (D0): combine bytes with those there, as the data coding byte says. 6A84 where they do not fit."""
    file, content = open_transparent(card, place[0], WRITE, place[1])
    write_bytes(card, file, content, place[1], command.data)
    return b""


def erase_binary(card: CardContext, command: CommandAPDU, place: Place) -> Response:
    """ERASE BINARY (0E): from the offset to the end, or up to the two-byte offset in the data.

    6A87 where the data are not two bytes, 6A80 where that offset is not above the first or is outside the EF.
    """
    file, content = open_transparent(card, place[0], UPDATE, place[1])
    offset = place[1]
    end = len(content)
    if command.data:
        if len(command.data) != 2:
            raise StatusWordError(SW.NC_INCONSISTENT_WITH_P1_P2)
        end = int.from_bytes(command.data, "big")
        if not offset < end <= len(content):
            raise StatusWordError(SW.WRONG_DATA)
    erase_bytes(card, file, content, offset, end)
    return b""


def erase_bytes(card: CardContext, file: CardFile, content: bytes, offset: int, end: int) -> None:
    """Bring the bytes from ``offset`` up to ``end`` into the erased state."""
    put_bytes(card, file, content, offset, bytes((erased_byte(file),)) * (end - offset))


def write_bytes(card: CardContext, file: CardFile, content: bytes, offset: int, data: bytes) -> None:
    """Combine bytes with those there. Raises StatusWordError 6A84 where they do not fit, 6985 as :func:`combine`."""
    there = content[offset : offset + len(data)]
    if len(there) < len(data):
        raise StatusWordError(SW.NOT_ENOUGH_MEMORY)
    put_bytes(card, file, content, offset, combine(file, there, data))


def put_bytes(card: CardContext, file: CardFile, content: bytes, offset: int, data: bytes) -> None:
    """Replace bytes. Raises StatusWordError 6A84 where they do not fit."""
    end = offset + len(data)
    if end > len(content):
        raise StatusWordError(SW.NOT_ENOUGH_MEMORY)
    card.work.put_content(file.number, content[:offset] + data + content[end:])
