"""READ, WRITE, UPDATE and ERASE BINARY, READ and UPDATE RECORD with an odd INS (ISO/IEC 7816-4:2005, 7.2 and 7.3).

The offset is a data object (54), and data are in one (53, 73); so files longer than 32 KiB can be reached.

::

    BINARY   P1 P2  0000                        the current EF
                    0000 0000 000s ssss         the EF with short identifier s (1 to 30), which becomes current
                    else                        the EF with this file identifier in the current DF, likewise
    RECORD   P1     the record's number, 00: the current record
             P2     bits 8 to 4 as with an even INS; bits 3 to 1:
                    READ    100
                    UPDATE  100 replace, 101 AND, 110 OR, 111 XOR
"""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum, unique
from operator import and_, or_, xor
from typing import NamedTuple

from emulator.access_control import READ, UPDATE, WRITE
from emulator.command import CardContext, Response, expected, is_all
from emulator.commands.binary import erase_bytes, open_transparent, put_bytes, write_bytes
from emulator.commands.records import RecordReference, Which, open_records, put_record, record_number
from emulator.file_lookup import child
from iso7816.apdu import CommandAPDU, ResponseAPDU
from iso7816.ber_tlv import TLV, encode_length
from iso7816.errors import TLVError
from iso7816.file_descriptor import FileKind
from iso7816.file_path import MAX_SFI, MIN_SFI
from iso7816.offset_objects import DISCRETIONARY, OffsetObjects
from iso7816.status_words import SW, StatusWordError


@unique
class Change(Enum):
    """P2 bits 3 to 1 of UPDATE RECORD: what is done with what is there."""

    REPLACE = 0b100
    AND = 0b101
    OR = 0b110
    XOR = 0b111


_CHANGES = {change.value: change for change in Change}
_COMBINE: dict[Change, Callable[[int, int], int]] = {Change.AND: and_, Change.OR: or_, Change.XOR: xor}


class PartOfRecord(NamedTuple):
    """P1 and P2 of UPDATE RECORD."""

    record: RecordReference
    change: Change


def parse_file(p1: int, p2: int) -> int:
    """The short identifier (1 to 30), 0 for the current EF, or the file identifier. 001F is one: no SFI is 31."""
    return p1 << 8 | p2


def parse_part_to_read(p1: int, p2: int) -> RecordReference:
    """Raises StatusWordError 6A86 for short identifier 31, record number FF, or P2 bits 3 to 1 other than 100."""
    if p2 & 0x07 != Which.NUMBER.value or p2 >> 3 > MAX_SFI or p1 == 0xFF:
        raise StatusWordError(SW.INCORRECT_P1_P2)
    return RecordReference(p2 >> 3, Which.NUMBER, p1)


def parse_part_to_update(p1: int, p2: int) -> PartOfRecord:
    """Raises StatusWordError 6A86 for short identifier 31, record number FF, or P2 bits 3 to 1 below 100."""
    change = _CHANGES.get(p2 & 0x07)
    if change is None or p2 >> 3 > MAX_SFI or p1 == 0xFF:
        raise StatusWordError(SW.INCORRECT_P1_P2)
    return PartOfRecord(RecordReference(p2 >> 3, Which.NUMBER, p1), change)


def objects_of(command: CommandAPDU, *, has_data: bool, offsets: int = 1) -> OffsetObjects:
    """What the data field says. Raises StatusWordError 6A80 where it is something else."""
    try:
        found = OffsetObjects.parse(command.data)
    except TLVError:
        raise StatusWordError(SW.WRONG_DATA) from None
    if len(found.offsets) > offsets or (found.data is not None) != has_data:
        raise StatusWordError(SW.WRONG_DATA)
    return found


def short_identifier(card: CardContext, file: int) -> int:
    """What :func:`open_transparent` is to be told; a file identifier is made the current EF first.

    Raises:
        StatusWordError: 6A82 there is none in the current DF, or it is a DF.
    """
    if file == 0 or MIN_SFI <= file <= MAX_SFI:
        return file
    channel = card.channel
    number = child(card.state, channel.df, file)
    if card.state.files[number].kind is FileKind.DF:
        raise StatusWordError(SW.FILE_NOT_FOUND)
    if channel.ef != number:
        channel.ef, channel.record = number, 0
    return 0


