"""SCardISO7816: commands of ISO/IEC 7816-4:1995, built into an ISCardCmd."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar
from uuid import UUID

from iso7816.apdu import MAX_NC, MAX_NE
from iso7816.class_byte import MAX_CHANNEL
from scardmgr.com import arguments
from scardmgr.com.errors import HRESULT, HResultError
from scardmgr.commands import reserved_codings
from scardmgr.commands.command import SCardCmd
from scardmgr.interfaces.command import ISCardCmd
from scardmgr.interfaces.iso7816_commands import ISCardISO7816
from scardmgr.published.instructions import INS

if TYPE_CHECKING:
    from scardmgr.interfaces.base import Buffer

_OPEN, _CLOSE = 0x00, 0x80


class SCardISO7816(ISCardISO7816):
    """A builder of commands."""

    CLSID: ClassVar[UUID] = UUID("53B6AA6C-3F56-11D0-916B-00AA00C18068")

    def __init__(self) -> None:
        self._class_id = 0x00

    def SetDefaultClassId(self, byClass: int) -> None:
        """For what is built from now on."""
        self._class_id = arguments.byte(byClass, "byClass")

    # Files

    def SelectFile(
        self, byP1: int, byP2: int, pData: Buffer | None = None, lBytesToRead: int = 0, ppCmd: ISCardCmd | None = None
    ) -> ISCardCmd:
        """Cases 1 to 4."""
        p1 = reserved_codings.selection(arguments.byte(byP1, "byP1"), "byP1")
        p2 = arguments.byte(byP2, "byP2")
        expected = _number_of_bytes(lBytesToRead, "lBytesToRead")
        return self._build(ppCmd, INS.SELECT_FILE, p1, p2, _optional(pData, "pData"), expected or None)

    def ReadBinary(self, byP1: int, byP2: int, lBytesToRead: int, ppCmd: ISCardCmd | None = None) -> ISCardCmd:
        """Case 2."""
        p1 = reserved_codings.place_in_file(arguments.byte(byP1, "byP1"), "byP1")
        p2 = arguments.byte(byP2, "byP2")
        expected = _number_of_bytes(lBytesToRead, "lBytesToRead")
        return self._build(ppCmd, INS.READ_BINARY, p1, p2, None, expected)

    def WriteBinary(self, byP1: int, byP2: int, pData: Buffer, ppCmd: ISCardCmd | None = None) -> ISCardCmd:
        """Case 3."""
        p1 = reserved_codings.place_in_file(arguments.byte(byP1, "byP1"), "byP1")
        return self._build(ppCmd, INS.WRITE_BINARY, p1, arguments.byte(byP2, "byP2"), _data(pData, "pData"))

    def UpdateBinary(self, byP1: int, byP2: int, pData: Buffer, ppCmd: ISCardCmd | None = None) -> ISCardCmd:
        """Case 3."""
        p1 = reserved_codings.place_in_file(arguments.byte(byP1, "byP1"), "byP1")
        return self._build(ppCmd, INS.UPDATE_BINARY, p1, arguments.byte(byP2, "byP2"), _data(pData, "pData"))

    def EraseBinary(
        self, byP1: int, byP2: int, pData: Buffer | None = None, ppCmd: ISCardCmd | None = None
    ) -> ISCardCmd:
        """Cases 1 and 3."""
        p1 = reserved_codings.place_in_file(arguments.byte(byP1, "byP1"), "byP1")
        return self._build(ppCmd, INS.ERASE_BINARY, p1, arguments.byte(byP2, "byP2"), _optional(pData, "pData"))

    # Records

    def ReadRecord(
        self, byRecordId: int, byRefCtrl: int, lBytesToRead: int, ppCmd: ISCardCmd | None = None
    ) -> ISCardCmd:
        """Case 2."""
        p1 = arguments.byte(byRecordId, "byRecordId")
        p2 = reserved_codings.record(arguments.byte(byRefCtrl, "byRefCtrl"), "byRefCtrl", up_to=0b110)
        expected = _number_of_bytes(lBytesToRead, "lBytesToRead")
        return self._build(ppCmd, INS.READ_RECORD, p1, p2, None, expected)

    def WriteRecord(self, byRecordId: int, byRefCtrl: int, pData: Buffer, ppCmd: ISCardCmd | None = None) -> ISCardCmd:
        """Case 3."""
        p1 = arguments.byte(byRecordId, "byRecordId")
        p2 = reserved_codings.record(arguments.byte(byRefCtrl, "byRefCtrl"), "byRefCtrl", up_to=0b100)
        return self._build(ppCmd, INS.WRITE_RECORD, p1, p2, _data(pData, "pData"))

    def UpdateRecord(self, byRecordId: int, byRefCtrl: int, pData: Buffer, ppCmd: ISCardCmd | None = None) -> ISCardCmd:
        """Case 3."""
        p1 = arguments.byte(byRecordId, "byRecordId")
        p2 = reserved_codings.record(arguments.byte(byRefCtrl, "byRefCtrl"), "byRefCtrl", up_to=0b100)
        return self._build(ppCmd, INS.UPDATE_RECORD, p1, p2, _data(pData, "pData"))

    def AppendRecord(self, byRefCtrl: int, pData: Buffer, ppCmd: ISCardCmd | None = None) -> ISCardCmd:
        """Case 3; P1 is 00."""
        p2 = reserved_codings.record(arguments.byte(byRefCtrl, "byRefCtrl"), "byRefCtrl", up_to=0b000)
        return self._build(ppCmd, INS.APPEND_RECORD, 0x00, p2, _data(pData, "pData"))

    # Data objects

    def GetData(self, byP1: int, byP2: int, lBytesToGet: int, ppCmd: ISCardCmd | None = None) -> ISCardCmd:
        """Case 2."""
        p1, p2 = reserved_codings.tag(arguments.byte(byP1, "byP1"), arguments.byte(byP2, "byP2"))
        return self._build(ppCmd, INS.GET_DATA, p1, p2, None, _number_of_bytes(lBytesToGet, "lBytesToGet"))

    def PutData(self, byP1: int, byP2: int, pData: Buffer, ppCmd: ISCardCmd | None = None) -> ISCardCmd:
        """Case 3."""
        p1, p2 = reserved_codings.tag(arguments.byte(byP1, "byP1"), arguments.byte(byP2, "byP2"))
        return self._build(ppCmd, INS.PUT_DATA, p1, p2, _data(pData, "pData"))

    # Security

    def Verify(self, byRefCtrl: int, pData: Buffer | None = None, ppCmd: ISCardCmd | None = None) -> ISCardCmd:
        """Cases 1 and 3; P1 is 00."""
        p2 = reserved_codings.reference_data(arguments.byte(byRefCtrl, "byRefCtrl"), "byRefCtrl")
        return self._build(ppCmd, INS.VERIFY, 0x00, p2, _optional(pData, "pData"))

    def GetChallenge(self, lBytesExpected: int, ppCmd: ISCardCmd | None = None) -> ISCardCmd:
        """Case 2; P1-P2 is 0000."""
        expected = _number_of_bytes(lBytesExpected, "lBytesExpected")
        return self._build(ppCmd, INS.GET_CHALLENGE, 0x00, 0x00, None, expected)

    def ExternalAuthenticate(
        self,
        byAlgorithmRef: int,
        bySecretRef: int,
        pChallenge: Buffer | None = None,
        ppCmd: ISCardCmd | None = None,
    ) -> ISCardCmd:
        """Cases 1 and 3."""
        p1 = arguments.byte(byAlgorithmRef, "byAlgorithmRef")
        p2 = reserved_codings.reference_data(arguments.byte(bySecretRef, "bySecretRef"), "bySecretRef")
        return self._build(ppCmd, INS.EXTERNAL_AUTHENTICATE, p1, p2, _optional(pChallenge, "pChallenge"))

    def InternalAuthenticate(
        self,
        byAlgorithmRef: int,
        bySecretRef: int,
        pChallenge: Buffer,
        lReplyBytes: int,
        ppCmd: ISCardCmd | None = None,
    ) -> ISCardCmd:
        """Case 4."""
        p1 = arguments.byte(byAlgorithmRef, "byAlgorithmRef")
        p2 = reserved_codings.reference_data(arguments.byte(bySecretRef, "bySecretRef"), "bySecretRef")
        challenge = _data(pChallenge, "pChallenge")
        expected = _number_of_bytes(lReplyBytes, "lReplyBytes")
        return self._build(ppCmd, INS.INTERNAL_AUTHENTICATE, p1, p2, challenge, expected)

    # Transmission

    def ManageChannel(self, byChannelState: int, byChannel: int, ppCmd: ISCardCmd | None = None) -> ISCardCmd:
        """Case 2 to open a channel that the card chooses, else case 1 (ISO/IEC 7816-4)."""
        p1 = arguments.byte(byChannelState, "byChannelState")
        if p1 not in (_OPEN, _CLOSE):
            raise HResultError(HRESULT.E_INVALIDARG, f"byChannelState is {p1:02X}: it is 00 to open, 80 to close")
        p2 = arguments.number(byChannel, "byChannel", 0, MAX_CHANNEL)
        return self._build(ppCmd, INS.MANAGE_CHANNEL, p1, p2, None, 1 if (p1, p2) == (_OPEN, 0) else None)

    def GetResponse(self, byP1: int, byP2: int, lDataLength: int, ppCmd: ISCardCmd | None = None) -> ISCardCmd:
        """Case 2."""
        p1, p2 = arguments.byte(byP1, "byP1"), arguments.byte(byP2, "byP2")
        return self._build(ppCmd, INS.GET_RESPONSE, p1, p2, None, _number_of_bytes(lDataLength, "lDataLength"))

    # What the commands have in common

    def _build(
        self, given: object, ins: INS, p1: int, p2: int, data: bytes | None = None, expected: int | None = None
    ) -> ISCardCmd:
        """The command, in ``given`` or in a new one. Raises HResultError E_INVALIDARG."""
        command = SCardCmd() if given is None else given
        if not isinstance(command, ISCardCmd):
            raise HResultError(HRESULT.E_INVALIDARG, f"ppCmd is of type {type(given).__name__}: ISCardCmd is needed")
        command.BuildCmd(self._class_id, ins, p1, p2, data, expected)
        return command


def _number_of_bytes(value: object, name: str) -> int:
    """As BuildCmd takes it: 0 is an Le field of zeros. Raises HResultError E_INVALIDARG, E_POINTER."""
    return arguments.number(value, name, 0, MAX_NE)


def _data(value: object, name: str, least: int = 1) -> bytes:
    """A data field that has to be there. Raises HResultError E_INVALIDARG, E_POINTER."""
    data = arguments.buffer(value, name)
    arguments.number(len(data), f"the length of {name}", least, MAX_NC)
    return data


def _optional(value: object, name: str) -> bytes | None:
    """A data field that may be missing. Raises HResultError E_INVALIDARG."""
    return None if value is None else _data(value, name, 0)
