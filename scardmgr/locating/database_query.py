"""SCardDatabase: ISCardDatabase on any resource manager."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar
from uuid import UUID

from scardmgr.com import arguments
from scardmgr.com.errors import HRESULT, HResultError, resource_manager_codes
from scardmgr.connection.manager_context import ManagerContext
from scardmgr.interfaces.database import ISCardDatabase

if TYPE_CHECKING:
    from scardmgr.interfaces.base import Buffer
    from scardmgr.winscard.faces.database_face import DatabaseFace

_LONGEST_ATR = 33


class SCardDatabase(ISCardDatabase):
    """The smart card database of a resource manager.

    Args:
        resource_manager: whose database it is (:func:`scardmgr.resource_manager`).

    Raises:
        HResultError: SCARD_E_NO_SERVICE: there is no resource manager.
    """

    CLSID: ClassVar[UUID] = UUID("1461AACC-6810-11D0-918F-00AA00C18068")

    def __init__(self, resource_manager: DatabaseFace | None = None) -> None:
        self._context = ManagerContext(resource_manager)

    def _final_release(self) -> None:
        """Release the context."""
        self._context.close()

    def GetProviderCardId(self, bstrCardName: str) -> UUID:
        """SCardGetProviderId."""
        name = arguments.text(bstrCardName, "bstrCardName", HRESULT.E_POINTER)
        context = self._context.require_open()
        with resource_manager_codes():
            return self._context.resource_manager.get_provider_id(context, name)

    def ListCardInterfaces(self, bstrCardName: str) -> list[UUID]:
        """SCardListInterfaces."""
        name = arguments.text(bstrCardName, "bstrCardName", HRESULT.E_POINTER)
        context = self._context.require_open()
        with resource_manager_codes():
            return self._context.resource_manager.list_interfaces(context, name)

    def ListCards(
        self, pAtr: Buffer | None = None, pInterfaceGuids: Sequence[UUID | str] | None = None, localeId: int = 0
    ) -> list[str]:
        """SCardListCards."""
        atr = None if pAtr is None else arguments.buffer(pAtr, "pAtr")
        if atr is not None and not 0 < len(atr) <= _LONGEST_ATR:
            raise HResultError(HRESULT.E_INVALIDARG, f"pAtr has {len(atr)} bytes: an ATR has 1 to {_LONGEST_ATR}")
        interfaces = None if pInterfaceGuids is None else arguments.identifiers(pInterfaceGuids, "pInterfaceGuids")
        arguments.number(localeId, "localeId")
        context = self._context.require_open()
        with resource_manager_codes():
            return self._context.resource_manager.list_cards(context, atr, interfaces or None)

    def ListReaderGroups(self, localeId: int = 0) -> list[str]:
        """SCardListReaderGroups."""
        arguments.number(localeId, "localeId")
        context = self._context.require_open()
        with resource_manager_codes():
            return self._context.resource_manager.list_reader_groups(context)

    def ListReaders(self, localeId: int = 0) -> list[str]:
        """SCardListReaders, of all groups."""
        arguments.number(localeId, "localeId")
        context = self._context.require_open()
        with resource_manager_codes():
            return self._context.resource_manager.list_readers(context)
