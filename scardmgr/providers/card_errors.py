"""The one table from a card's status words to HRESULTs.

A word's meaning depends on what was tried: 6A82 is a missing file or a missing directory, 6A80 a bad
argument or a CHV of a form the card does not take. :class:`Purpose` says what was tried; the word
itself is always kept on the error. Words are those of ISO/IEC 7816-4:2020, tables 6 and 7; what is in
no row has the meaning of its SW1. ``docs/status-words.md`` shows the table.
"""

from __future__ import annotations

from enum import Enum, unique
from typing import TYPE_CHECKING

from iso7816.status_words import SW, is_success, is_triggered_by_card
from scardmgr.com.errors import HRESULT, HResultError
from scardmgr.winscard.codes import SCardCode

if TYPE_CHECKING:
    from collections.abc import Collection

    from iso7816.apdu import ResponseAPDU


@unique
class Purpose(Enum):
    """What a command was about; the value says it in words."""

    FILE = "a file"
    DIRECTORY = "a directory"
    LISTING = "the list of files"
    DELETION = "deleting"
    READING = "reading bytes"
    WRITING = "writing bytes"
    SEEKING = "the position in a file"
    CODE = "a CHV"
    CODE_CHECK = "whether a CHV is verified"
    AUTHENTICATION = "authentication"
    ENVIRONMENT = "a security environment"
    KEY_USE = "use of a key"
    SIGNATURE = "checking a signature"
    CRYPTOGRAM = "deciphering"


_ANY: dict[int, HRESULT | SCardCode] = {
    SW.DATA_MAY_BE_CORRUPTED: SCardCode.SCARD_E_COMM_DATA_LOST,
    SW.END_REACHED: SCardCode.SCARD_W_EOF,
    SW.FILE_DEACTIVATED: SCardCode.SCARD_E_NO_ACCESS,
    SW.FILE_TERMINATED: SCardCode.SCARD_E_NO_ACCESS,
    SW.NO_SENSOR_INPUT: SCardCode.SCARD_E_NOT_READY,
    SW.RECORD_DEACTIVATED: SCardCode.SCARD_E_NO_ACCESS,
    SW.FILE_FILLED: SCardCode.SCARD_E_WRITE_TOO_MANY,
    SW.RESPONSE_REQUIRED: SCardCode.SCARD_E_UNEXPECTED,
    SW.INCOMPATIBLE_FILE_STRUCTURE: SCardCode.SCARD_E_UNSUPPORTED_FEATURE,
    SW.SECURITY_STATUS_NOT_SATISFIED: SCardCode.SCARD_W_SECURITY_VIOLATION,
    SW.AUTHENTICATION_METHOD_BLOCKED: SCardCode.SCARD_W_CHV_BLOCKED,
    SW.NO_CURRENT_EF: SCardCode.SCARD_E_NO_FILE,
    SW.SM_OBJECTS_MISSING: SCardCode.SCARD_W_SECURITY_VIOLATION,
    SW.SM_OBJECTS_INCORRECT: SCardCode.SCARD_W_SECURITY_VIOLATION,
    SW.FUNCTION_UNSUPPORTED: SCardCode.SCARD_E_UNSUPPORTED_FEATURE,
    SW.FILE_NOT_FOUND: SCardCode.SCARD_E_FILE_NOT_FOUND,
    SW.RECORD_NOT_FOUND: SCardCode.SCARD_W_EOF,
    SW.NOT_ENOUGH_MEMORY: SCardCode.SCARD_E_WRITE_TOO_MANY,
}

_WITH_A_KEY = (Purpose.ENVIRONMENT, Purpose.KEY_USE, Purpose.SIGNATURE, Purpose.CRYPTOGRAM)

