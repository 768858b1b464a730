"""ISCardAuth by GET CHALLENGE, INTERNAL and EXTERNAL AUTHENTICATE and VERIFY (ISO/IEC 7816-4, 11.5 and 11.6)."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar
from uuid import UUID

from iso7816.apdu import MAX_NC, MAX_SHORT_NE
from scardmgr.buffers.in_out import fill, require_room
from scardmgr.com import arguments
from scardmgr.com.errors import HRESULT, HResultError
from scardmgr.interfaces.authentication import ISCardAuth
from scardmgr.providers.card_errors import Purpose
from scardmgr.providers.iso.code_presentation import VERIFY, PresentingInterface

if TYPE_CHECKING:
    from scardmgr.interfaces.base import Buffer

EXTERNAL_AUTHENTICATE = 0x82
GET_CHALLENGE = 0x84
INTERNAL_AUTHENTICATE = 0x88


class ISO7816Auth(PresentingInterface, ISCardAuth):
    """Authentication with the keys and CHVs of an ISO/IEC 7816-4 card.

    Cards may want the cryptogram directly after the challenge (ISO/IEC 7816-4:2020, 11.5.3: a challenge is valid at
    least for the next command): where the key is local (bit 8 of its reference), hold the card by SCardLock, or attach
    EXCLUSIVE, from GetChallenge to APP_Auth, and let nobody else have the handle.
    """

    CLSID: ClassVar[UUID] = UUID("D98841B2-A2FB-415A-8CF1-5CF045E62163")

    def APP_Auth(self, lAlgoID: int, pParam: Buffer, pBuffer: Buffer) -> None:
        """EXTERNAL AUTHENTICATE."""
        p1, p2 = _algorithm(lAlgoID), _reference(pParam)
        self._with_reference(EXTERNAL_AUTHENTICATE, p1, p2, Purpose.AUTHENTICATION, _data(pBuffer))

    def GetChallenge(
        self, lAlgoID: int | None, lLengthOfChallenge: int, pParam: Buffer = b"", pBuffer: Buffer = b""
    ) -> bytes:
        """GET CHALLENGE, from the current directory where the card stays there until APP_Auth."""
        p1, p2 = 0 if lAlgoID is None else _algorithm(lAlgoID), _reference(pParam)
        length = arguments.number(lLengthOfChallenge, "lLengthOfChallenge", 1, MAX_SHORT_NE)
        require_room(pBuffer, "pBuffer")
        self._enter_early()
        return fill(pBuffer, self._with_reference(GET_CHALLENGE, p1, p2, Purpose.AUTHENTICATION, b"", length).data)

    def _enter_early(self) -> None:
        """Select the current directory now, where APP_Auth with a local key had to do so behind the challenge.

        A card that does not have it may have no local keys either: it is asked for its challenge all the same.
        """
        attachment = self._require_usable()
        if not attachment.keeps_selection:
            return
        try:
            self._navigator.enter(self._navigator.directory)
        except HResultError as error:
            if error.sw is None:
                raise

    def ICC_Auth(self, lAlgoID: int, pParam: Buffer, pBuffer: Buffer) -> bytes:
        """INTERNAL AUTHENTICATE."""
        p1, p2 = _algorithm(lAlgoID), _reference(pParam)
        answer = self._with_reference(
            INTERNAL_AUTHENTICATE, p1, p2, Purpose.AUTHENTICATION, _data(pBuffer), MAX_SHORT_NE
        )
        return fill(pBuffer, answer.data)

    def User_Auth(self, lAlgorID: int, pParam: Buffer, pBuffer: Buffer) -> None:
        """VERIFY."""
        p1, p2 = _algorithm(lAlgorID, "lAlgorID"), _reference(pParam)
        self._present(VERIFY, p1, p2, _data(pBuffer))


def _algorithm(value: int, name: str = "lAlgoID") -> int:
    """P1. Raises HResultError E_INVALIDARG (E_POINTER for None)."""
    return arguments.number(value, name, 0x00, 0xFF)


def _reference(value: Buffer) -> int:
    """P2. Raises HResultError E_INVALIDARG, E_POINTER."""
    raw = arguments.buffer(value, "pParam")
    if len(raw) > 1:
        raise HResultError(HRESULT.E_INVALIDARG, f"pParam has {len(raw)} bytes: a key reference is one, or none for 00")
    return raw[0] if raw else 0x00


def _data(value: Buffer) -> bytes:
    """Command data. Raises HResultError E_INVALIDARG, E_POINTER."""
    raw = arguments.buffer(value, "pBuffer")
    if not 1 <= len(raw) <= MAX_NC:
        raise HResultError(HRESULT.E_INVALIDARG, f"pBuffer has {len(raw)} bytes: 1 to {MAX_NC} can be sent")
    return raw
