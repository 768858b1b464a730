"""READ, WRITE, UPDATE, APPEND and ERASE RECORD with an even INS (ISO/IEC 7816-4:2005, 7.3).

::

    P2  bits 8 to 4   short EF identifier 1 to 30, which becomes current; 0: the current EF
        bits 3 to 1   0xx by record identifier P1 (00: whatever identifier): 000 first, 001 last, 010 next, 011 previous
                      100 record number P1 (00: the current record)
                      101 from P1 to the last     110 from the last to P1

    READ RECORD    all of these
    WRITE, UPDATE  0xx with P1 = 00, and 100
    APPEND         P1 = 00, bits 3 to 1 = 000
    ERASE          100 and 101

Record number 1 is the first one of a linear EF, and the newest of a cyclic one. A record's identifier is
its first byte. Next and previous count from the current record; where there is none, next is the first
and previous the last. Writing the previous record of a cyclic EF appends, replacing the oldest where it is
full.
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import Enum, unique
from typing import NamedTuple

from emulator.access_control import READ, UPDATE, WRITE, authorise
from emulator.command import CardContext, Response, expected, is_all
from emulator.commands.writing import combine
from emulator.file_control_information import erased_byte
from emulator.file_lookup import by_short_identifier
from emulator.persistent import MAX_FILE_SIZE, CardFile
from iso7816.apdu import CommandAPDU, ResponseAPDU
from iso7816.file_descriptor import FileKind
from iso7816.file_path import MAX_SFI
from iso7816.status_words import SW, StatusWordError


@unique
class Which(Enum):
    """P2 bits 3 to 1: which record or records."""

    FIRST = 0b000
    LAST = 0b001
    NEXT = 0b010
    PREVIOUS = 0b011
    NUMBER = 0b100
    FROM_NUMBER = 0b101
    DOWN_TO_NUMBER = 0b110


class RecordReference(NamedTuple):
    """P1 and P2 of a record command."""

    sfi: int
    which: Which
    p1: int


_BY_OCCURRENCE = frozenset((Which.FIRST, Which.LAST, Which.NEXT, Which.PREVIOUS))
_WHICH = {which.value: which for which in Which}


def parse_read(p1: int, p2: int) -> RecordReference:
    """Raises StatusWordError 6A86 for P1 FF, short identifier 31 and P2 bits 3 to 1 set."""
    which = _WHICH.get(p2 & 0x07)
    if which is None or p2 >> 3 > MAX_SFI or p1 == 0xFF:
        raise StatusWordError(SW.INCORRECT_P1_P2)
    return RecordReference(p2 >> 3, which, p1)


def parse_write(p1: int, p2: int) -> RecordReference:
    """Raises StatusWordError 6A86 for what is not in the table above."""
    reference = parse_read(p1, p2)
    if reference.which is Which.NUMBER or (reference.which in _BY_OCCURRENCE and p1 == 0):
        return reference
    raise StatusWordError(SW.INCORRECT_P1_P2)


def parse_append(p1: int, p2: int) -> RecordReference:
    """Raises StatusWordError 6A86 for what is not in the table above."""
    reference = parse_read(p1, p2)
    if reference.which is not Which.FIRST or p1 != 0:
        raise StatusWordError(SW.INCORRECT_P1_P2)
    return reference


def parse_erase(p1: int, p2: int) -> RecordReference:
    """Raises StatusWordError 6A86 for what is not in the table above."""
    reference = parse_read(p1, p2)
    if reference.which is not Which.NUMBER and reference.which is not Which.FROM_NUMBER:
        raise StatusWordError(SW.INCORRECT_P1_P2)
    return reference


def open_records(card: CardContext, reference: RecordReference, operation: int) -> tuple[CardFile, tuple[bytes, ...]]:
    """The EF and its records, after all checks that do not depend on records and data.

    Raises:
        StatusWordError: 6986 no current EF, 6A82 no such short identifier, 6981 no records in it, 6982 and 6985 as
            the access rules say.
    """
    channel = card.channel
    state = card.state
    if reference.sfi != 0:
        file = by_short_identifier(state, channel.df, reference.sfi)
    elif channel.ef != 0:
        file = state.files[channel.ef]
    else:
        raise StatusWordError(SW.NO_CURRENT_EF)
    content = state.contents[file.number]
    if not isinstance(content, tuple) or file.max_records is None:
        raise StatusWordError(SW.INCOMPATIBLE_FILE_STRUCTURE)
    authorise(state, channel, file.number, operation)
    if file.number != channel.ef:
        channel.ef = file.number
        channel.record = 0
    return file, content


def record_number(card: CardContext, records: Sequence[bytes], reference: RecordReference) -> int:
    """The number of the record meant, 1 upwards. Raises StatusWordError 6A83."""
    which, p1 = reference.which, reference.p1
    if which in _BY_OCCURRENCE:
        number = _occurrence(records, which, p1, card.channel.record)
    else:
        number = p1 if p1 != 0 else card.channel.record
    if not 1 <= number <= len(records):
        raise StatusWordError(SW.RECORD_NOT_FOUND)
    return number


def _occurrence(records: Sequence[bytes], which: Which, identifier: int, current: int) -> int:
    """The number of an occurrence of a record identifier (00: of any record), 0 for none."""
    numbers: Sequence[int] = range(1, len(records) + 1)
    if which is Which.NEXT and current != 0:
        numbers = range(current + 1, len(records) + 1)
    elif which is Which.LAST or (which is Which.PREVIOUS and current == 0):
        numbers = range(len(records), 0, -1)
    elif which is Which.PREVIOUS:
        numbers = range(min(current - 1, len(records)), 0, -1)
    fitting = (number for number in numbers if identifier == 0 or records[number - 1][:1] == bytes((identifier,)))
    return next(fitting, 0)


def read_record(card: CardContext, command: CommandAPDU, reference: RecordReference) -> Response:
    """READ RECORD (B2): at most Ne bytes; fewer with 6282, unless Ne asks for all there is.

    One record read becomes the current one; reading several leaves the current record.
    """
    _file, records = open_records(card, reference, READ)
    number = record_number(card, records, reference)
    if reference.which is Which.FROM_NUMBER:
        data = b"".join(records[number - 1 :])
    elif reference.which is Which.DOWN_TO_NUMBER:
        data = b"".join(reversed(records[number - 1 :]))
    else:
        data = records[number - 1]
        if reference.which is not Which.NUMBER:
            card.channel.record = number
    ne = expected(command)
    if len(data) < ne and not is_all(ne):
        return ResponseAPDU(data, SW.END_REACHED)
    return data[:ne]


def update_record(card: CardContext, command: CommandAPDU, reference: RecordReference) -> Response:
    """UPDATE RECORD (DC): replace a record."""
    file, records = open_records(card, reference, UPDATE)
    if _appends(file, reference):
        return _append(card, file, records, command.data)
    number = record_number(card, records, reference)
    put_record(card, file, records, number, command.data)
    return _done(card, reference, number)


def write_record(card: CardContext, command: CommandAPDU, reference: RecordReference) -> Response:
    """WRITE RECORD (D2): combine a record with the data, as the data coding byte says; 6700 for another length."""
    file, records = open_records(card, reference, WRITE)
    if _appends(file, reference):
        return _append(card, file, records, command.data)
    number = record_number(card, records, reference)
    there = records[number - 1]
    if len(command.data) != len(there):
        raise StatusWordError(SW.WRONG_LENGTH)
    put_record(card, file, records, number, combine(file, there, command.data))
    return _done(card, reference, number)


def append_record(card: CardContext, command: CommandAPDU, reference: RecordReference) -> Response:
    """APPEND RECORD (E2): a new last record of a linear EF, or a new first one of a cyclic EF."""
    file, records = open_records(card, reference, WRITE)
    return _append(card, file, records, command.data)


def erase_record(card: CardContext, _command: CommandAPDU, reference: RecordReference) -> Response:
    """ERASE RECORD (0C): bring one record, or all from one on, into the erased state; they stay where they are."""
    file, records = open_records(card, reference, UPDATE)
    number = record_number(card, records, reference)
    last = number if reference.which is Which.NUMBER else len(records)
    blank = bytes((erased_byte(file),))
    erased = tuple(blank * len(record) for record in records[number - 1 : last])
    card.work.put_content(file.number, records[: number - 1] + erased + records[last:])
    return b""


def _appends(file: CardFile, reference: RecordReference) -> bool:
    return reference.which is Which.PREVIOUS and file.kind is FileKind.CYCLIC


def _done(card: CardContext, reference: RecordReference, number: int) -> bytes:
    """A record written by first, last, next or previous becomes the current one."""
    if reference.which is not Which.NUMBER:
        card.channel.record = number
    return b""


def _check_record(file: CardFile, data: bytes) -> None:
    """Raises StatusWordError 6700 for a record that the EF cannot hold."""
    size = MAX_FILE_SIZE if file.max_record_size is None else file.max_record_size
    if len(data) > size or (len(data) < size and file.kind is not FileKind.LINEAR_VARIABLE):
        raise StatusWordError(SW.WRONG_LENGTH)


def put_record(card: CardContext, file: CardFile, records: tuple[bytes, ...], number: int, record: bytes) -> None:
    """Replace a record. Raises StatusWordError 6700 as above, 6A84 where the EF would outgrow its size."""
    _check_record(file, record)
    replaced = (*records[: number - 1], record, *records[number:])
    if sum(map(len, replaced)) > file.size:
        raise StatusWordError(SW.NOT_ENOUGH_MEMORY)
    card.work.put_content(file.number, replaced)


def _append(card: CardContext, file: CardFile, records: tuple[bytes, ...], record: bytes) -> bytes:
    """Raises StatusWordError 6700 as above, 6A84 where a linear EF is full. The new record becomes the current one."""
    _check_record(file, record)
    most = MAX_FILE_SIZE if file.max_records is None else file.max_records
    if file.kind is FileKind.CYCLIC:
        grown = (record, *records[: most - 1])
        number = 1
    else:
        grown = (*records, record)
        if len(grown) > most or sum(map(len, grown)) > file.size:
            raise StatusWordError(SW.NOT_ENOUGH_MEMORY)
        number = len(grown)
    card.work.put_content(file.number, grown)
    card.work.commit()
    card.channel.record = number
    return b""
