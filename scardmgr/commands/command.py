"""SCardCmd: a command that ISCard.Transaction takes and fills with the reply."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scardmgr.com import arguments
from scardmgr.com.errors import HRESULT, HResultError
from scardmgr.interfaces.command import ISCardCmd

if TYPE_CHECKING:
    from scardmgr.interfaces.base import Buffer

_STATUS_WORD = 2


class SCardCmd(ISCardCmd):
    """Command and reply, both plain bytes; the repr shows neither.

    Args:
        apdu: the command, any of the seven forms of ISO/IEC 7816-3.
    """

    def __init__(self, apdu: Buffer = b"") -> None:
        self._apdu = arguments.buffer(apdu, "apdu")
        self._reply = b""

    @property
    def Apdu(self) -> bytes:
        """The command as it goes out."""
        return self._apdu

    @Apdu.setter
    def Apdu(self, pApdu: Buffer) -> None:
        self._apdu = arguments.buffer(pApdu, "pApdu")

    @property
    def ApduLength(self) -> int:
        """Of the command."""
        return len(self._apdu)

    @property
    def ApduReply(self) -> bytes:
        """Of the last transaction."""
        return self._reply

    @ApduReply.setter
    def ApduReply(self, pReplyApdu: Buffer) -> None:
        self._reply = arguments.buffer(pReplyApdu, "pReplyApdu")

    @property
    def ApduReplyLength(self) -> int:
        """Of the reply."""
        return len(self._reply)

    @property
    def ReplyStatus(self) -> int:
        """The last two bytes of the reply."""
        if len(self._reply) < _STATUS_WORD:
            raise HResultError(HRESULT.E_UNEXPECTED, "there is no reply yet")
        return int.from_bytes(self._reply[-_STATUS_WORD:], "big")

    def _final_release(self) -> None:
        """Drop command and reply."""
        self._apdu = b""
        self._reply = b""

    def __repr__(self) -> str:
        """Lengths only: both may hold secrets."""
        return f"SCardCmd(<{len(self._apdu)} bytes>, reply=<{len(self._reply)} bytes>)"
