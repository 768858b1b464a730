"""SEARCH BINARY and SEARCH RECORD (ISO/IEC 7816-4:2005, 7.2.8 and 7.3.7).

::

    SEARCH BINARY  A0  P1 P2 as READ BINARY; the data are what is sought
                   A1  P1 P2 as READ BINARY with an odd INS; a 54 where to begin, and a 53 or 73 with what is sought
                   the response is the offset of the first place: two bytes (A0; four beyond FFFF), a 54 (A1)

    SEARCH RECORD  A2  P1        the record's number to begin with, 00: the record after the current one (P2 ...100),
                                 or before it (...101)
                       P2        bits 8 to 4 as READ RECORD; bits 3 to 1:
                                 100 forward from P1    101 backward from P1
                                 110 enhanced search: the data begin with a search indication
                       response  the numbers of the records that fit, one byte each; the first becomes the current one

    search indication (110)
        first byte   bits 4, 3  00 the string is sought at an offset; 01 behind the first occurrence of a byte
                     bits 3..1  see below: 100 forward from P1, 101 backward from P1,
                                110 forward from the next record, 111 backward from the previous one
        second byte  the offset, or the byte

Where nothing fits the answer is 6282.
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import Enum, unique
from typing import TYPE_CHECKING

from emulator.access_control import READ
from emulator.command import expected
from emulator.commands.binary import Place, open_transparent
from emulator.commands.offsets import objects_of, short_identifier
from emulator.commands.records import RecordReference, Which, open_records
from iso7816.apdu import ResponseAPDU
from iso7816.file_path import MAX_SFI
from iso7816.offset_objects import offset_object
from iso7816.status_words import SW, StatusWordError

if TYPE_CHECKING:
    from emulator.command import CardContext, Response
    from iso7816.apdu import CommandAPDU

_NOT_FOUND = ResponseAPDU(b"", SW.END_REACHED)
_INDICATION_LENGTH = 2
_BEHIND_A_BYTE = 0x08
_HIGHEST_IN_A_BYTE = 0xFE


@unique
class Search(Enum):
    """P2 bits 3 to 1 of SEARCH RECORD."""

    FORWARD = 0b100
    BACKWARD = 0b101
    ENHANCED = 0b110


@unique
class Start(Enum):
    """Bits 3 to 1 of the first byte of a search indication."""

    FORWARD_FROM_NUMBER = 0b100
    BACKWARD_FROM_NUMBER = 0b101
    FORWARD_FROM_NEXT = 0b110
    BACKWARD_FROM_PREVIOUS = 0b111


_SEARCHES = {search.value: search for search in Search}
_STARTS = {start.value: start for start in Start}
SearchReference = tuple[RecordReference, Search]
"""Short identifier and record number, and how to search."""


def parse_search(p1: int, p2: int) -> SearchReference:
    """Raises StatusWordError 6A86 for what is not in the table above."""
    search = _SEARCHES.get(p2 & 0x07)
    if search is None or p2 >> 3 > MAX_SFI or p1 == 0xFF:
        raise StatusWordError(SW.INCORRECT_P1_P2)
    return (RecordReference(p2 >> 3, Which.NUMBER, p1), search)


def search_binary(card: CardContext, command: CommandAPDU, place: Place) -> Response:
    """SEARCH BINARY (A0). 6282 where nothing fits, 6700 where Ne has no room for the offset."""
    sfi, offset = place
    _file, content = open_transparent(card, sfi, READ, offset)
    found = content.find(command.data, offset)
    if found < 0:
        return _NOT_FOUND
    return _fitting(command, found.to_bytes(2 if found <= 0xFFFF else 4, "big"))


def search_binary_object(card: CardContext, command: CommandAPDU, file: int) -> Response:
    """SEARCH BINARY (A1). As with A0; 6A80 where the data field is something else."""
    objects = objects_of(command, has_data=True)
    offset, sought = objects.offsets[0], objects.data
    if not sought:
        raise StatusWordError(SW.WRONG_DATA)
    _file, content = open_transparent(card, short_identifier(card, file), READ, offset)
    found = content.find(sought, offset)
    return _NOT_FOUND if found < 0 else _fitting(command, offset_object(found).to_bytes())


def search_record(card: CardContext, command: CommandAPDU, reference: SearchReference) -> Response:
    """SEARCH RECORD (A2). 6282 where nothing fits, 6A83 no such record to begin with, 6A80 no search indication."""
    where, search = reference
    _file, records = open_records(card, where, READ)
    sought = command.data
    if search is Search.ENHANCED:
        start, offset, behind, sought = _indication(sought)
        fits = [_is_at(record, sought, offset, behind) for record in records]
    else:
        start = Start.FORWARD_FROM_NUMBER if search is Search.FORWARD else Start.BACKWARD_FROM_NUMBER
        fits = [sought in record for record in records]
    numbers = [number for number in _order(card, len(records), where.p1, start) if fits[number - 1]]
    if not numbers:
        return _NOT_FOUND
    card.channel.record = numbers[0]
    answer = bytes(number for number in numbers if number <= _HIGHEST_IN_A_BYTE)
    return answer if command.ne is None else answer[: command.ne]


def _indication(data: bytes) -> tuple[Start, int, int | None, bytes]:
    """Where to begin, the offset, the byte behind which to seek, and what. Raises StatusWordError 6A80."""
    start = _STARTS.get(data[0] & 0x07)
    if len(data) <= _INDICATION_LENGTH or start is None or data[0] & 0xF0:
        raise StatusWordError(SW.WRONG_DATA)
    behind = data[1] if data[0] & _BEHIND_A_BYTE else None
    return start, 0 if behind is not None else data[1], behind, data[_INDICATION_LENGTH:]


def _is_at(record: bytes, sought: bytes, offset: int, behind: int | None) -> bool:
    """Whether the string is there: at the offset, or right behind the first occurrence of the byte."""
    if behind is None:
        return record.startswith(sought, offset)
    place = record.find(bytes((behind,)))
    return place >= 0 and record.startswith(sought, place + 1)


def _order(card: CardContext, count: int, number: int, start: Start) -> Sequence[int]:
    """The numbers of the records in the order in which they are looked at. Raises StatusWordError 6A83."""
    current = card.channel.record
    forward = start in (Start.FORWARD_FROM_NUMBER, Start.FORWARD_FROM_NEXT)
    if number == 0 or start in (Start.FORWARD_FROM_NEXT, Start.BACKWARD_FROM_PREVIOUS):
        if forward:
            return range(current + 1, count + 1)
        return range(current - 1 if current else count, 0, -1)
    if number > count:
        raise StatusWordError(SW.RECORD_NOT_FOUND)
    return range(number, count + 1) if forward else range(number, 0, -1)


def _fitting(command: CommandAPDU, answer: bytes) -> bytes:
    """The answer; none where none is asked for. Raises StatusWordError 6700 where Ne has no room for it."""
    if command.ne is None:
        return b""
    if len(answer) > expected(command):
        raise StatusWordError(SW.WRONG_LENGTH)
    return answer
