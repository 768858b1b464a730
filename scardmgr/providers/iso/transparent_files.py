"""Reading and writing transparent EFs (ISO/IEC 7816-4, 11.3). Positions count bytes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from iso7816.status_words import SW, is_success
from scardmgr.com.errors import HResultError
from scardmgr.providers.card_errors import Purpose, card_error, end_error, require_success
from scardmgr.providers.iso.binary_commands import (
    ERASE_BINARY,
    MAX_OFFSET,
    READ_BINARY,
    UPDATE_BINARY,
    WRITE_BINARY,
    binary_command,
    room_to_read,
    room_to_write,
    what_was_read,
)
from scardmgr.providers.iso.long_reading import read_much
from scardmgr.providers.iso.open_files import OpenFile, Reach, WriteMode, is_written
from scardmgr.winscard.codes import SCardCode

if TYPE_CHECKING:
    from iso7816.apdu import ResponseAPDU
    from scardmgr.connection.attachment import Attachment
    from scardmgr.providers.iso.navigation import Selected
    from scardmgr.published.enumerations import SEEKTYPE

_BEHIND_END = (SW.OFFSET_OUTSIDE_EF, SW.END_REACHED)


class OpenTransparent(OpenFile):
    """A transparent EF; its size is what the FCP says, or found by reading."""

    def __init__(self, selected: Selected) -> None:
        super().__init__(selected)
        self._size = None if selected.parameters is None else selected.parameters.data_size

    def read(self, card: Attachment, count: int) -> bytes:
        """READ BINARY until ``count`` bytes are there or the file ends."""
        wanted = count if self._size is None else min(count, self._size - self.position)
        if count > 0 and wanted <= 0:
            raise end_error(None, Purpose.READING)
        data = read_much(card, self.position, wanted)
        said: int | None = None
        while len(data) < wanted:
            offset = self.position + len(data)
            ne = min(wanted - len(data), room_to_read(offset))
            response = _read(card, offset, ne)
            if response.sw in _BEHIND_END:
                said = response.sw
            if response.sw == SW.OFFSET_OUTSIDE_EF:
                break
            require_success(response, Purpose.READING, accepted=(SW.END_REACHED,))
            data += response.data
            if len(response.data) < ne:
                break
        if count > 0 and not data:
            raise end_error(said, Purpose.READING)
        self.position += len(data)
        return bytes(data)

    def write(self, card: Attachment, data: bytes, mode: WriteMode) -> None:
        """UPDATE BINARY or WRITE BINARY, after ERASE BINARY where that is asked for.

        One command is done as a whole or not at all. Before more of them it is seen that all bytes fit: by the size, or
        by reading where the last one goes. Of a file of unknown size that may not be read the card says it on the way.
        """
        if mode in (WriteMode.OR, WriteMode.AND):
            self._require_behaviour(mode)
        if self._size is not None and self.position + len(data) > self._size:
            raise HResultError(
                SCardCode.SCARD_E_WRITE_TOO_MANY,
                f"{len(data)} bytes at {self.position} do not fit a file of {self._size}",
            )
        if self._size is None and data and (mode is WriteMode.ERASE or len(data) > room_to_write(self.position)):
            self._require_room(card, len(data))
        if mode is WriteMode.ERASE and (self._size is None or self.position < self._size):
            require_success(card.exchange(binary_command(ERASE_BINARY, self.position)), Purpose.WRITING)
        ins = WRITE_BINARY if mode in (WriteMode.OR, WriteMode.AND) else UPDATE_BINARY
        left = data
        while left:
            chunk = left[: room_to_write(self.position)]
            response = card.exchange(binary_command(ins, self.position, chunk))
            if not is_written(response.sw):
                raise card_error(response.sw, Purpose.WRITING)
            self.position += len(chunk)
            left = left[len(chunk) :]

    def _require_room(self, card: Attachment, count: int) -> None:
        """Raise HResultError SCARD_E_WRITE_TOO_MANY where the last of the bytes goes behind the end."""
        try:
            last = self._byte(card, self.position + count - 1)
        except HResultError as error:
            if error.sw is None:
                raise
            return
        if not last.is_there:
            raise end_error(last.sw, Purpose.WRITING, f"{count} bytes at {self.position} do not fit the file")

    def end(self, card: Attachment) -> int:
        """The size, by bisection with READ BINARY where the card does not tell it."""
        if self._size is None:
            inside, outside = -1, MAX_OFFSET + 1
            while outside - inside > 1:
                middle = (inside + outside) // 2
                if self._byte(card, middle).is_there:
                    inside = middle
                else:
                    outside = middle
            self._size = outside
        return self._size

    def asks_to_seek(self, origin: SEEKTYPE, offset: int) -> bool:
        """Not where the size is known."""
        return self._size is None and super().asks_to_seek(origin, offset)

    def reach(self, card: Attachment, position: int) -> Reach:
        """By the size, or by reading the byte before the position."""
        if self._size is not None:
            return Reach(position <= self._size)
        return self._byte(card, position - 1) if position - 1 <= MAX_OFFSET else Reach(is_there=False)

    def _byte(self, card: Attachment, offset: int) -> Reach:
        response = _read(card, offset, 1)
        if is_success(response.sw):
            return Reach(bool(response.data))
        if response.sw in _BEHIND_END:
            return Reach(is_there=False, sw=response.sw)
        raise card_error(response.sw, Purpose.SEEKING)


def _read(card: Attachment, offset: int, ne: int) -> ResponseAPDU:
    return what_was_read(card.exchange(binary_command(READ_BINARY, offset, b"", ne)), offset, ne)
