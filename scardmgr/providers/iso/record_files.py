"""Reading and writing EFs of records (ISO/IEC 7816-4, 11.4). Positions count records, the first is 0."""

from __future__ import annotations

from typing import TYPE_CHECKING

from iso7816.apdu import MAX_SHORT_NE
from iso7816.status_words import SW, is_success
from scardmgr.com.errors import HResultError
from scardmgr.providers.card_errors import card_error, require_success
from scardmgr.providers.iso.navigation import READ_RECORD, Selected
from scardmgr.providers.iso.open_files import OpenFile, Reach, WriteMode, is_written, send
from scardmgr.winscard.codes import SCardCode

if TYPE_CHECKING:
    from scardmgr.connection.attachment import Attachment

WRITE_RECORD = 0xD2
UPDATE_RECORD = 0xDC
APPEND_RECORD = 0xE2

MAX_RECORDS = 254
"""Record numbers are 1 to 254."""

_BY_NUMBER = 0x04
"""P2 for a record of the current EF whose number is P1."""


class OpenRecords(OpenFile):
    """An EF of records. In a cyclic one, record 1 (position 0) is the one written last."""

    def __init__(self, selected: Selected) -> None:
        super().__init__(selected)
        kind = selected.kind
        self._is_cyclic = kind is not None and kind.is_cyclic

    @property
    def _max_size(self) -> int | None:
        return None if self._descriptor is None else self._descriptor.max_record_size

    def read(self, card: Attachment, count: int) -> bytes:
        """READ RECORD of the record at the position, whole or not at all."""
        if count == 0:
            return b""
        if self.position >= MAX_RECORDS:
            raise HResultError(SCardCode.SCARD_W_EOF)
        ne = max(self._max_size or 0, MAX_SHORT_NE)
        response = send(card, READ_RECORD, self.position + 1, _BY_NUMBER, ne=ne)
        record = require_success(response, accepted=(SW.END_REACHED,)).data
        if len(record) > count:
            raise HResultError(
                SCardCode.SCARD_E_INSUFFICIENT_BUFFER, f"the record has {len(record)} bytes, not {count} or fewer"
            )
        self.position += 1
        return record

    def write(self, card: Attachment, data: bytes, mode: WriteMode) -> None:
        """UPDATE RECORD or WRITE RECORD; APPEND RECORD where the position is at the end."""
        if mode is WriteMode.ERASE:
            raise HResultError(SCardCode.SCARD_E_UNSUPPORTED_FEATURE, "SC_FL_ERASE is for transparent files")
        if mode is not WriteMode.REPLACE:
            self._require_behaviour(mode)
        if self._max_size is not None and len(data) > self._max_size:
            raise HResultError(
                SCardCode.SCARD_E_WRITE_TOO_MANY, f"a record here has at most {self._max_size} bytes, not {len(data)}"
            )
        ins = UPDATE_RECORD if mode is WriteMode.REPLACE else WRITE_RECORD
        sw: int = SW.RECORD_NOT_FOUND
        if self.position < MAX_RECORDS:
            sw = send(card, ins, self.position + 1, _BY_NUMBER, data).sw
        if sw == SW.RECORD_NOT_FOUND:
            sw = send(card, APPEND_RECORD, 0x00, 0x00, data).sw
        if not is_written(sw):
            raise card_error(sw)
        # Appending to a full cyclic file gives up its oldest record: the end stays where it is.
        full = None if self._descriptor is None or not self._is_cyclic else self._descriptor.max_records
        self.position = self.position + 1 if full is None else min(self.position + 1, full)

    def end(self, card: Attachment) -> int:
        """The number of records, by bisection with READ RECORD: records are numbered without gaps."""
        there, missing = 0, MAX_RECORDS + 1
        while missing - there > 1:
            middle = (there + missing) // 2
            if self._record(card, middle).is_there:
                there = middle
            else:
                missing = middle
        return there

    def reach(self, card: Attachment, position: int) -> Reach:
        """By reading the record before the position."""
        return self._record(card, position) if position <= MAX_RECORDS else Reach(is_there=False)

    def _record(self, card: Attachment, number: int) -> Reach:
        sw = send(card, READ_RECORD, number, _BY_NUMBER, ne=MAX_SHORT_NE).sw
        if sw == SW.RECORD_NOT_FOUND:
            return Reach(is_there=False, sw=sw)
        if is_success(sw) or sw in (SW.END_REACHED, SW.RECORD_DEACTIVATED) or sw == SW.WRONG_LENGTH:
            return Reach(is_there=True)
        raise card_error(sw)
