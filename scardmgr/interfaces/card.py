"""ISCard: a connection to a card, and commands through it."""

from __future__ import annotations

from abc import abstractmethod
from typing import ClassVar, TypeVar
from uuid import UUID

from scardmgr.interfaces.base import SmartCardInterface
from scardmgr.interfaces.command import ISCardCmd
from scardmgr.published.enumerations import SCARD_DISPOSITIONS, SCARD_PROTOCOLS, SCARD_SHARE_MODES, SCARD_STATES

Command = TypeVar("Command", bound=ISCardCmd)


class ISCard(SmartCardInterface):
    """One connection to one card.

    Typical use: create it, attach (:meth:`AttachByReader` or :meth:`AttachByHandle`), build commands with ISCardCmd or
    ISCardISO7816 and send them (:meth:`Transaction`), :meth:`Detach`, release.

    Dispositions: LEAVE leaves the card as it is. RESET resets it, UNPOWER takes its power, EJECT does so too and asks
    the reader to eject it: after these three nothing that was verified is left, and every other handle is told
    SCARD_W_RESET_CARD by its next call, until it is connected anew.

    The resource manager has to be there when an ISCard is created. Every method and property may also
    raise the resource manager's codes; what needs an attachment and has none raises
    SCARD_E_INVALID_HANDLE. E_OUTOFMEMORY never comes: Python raises MemoryError. E_INVALIDARG and
    E_POINTER of a property are those of an out parameter and never come either.
    """

    IID: ClassVar[UUID] = UUID("1461AAC3-6810-11D0-918F-00AA00C18068")

    @property
    @abstractmethod
    def Atr(self) -> bytes:
        """The ATR; empty where the card was removed.

        Raises:
            HResultError: SCARD_E_INVALID_HANDLE: not attached.
                S_OK is the return; E_INVALIDARG, E_POINTER, E_OUTOFMEMORY: never.
        """

    @property
    @abstractmethod
    def CardHandle(self) -> int:
        """The card handle; 0 without an attachment.

        Raises:
            HResultError: S_OK is the return; E_INVALIDARG, E_POINTER: never.
        """

    @property
    @abstractmethod
    def Context(self) -> int:
        """The resource manager context.

        Raises:
            HResultError: S_OK is the return; E_INVALIDARG, E_POINTER: never.
        """

    @property
    @abstractmethod
    def Protocol(self) -> SCARD_PROTOCOLS:
        """The protocol in force; 0 where the card was removed.

        Raises:
            HResultError: SCARD_E_INVALID_HANDLE: not attached.
                S_OK is the return; E_INVALIDARG, E_POINTER: never.
        """

    @property
    @abstractmethod
    def Status(self) -> SCARD_STATES:
        """The state of card and reader; ABSENT where the card was removed.

        Raises:
            HResultError: SCARD_E_INVALID_HANDLE: not attached.
                S_OK is the return; E_INVALIDARG, E_POINTER: never.
        """

    @abstractmethod
    def AttachByHandle(self, hCard: int) -> None:
        """Attach to an open handle, whoever opened it. It stays his: :meth:`Detach` leaves it open.

        Raises:
            HResultError: E_INVALIDARG: not an open handle of this resource manager.
                E_UNEXPECTED: attached already.
                S_OK is the return.
        """

    @abstractmethod
    def AttachByReader(
        self,
        bstrReaderName: str,
        ShareMode: SCARD_SHARE_MODES = SCARD_SHARE_MODES.EXCLUSIVE,
        PrefProtocol: SCARD_PROTOCOLS = SCARD_PROTOCOLS.T0,
    ) -> None:
        """Open the card in a reader.

        Raises:
            HResultError: E_INVALIDARG: no name, no such share mode, or no protocol.
                E_UNEXPECTED: attached already.
                SCARD_E_UNKNOWN_READER, SCARD_E_NO_SMARTCARD, SCARD_E_SHARING_VIOLATION, SCARD_E_PROTO_MISMATCH.
                S_OK is the return.
        """

    @abstractmethod
    def Detach(self, Disposition: SCARD_DISPOSITIONS = SCARD_DISPOSITIONS.LEAVE) -> None:
        """Close the connection and end its locks, doing to the card as told. A borrowed handle stays open.

        The card is without power after UNPOWER; whoever attaches gives it some.

        Raises:
            HResultError: E_INVALIDARG: no such disposition.
                SCARD_E_INVALID_HANDLE: not attached.
                S_OK is the return.
        """

    @abstractmethod
    def LockSCard(self) -> None:
        """Hold the card for this connection alone (a resource manager transaction). Locks nest.

        It waits while another connection has a lock.

        Raises:
            HResultError: SCARD_E_INVALID_HANDLE: not attached.
                SCARD_W_RESET_CARD: another connection has reset the card.
                S_OK is the return.
        """

    @abstractmethod
    def ReAttach(
        self,
        ShareMode: SCARD_SHARE_MODES = SCARD_SHARE_MODES.EXCLUSIVE,
        InitState: SCARD_DISPOSITIONS = SCARD_DISPOSITIONS.LEAVE,
    ) -> None:
        """Take the card up again, after a reset by others or to reset it.

        It has power afterwards, after UNPOWER and EJECT too. CardHandle and locks stay, whatever the share mode was.

        Raises:
            HResultError: E_INVALIDARG: no such share mode or disposition.
                SCARD_E_INVALID_HANDLE: not attached.
                SCARD_E_SHARING_VIOLATION: EXCLUSIVE, and others are there; the attachment stays.
                S_OK is the return.
        """

    @abstractmethod
    def Transaction(self, ppCmd: Command) -> Command:
        """Send a command and store the reply in it.

        61XX and 6CXX are followed up (GET RESPONSE, the command again with the right Le). On T=0 a command goes out as
        T=0 can carry it, a long one in pieces (ENVELOPE); what is sent for that has the command's AlternateClassId. The
        command's Nad goes nowhere: PC/SC has no place for it.

        Returns:
            ``ppCmd`` itself.

        Raises:
            HResultError: E_INVALIDARG: not a command, or one that has no instruction yet.
                E_POINTER: ``ppCmd`` is None.
                SCARD_E_INVALID_HANDLE: not attached.
                S_OK is the return; E_OUTOFMEMORY: never.
        """

    @abstractmethod
    def UnlockSCard(self, Disposition: SCARD_DISPOSITIONS = SCARD_DISPOSITIONS.LEAVE) -> None:
        """End what :meth:`LockSCard` began, doing to the card as told.

        After RESET, UNPOWER and EJECT this connection is told SCARD_W_RESET_CARD as well: :meth:`ReAttach` goes on.

        Raises:
            HResultError: E_INVALIDARG: no such disposition.
                SCARD_E_NOT_TRANSACTED: there is no lock.
                S_OK is the return.
        """
