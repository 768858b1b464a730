"""Reader names and contexts of the platform's resource manager, joined with the smart card database.

pcsc-lite knows neither groups nor names other than the system's. Whatever it knows it is asked first, so that the
database is looked at only for a name that pcsc-lite does not know, and for lists. On Windows, whose own database
pyscard knows, ours is left out.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from scardmgr.winscard.codes import SCardCode, to_pcsclite
from scardmgr.winscard.constants import Scope
from scardmgr.winscard.errors import DatabaseFault, SCardError
from scardmgr.winscard.faces.pyscard_database_face import DATABASE_FUNCTIONS
from scardmgr.winscard.faces.pyscard_face import PYSCARD_FUNCTIONS
from scardmgr.winscard.manager import ResourceManager
from scardmgr.winscard.pcsc.bounds.bounded_scard import BoundedScard
from scardmgr.winscard.pcsc.windows_database import PLATFORM_METHODS, WindowsDatabase
from scardmgr.winscard.pyscard_programs.switchboard import SWITCHBOARD

if TYPE_CHECKING:
    from scardmgr.winscard.database.smart_card_database import SmartCardDatabase
    from scardmgr.winscard.pcsc.bounds.contexts import Bounds

_SUCCESS = 0


class PCSCReaders(ResourceManager):
    """Functions of ``smartcard.scard`` with the database behind them, for its face and for the typed one.

    Args:
        scard: ``smartcard.scard``, or a module like it.
        database: what is asked.
        bounds: how long its calls may take.
    """

    def __init__(self, scard: Any, database: SmartCardDatabase, bounds: Bounds) -> None:
        super().__init__(database)

        def establish(scope: int) -> Any:
            with SWITCHBOARD.past_all_blocks():  # real PC/SC, also where pyscard programs are on another manager
                return scard.SCardEstablishContext(scope)

        self._scard = BoundedScard(scard, bounds, establish)
        self._scopes: dict[int, Scope] = {}
        self._platform_has_database = hasattr(self._scard, "SCardIntroduceCardType")

    # For the typed face: answers of pyscard; DatabaseFault is raised

    def _establish(self, scope: int) -> Any:
        answer = self._scard.SCardEstablishContext(scope)
        if answer[0] == _SUCCESS:
            self._scopes[answer[1]] = Scope(scope)
        return answer

    def _release(self, context: int) -> Any:
        self._scopes.pop(context, None)
        return self._scard.SCardReleaseContext(context)

    def _list(self, context: int, groups: Sequence[str]) -> Any:
        if self._platform_has_database:
            return self._scard.SCardListReaders(context, list(groups))
        answer = self._scard.SCardListReaders(context, [])
        if answer[0] != _SUCCESS or not answer[1]:
            return answer
        names = self.database.listed(answer[1], groups, scope=self._database_scope(context))
        return [_SUCCESS, names] if names else [SCardCode.SCARD_E_NO_READERS_AVAILABLE.value, []]

    def _list_groups(self, context: int) -> Any:
        answer = self._scard.SCardListReaderGroups(context)
        if answer[0] != _SUCCESS or self._platform_has_database:
            return answer
        return [_SUCCESS, self._listed_groups(context)]

    def _connect(self, context: int, reader: str, share_mode: int, protocols: int) -> Any:
        answer = self._scard.SCardConnect(context, reader, share_mode, protocols)
        if self._is_another_name(answer):
            device = self._system_name(context, reader, self._attached_readers(context))
            if device != reader:
                answer = self._scard.SCardConnect(context, device, share_mode, protocols)
        return answer

    def _status_change(self, context: int, timeout_ms: int, believed: Sequence[Sequence[Any]]) -> Any:
        answer = self._scard.SCardGetStatusChange(context, timeout_ms, believed)
        if not self._is_another_name(answer):
            return answer
        attached = self._attached_readers(context)
        devices = [self._system_name(context, each[0], attached) for each in believed]
        if devices == [each[0] for each in believed]:
            return answer
        renamed = [(device, *each[1:]) for device, each in zip(devices, believed, strict=True)]
        code, states = self._scard.SCardGetStatusChange(context, timeout_ms, renamed)
        return [code, [(each[0], *state[1:]) for each, state in zip(believed, states, strict=True)]]

    def _is_another_name(self, answer: Sequence[Any]) -> bool:
        """Whether an answer may mean that the platform was given a name that only the database knows."""
        return not self._platform_has_database and bool(answer[0] == SCardCode.SCARD_E_UNKNOWN_READER)

    # For pyscard's face: the same, with codes

    def _bind_pyscard_face(self) -> None:
        """Let the face be pyscard with its bounds, but where the database has to do with it and pyscard has none."""
        for name in PYSCARD_FUNCTIONS:
            setattr(self, name, getattr(self._scard, name))
        if self._platform_has_database:
            for name in DATABASE_FUNCTIONS:
                if hasattr(self._scard, name):
                    setattr(self, name, getattr(self._scard, name))
            windows = WindowsDatabase(self._scard)
            for name in PLATFORM_METHODS:
                setattr(self, name, getattr(windows, name))
        self.__dict__.update(
            SCardEstablishContext=self._establish,
            SCardReleaseContext=self._release,
            SCardListReaders=lambda hcontext, readergroups=(): _answer(lambda: self._list(hcontext, readergroups), []),
            SCardListReaderGroups=lambda hcontext: _answer(lambda: self._list_groups(hcontext), []),
            SCardConnect=lambda *arguments: _answer(lambda: self._connect(*arguments), 0, 0),
            SCardGetStatusChange=lambda *arguments: _answer(
                lambda: self._status_change(*arguments), [(each[0], 0, []) for each in arguments[-1]]
            ),
        )

    # What the database's face asks

    def _scope_of(self, context: int) -> Scope:
        if not self.is_valid_context(context):
            raise SCardError(SCardCode.SCARD_E_INVALID_HANDLE)
        return self._scopes.get(context, Scope.USER)

    def _attached_readers(self, context: int) -> list[str]:
        try:
            code, names = self._scard.SCardListReaders(context, [])
        except SystemError:  # pyscard's way to say that pcscd has not brought its readers up yet
            return []
        return list(names) if code == _SUCCESS else []


def _answer(call: Callable[[], Any], *on_fault: Any) -> Any:
    try:
        return call()
    except DatabaseFault as fault:
        return [to_pcsclite(fault.code), *on_fault]
