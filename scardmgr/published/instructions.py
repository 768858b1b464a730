"""Instruction bytes under the names that the pages of ISCardISO7816 give their commands."""

from __future__ import annotations

from enum import IntEnum, unique


@unique
class INS(IntEnum):
    """INS of the commands that ISCardISO7816 builds (ISO/IEC 7816-4:1995, clauses 6 and 7)."""

    ERASE_BINARY = 0x0E
    VERIFY = 0x20
    MANAGE_CHANNEL = 0x70
    EXTERNAL_AUTHENTICATE = 0x82
    GET_CHALLENGE = 0x84
    INTERNAL_AUTHENTICATE = 0x88
    SELECT_FILE = 0xA4
    READ_BINARY = 0xB0
    READ_RECORD = 0xB2
    GET_RESPONSE = 0xC0
    ENVELOPE = 0xC2
    GET_DATA = 0xCA
    WRITE_BINARY = 0xD0
    WRITE_RECORD = 0xD2
    UPDATE_BINARY = 0xD6
    PUT_DATA = 0xDA
    UPDATE_RECORD = 0xDC
    APPEND_RECORD = 0xE2