def read_binary(card: CardContext, command: CommandAPDU, file: int) -> Response:
    """READ BINARY (B1): a 53 of at most Ne bytes, tag and length included; fewer with 6282, unless Ne asks for all."""
    offset = objects_of(command, has_data=False).offsets[0]
    _file, content = open_transparent(card, short_identifier(card, file), READ, offset)
    return _discretionary(content[offset:], expected(command))


def update_binary(card: CardContext, command: CommandAPDU, file: int) -> Response:
    """UPDATE BINARY (D7): replace bytes. 6A84 where they do not fit."""
    objects = objects_of(command, has_data=True)
    ef, content = open_transparent(card, short_identifier(card, file), UPDATE, objects.offsets[0])
    put_bytes(card, ef, content, objects.offsets[0], objects.data or b"")
    return b""


def write_binary(card: CardContext, command: CommandAPDU, file: int) -> Response:
    """WRITE BINARY (D1): combine bytes with those there, as the data coding byte says. 6A84 where they do not fit."""
    objects = objects_of(command, has_data=True)
    ef, content = open_transparent(card, short_identifier(card, file), WRITE, objects.offsets[0])
    write_bytes(card, ef, content, objects.offsets[0], objects.data or b"")
    return b""


def erase_binary(card: CardContext, command: CommandAPDU, file: int) -> Response:
    """ERASE BINARY (0F): from the offset to the end, or up to a second one: 6A80 where that is not above the first."""
    offset, *ends = objects_of(command, has_data=False, offsets=2).offsets
    ef, content = open_transparent(card, short_identifier(card, file), UPDATE, offset)
    end = ends[0] if ends else len(content)
    if not offset < end <= len(content):
        raise StatusWordError(SW.WRONG_DATA)
    erase_bytes(card, ef, content, offset, end)
    return b""


def read_record(card: CardContext, command: CommandAPDU, reference: RecordReference) -> Response:
    """READ RECORD (B3): part of a record as a 53, as READ BINARY. 6B00 where the offset is outside the record."""
    offset = objects_of(command, has_data=False).offsets[0]
    _file, records = open_records(card, reference, READ)
    record = records[record_number(card, records, reference) - 1]
    if offset >= len(record):
        raise StatusWordError(SW.OFFSET_OUTSIDE_EF)
    return _discretionary(record[offset:], expected(command))


def update_record(card: CardContext, command: CommandAPDU, part: PartOfRecord) -> Response:
    """UPDATE RECORD (DD): part of a record. 6B00 where the offset is outside the record, 6A84 where the data are."""
    objects = objects_of(command, has_data=True)
    offset, data = objects.offsets[0], objects.data or b""
    file, records = open_records(card, part.record, UPDATE)
    number = record_number(card, records, part.record)
    record = records[number - 1]
    there = record[offset : offset + len(data)]
    if offset >= len(record):
        raise StatusWordError(SW.OFFSET_OUTSIDE_EF)
    if len(there) < len(data):
        raise StatusWordError(SW.NOT_ENOUGH_MEMORY)
    if part.change is not Change.REPLACE:
        data = bytes(map(_COMBINE[part.change], there, data))
    put_record(card, file, records, number, record[:offset] + data + record[offset + len(data) :])
    return b""


def _discretionary(data: bytes, ne: int) -> Response:
    """The data as a 53 that is not longer than Ne. Raises StatusWordError 6700 where Ne has no room for any data."""
    room = ne - 1
    fitting = data[: max(0, room - 1)]
    while fitting and len(encode_length(len(fitting))) + len(fitting) > room:
        fitting = fitting[:-1]
    if not fitting:
        raise StatusWordError(SW.WRONG_LENGTH)
    answer = TLV(DISCRETIONARY, fitting).to_bytes()
    if len(answer) < ne and not is_all(ne) and len(fitting) == len(data):
        return ResponseAPDU(answer, SW.END_REACHED)
    return answer
