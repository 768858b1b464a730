"""SecureMessaging: what begins and ends a session, under which the other interfaces then speak to the card."""

from __future__ import annotations

from abc import abstractmethod
from typing import TYPE_CHECKING, ClassVar
from uuid import UUID

from scardmgr.com.unknown import IUnknown

if TYPE_CHECKING:
    from iso7816.authentication import KeyType
    from iso7816.secure_messaging import HostSession
    from scardmgr.interfaces.base import Buffer


class SecureMessaging(IUnknown):
    """The secure messaging of an attachment; an interface of our own.

    While a session lasts every command of every interface of the attachment goes under it (ISCard borrows the
    handle, and sends its commands as they are): a card ends a session with the first plain command.
    SC_FL_SECURE_MESSAGING then asks no more than that there is one; without one it is E_UNEXPECTED. The session
    ends with a reset, and commands go in the clear again. It ends, too, with the first message that is wrong
    (SCARD_F_COMM_ERROR), and when the card refuses one (``.sw`` 6987, 6988): every command is E_UNEXPECTED from
    then on until the next session, or :meth:`End`.

    Keys are given as bytes, by the reference that the card has for them; no error tells any of them.
    """

    IID: ClassVar[UUID] = UUID("2B8F6E0A-55B5-4B0C-9C7E-6A8C0E1B7D31")

    @property
    @abstractmethod
    def IsActive(self) -> bool:
        """Whether there is a session."""

    @abstractmethod
    def Authenticate(self, lRef: int, KeyType: KeyType, pKey: Buffer) -> None:
        """Begin a session by mutual authentication with a secret key (GET CHALLENGE, MUTUAL AUTHENTICATE).

        Args:
            lRef: the reference of the key (P2).
            KeyType: its cipher.
            pKey: the key, of a length that the cipher has.

        Raises:
            HResultError: E_INVALIDARG: a reference out of its range, no such cipher, a key of another length, or one
                that the card does not know.
                E_POINTER: the reference or the key is None.
                SCARD_W_CARD_NOT_AUTHENTICATED: the card has another key; ``tries_left`` may tell.
                SCARD_E_NO_ACCESS: the card's key is not for this.
                SCARD_F_COMM_ERROR: the card's own token is wrong.
                SCARD_E_INVALID_HANDLE: detached.
        """

    @abstractmethod
    def AuthenticateDevice(
        self, lRef: int, pEncryptionKey: Buffer, pChecksumKey: Buffer, pSerialNumber: Buffer, pCardSerialNumber: Buffer
    ) -> None:
        """Begin a session by the device authentication of CWA 14890-1 (GET CHALLENGE, MUTUAL AUTHENTICATE).

        Args:
            lRef: the reference of the key (P2).
            pEncryptionKey: K.ENC, 16 bytes.
            pChecksumKey: K.MAC, 16 bytes.
            pSerialNumber: a number of one's own: its last 8 bytes are SN.IFD.
            pCardSerialNumber: that of the card, as EF.GDO has it under 5A: its last 8 bytes are SN.ICC.

        Raises:
            HResultError: as :meth:`Authenticate`; a wrong serial number of the card is as a wrong key, an empty one
                E_INVALIDARG.
        """

    @abstractmethod
    def UseStaticKeys(
        self, lEncryptionRef: int, pEncryptionKey: Buffer, lChecksumRef: int, pChecksumKey: Buffer, KeyType: KeyType
    ) -> None:
        """Begin a session with two keys that stay (GET CHALLENGE, MANAGE SECURITY ENVIRONMENT).

        Args:
            lEncryptionRef: the reference of the key for encipherment.
            pEncryptionKey: that key.
            lChecksumRef: the reference of the key for checksums.
            pChecksumKey: that key.
            KeyType: the cipher of both.

        Raises:
            HResultError: as :meth:`Authenticate`; a wrong key shows itself with the first command only.
        """

    @abstractmethod
    def Adopt(self, pSession: HostSession) -> None:
        """Go on under a session that was begun in another way.

        Raises:
            HResultError: E_INVALIDARG: it is no session, or has ended.
                E_POINTER: it is None.
                SCARD_E_INVALID_HANDLE: detached.
        """

    @abstractmethod
    def End(self) -> None:
        """End the session; the next command goes plain, and ends it in the card. Without a session nothing happens."""
