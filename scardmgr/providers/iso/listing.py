"""What files a DF has. ISO/IEC 7816-4 has no command for that; two proprietary ones are asked, in this order.

=====================================  ============================================================
LIST DIRECTORY ``80 AA 01`` / ``02``   cards of the TCOS kind and ours: identifiers of the DFs, of the EFs
GET DATA ``00 CA 01 A1``               cards of the MyEID and SetCOS kind: all identifiers
=====================================  ============================================================

Identifiers are two bytes each. Both commands act on the current DF and change nothing. Where 256 bytes do not
hold them all (6700), they are asked for with an extended Le field. Class 80 has no place for secure messaging: in a
session GET DATA alone is asked. A card that knows neither does not tell.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from iso7816.apdu import MAX_NE, MAX_SHORT_NE, CommandAPDU
from iso7816.status_words import SW, is_success
from scardmgr.com.errors import HRESULT
from scardmgr.providers.card_errors import Purpose, card_error

if TYPE_CHECKING:
    from iso7816.apdu import ResponseAPDU
    from scardmgr.connection.attachment import Attachment

_ALL = CommandAPDU(0x00, 0xCA, 0x01, 0xA1, b"", MAX_SHORT_NE)
_DIRECTORIES = CommandAPDU(0x80, 0xAA, 0x01, 0x00, b"", MAX_SHORT_NE)
_FILES = CommandAPDU(0x80, 0xAA, 0x02, 0x00, b"", MAX_SHORT_NE)
_NONE = (SW.FILE_NOT_FOUND, SW.REFERENCED_DATA_NOT_FOUND)


@dataclass(frozen=True, slots=True)
class Child:
    """A file of a DF; ``is_directory`` is ``None`` where the card told identifiers alone."""

    fid: int
    is_directory: bool | None = None


def children(card: Attachment) -> list[Child]:
    """The files directly in the card's current DF, as the card orders them.

    Raises:
        HResultError: E_NOTIMPL: the card does not tell. What the card refuses for another reason.
    """
    words: list[int] = []
    if card.session is None:
        found, sw = _by_list_directory(card)
        if is_success(sw):
            return found
        words.append(sw)
    response = _ask(card, _ALL)
    if is_success(response.sw):
        return [Child(fid) for fid in _fids(response.data)]
    # A card that does not have the first command may have a reason to refuse the second one.
    for sw in (*words, response.sw):
        error = card_error(sw, Purpose.LISTING)
        if error.hresult != HRESULT.E_NOTIMPL:
            break
    raise error


def _by_list_directory(card: Attachment) -> tuple[list[Child], int]:
    """The files, and 9000; or the word with which the card refused."""
    found: list[Child] = []
    for command, is_directory in ((_DIRECTORIES, True), (_FILES, False)):
        response = _ask(card, command)
        if is_success(response.sw):
            found += [Child(fid, is_directory) for fid in _fids(response.data)]
        elif response.sw not in _NONE:
            return found, response.sw
    return found, SW.OK


def _ask(card: Attachment, command: CommandAPDU) -> ResponseAPDU:
    """The card's answer, of more than 256 bytes where it wants that."""
    response = card.exchange(command)
    return card.exchange(command._replace(ne=MAX_NE)) if response.sw == SW.WRONG_LENGTH else response


def _fids(data: bytes) -> list[int]:
    return [data[at] << 8 | data[at + 1] for at in range(0, len(data) - 1, 2)]
