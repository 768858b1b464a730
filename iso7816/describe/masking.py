"""What of an APDU is never shown: reference data, keys, cryptograms, and what nobody here knows.

Masking goes by INS, whatever the class; a malformed command with such an INS is masked from its fifth byte on.
The data field of a command that the table does not know is masked too: it may hold anything. In a
proprietary class only commands that select and read are trusted to mean what their INS says.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from iso7816.class_byte import is_interindustry
from iso7816.describe.interindustry import instruction

if TYPE_CHECKING:
    from iso7816.describe.names import Names

_HEADER = 4
_HARMLESS_IN_ANY_CLASS = frozenset((0x84, 0xA2, 0xA4, 0xB0, 0xB1, 0xB2, 0xB3, 0xC0, 0xCA, 0xCB, 0xCC, 0xCD, 0xF2))
_PUT_DATA = frozenset((0xD8, 0xDA))
_MASK = "**"


def masks_data(cla: int, ins: int, p1: int, p2: int, names: Names) -> bool:
    """Whether the command data field may hold a secret."""
    if not is_interindustry(cla):
        return ins not in _HARMLESS_IN_ANY_CLASS
    if ins in _PUT_DATA and p1 << 8 | p2 in names.data_objects:
        return False
    known = instruction(ins)
    return known is None or known.masks_data


def masks_response(ins: int) -> bool:
    """Whether the response data field may hold a secret."""
    known = instruction(ins)
    return known is not None and known.masks_response


def spaced_hex(data: bytes) -> str:
    """Upper-case hex, bytes apart."""
    return data.hex(" ").upper()


def hidden(count: int) -> str:
    """So many bytes, masked."""
    return " ".join((_MASK,) * count)


def shown_command(command: bytes, *, mask: bool) -> str:
    """The command in hex, its data field masked where ``mask``."""
    if not mask or len(command) <= _HEADER + 1:
        return spaced_hex(command)
    start, end = _data_field(command)
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
    if lc == 0 and size >= _HEADER + 3:
        if size == _HEADER + 3:
            return size, size
        lc = command[5] << 8 | command[6]
        start, le = _HEADER + 3, 2
    return (start, start + lc) if lc != 0 and size in (start + lc, start + lc + le) else (_HEADER, size)