_BY_PURPOSE: dict[tuple[Purpose, int], HRESULT | SCardCode] = {
    (Purpose.DIRECTORY, SW.FILE_NOT_FOUND): SCardCode.SCARD_E_DIR_NOT_FOUND,
    (Purpose.DELETION, SW.FUNCTION_UNSUPPORTED): HRESULT.E_NOTIMPL,
    (Purpose.READING, SW.OFFSET_OUTSIDE_EF): SCardCode.SCARD_W_EOF,
    (Purpose.WRITING, SW.OFFSET_OUTSIDE_EF): SCardCode.SCARD_E_WRITE_TOO_MANY,
    (Purpose.WRITING, SW.END_REACHED): SCardCode.SCARD_E_WRITE_TOO_MANY,
    **{
        (Purpose.SEEKING, sw): SCardCode.SCARD_E_BAD_SEEK
        for sw in (SW.END_REACHED, SW.RECORD_NOT_FOUND, SW.OFFSET_OUTSIDE_EF)
    },
    # About a file it compares nothing: there it is a warning of unknown meaning.
    (Purpose.CODE, SW.NV_CHANGED): SCardCode.SCARD_W_WRONG_CHV,
    (Purpose.CODE_CHECK, SW.NV_CHANGED): SCardCode.SCARD_W_CARD_NOT_AUTHENTICATED,
    (Purpose.AUTHENTICATION, SW.NV_CHANGED): SCardCode.SCARD_W_CARD_NOT_AUTHENTICATED,
    **{(purpose, SW.NV_CHANGED): SCardCode.SCARD_W_SECURITY_VIOLATION for purpose in _WITH_A_KEY},
    (Purpose.SIGNATURE, SW.NV_CHANGED): HRESULT.NTE_BAD_SIGNATURE,
    (Purpose.CODE, SW.WRONG_LENGTH): SCardCode.SCARD_E_INVALID_CHV,
    (Purpose.CODE, SW.WRONG_LC): SCardCode.SCARD_E_INVALID_CHV,
    (Purpose.CODE, SW.WRONG_DATA): SCardCode.SCARD_E_INVALID_CHV,
    (Purpose.CODE, SW.NC_INCONSISTENT_WITH_P1_P2): SCardCode.SCARD_E_INVALID_CHV,
    # It has no data: a card that misses them does not know the question.
    (Purpose.CODE_CHECK, SW.WRONG_LENGTH): SCardCode.SCARD_E_UNSUPPORTED_FEATURE,
    (Purpose.CODE_CHECK, SW.WRONG_LC): SCardCode.SCARD_E_UNSUPPORTED_FEATURE,
    (Purpose.CODE_CHECK, SW.WRONG_DATA): SCardCode.SCARD_E_UNSUPPORTED_FEATURE,
    (Purpose.CODE_CHECK, SW.NC_INCONSISTENT_WITH_P1_P2): SCardCode.SCARD_E_UNSUPPORTED_FEATURE,
    (Purpose.AUTHENTICATION, SW.CONDITIONS_NOT_SATISFIED): SCardCode.SCARD_W_CARD_NOT_AUTHENTICATED,
    # The data of a security environment name mechanism and key: the card does not have the one.
    (Purpose.ENVIRONMENT, SW.WRONG_DATA): SCardCode.SCARD_E_UNSUPPORTED_FEATURE,
    **{(purpose, SW.REFERENCED_DATA_NOT_FOUND): HRESULT.NTE_NO_KEY for purpose in _WITH_A_KEY},
    # P1 and P2 of a security operation say which: the card does not have that one.
    **{(purpose, SW.INCORRECT_P1_P2): SCardCode.SCARD_E_UNSUPPORTED_FEATURE for purpose in _WITH_A_KEY},
    (Purpose.CRYPTOGRAM, SW.WRONG_DATA): HRESULT.NTE_BAD_DATA,
}

#: Words of one SW1, whatever SW2 is.
_BY_PURPOSE_AND_SW1: dict[tuple[Purpose, int], HRESULT | SCardCode] = {
    # A card that checks the command and refuses it does not have a proprietary one.
    **{(Purpose.LISTING, sw1): HRESULT.E_NOTIMPL for sw1 in (0x67, 0x68, 0x6A, 0x6B, 0x6C, 0x6D, 0x6E)},
    **{(Purpose.DELETION, sw1): HRESULT.E_NOTIMPL for sw1 in (0x6D, 0x6E)},
    **{(purpose, 0x6B): SCardCode.SCARD_E_UNSUPPORTED_FEATURE for purpose in _WITH_A_KEY},
}

#: 63CX: what is counted depends on the command.
_COUNTER: dict[Purpose, HRESULT | SCardCode] = {
    Purpose.CODE: SCardCode.SCARD_W_WRONG_CHV,
    Purpose.CODE_CHECK: SCardCode.SCARD_W_CARD_NOT_AUTHENTICATED,
    Purpose.AUTHENTICATION: SCardCode.SCARD_W_CARD_NOT_AUTHENTICATED,
    **dict.fromkeys(_WITH_A_KEY, SCardCode.SCARD_W_SECURITY_VIOLATION),
    Purpose.SIGNATURE: HRESULT.NTE_BAD_SIGNATURE,
}

