"""What of an APDU is never shown: reference data, keys, cryptograms, and what nobody here knows.

Masking goes by INS, whatever the class; a malformed command with such an INS is masked from its fifth byte on.
The data field of a command that the table does not know is masked too: it may hold anything. In a
proprietary class only commands that select and read are trusted to mean what their INS says.

Reference data and data objects are sent with wrong length fields, too, or with none: what would be the Le field of such
a command, which has no use for one, is shown only where it is 00. CREATE FILE is shown where all that its template
holds are interindustry file control parameters: proprietary information may be a key.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from iso7816.ber_tlv import decode_all
from iso7816.class_byte import is_interindustry
from iso7816.describe.interindustry import instruction
from iso7816.errors import Iso7816Error

if TYPE_CHECKING:
    from iso7816.describe.names import Names

_HEADER = 4
_HARMLESS_IN_ANY_CLASS = frozenset((0x84, 0xA2, 0xA4, 0xB0, 0xB1, 0xB2, 0xB3, 0xC0, 0xCA, 0xCB, 0xCC, 0xCD, 0xF2))
_PUT_DATA = frozenset((0xD8, 0xDA))
_CREATE_FILE = 0xE0
_GET_DATA_BY_TAG_LIST = 0xCB
_TAG_LIST = 0x5C
#: Commands without response data, so without an Le field.
_EXPECT_NOTHING = frozenset((0x20, 0x21, 0x24, 0x25, 0x26, 0x28, 0x2C, 0x2D, 0xD8, 0xD9, 0xDA, 0xDB, _CREATE_FILE))
_FILE_CONTROL_TEMPLATES = frozenset((0x62, 0x6F))
_PUBLIC_FILE_CONTROL = frozenset(
    (0x80, 0x81, 0x82, 0x83, 0x84, 0x86, 0x87, 0x88, 0x8A, 0x8B, 0x8C, 0x8D, 0x8E, 0xA0, 0xA1, 0xA2, 0xAB, 0xAC)
)
_MASK = "**"


def masks_data(command: bytes, names: Names) -> bool:
    """Whether what is behind the header of a command of more than four bytes may hold a secret."""
    cla, ins, p1, p2 = command[:_HEADER]
    if not is_interindustry(cla):
        return ins not in _HARMLESS_IN_ANY_CLASS
    if ins in names.commands:  # of class 00: the card has a command of its own in the place of an interindustry one
        return True
    if ins in _PUT_DATA and p1 << 8 | p2 in names.data_objects:
        return False
    if ins == _CREATE_FILE:
        return not _creates_without_secrets(command)
    known = instruction(ins)
    return known is None or known.masks_data


def expects_nothing(ins: int) -> bool:
    """Whether a command has no use for an Le field: what is in its place may be a secret that Lc does not cover."""
    return ins in _EXPECT_NOTHING


def masks_response(ins: int) -> bool:
    """Whether the response data field may hold a secret."""
    known = instruction(ins)
    return known is not None and known.masks_response


def asks_for_secret(ins: int, data: bytes, names: Names) -> bool:
    """Whether a GET DATA has a tag list that names a data object whose value is masked."""
    return ins == _GET_DATA_BY_TAG_LIST and requested_tag(data) in names.secret_objects


def requested_tag(data: bytes) -> int | None:
    """The tag that a tag list (5C) asks for; ``None`` for other data, or several tags."""
    try:
        tlvs = decode_all(data)
    except Iso7816Error:
        return None
    return int.from_bytes(tlvs[0].value, "big") if len(tlvs) == 1 and tlvs[0].tag == _TAG_LIST else None


def spaced_hex(data: bytes) -> str:
    """Upper-case hex, bytes apart."""
    return data.hex(" ").upper()


def hidden(count: int) -> str:
    """So many bytes, masked."""
    return " ".join((_MASK,) * count)


def shown_command(command: bytes, *, mask: bool) -> str:
    """The command in hex, its data field masked where ``mask``."""
    if not mask or len(command) <= _HEADER:
        return spaced_hex(command)
    start, end = _data_field(command)
    if any(command[end:]) and expects_nothing(command[1]):
        end = len(command)
    parts = (spaced_hex(command[:start]), hidden(end - start), spaced_hex(command[end:]))
    return " ".join(part for part in parts if part)


def shown_response(data: bytes, *, mask: bool) -> str:
    """Response data in hex, or masked."""
    return hidden(len(data)) if mask else spaced_hex(data)


def _data_field(command: bytes) -> tuple[int, int]:
    """Where command data begins and ends; all behind the header where the length fields do not fit."""
    size, lc = len(command), command[_HEADER]
    start = _HEADER + 1
    le = 1
    if size == start:
        return _HEADER, _HEADER
    if lc == 0 and size >= _HEADER + 3:
        if size == _HEADER + 3:
            return _HEADER, _HEADER
        lc = command[5] << 8 | command[6]
        start, le = _HEADER + 3, 2
    return (start, start + lc) if lc != 0 and size in (start + lc, start + lc + le) else (_HEADER, size)


def _creates_without_secrets(command: bytes) -> bool:
    """Whether a CREATE FILE holds one template of file control parameters that tell no secret, and nothing else."""
    start, end = _data_field(command)
    if start == end:
        return not any(command[end:])
    try:
        templates = decode_all(command[start:end])
        parameters = [each.tag for template in templates for each in template.children()]
    except Iso7816Error:
        return False
    known = len(templates) == 1 and templates[0].tag in _FILE_CONTROL_TEMPLATES
    return known and _PUBLIC_FILE_CONTROL.issuperset(parameters) and not any(command[end:])
