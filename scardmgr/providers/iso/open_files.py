"""An open file: what it is, and where in it reading and writing go on."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass, replace
from enum import Enum, auto, unique
from typing import TYPE_CHECKING

from iso7816.apdu import CommandAPDU, ResponseAPDU
from iso7816.data_coding import DataCoding, WriteBehaviour
from iso7816.errors import APDUError
from iso7816.status_words import SW, is_success
from scardmgr.com.errors import HRESULT, HResultError
from scardmgr.providers.card_errors import Purpose, end_error
from scardmgr.published.enumerations import SCARD_FLAGS, SEEKTYPE
from scardmgr.winscard.codes import SCardCode

if TYPE_CHECKING:
    from iso7816.file_descriptor import FileDescriptor
    from scardmgr.connection.attachment import Attachment
    from scardmgr.providers.iso.navigation import Selected


@unique
class WriteMode(Enum):
    """What becomes of the bytes that are there."""

    REPLACE = auto()
    ERASE = auto()
    OR = auto()
    AND = auto()


_MODES = {
    SCARD_FLAGS.SC_FL_NO_FLAGS: WriteMode.REPLACE,
    SCARD_FLAGS.SC_FL_REPLACE: WriteMode.REPLACE,
    SCARD_FLAGS.SC_FL_ERASE: WriteMode.ERASE,
    SCARD_FLAGS.SC_FL_OR: WriteMode.OR,
    SCARD_FLAGS.SC_FL_AND: WriteMode.AND,
}
WRITE_FLAGS = SCARD_FLAGS.SC_FL_REPLACE | SCARD_FLAGS.SC_FL_ERASE | SCARD_FLAGS.SC_FL_OR | SCARD_FLAGS.SC_FL_AND
_FROM_BEGINNING = SEEKTYPE.SC_SEEK_FROM_BEGINNING
_BEHAVIOURS = {WriteMode.OR: WriteBehaviour.OR, WriteMode.AND: WriteBehaviour.AND}


def write_mode(flags: SCARD_FLAGS) -> WriteMode:
    """The mode that flags ask for. Raises HResultError E_INVALIDARG where they exclude each other."""
    mode = _MODES.get(flags)
    if mode is None:
        raise HResultError(HRESULT.E_INVALIDARG, f"flags: {flags!r} exclude each other")
    return mode


@dataclass(frozen=True, slots=True)
class Reach:
    """Whether something of a file is there.

    Attributes:
        is_there: whether it is.
        sw: the word with which the card said that it is not, ``None`` where it was not asked, or gave nothing for it.
    """

    is_there: bool
    sw: int | None = None


class OpenFile(ABC):
    """An open EF with a position, which each method uses or moves. The file is the card's current EF then.

    Args:
        selected: the file as it was opened.
    """

    def __init__(self, selected: Selected) -> None:
        self.selected = replace(selected, is_recent=False)
        self.position = 0
        parameters = selected.parameters
        self._descriptor: FileDescriptor | None = None if parameters is None else parameters.descriptor

    @abstractmethod
    def read(self, card: Attachment, count: int) -> bytes:
        """Read on from the position. Raises HResultError: as ISCardFileAccess.Read."""

    @abstractmethod
    def write(self, card: Attachment, data: bytes, mode: WriteMode) -> None:
        """Write on from the position. Raises HResultError: as ISCardFileAccess.Write."""

    @abstractmethod
    def reach(self, card: Attachment, position: int) -> Reach:
        """Whether what is before ``position``, which is above 0, is there: then it is not behind the end."""

    @abstractmethod
    def end(self, card: Attachment) -> int:
        """The position behind the last byte or record."""

    def asks_to_seek(self, origin: SEEKTYPE, offset: int) -> bool:
        """Whether :meth:`seek` may have to ask the card: else it is neither selected nor used."""
        return origin is SEEKTYPE.SC_SEEK_FROM_END or offset > (self.position if origin is _FROM_BEGINNING else 0)

    def seek(self, card: Attachment, origin: SEEKTYPE, offset: int) -> None:
        """Move the position. Raises HResultError SCARD_E_BAD_SEEK: before the beginning or behind the end."""
        base = 0
        if origin is SEEKTYPE.SC_SEEK_FROM_END:
            base = self.end(card)
        elif origin is SEEKTYPE.SC_SEEK_RELATIVE:
            base = self.position
        position = base + offset
        if position < 0:
            raise HResultError(SCardCode.SCARD_E_BAD_SEEK, "before the beginning of the file")
        if position > max(base, self.position):
            before = self.reach(card, position)
            if not before.is_there:
                raise end_error(before.sw, Purpose.SEEKING, "behind the end of the file")
        self.position = position

    def _require_behaviour(self, mode: WriteMode) -> None:
        """OR and AND are what a WRITE command does on files of that kind, and on no others."""
        wanted = _BEHAVIOURS[mode]
        coding = None if self._descriptor is None else self._descriptor.coding_byte
        if coding is None or DataCoding.parse(coding).write_behaviour is not wanted:
            raise HResultError(
                SCardCode.SCARD_E_UNSUPPORTED_FEATURE,
                f"the card does not describe the file as one whose writes {wanted.name} with what is there",
            )


def is_written(sw: int) -> bool:
    """Whether a command wrote: also with a warning, of a file that is full now or of retries of the card's own."""
    return is_success(sw) or sw == SW.FILE_FILLED or sw & 0xFFF0 == 0x63C0


def send(card: Attachment, ins: int, p1: int, p2: int, data: bytes = b"", ne: int | None = None) -> ResponseAPDU:
    """Send an interindustry command, whatever its status.

    Raises:
        HResultError: E_INVALIDARG: more data than a command can carry. Codes of SCardTransmit.
    """
    try:
        command = CommandAPDU(0x00, ins, p1, p2, data, ne)
    except APDUError as error:
        raise HResultError(HRESULT.E_INVALIDARG, str(error)) from error
    return card.exchange(command)
