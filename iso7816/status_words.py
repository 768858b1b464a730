"""Status words SW1-SW2 (ISO/IEC 7816-4:2020, 5.6, tables 6 and 7)."""

from __future__ import annotations

from enum import unique

from iso7816.phrased_code import PhrasedCode


@unique
class SW(PhrasedCode):
    """The interindustry status words that have a meaning of their own, with their phrase.

    61XX, 63CX and 6CXX carry a number: see :func:`bytes_available`, :func:`tries_left` and
    :func:`exact_ne`; 6202 to 6280 and 6402 to 6480 are :func:`is_triggered_by_card`. A word that is not in here
    stays an ``int`` and never counts as success.
    """

    OK = 0x9000, "normal processing"
    NV_UNCHANGED = 0x6200, "warning, non-volatile memory unchanged"
    DATA_MAY_BE_CORRUPTED = 0x6281, "part of returned data may be corrupted"
    END_REACHED = 0x6282, "end of file or record reached before Ne bytes, or search failed"
    FILE_DEACTIVATED = 0x6283, "selected file deactivated"
    BAD_FILE_CONTROL_INFORMATION = 0x6284, "file or data control information not formatted according to 5.3.3"
    FILE_TERMINATED = 0x6285, "selected file in termination state"
    NO_SENSOR_INPUT = 0x6286, "no input data available from a sensor on the card"
    RECORD_DEACTIVATED = 0x6287, "at least one of the referenced records is deactivated"
    NV_CHANGED = 0x6300, "warning, non-volatile memory changed, or comparison failed"
    FILE_FILLED = 0x6381, "file filled up by the last write"
    EXECUTION_ERROR = 0x6400, "execution error, non-volatile memory unchanged"
    RESPONSE_REQUIRED = 0x6401, "immediate response required by the card"
    MEMORY_ERROR = 0x6500, "execution error, non-volatile memory changed"
    MEMORY_FAILURE = 0x6581, "memory failure"
    SECURITY_ISSUE = 0x6600, "security-related issue"
    WRONG_LENGTH = 0x6700, "wrong length"
    WRONG_LENGTH_FORMAT = 0x6701, "command APDU format not compliant with the standard"
    WRONG_LC = 0x6702, "the value of Lc is not the one expected"
    CLASS_FUNCTION_UNSUPPORTED = 0x6800, "function in CLA not supported"
    CHANNEL_UNSUPPORTED = 0x6881, "logical channel not supported"
    SECURE_MESSAGING_UNSUPPORTED = 0x6882, "secure messaging not supported"
    LAST_OF_CHAIN_EXPECTED = 0x6883, "last command of the chain expected"
    CHAINING_UNSUPPORTED = 0x6884, "command chaining not supported"
    COMMAND_NOT_ALLOWED = 0x6900, "command not allowed"
    INCOMPATIBLE_FILE_STRUCTURE = 0x6981, "command incompatible with file structure"
    SECURITY_STATUS_NOT_SATISFIED = 0x6982, "security status not satisfied"
    AUTHENTICATION_METHOD_BLOCKED = 0x6983, "authentication method blocked"
    REFERENCE_DATA_NOT_USABLE = 0x6984, "reference data not usable"
    CONDITIONS_NOT_SATISFIED = 0x6985, "conditions of use not satisfied"
    NO_CURRENT_EF = 0x6986, "command not allowed, no current EF"
    SM_OBJECTS_MISSING = 0x6987, "expected secure messaging data objects missing"
    SM_OBJECTS_INCORRECT = 0x6988, "incorrect secure messaging data objects"
    WRONG_PARAMETERS = 0x6A00, "wrong parameters P1-P2"
    WRONG_DATA = 0x6A80, "incorrect parameters in the command data field"
    FUNCTION_UNSUPPORTED = 0x6A81, "function not supported"
    FILE_NOT_FOUND = 0x6A82, "file or application not found"
    RECORD_NOT_FOUND = 0x6A83, "record not found"
    NOT_ENOUGH_MEMORY = 0x6A84, "not enough memory space in the file"
    NC_INCONSISTENT_WITH_TLV = 0x6A85, "Nc inconsistent with TLV structure"
    INCORRECT_P1_P2 = 0x6A86, "incorrect parameters P1-P2"
    NC_INCONSISTENT_WITH_P1_P2 = 0x6A87, "Nc inconsistent with parameters P1-P2"
    REFERENCED_DATA_NOT_FOUND = 0x6A88, "referenced data or reference data not found"
    FILE_EXISTS = 0x6A89, "file already exists"
    DF_NAME_EXISTS = 0x6A8A, "DF name already exists"
    OFFSET_OUTSIDE_EF = 0x6B00, "wrong parameters P1-P2: offset outside the EF"
    INS_UNSUPPORTED = 0x6D00, "instruction code not supported or invalid"
    CLA_UNSUPPORTED = 0x6E00, "class not supported"
    NO_DIAGNOSIS = 0x6F00, "no precise diagnosis"


