"""ISCardManage: attach to a card or reader, and get the other interfaces for it."""

from __future__ import annotations

from abc import abstractmethod
from typing import TYPE_CHECKING, ClassVar
from uuid import UUID

from scardmgr.interfaces.base import SmartCardInterface
from scardmgr.published.enumerations import SCARD_DISPOSITIONS, SCARD_PROTOCOLS, SCARD_SHARE_MODES, SCARD_STATES

if TYPE_CHECKING:
    from scardmgr.interfaces.authentication import ISCardAuth
    from scardmgr.interfaces.file_access import ISCardFileAccess
    from scardmgr.interfaces.verification import ISCardVerify


class ISCardManage(SmartCardInterface):
    """The interface that a service provider has to have.

    Typical use: create it, attach (:meth:`AttachByIFD` or :meth:`AttachByHandle`), create the other
    interfaces, :meth:`Detach`, release.

    Every method may also raise the resource manager's codes. E_OUTOFMEMORY never comes: Python raises
    MemoryError. A method that needs an attachment and has none raises SCARD_E_INVALID_HANDLE.
    """

    IID: ClassVar[UUID] = UUID("5E586211-5A09-11D0-B84C-00C04FD424B9")

    @abstractmethod
    def AttachByHandle(self, hICC: int) -> None:
        """Attach to the card behind a handle that SCardConnect gave, whoever called it.

        The handle is borrowed: :meth:`Detach` leaves it open.

        Raises:
            HResultError: E_INVALIDARG: not an open handle of this resource manager.
                E_UNEXPECTED: attached already.
                S_OK is the return; E_OUTOFMEMORY: never.
        """

    @abstractmethod
    def AttachByIFD(self, bstrIFDName: str, Flags: SCARD_SHARE_MODES = SCARD_SHARE_MODES.SHARED) -> None:
        """Attach to a reader by its display name; an empty one is attached in direct mode.

        Args:
            bstrIFDName: the display name.
            Flags: the share mode; the documentation page does not have this parameter.

        Raises:
            HResultError: E_INVALIDARG: no name, or no such share mode.
                E_UNEXPECTED: attached already.
                SCARD_E_UNKNOWN_READER: no reader has that name.
                SCARD_E_SHARING_VIOLATION: another handle holds the reader.
                S_OK is the return; E_OUTOFMEMORY: never.
        """

    @abstractmethod
    def CreateFileAccess(self) -> ISCardFileAccess:
        """An ISCardFileAccess for the attached card, from the provider that the smart card database leads to.

        Raises:
            HResultError: SCARD_E_NO_SMARTCARD: the reader is empty.
                SCARD_E_NOT_READY: a card came into the reader since: Reconnect first.
                SCARD_E_CARD_UNSUPPORTED: no provider serves a card of this ATR.
                SCARD_F_INTERNAL_ERROR: the smart card database, which tells the provider, cannot be used.
                S_OK is the return; E_INVALIDARG, E_POINTER (of an out parameter), E_OUTOFMEMORY: never.
        """

    @abstractmethod
    def CreateCardAuth(self) -> ISCardAuth:
        """An ISCardAuth for the attached card.

        Raises:
            HResultError: as CreateFileAccess: SCARD_E_NO_SMARTCARD, SCARD_E_NOT_READY, SCARD_E_CARD_UNSUPPORTED.
                S_OK is the return; E_INVALIDARG, E_POINTER (of an out parameter), E_OUTOFMEMORY: never.
        """

    @abstractmethod
    def CreateCHVerification(self) -> ISCardVerify:
        """An ISCardVerify for the attached card.

        Raises:
            HResultError: as CreateFileAccess: SCARD_E_NO_SMARTCARD, SCARD_E_NOT_READY, SCARD_E_CARD_UNSUPPORTED.
                S_OK is the return; E_INVALIDARG, E_POINTER (of an out parameter), E_OUTOFMEMORY: never.
        """

    @abstractmethod
    def CreateInterface(
        self, pguidInterface: UUID | str | None, bstrName: str | None = None, pUserData: object = None
    ) -> object:
        """Any interface: those that the card's provider has, and those that belong to no card.

        ISCardFileAccess, ISCardAuth and ISCardVerify are as the methods for each make them, CRYPTPROV is the
        ``"CryptoProvider"``, ISCardManage is this object, and ISCard a new one that borrows its handle. ISCardCmd,
        ISCardISO7816, ISCardTypeConv and IByteBuffer, for which Initialize has to be called, are new and empty;
        ISCardDatabase and ISCardLocate work on the same resource manager.

        Args:
            pguidInterface: the IID. ``None`` or the null UUID: go by the name.
            bstrName: the name of an interface, ``"ISCardAuth"``, or ``"CryptoProvider"``.
            pUserData: handed to the provider as it is. For the CRYPTPROV of an ISO/IEC 7816 card: ``None``, or the
                references by which the card knows mechanisms.

        Raises:
            HResultError: E_INVALIDARG: not an IID, or neither IID nor name is one that the provider knows.
                E_POINTER: neither IID nor name is given.
                SCARD_E_UNSUPPORTED_FEATURE: the provider has no ``"CryptoProvider"``.
                SCARD_E_NO_SMARTCARD, SCARD_E_NOT_READY, SCARD_E_CARD_UNSUPPORTED: as CreateFileAccess.
                S_OK is the return; E_OUTOFMEMORY: never.
        """

    @abstractmethod
    def Detach(self) -> None:
        """Release the attachment; interfaces created from it refuse use from now on.

        A handle of our own is closed and the card left as it is; a borrowed one stays open.

        Raises:
            HResultError: SCARD_E_INVALID_HANDLE: not attached.
                S_OK is the return; E_OUTOFMEMORY: never.
        """

    @abstractmethod
    def SCardLock(self) -> None:
        """Hold card or reader for this attachment alone (a resource manager transaction). Locks nest.

        Waits while another handle holds the card.

        Raises:
            HResultError: E_FAIL: not attached.
                S_OK is the return.
        """

    @abstractmethod
    def SCardUnlock(self, Disposition: SCARD_DISPOSITIONS = SCARD_DISPOSITIONS.LEAVE) -> None:
        """End what :meth:`SCardLock` began.

        Raises:
            HResultError: E_INVALIDARG: no such disposition.
                SCARD_E_NOT_TRANSACTED: there is no lock.
                S_OK is the return.
        """

    @abstractmethod
    def Reconnect(self) -> None:
        """Take up card or reader again in the share mode attached with, as after a reset by others.

        A reader that is empty is attached in direct mode, one that has a card by now as asked for.

        Raises:
            HResultError: SCARD_E_INVALID_HANDLE: not attached.
                S_OK is the return; E_OUTOFMEMORY: never.
        """

    @abstractmethod
    def Status(self) -> tuple[SCARD_STATES, SCARD_PROTOCOLS]:
        """The state of reader and card, and the protocol in force (0: none).

        Raises:
            HResultError: SCARD_E_INVALID_HANDLE: not attached.
                SCARD_W_RESET_CARD: another handle reset the card: Reconnect first.
                S_OK is the return; E_INVALIDARG, E_POINTER (of out parameters), E_OUTOFMEMORY: never.
        """
