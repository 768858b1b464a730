"""ISCardCmd, as far as ISCard.Transaction needs it: a command, and the reply to it."""

from __future__ import annotations

from abc import abstractmethod
from typing import ClassVar
from uuid import UUID

from scardmgr.interfaces.base import SmartCardInterface


class ISCardCmd(SmartCardInterface):
    """A command APDU and, after a transaction, the reply APDU."""

    IID: ClassVar[UUID] = UUID("D5778AE3-43DE-11D0-9171-00AA00C18068")

    @property
    @abstractmethod
    def Apdu(self) -> bytes:
        """The command's bytes."""

    @Apdu.setter
    @abstractmethod
    def Apdu(self, pApdu: bytes) -> None: ...

    @property
    @abstractmethod
    def ApduLength(self) -> int:
        """The number of bytes in the command."""

    @property
    @abstractmethod
    def ApduReply(self) -> bytes:
        """The reply's bytes with the status word; empty before a transaction."""

    @ApduReply.setter
    @abstractmethod
    def ApduReply(self, pReplyApdu: bytes) -> None: ...

    @property
    @abstractmethod
    def ApduReplyLength(self) -> int:
        """The number of bytes in the reply."""

    @property
    @abstractmethod
    def ReplyStatus(self) -> int:
        """SW1-SW2 of the reply.

        Raises:
            HResultError: E_UNEXPECTED: there is no reply.
        """