_SW1_PHRASES = {
    0x62: "warning, non-volatile memory unchanged",
    0x63: "warning, non-volatile memory changed",
    0x64: "execution error, non-volatile memory unchanged",
    0x65: "execution error, non-volatile memory changed",
    0x66: "security-related issue",
    0x67: "wrong length",
    0x68: "function in CLA not supported",
    0x69: "command not allowed",
    0x6A: "wrong parameters P1-P2",
    0x6B: "wrong parameters P1-P2",
    0x6D: "instruction code not supported or invalid",
    0x6E: "class not supported",
    0x6F: "no precise diagnosis",
}
_TRIGGERED_PHRASES = {
    0x62: "the card wants to issue a query",
    0x64: "execution error, the card wants to issue a query first",
}
_MEMBERS: dict[int, SW] = {int(member): member for member in SW}


def bytes_available(sw: int) -> int | None:
    """How many response bytes 61XX announces (1 to 256; 6100 is 256 or more), ``None`` for other words."""
    return (sw & 0xFF or 256) if sw >> 8 == 0x61 else None


def exact_ne(sw: int) -> int | None:
    """The Ne that 6CXX asks to repeat the command with (1 to 256), ``None`` for other words."""
    return (sw & 0xFF or 256) if sw >> 8 == 0x6C else None


def tries_left(sw: int) -> int | None:
    """The counter X of 63CX (0 to 15); 0 for 6983, where the method is blocked; else ``None``."""
    if sw & 0xFFF0 == 0x63C0:
        return sw & 0x0F
    return 0 if sw == SW.AUTHENTICATION_METHOD_BLOCKED else None


def is_triggered_by_card(sw: int) -> bool:
    """Whether the card wants to issue a query (12.5.1): 6202 to 6280, or 6402 to 6480 where it gave the command up."""
    return sw >> 8 in _TRIGGERED_PHRASES and 0x02 <= sw & 0xFF <= 0x80


def counter_word(tries: int) -> int:
    """63CX for a counter; more than 15 tries show as 15."""
    return 0x63C0 | min(tries, 15)


def is_success(sw: int) -> bool:
    """Whether processing completed normally: 9000 or 61XX."""
    return sw == SW.OK or sw >> 8 == 0x61


def is_warning(sw: int) -> bool:
    """Whether the command completed with a warning: 62XX or 63XX."""
    return sw >> 8 in (0x62, 0x63)


def status_phrase(sw: int) -> str:
    """The status word in words; for a word of no known meaning, that of its SW1 or ``unknown status``."""
    if (count := bytes_available(sw)) is not None:
        return f"{count} more bytes available"
    if (count := exact_ne(sw)) is not None:
        return f"wrong Le, {count} bytes available"
    if sw & 0xFFF0 == 0x63C0:
        return f"verification failed or not done, {sw & 0x0F} tries left"
    if is_triggered_by_card(sw):
        return _TRIGGERED_PHRASES[sw >> 8]
    member = _MEMBERS.get(sw)
    return member.phrase if member is not None else _SW1_PHRASES.get(sw >> 8, "unknown status")


def describe_status_word(sw: int) -> str:
    """Four hex digits and the phrase, ``"6A82 file or application not found"``."""
    return f"{sw:04X} {status_phrase(sw)}"


class StatusWordError(Exception):
    """A card refused: the exception that carries a status word, on either side of the card's edge.

    Attributes:
        sw: the status word, 0000 to FFFF.
    """

    def __init__(self, sw: int) -> None:
        super().__init__(sw)
        self.sw = int(sw)

    @property
    def tries_left(self) -> int | None:
        """Tries left as the word tells (63CX, 6983), else ``None``."""
        return tries_left(self.sw)

    def __str__(self) -> str:
        return describe_status_word(self.sw)
