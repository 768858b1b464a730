"""Codings of P1 and P2 that are reserved for future use: those that ISCardISO7816 refuses.

They are the codings to which neither the pages nor ISO/IEC 7816-4:2005 give a meaning. What only some cards
understand is left to the card, and so is whether data fit P1-P2. Each function returns what it was given, or raises
HResultError E_INVALIDARG.
"""

from __future__ import annotations

from scardmgr.com.errors import HRESULT, HResultError

_SELECTIONS = (0x00, 0x01, 0x02, 0x03, 0x04, 0x08, 0x09)
_BY_SHORT_IDENTIFIER = 0x80
_RESERVED_BITS = 0x60
_NO_IDENTIFIER = 0x1F
_RESERVED_TAGS = (range(0x0040), range(0x0300, 0x4000))


def selection(p1: int, name: str) -> int:
    """P1 of SELECT FILE: identifier, child DF, EF, parent, DF name, path from the MF or the current DF."""
    if p1 not in _SELECTIONS:
        raise _reserved(name, p1, "00 to 04, 08 or 09")
    return p1


def place_in_file(p1: int, name: str) -> int:
    """P1 of the BINARY commands: ``0xxxxxxx`` high byte of an offset, ``100xxxxx`` short EF identifier, not 31."""
    if p1 & _BY_SHORT_IDENTIFIER and (p1 & _RESERVED_BITS or p1 & _NO_IDENTIFIER == _NO_IDENTIFIER):
        raise _reserved(name, p1, "00 to 7F, or 80 and a short EF identifier up to 30")
    return p1


def record(p2: int, name: str, *, up_to: int) -> int:
    """P2 of the RECORD commands: ``xxxxx---`` short EF identifier, not 31; ``-----xxx`` which record, to ``up_to``."""
    if p2 >> 3 == _NO_IDENTIFIER or p2 & 0b111 > up_to:
        raise _reserved(name, p2, f"a short EF identifier up to 30, and 000 to {up_to:03b} in bits 3 to 1")
    return p2


def reference_data(p2: int, name: str) -> int:
    """P2 of the security commands: ``x--xxxxx``, bits 7 and 6 zero."""
    if p2 & _RESERVED_BITS:
        raise _reserved(name, p2, "bit 8 and a number up to 31")
    return p2


def tag(p1: int, p2: int) -> tuple[int, int]:
    """P1-P2 of GET DATA and PUT DATA."""
    if any(p1 << 8 | p2 in each for each in _RESERVED_TAGS):
        raise HResultError(
            HRESULT.E_INVALIDARG, f"byP1, byP2 are {p1:02X}{p2:02X}: they are 0040 to 02FF, or from 4000 on"
        )
    return p1, p2


def _reserved(name: str, value: int, meaning: str) -> HResultError:
    return HResultError(HRESULT.E_INVALIDARG, f"{name} is {value:02X}, which is reserved: it is {meaning}")
