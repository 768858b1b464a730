"""ISCardVerify: present, change, enable, disable and unblock a CHV."""

from __future__ import annotations

from abc import abstractmethod
from typing import TYPE_CHECKING, ClassVar
from uuid import UUID

from scardmgr.interfaces.base import Buffer, SmartCardInterface

if TYPE_CHECKING:
    from scardmgr.interfaces.unblocking import UnblockData
    from scardmgr.published.enumerations import SCARD_FLAGS


class ISCardVerify(SmartCardInterface):
    """Cardholder verification.

    Where a CHV lives: SC_FL_IHV_GLOBAL the card, SC_FL_IHV_LOCAL the current directory (that of
    ISCardFileAccess; P2 with b8 set), neither: ``lRef`` says it all. ``lRef`` is the card's number of
    the CHV. Codes are card-ready bytes, with their padding.

    Several methods share conditions. SCARD_W_WRONG_CHV: the code is wrong, ``tries_left`` says how many
    presentations remain. SCARD_W_CHV_BLOCKED: none remains. SCARD_E_INVALID_CHV: a length or form that
    the card does not take. E_UNEXPECTED: SC_FL_SECURE_MESSAGING without a session of
    :class:`~scardmgr.interfaces.secure_messaging.SecureMessaging`. SCARD_E_INVALID_HANDLE: detached.
    E_OUTOFMEMORY never comes: Python raises MemoryError.
    """

    IID: ClassVar[UUID] = UUID("4029DD85-5902-11D0-B84C-00C04FD424B9")

    @abstractmethod
    def ChangeCode(self, pOldCode: Buffer, pNewCode: Buffer, Flags: SCARD_FLAGS, lRef: int) -> None:
        """Change a CHV (CHANGE REFERENCE DATA), or switch the need for it on or off.

        Args:
            pOldCode: the CHV as it is. Empty, where the card lets a first CHV be set without one.
            pNewCode: the CHV to be.
            Flags: where the CHV lives, and what is done: nothing more, or SC_FL_IHV_CHANGE: changed;
                SC_FL_IHV_ENABLE or SC_FL_IHV_DISABLE: presenting ``pOldCode``, the need for it is switched
                and ``pNewCode`` is empty, unless SC_FL_IHV_CHANGE asks for both.
            lRef: the card's number of the CHV.

        Raises:
            HResultError: E_INVALIDARG: flags that exclude each other, a reference out of its range or unknown
                to the card, no new code to change to, or one where nothing changes.
                E_POINTER: a code is None.
                SCARD_W_WRONG_CHV, SCARD_W_CHV_BLOCKED, SCARD_E_INVALID_CHV.
                S_OK is the return; E_OUTOFMEMORY: never.
        """

    @abstractmethod
    def Unblock(self, lData: UnblockData | int, Flags: SCARD_FLAGS, lRef: int) -> None:
        """Take a blocked CHV into use again (RESET RETRY COUNTER).

        Args:
            lData: an UnblockData, or 0 for the command without data.
            Flags: where the CHV lives.
            lRef: the card's number of the CHV.

        Raises:
            HResultError: E_INVALIDARG: another number than 0, flags that exclude each other, a reference out
                of its range or unknown to the card.
                E_POINTER: ``lData`` is None.
                SCARD_W_WRONG_CHV: the unblocking code is wrong. SCARD_W_CHV_BLOCKED: it is blocked itself.
                S_OK is the return; E_OUTOFMEMORY: never.
        """

    @abstractmethod
    def ResetSecurityState(self) -> None:
        """Drop every CHV and key presented so far, by a reset of the card.

        Other handles see SCARD_W_RESET_CARD; this attachment takes the card up again by itself.

        Raises:
            HResultError: resource manager codes.
                S_OK is the return; E_OUTOFMEMORY: never.
        """

    @abstractmethod
    def Verify(self, pCode: Buffer | None, Flags: SCARD_FLAGS, lRef: int) -> None:
        """Present a CHV (VERIFY).

        Args:
            pCode: the CHV. With SC_FL_IHV_CHECKONLY ``None`` or empty.
            Flags: where the CHV lives. SC_FL_IHV_CHECKONLY presents nothing and asks whether the CHV is verified.
            lRef: the card's number of the CHV.

        Raises:
            HResultError: E_INVALIDARG: flags that exclude each other, a reference out of its range or unknown
                to the card, an empty code, or a code where none is presented.
                E_POINTER: the code, the flags or the number are None.
                SCARD_W_WRONG_CHV, SCARD_W_CHV_BLOCKED, SCARD_E_INVALID_CHV.
                SCARD_W_SECURITY_VIOLATION: 6982, and the card tells no tries when asked.
                SCARD_W_CARD_NOT_AUTHENTICATED: SC_FL_IHV_CHECKONLY: not verified; ``tries_left`` tells.
                SCARD_E_UNSUPPORTED_FEATURE: SC_FL_IHV_CHECKONLY: the card does not tell without a code.
                S_OK is the return; E_OUTOFMEMORY: never.
        """
