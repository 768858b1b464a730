"""ISCardAuth: card, application and user prove themselves to each other."""

from __future__ import annotations

from abc import abstractmethod
from typing import ClassVar
from uuid import UUID

from scardmgr.interfaces.base import Buffer, SmartCardInterface


class ISCardAuth(SmartCardInterface):
    """Authentication by challenge and response.

    In every method the algorithm is the card's algorithm reference (P1 of the command, 0 to 255; 0:
    known to the card), ``pParam`` the key reference: one byte (P2), or none for 00. Buffers hold the
    bytes that the card takes and gives: for a secret key the functions of :mod:`iso7816.authentication`, importable
    from ``scardmgr``, compute them; for a key pair they are a signature of the challenge
    (:mod:`iso7816.digital_signature`).

    After :meth:`ISCardManage.Detach` every method raises SCARD_E_INVALID_HANDLE. E_OUTOFMEMORY never
    comes: Python raises MemoryError.
    """

    IID: ClassVar[UUID] = UUID("7B063D61-6E40-11D0-B858-00C04FD424B9")

    @abstractmethod
    def APP_Auth(self, lAlgoID: int, pParam: Buffer, pBuffer: Buffer) -> None:
        """The application proves itself to the card (EXTERNAL AUTHENTICATE), answering :meth:`GetChallenge`.

        Args:
            lAlgoID: the algorithm reference.
            pParam: the key reference.
            pBuffer: the cryptogram or signature, as long as the card announces that it can take it.

        Raises:
            HResultError: E_INVALIDARG: a reference out of its range, or one that the card does not know.
                E_POINTER: a buffer is None.
                SCARD_W_CARD_NOT_AUTHENTICATED: the cryptogram is wrong, or no challenge is open.
                SCARD_W_CHV_BLOCKED: the key is blocked.
                SCARD_E_UNSUPPORTED_FEATURE: the card announces no way to take so many bytes.
                S_OK is the return; E_OUTOFMEMORY: never.
        """

    @abstractmethod
    def GetChallenge(
        self, lAlgoID: int | None, lLengthOfChallenge: int, pParam: Buffer = b"", pBuffer: Buffer = b""
    ) -> bytes:
        """A challenge from the card (GET CHALLENGE), which serves once.

        Args:
            lAlgoID: the algorithm reference; ``None`` for 0.
            lLengthOfChallenge: the most bytes to come, 1 to 256.
            pParam: the key reference (P2).
            pBuffer: what it holds is not looked at. An IByteBuffer is filled with the challenge, its seek pointer at
                the start; bytes stay as they are.

        Returns:
            The challenge.

        Raises:
            HResultError: E_INVALIDARG: a reference or the length out of its range.
                E_POINTER: a buffer is None.
                S_OK is the return; E_OUTOFMEMORY: never.
        """

    @abstractmethod
    def ICC_Auth(self, lAlgoID: int, pParam: Buffer, pBuffer: Buffer) -> bytes:
        """The card proves itself to the application (INTERNAL AUTHENTICATE).

        Args:
            lAlgoID: the algorithm reference.
            pParam: the key reference.
            pBuffer: the application's challenge. An IByteBuffer is filled with the card's answer, its seek pointer at
                the start; bytes stay as they are.

        Returns:
            The card's answer, for the application to check.

        Raises:
            HResultError: E_INVALIDARG: a reference out of its range or unknown to the card, or a challenge of
                a form the key does not take.
                E_POINTER: a buffer is None.
                S_OK is the return; E_OUTOFMEMORY: never.
        """

    @abstractmethod
    def User_Auth(self, lAlgorID: int, pParam: Buffer, pBuffer: Buffer) -> None:
        """The user proves himself to the card: ``pBuffer`` is what he knows (VERIFY with ``pParam`` as P2).

        Args:
            lAlgorID: P1, 0 on cards that follow the standard.
            pParam: the reference of the CHV.
            pBuffer: the CHV, card-ready (with its padding).

        Raises:
            HResultError: E_INVALIDARG: a reference out of its range, or one that the card does not know.
                E_POINTER: a buffer is None.
                SCARD_W_WRONG_CHV: wrong; ``tries_left`` says how many presentations remain.
                SCARD_W_CHV_BLOCKED: none remains.
                SCARD_E_INVALID_CHV: of a length or form the card does not take.
                S_OK is the return; E_OUTOFMEMORY: never.
        """