_BY_SW1: dict[int, HRESULT | SCardCode] = {
    0x62: SCardCode.SCARD_E_UNEXPECTED,
    0x63: SCardCode.SCARD_E_UNEXPECTED,
    0x64: SCardCode.SCARD_F_INTERNAL_ERROR,
    0x65: SCardCode.SCARD_F_INTERNAL_ERROR,
    0x66: SCardCode.SCARD_W_SECURITY_VIOLATION,
    0x67: HRESULT.E_INVALIDARG,
    0x68: SCardCode.SCARD_E_UNSUPPORTED_FEATURE,
    0x69: SCardCode.SCARD_E_NO_ACCESS,
    0x6A: HRESULT.E_INVALIDARG,
    0x6B: HRESULT.E_INVALIDARG,
    0x6C: HRESULT.E_INVALIDARG,
    0x6D: SCardCode.SCARD_E_UNSUPPORTED_FEATURE,
    0x6E: SCardCode.SCARD_E_UNSUPPORTED_FEATURE,
}


#: What an error says where the code's own phrase says something else, or too little.
_REASONS: dict[tuple[Purpose, HRESULT | SCardCode], str] = {
    (Purpose.LISTING, HRESULT.E_NOTIMPL): "the card does not tell what files it has",
    (Purpose.DELETION, HRESULT.E_NOTIMPL): "the card has no command that deletes files",
    (Purpose.CODE_CHECK, SCardCode.SCARD_W_CARD_NOT_AUTHENTICATED): "the CHV is not verified",
    (Purpose.CODE_CHECK, SCardCode.SCARD_E_UNSUPPORTED_FEATURE): "the card does not tell whether the CHV is verified",
    (Purpose.AUTHENTICATION, SCardCode.SCARD_W_CARD_NOT_AUTHENTICATED): "the authentication failed",
}


def hresult_of_status(sw: int, purpose: Purpose = Purpose.FILE) -> HRESULT | SCardCode:
    """The HRESULT that a status word other than success stands for.

    63CX is a wrong CHV or a failed authentication where one is counted; where the card wants to issue a query,
    nobody here answers it; a word in no table goes by its SW1, and 6FXX and one of unknown SW1 are
    SCARD_F_UNKNOWN_ERROR.
    """
    if is_triggered_by_card(sw):
        return SCardCode.SCARD_E_UNEXPECTED
    sw1 = sw >> 8
    if sw & 0xFFF0 == 0x63C0:
        exact = _COUNTER.get(purpose)
    else:
        exact = _BY_PURPOSE.get((purpose, sw), _BY_PURPOSE_AND_SW1.get((purpose, sw1), _ANY.get(sw)))
    return _BY_SW1.get(sw1, SCardCode.SCARD_F_UNKNOWN_ERROR) if exact is None else exact


def card_error(
    sw: int, purpose: Purpose = Purpose.FILE, reason: str = "", *, meant: int | None = None, tries: int | None = None
) -> HResultError:
    """The exception for a status word, ready to be raised.

    Args:
        sw: what the card answered; it is kept.
        purpose: what was tried.
        reason: what was wrong, in words.
        meant: another word, whose meaning it has as the card tells when asked.
        tries: the tries left that the card tells when asked.
    """
    code = hresult_of_status(sw if meant is None else meant, purpose)
    return HResultError(code, reason or _REASONS.get((purpose, code), ""), sw, tries=tries)


def end_error(sw: int | None, purpose: Purpose, reason: str = "") -> HResultError:
    """The exception where a file ends too early; ``sw``: with which the card said so, ``None``: it said nothing."""
    if sw is not None:
        return card_error(sw, purpose, reason)
    return HResultError(hresult_of_status(SW.OFFSET_OUTSIDE_EF, purpose), reason)


def require_success(
    response: ResponseAPDU, purpose: Purpose = Purpose.FILE, accepted: Collection[int] = ()
) -> ResponseAPDU:
    """The response itself where it is 9000, 61XX or one of the ``accepted`` words.

    Raises:
        HResultError: any other status word.
    """
    if is_success(response.sw) or response.sw in accepted:
        return response
    raise card_error(response.sw, purpose)
