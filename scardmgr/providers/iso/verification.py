"""ISCardVerify by the CHV commands of ISO/IEC 7816-4, 11.6."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar
from uuid import UUID

from iso7816.apdu import CommandAPDU
from scardmgr.com import arguments
from scardmgr.com.errors import HRESULT, HResultError
from scardmgr.interfaces.unblocking import UnblockData
from scardmgr.interfaces.verification import ISCardVerify
from scardmgr.providers.card_errors import Purpose, require_success
from scardmgr.providers.iso.bound import LOCAL
from scardmgr.providers.iso.code_presentation import VERIFY, PresentingInterface
from scardmgr.published.enumerations import SCARD_FLAGS
from scardmgr.winscard.constants import Disposition

if TYPE_CHECKING:
    from scardmgr.interfaces.base import Buffer

CHANGE_REFERENCE_DATA = 0x24
DISABLE_VERIFICATION_REQUIREMENT = 0x26
ENABLE_VERIFICATION_REQUIREMENT = 0x28
RESET_RETRY_COUNTER = 0x2C

_OLD_AND_NEW, _NEW_ONLY = 0x00, 0x01
_CODE_AND_NEW, _CODE, _NEW, _NO_DATA = 0x00, 0x01, 0x02, 0x03

_GLOBAL_FLAG = SCARD_FLAGS.SC_FL_IHV_GLOBAL
_LOCAL_FLAG = SCARD_FLAGS.SC_FL_IHV_LOCAL
_ENABLE = SCARD_FLAGS.SC_FL_IHV_ENABLE
_DISABLE = SCARD_FLAGS.SC_FL_IHV_DISABLE
_CHANGE = SCARD_FLAGS.SC_FL_IHV_CHANGE
_CHECK_ONLY = SCARD_FLAGS.SC_FL_IHV_CHECKONLY
_PLACE = _GLOBAL_FLAG | _LOCAL_FLAG


class ISO7816Verify(PresentingInterface, ISCardVerify):
    """CHVs of an ISO/IEC 7816-4 card; ``lRef`` is bits 7 to 1 of P2, or with neither place flag all of it."""

    CLSID: ClassVar[UUID] = UUID("D41A9F06-D533-4457-885F-217CC9E8BD0F")

    def ChangeCode(self, pOldCode: Buffer, pNewCode: Buffer, Flags: SCARD_FLAGS, lRef: int) -> None:
        """CHANGE REFERENCE DATA, ENABLE or DISABLE VERIFICATION REQUIREMENT, or two of them in that order."""
        old, new = arguments.buffer(pOldCode, "pOldCode"), arguments.buffer(pNewCode, "pNewCode")
        given = self._flags(Flags, _PLACE | _ENABLE | _DISABLE | _CHANGE, "Flags")
        reference = _reference(given, lRef)
        if given & _ENABLE and given & _DISABLE:
            raise HResultError(HRESULT.E_INVALIDARG, "SC_FL_IHV_ENABLE and SC_FL_IHV_DISABLE exclude each other")
        changes = bool(given & _CHANGE) or not given & (_ENABLE | _DISABLE)
        if changes != bool(new):
            raise HResultError(
                HRESULT.E_INVALIDARG,
                "there is no new code" if changes else "a new code is given, but SC_FL_IHV_CHANGE is not",
            )
        attachment = self._require_usable()
        with attachment.transaction():
            # The requirement is switched on with the old code and off with the new one: a code can be changed while
            # it is required.
            if given & _ENABLE:
                self._present(ENABLE_VERIFICATION_REQUIREMENT, 0x00, reference, old)
            if changes:
                if old:
                    self._present(CHANGE_REFERENCE_DATA, _OLD_AND_NEW, reference, old + new)
                else:
                    self._with_reference(CHANGE_REFERENCE_DATA, _NEW_ONLY, reference, Purpose.CODE, new)
            if given & _DISABLE:
                self._present(DISABLE_VERIFICATION_REQUIREMENT, 0x00, reference, new if changes else old)

    def Unblock(self, lData: UnblockData | int, Flags: SCARD_FLAGS, lRef: int) -> None:
        """RESET RETRY COUNTER."""
        if lData is None:
            raise HResultError(HRESULT.E_POINTER, "lData is None")
        reference = _reference(self._flags(Flags, _PLACE, "Flags"), lRef)
        p1, data = _unblocking(lData)
        self._with_reference(RESET_RETRY_COUNTER, p1, reference, Purpose.CODE, data)

    def ResetSecurityState(self) -> None:
        """SCardReconnect with a warm reset."""
        self._require_usable().reconnect(Disposition.RESET)

    def Verify(self, pCode: Buffer | None, Flags: SCARD_FLAGS, lRef: int) -> None:
        """VERIFY, without data for a check only."""
        given = self._flags(Flags, _PLACE | _CHECK_ONLY, "Flags")
        if given & _CHECK_ONLY:
            self._check(pCode, _reference(given, lRef))
            return
        code = arguments.buffer(pCode, "pCode")
        if not code:
            raise HResultError(HRESULT.E_INVALIDARG, "the code is empty: SC_FL_IHV_CHECKONLY asks for the state")
        self._present(VERIFY, 0x00, _reference(given, lRef), code)

    def _check(self, code: Buffer | None, reference: int) -> None:
        if code is not None and arguments.buffer(code, "pCode"):
            raise HResultError(HRESULT.E_INVALIDARG, "SC_FL_IHV_CHECKONLY presents no code")
        attachment = self._require_usable()
        with attachment.transaction():
            if reference & LOCAL:
                self._navigator.enter(self._navigator.directory)
            require_success(attachment.exchange(CommandAPDU(0x00, VERIFY, 0x00, reference)), Purpose.CODE_CHECK)


def _reference(given: SCARD_FLAGS, number: int) -> int:
    """P2. Raises HResultError E_INVALIDARG."""
    if given & _PLACE == _PLACE:
        raise HResultError(HRESULT.E_INVALIDARG, "SC_FL_IHV_GLOBAL and SC_FL_IHV_LOCAL exclude each other")
    if given & _LOCAL_FLAG:
        return LOCAL | arguments.number(number, "lRef", 0x00, 0xFF)
    return arguments.number(number, "lRef", 0x00, 0x7F if given & _GLOBAL_FLAG else 0xFF)


def _unblocking(data: object) -> tuple[int, bytes]:
    """P1 and command data of RESET RETRY COUNTER. Raises HResultError E_INVALIDARG."""
    if isinstance(data, UnblockData):
        if not data.puk:
            return _NEW, data.new_code
        return (_CODE_AND_NEW if data.new_code else _CODE), data.puk + data.new_code
    if type(data) is int and data == 0:
        return _NO_DATA, b""
    raise HResultError(HRESULT.E_INVALIDARG, "lData is an UnblockData, or 0 for none")
