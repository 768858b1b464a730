"""SCardLocate: ISCardLocate on any resource manager."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, TypeAlias
from uuid import UUID

from scardmgr.com import arguments
from scardmgr.com.errors import HRESULT, HResultError, resource_manager_codes
from scardmgr.connection.attachment import published_protocol
from scardmgr.connection.manager_context import ManagerContext
from scardmgr.interfaces.location import SCARDINFO, ISCardLocate
from scardmgr.published.enumerations import SC_DLG, SCARD_PROTOCOLS, SCARD_SHARE_MODES
from scardmgr.winscard.codes import SCardCode
from scardmgr.winscard.constants import Protocols as ManagerProtocols
from scardmgr.winscard.constants import ReaderStateFlag
from scardmgr.winscard.constants import ShareMode as ManagerShareMode
from scardmgr.winscard.errors import SCardError
from scardmgr.winscard.values import Connection, ReaderState

if TYPE_CHECKING:
    from scardmgr.winscard.faces.database_face import DatabaseFace

SelectCardDialog: TypeAlias = Callable[[str, Sequence[str]], str | None]
"""What stands for the Select Card dialogue: it is given the title and the names of the readers that hold such a card
(none, where there is none yet), and gives the name of a reader, or ``None`` when the person gives up."""

DEFAULT_READERS = "SCard$DefaultReaders"
_AS_CONFIGURED = 0


@dataclass(frozen=True, slots=True)
class _Criteria:
    """What to look for: card types by name, or all those that support some interfaces."""

    names: tuple[str, ...]
    interfaces: tuple[UUID, ...]
    groups: tuple[str, ...]
    title: str
    flags: SC_DLG


class SCardLocate(ISCardLocate):
    """The search for a card in the readers of a resource manager.

    Args:
        resource_manager: what serves the readers (:func:`scardmgr.resource_manager`).
        dialog: asked where a person has to choose; ``None``: nobody is asked, whatever the flags.

    Raises:
        HResultError: SCARD_E_NO_SERVICE: there is no resource manager.
    """

    CLSID: ClassVar[UUID] = UUID("1461AAD1-6810-11D0-918F-00AA00C18068")

    def __init__(self, resource_manager: DatabaseFace | None = None, dialog: SelectCardDialog | None = None) -> None:
        self._context = ManagerContext(resource_manager)
        self._dialog = dialog
        self._criteria: _Criteria | None = None

    def _final_release(self) -> None:
        """Release the search; cards that it found stay open."""
        self._context.close()

    def ConfigureCardGuidSearch(
        self,
        pCardGuids: Sequence[UUID | str],
        pGroupNames: Sequence[str] | None = None,
        bstrTitle: str = "",
        lFlags: SC_DLG = SC_DLG.SC_DLG_MINIMAL_UI,
    ) -> None:
        """Nothing is looked up before FindCard."""
        interfaces = arguments.identifiers(pCardGuids, "pCardGuids")
        if not interfaces:
            raise HResultError(HRESULT.E_INVALIDARG, "pCardGuids is empty: there is nothing to look for")
        self._configure((), interfaces, pGroupNames, bstrTitle, lFlags)

    def ConfigureCardNameSearch(
        self,
        pCardNames: Sequence[str],
        pGroupNames: Sequence[str] | None = None,
        bstrTitle: str = "",
        lFlags: SC_DLG = SC_DLG.SC_DLG_MINIMAL_UI,
    ) -> None:
        """Nothing is looked up before FindCard."""
        names = arguments.texts(pCardNames, "pCardNames")
        if not names:
            raise HResultError(HRESULT.E_INVALIDARG, "pCardNames is empty: there is nothing to look for")
        self._configure(names, (), pGroupNames, bstrTitle, lFlags)

    def _configure(
        self, names: Sequence[str], interfaces: Sequence[UUID], groups: object, title: object, flags: object
    ) -> None:
        listed = [] if groups is None else arguments.texts(groups, "pGroupNames")
        if title is None:
            raise HResultError(HRESULT.E_POINTER, "bstrTitle is None")
        if not isinstance(title, str):
            raise HResultError(HRESULT.E_INVALIDARG, "bstrTitle has to be a string")
        known_flags = arguments.member(SC_DLG, flags, "lFlags", HRESULT.E_POINTER)
        self._context.require_open()
        self._criteria = _Criteria(
            tuple(names), tuple(interfaces), tuple(listed) or (DEFAULT_READERS,), title, known_flags
        )

    def FindCard(self, ShareMode: SCARD_SHARE_MODES, Protocols: SCARD_PROTOCOLS, lFlags: SC_DLG | int) -> SCARDINFO:
        """SCardListReaders, SCardLocateCards, SCardConnect; the last in a context of its own."""
        share_mode = arguments.share_mode(ShareMode, missing=HRESULT.E_POINTER)
        protocols = arguments.protocols(Protocols, "Protocols", HRESULT.E_POINTER)
        flags = None if lFlags == _AS_CONFIGURED else arguments.member(SC_DLG, lFlags, "lFlags", HRESULT.E_POINTER)
        self._context.require_open()
        criteria = self._criteria
        if criteria is None:
            raise HResultError(HRESULT.E_UNEXPECTED, "nothing to look for: ConfigureCardNameSearch comes first")
        with resource_manager_codes():
            readers = self._chosen(criteria, criteria.flags if flags is None else flags)
            context, connection = self._opened(readers, share_mode, protocols)
        return SCARDINFO(
            connection.handle, context, published_protocol(connection.protocol), SCARD_SHARE_MODES(int(share_mode))
        )

    def _chosen(self, criteria: _Criteria, flags: SC_DLG) -> list[str]:
        """The readers to open the card in, the best first. Raises SCardError and HResultError where there is none."""
        names = self._card_names(criteria)
        wanted = self._dialog is not None and flags is not SC_DLG.SC_DLG_NO_UI
        try:
            found = self._readers_with_a_card(names, criteria.groups)
        except SCardError as error:
            if error.code != SCardCode.SCARD_E_NO_READERS_AVAILABLE or not wanted:
                raise
            found = []
        if self._dialog is not None and wanted and (flags is SC_DLG.SC_DLG_FORCE_UI or len(found) != 1):
            choice = self._dialog(criteria.title, tuple(found))
            if choice is None:
                raise SCardError(SCardCode.SCARD_W_CANCELLED_BY_USER)
            # The card may have come while the person was asked.
            found = [name for name in self._readers_with_a_card(names, criteria.groups) if name == choice]
        if not found:
            raise HResultError(SCardCode.SCARD_E_NO_SMARTCARD, f"no reader holds a card of type {' or '.join(names)}")
        return found

    def _card_names(self, criteria: _Criteria) -> list[str]:
        """The names of the card types to look for that the database has."""
        if criteria.interfaces:
            manager, context = self._context.resource_manager, self._context.handle
            names = manager.list_cards(context, None, criteria.interfaces)
            sought = f"interfaces {', '.join(map(str, criteria.interfaces))}"
        else:
            names = [name for name in criteria.names if self._is_known(name)]
            sought = f"name {' or '.join(criteria.names)}"
        if not names:
            raise HResultError(SCardCode.SCARD_E_UNKNOWN_CARD, f"the smart card database has no card type of {sought}")
        return names

    def _is_known(self, name: str) -> bool:
        try:
            self._context.resource_manager.list_interfaces(self._context.handle, name)
        except SCardError as error:
            if error.code != SCardCode.SCARD_E_UNKNOWN_CARD:
                raise
            return False
        return True

    def _readers_with_a_card(self, names: Sequence[str], groups: Sequence[str]) -> list[str]:
        manager, context = self._context.resource_manager, self._context.handle
        states = [ReaderState(name) for name in manager.list_readers(context, groups)]
        located = manager.locate_cards(context, names, states)
        return [state.reader for state in located if ReaderStateFlag.ATRMATCH in state.flags]

    def _opened(
        self, readers: Sequence[str], share_mode: ManagerShareMode, protocols: ManagerProtocols
    ) -> tuple[int, Connection]:
        """The first card that opens. Raises SCardError: why the first one does not, where none does."""
        manager = self._context.resource_manager
        context = manager.establish_context()
        refusals: list[SCardError] = []
        with ExitStack() as unless_opened:
            unless_opened.callback(manager.release_context, context)
            for reader in readers:
                try:
                    connection = manager.connect(context, reader, share_mode, protocols)
                except SCardError as error:
                    refusals.append(error)
                else:
                    unless_opened.pop_all()
                    return context, connection
        raise refusals[0]
