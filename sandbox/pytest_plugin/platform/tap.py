"""Listening in on what this process says to one reader of the platform's PC/SC, whoever in it says it.

The functions of pyscard's extension module, through which the resource manager of a test goes as well as programs
written on pyscard, are replaced by ones that note what they carry.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from types import ModuleType
from typing import TYPE_CHECKING, Any
from weakref import WeakValueDictionary

from sandbox.pytest_plugin.dialogue.record import Event
from scardmgr.winscard.codes import from_pcsclite, known_or_number
from scardmgr.winscard.constants import Disposition, ShareMode
from scardmgr.winscard.errors import SCardError
from scardmgr.winscard.pyscard_programs.survivors import holder_that_calls, let_go

if TYPE_CHECKING:
    from sandbox.pytest_plugin.dialogue.record import Record

_SUCCESS = 0


@dataclass(slots=True)
class _Handle:
    """A card handle that is open.

    Attributes:
        context: where it was opened.
        exclusive: whether it has the card to itself.
        transactions: how many are under way.
    """

    context: int
    exclusive: bool
    transactions: int = 0


class Tap:
    """Notes what is said to one reader.

    Args:
        reader: by the name that the platform gives it.
        module: pyscard's extension module, ``smartcard.scard._scard``.
    """

    def __init__(self, reader: str, module: ModuleType) -> None:
        self._reader = reader
        self._module = module
        self._handles: dict[int, _Handle] = {}
        self._holders: WeakValueDictionary[int, Any] = WeakValueDictionary()
        self._originals: dict[str, Callable[..., Any]] = {}
        self._in_place: dict[str, Callable[..., Any]] = {}
        self._earlier: frozenset[int] = frozenset()
        self.record: Record | None = None

    def open(self) -> None:
        """Put our functions where the module's are."""
        self._in_place = {name: getattr(self, f"_{name}") for name in _TAPPED}
        self._originals = {name: getattr(self._module, name) for name in _TAPPED}
        vars(self._module).update(self._in_place)

    def close(self) -> None:
        """Put back the module's, unless somebody else has replaced ours; what outlives the run holds nothing more."""
        for context in tuple(self._holders):
            self._release_holder(context)
        for name, original in self._originals.items():
            if vars(self._module).get(name) == self._in_place[name]:
                setattr(self._module, name, original)

    @property
    def holding(self) -> bool:
        """Whether a handle of this process keeps others from the card: exclusive, or with a transaction."""
        return any(handle.exclusive or handle.transactions > 0 for handle in self._handles.values())

    def begin(self, record: Record) -> None:
        """A test begins; what is opened from now on is its own."""
        self._earlier = frozenset(self._handles)
        self.record = record

    def end(self) -> None:
        """The test has ended: close the handles that it left open. Objects of pyscard are as after ``release()``."""
        self.record = None
        for card, handle in tuple(self._handles.items()):
            if card not in self._earlier:
                self._SCardDisconnect(card, int(Disposition.LEAVE))
                self._release_holder(handle.context)

    def _release_holder(self, context: int) -> None:
        holder = self._holders.pop(context, None)
        if holder is not None:
            self._SCardReleaseContext(context)
            let_go({context: holder})

    # What stands in place of the module's functions

    def _SCardEstablishContext(self, scope: int) -> Any:  # noqa: N802
        answer = self._originals["SCardEstablishContext"](scope)
        if answer[0] == _SUCCESS:
            holder = holder_that_calls()
            if holder is not None:
                self._holders[answer[1]] = holder
        return answer

    def _SCardConnect(self, context: int, reader: str, share_mode: int, *rest: Any) -> Any:  # noqa: N802
        answer = self._originals["SCardConnect"](context, reader, share_mode, *rest)
        if answer[0] == _SUCCESS and reader == self._reader:
            self._handles[answer[1]] = _Handle(context, share_mode == ShareMode.EXCLUSIVE)
        return answer

    def _SCardReconnect(self, card: int, share_mode: int, protocols: int, initialization: int) -> Any:  # noqa: N802
        answer = self._originals["SCardReconnect"](card, share_mode, protocols, initialization)
        handle = self._handles.get(card)
        if handle is not None and answer[0] == _SUCCESS:
            handle.exclusive = share_mode == ShareMode.EXCLUSIVE
            self._disposed(initialization, stays_on=True)
        return answer

    def _SCardDisconnect(self, card: int, disposition: int) -> Any:  # noqa: N802
        code = self._originals["SCardDisconnect"](card, disposition)
        if code == _SUCCESS and self._handles.pop(card, None) is not None:
            self._disposed(disposition, stays_on=False)
        return code

    def _SCardBeginTransaction(self, card: int) -> Any:  # noqa: N802
        code = self._originals["SCardBeginTransaction"](card)
        handle = self._handles.get(card)
        if handle is not None and code == _SUCCESS:
            handle.transactions += 1
        return code

    def _SCardEndTransaction(self, card: int, disposition: int) -> Any:  # noqa: N802
        code = self._originals["SCardEndTransaction"](card, disposition)
        handle = self._handles.get(card)
        if handle is not None and code == _SUCCESS:
            handle.transactions = max(0, handle.transactions - 1)
            self._disposed(disposition, stays_on=True)
        return code

    def _SCardReleaseContext(self, context: int) -> Any:  # noqa: N802
        code = self._originals["SCardReleaseContext"](context)
        if code == _SUCCESS:
            for card in [card for card, handle in self._handles.items() if handle.context == context]:
                self._handles.pop(card, None)
        return code

    def _SCardTransmit(self, card: int, protocol: int, command: Sequence[int]) -> Any:  # noqa: N802
        record = self.record
        if record is None or card not in self._handles:
            return self._originals["SCardTransmit"](card, protocol, command)
        try:
            sent = bytes(byte & 0xFF for byte in command)
        except TypeError:  # pyscard says what is wrong with it
            return self._originals["SCardTransmit"](card, protocol, command)
        record.under_way = sent
        try:
            answer = self._originals["SCardTransmit"](card, protocol, command)
        finally:
            record.under_way = None
        record.note(sent, bytes(answer[1]) if answer[0] == _SUCCESS else _in_words(answer[0]))
        return answer

    def _disposed(self, disposition: int, *, stays_on: bool) -> None:
        if self.record is None:
            return
        if disposition == Disposition.RESET:
            self.record.note(Event.RESET)
        elif disposition == Disposition.UNPOWER:
            self.record.note(Event.POWER_OFF)
            if stays_on:
                self.record.note(Event.POWER_ON)


_TAPPED = tuple(name.removeprefix("_") for name in vars(Tap) if name.startswith("_SCard"))


def _in_words(code: int) -> str:
    number = code & 0xFFFFFFFF
    return str(SCardError(known_or_number(number) if sys.platform == "win32" else from_pcsclite(number)))
