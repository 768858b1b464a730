"""SCardCmd: a command that ISCard.Transaction takes and fills with the reply."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, ClassVar
from uuid import UUID

from iso7816.apdu import MAX_NC, MAX_NE, MAX_SHORT_NC, MAX_SHORT_NE
from iso7816.errors import APDUError
from scardmgr.com import arguments
from scardmgr.com.errors import HRESULT, HResultError
from scardmgr.commands.command_parts import CommandParts
from scardmgr.commands.transmission_handling import envelope
from scardmgr.interfaces.command import ISCardCmd
from scardmgr.published.enumerations import ISO_APDU_TYPE

if TYPE_CHECKING:
    from scardmgr.interfaces.base import Buffer

_STATUS_WORD = 2
_MAX_REPLY = MAX_NE + _STATUS_WORD


class SCardCmd(ISCardCmd):
    """Command and reply; the repr shows their lengths only.

    Args:
        apdu: the command, any of the seven forms of ISO/IEC 7816-3; empty: none yet.

    Raises:
        HResultError: E_INVALIDARG: no command APDU. E_POINTER: None.
    """

    CLSID: ClassVar[UUID] = UUID("D5778AE7-43DE-11D0-9171-00AA00C18068")

    def __init__(self, apdu: Buffer = b"") -> None:
        given = arguments.buffer(apdu, "apdu")
        self._parts = _parsed(given) if given else CommandParts()
        self._reply = b""
        self._nad = 0
        self._reply_nad: int | None = None
        self._alternate_class: int | None = None

    # The command

    @property
    def Apdu(self) -> bytes:
        """In the form it was put; built from parts, in the shortest."""
        return self._parts.to_bytes()

    @Apdu.setter
    def Apdu(self, pApdu: Buffer) -> None:
        self._parts = _parsed(arguments.buffer(pApdu, "pApdu"))

    @property
    def ApduLength(self) -> int:
        """Of the command."""
        return len(self._parts.to_bytes())

    @property
    def ClassId(self) -> int:
        """CLA."""
        return self._parts.cla

    @ClassId.setter
    def ClassId(self, byClass: int = 0) -> None:
        self._parts = replace(self._parts, cla=arguments.byte(byClass, "byClass"))

    @property
    def InstructionId(self) -> int:
        """INS."""
        if self._parts.ins is None:
            raise HResultError(HRESULT.E_UNEXPECTED, "the command has no instruction yet")
        return self._parts.ins

    @InstructionId.setter
    def InstructionId(self, byIns: int) -> None:
        self._parts = replace(self._parts, ins=arguments.byte(byIns, "byIns"))

    @property
    def P1(self) -> int:
        """P1."""
        return self._parts.p1

    @P1.setter
    def P1(self, byP1: int) -> None:
        self._parts = replace(self._parts, p1=arguments.byte(byP1, "byP1"))

    @property
    def P2(self) -> int:
        """P2."""
        return self._parts.p2

    @P2.setter
    def P2(self, byP2: int) -> None:
        self._parts = replace(self._parts, p2=arguments.byte(byP2, "byP2"))

    @property
    def P3(self) -> int:
        """Of the data field; 0 where its length does not fit one byte."""
        nc = len(self._parts.data)
        return nc if nc <= MAX_SHORT_NC else 0

    @property
    def Data(self) -> bytes:
        """The data field."""
        return self._parts.data

    @Data.setter
    def Data(self, pData: Buffer) -> None:
        self._parts = replace(self._parts, data=_data_field(pData, "pData"))

    @property
    def LeField(self) -> int:
        """Ne, or 0."""
        return 0 if self._parts.ne is None else self._parts.ne

    @property
    def Type(self) -> ISO_APDU_TYPE:
        """By what is there."""
        return ISO_APDU_TYPE(self._parts.case)

    def BuildCmd(
        self,
        byClassId: int,
        byInsId: int,
        byP1: int = 0,
        byP2: int = 0,
        pbyData: Buffer | None = None,
        plLe: int | None = None,
    ) -> None:
        """All at once, or nothing where something is wrong."""
        data = b"" if pbyData is None else _data_field(pbyData, "pbyData")
        ne = None if plLe is None else arguments.number(plLe, "plLe", 0, MAX_NE)
        if ne == 0:
            ne = MAX_NE if len(data) > MAX_SHORT_NC else MAX_SHORT_NE
        self._parts = CommandParts(
            arguments.byte(byClassId, "byClassId"),
            arguments.byte(byInsId, "byInsId"),
            arguments.byte(byP1, "byP1"),
            arguments.byte(byP2, "byP2"),
            data,
            ne,
        )

    def Encapsulate(self, pApdu: Buffer, ApduType: ISO_APDU_TYPE) -> None:
        """Into an ENVELOPE."""
        apdu = arguments.buffer(pApdu, "pApdu")
        apdu_type = arguments.member(ISO_APDU_TYPE, ApduType, "ApduType", HRESULT.E_POINTER)
        try:
            wrapped = envelope(apdu, apdu_type, self._alternate_class)
        except APDUError as error:
            raise HResultError(HRESULT.E_INVALIDARG, f"pApdu: {error}") from error
        self._parts = CommandParts(*wrapped)

    def Clear(self) -> None:
        """Both buffers."""
        self._parts = CommandParts()
        self._keep_reply(b"")

    # How the command travels

    @property
    def AlternateClassId(self) -> int:
        """As it was put."""
        if self._alternate_class is None:
            raise HResultError(HRESULT.E_ACCESSDENIED, "AlternateClassId has not been put")
        return self._alternate_class

    @AlternateClassId.setter
    def AlternateClassId(self, byClass: int) -> None:
        self._alternate_class = arguments.byte(byClass, "byClass")

    @property
    def Nad(self) -> int:
        """As it was put."""
        return self._nad

    @Nad.setter
    def Nad(self, bNad: int) -> None:
        self._nad = arguments.byte(bNad, "bNad")

    # The reply

    @property
    def ApduReply(self) -> bytes:
        """Of the last transaction."""
        return self._reply

    @ApduReply.setter
    def ApduReply(self, pReplyApdu: Buffer) -> None:
        reply = arguments.buffer(pReplyApdu, "pReplyApdu")
        arguments.number(len(reply), "the length of pReplyApdu", _STATUS_WORD, _MAX_REPLY)
        self._keep_reply(reply)

    @property
    def ApduReplyLength(self) -> int:
        """Of the reply."""
        return len(self._reply)

    @ApduReplyLength.setter
    def ApduReplyLength(self, lSize: int) -> None:
        size = arguments.number(lSize, "lSize", 0, _MAX_REPLY)
        if 0 < size < _STATUS_WORD:
            raise HResultError(HRESULT.E_INVALIDARG, f"lSize is {size}: a reply has at least its status word")
        self._reply = self._reply[:size].ljust(size, b"\0")
        if size == 0:
            self._reply_nad = None

    @property
    def ReplyStatus(self) -> int:
        """The last two bytes of the reply."""
        return int.from_bytes(self._status_word(), "big")

    @ReplyStatus.setter
    def ReplyStatus(self, wStatus: int) -> None:
        word = arguments.number(wStatus, "wStatus", 0, 0xFFFF).to_bytes(_STATUS_WORD, "big")
        self._reply = self._reply[:-_STATUS_WORD] + word

    @property
    def ReplyStatusSW1(self) -> int:
        """The last byte but one."""
        return self._status_word()[0]

    @property
    def ReplyStatusSW2(self) -> int:
        """The last byte."""
        return self._status_word()[1]

    @property
    def ReplyNad(self) -> int:
        """As it was put for this reply."""
        if self._reply_nad is None:
            raise HResultError(HRESULT.E_ACCESSDENIED, "PC/SC does not tell the node address of a reply")
        return self._reply_nad

    @ReplyNad.setter
    def ReplyNad(self, bNad: int) -> None:
        self._reply_nad = arguments.byte(bNad, "bNad")

    # What the members above have in common

    def _status_word(self) -> bytes:
        if not self._reply:
            raise HResultError(HRESULT.E_UNEXPECTED, "there is no reply yet")
        return self._reply[-_STATUS_WORD:]

    def _keep_reply(self, reply: bytes) -> None:
        self._reply = reply
        self._reply_nad = None

    def _final_release(self) -> None:
        """Drop command and reply."""
        self._parts = CommandParts()
        self._keep_reply(b"")

    def __repr__(self) -> str:
        """Lengths only: both may hold secrets."""
        return f"SCardCmd(<{len(self._parts.to_bytes())} bytes>, reply=<{len(self._reply)} bytes>)"


def _parsed(apdu: bytes) -> CommandParts:
    try:
        return CommandParts.parse(apdu)
    except APDUError as error:
        raise HResultError(HRESULT.E_INVALIDARG, str(error)) from error


def _data_field(value: object, name: str) -> bytes:
    data = arguments.buffer(value, name)
    arguments.number(len(data), f"the length of {name}", 0, MAX_NC)
    return data
