"""``smartcard.scard`` whose every call comes to an end."""

# ruff: noqa: N802, N803 - the names are pyscard's

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Sequence
from functools import partial
from threading import RLock
from typing import Any
from weakref import WeakSet

from scardmgr.winscard.pcsc.bounds.connecting import connect
from scardmgr.winscard.pcsc.bounds.contexts import Bounds, Context
from scardmgr.winscard.pcsc.bounds.establishing import establish
from scardmgr.winscard.pcsc.bounds.functions import (
    BEGIN_TRANSACTION,
    CANCEL,
    CONNECT,
    CONTROL,
    DISCONNECT,
    END_TRANSACTION,
    GET_ATTRIB,
    INVALID_HANDLE,
    IS_VALID_CONTEXT,
    LIST_READER_GROUPS,
    LIST_READERS,
    RECONNECT,
    RELEASE_CONTEXT,
    SET_ATTRIB,
    SHARING_VIOLATION,
    STATUS,
    SUCCESS,
    TRANSMIT,
    Function,
    status_change,
)
from scardmgr.winscard.pcsc.bounds.handles import Handle
from scardmgr.winscard.pcsc.bounds.handover import GivenUp, Job
from scardmgr.winscard.pcsc.bounds.seats import Seat
from scardmgr.winscard.pcsc.bounds.status_waits import CANCELLED, is_infinite, waited

_IGNORE = 0x0001


class BoundedScard:
    """The functions of ``smartcard.scard``, with its arguments and results. All others are the module's own.

    What was established elsewhere in the process is served, too: its calls are made in other threads, and given up in
    the same time.

    Args:
        scard: ``smartcard.scard``, or a module like it.
        establish: its SCardEstablishContext; by default that of ``scard``.
        bounds: how long calls may take.
    """

    def __init__(self, scard: Any, bounds: Bounds, establish: Callable[[int], Any] | None = None) -> None:
        self._scard = scard
        self._bounds = bounds
        self._establish = scard.SCardEstablishContext if establish is None else establish
        self._contexts: dict[int, Context] = {}
        self._handles: dict[int, Handle] = {}
        self._carried: Counter[str] = Counter()
        self._counting = RLock()  # a finalizer may disconnect wherever the thread is
        self._strays: set[int] = set()
        self._parents: set[int] = set()
        _ALL.add(self)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._scard, name)

    def begin_again(self) -> None:
        """For a process that was forked: what was opened so far is its parent's, and not to be touched."""
        self._parents |= self._contexts.keys() | self._handles.keys()
        for context in self._contexts.values():
            context.forget()
        self._contexts.clear()
        self._handles.clear()
        self._strays.clear()
        self._counting = RLock()

    # Contexts

    def SCardEstablishContext(self, dwScope: int) -> Any:
        """``[hr, context]``."""
        made = self._made(dwScope)
        if not isinstance(made, Context):
            return made
        made.given_back = partial(self._given_back, made)
        self._contexts[made.number] = made
        self._parents.discard(made.number)
        return [SUCCESS, made.number]

    def _made(self, scope: int) -> Context | list[Any]:
        return establish(self._scard, self._establish, scope, self._bounds)

    def SCardReleaseContext(self, hcontext: int) -> Any:
        """``hr``."""
        context = self._contexts.get(hcontext)
        return self._elsewhere(RELEASE_CONTEXT, hcontext) if context is None else context.release()

    def _given_back(self, context: Context) -> None:
        for seat in tuple(context.seats.values()):
            for handle in tuple(seat.handles):
                self._forget(handle)
        self._contexts.pop(context.number, None)

    def SCardIsValidContext(self, hcontext: int) -> Any:
        """``hr``."""
        context = self._contexts.get(hcontext)
        if context is None:
            return self._elsewhere(IS_VALID_CONTEXT, hcontext)
        return INVALID_HANDLE if context.released else SUCCESS

    def SCardCancel(self, hcontext: int) -> Any:
        """``hr``."""
        context = self._contexts.get(hcontext)
        if context is None:
            return self._elsewhere(CANCEL, hcontext)
        if context.released:
            return INVALID_HANDLE
        for wait in tuple(context.waits):
            wait.end(CANCELLED)
        return SUCCESS

    # Readers

    def SCardListReaders(self, hcontext: int, readergroups: Sequence[str] = ()) -> Any:
        """``[hr, [name, ...]]``."""
        return self._in_context(LIST_READERS, hcontext, readergroups)

    def SCardListReaderGroups(self, hcontext: int) -> Any:
        """``[hr, [group, ...]]``."""
        return self._in_context(LIST_READER_GROUPS, hcontext)

    def SCardGetStatusChange(self, hcontext: int, dwTimeout: int, readerstatelist: Sequence[Any]) -> Any:
        """``[hr, [(name, event state, atr), ...]]``."""
        context = self._contexts.get(hcontext)
        function = status_change(readerstatelist)
        if all(each[1] & _IGNORE for each in readerstatelist):  # looks neither at the context nor at the readers
            return self._scard.SCardGetStatusChange(hcontext, dwTimeout, readerstatelist)
        if context is None:
            seconds = None if is_infinite(dwTimeout) else dwTimeout / 1000 + self._bounds.daemon_s
            return self._elsewhere(function, hcontext, dwTimeout, readerstatelist, seconds=seconds)
        if dwTimeout == 0:
            return context.ask(function, dwTimeout, readerstatelist)
        return waited(context, function, dwTimeout, readerstatelist, lambda: self._made(_SYSTEM))

    # Card handles

    def SCardConnect(self, hcontext: int, readername: str, dwShareMode: int, dwPreferredProtocols: int) -> Any:
        """``[hr, handle, protocol]``."""
        context = self._contexts.get(hcontext)
        if context is None:
            return self._elsewhere(CONNECT, hcontext, readername, dwShareMode, dwPreferredProtocols)

        def connected(answer: Any) -> Any:
            seat = context.seats.setdefault(readername, Seat(readername))
            self._handles[answer[1]] = Handle(context, seat, answer[1], dwShareMode)
            return answer

        return connect(context, readername, dwShareMode, dwPreferredProtocols, connected)

    def SCardReconnect(
        self,
        hcard: int,
        dwShareMode: int,
        dwPreferredProtocols: int,
        dwInitialization: int,
    ) -> Any:
        """``[hr, protocol]``."""
        handle = self._handles.get(hcard)
        if handle is None:
            return self._elsewhere(RECONNECT, hcard, dwShareMode, dwPreferredProtocols, dwInitialization)
        return handle.reconnect(dwShareMode, dwPreferredProtocols, dwInitialization)

    def SCardDisconnect(self, hcard: int, dwDisposition: int) -> Any:
        """``hr``."""
        handle = self._handles.get(hcard)
        if handle is None:
            return self._elsewhere(DISCONNECT, hcard, dwDisposition)
        code = handle.disconnect(dwDisposition)
        if handle.closed:
            self._forget(handle)
        return code

    def SCardBeginTransaction(self, hcard: int) -> Any:
        """``hr``."""
        handle = self._handles.get(hcard)
        return self._elsewhere(BEGIN_TRANSACTION, hcard) if handle is None else handle.begin_transaction()

    def SCardEndTransaction(self, hcard: int, dwDisposition: int) -> Any:
        """``hr``."""
        handle = self._handles.get(hcard)
        if handle is None:
            return self._elsewhere(END_TRANSACTION, hcard, dwDisposition)
        return handle.end_transaction(dwDisposition)

    def SCardStatus(self, hcard: int) -> Any:
        """``[hr, reader, state, protocol, atr]``."""
        handle = self._handles.get(hcard)
        return self._elsewhere(STATUS, hcard) if handle is None else handle.status()

    def SCardTransmit(self, hcard: int, pioSendPci: int, apducommand: Sequence[int]) -> Any:
        """``[hr, response]``."""
        handle = self._handles.get(hcard)
        if handle is None:
            return self._elsewhere(TRANSMIT, hcard, pioSendPci, apducommand)
        return handle.transmit(pioSendPci, apducommand)

    def SCardControl(self, hcard: int, dwControlCode: int, inbuffer: Sequence[int]) -> Any:
        """``[hr, answer]``."""
        return self._on_handle(CONTROL, hcard, dwControlCode, inbuffer)

    def SCardGetAttrib(self, hcard: int, dwAttrId: int) -> Any:
        """``[hr, value]``."""
        return self._on_handle(GET_ATTRIB, hcard, dwAttrId)

    def SCardSetAttrib(self, hcard: int, dwAttrId: int, ATTRIBUTESIN: Sequence[int]) -> Any:
        """``hr``."""
        return self._on_handle(SET_ATTRIB, hcard, dwAttrId, ATTRIBUTESIN)

    def transmit_count(self, reader: str) -> int:
        """How many commands were carried to a reader and answered, on the handles that were given out here."""
        # Nobody else counts them: neither pcsc-lite nor pyscard has SCardGetTransmitCount.
        with self._counting:
            open_ones = [handle for handle in tuple(self._handles.values()) if handle.reader == reader]
            return self._carried[reader] + sum(handle.carried for handle in open_ones)

    # Within

    def _forget(self, handle: Handle) -> None:
        with self._counting:
            if self._handles.pop(handle.number, None) is not None:
                self._carried[handle.reader] += handle.carried

    def _in_context(self, function: Function, hcontext: int, *arguments: Any) -> Any:
        context = self._contexts.get(hcontext)
        if context is None:
            return self._elsewhere(function, hcontext, *arguments)
        return context.ask(function, *arguments)

    def _on_handle(self, function: Function, hcard: int, *arguments: Any) -> Any:
        handle = self._handles.get(hcard)
        return self._elsewhere(function, hcard, *arguments) if handle is None else handle.ask(function, *arguments)

    def _elsewhere(self, function: Function, number: int, *arguments: Any, seconds: float | None = -1.0) -> Any:
        """A call on a number that was not given out here."""
        if number in self._parents:
            return function.refused(INVALID_HANDLE)
        if number in self._strays:
            return function.refused(SHARING_VIOLATION)
        bounds = self._bounds
        if seconds is not None and seconds < 0:
            seconds = bounds.patience_s if function.turns and not function.by_card else bounds.of(function)
        job = Job(lambda: function.of(self._scard, number, *arguments), lambda _: self._strays.discard(number))
        try:
            return job.result(seconds)
        except GivenUp:
            return function.refused(SHARING_VIOLATION if function.turns else function.unanswered)
        finally:
            if job.given_up:
                self._strays.add(number)


_SYSTEM = 2
_ALL: WeakSet[BoundedScard] = WeakSet()


def _begin_again() -> None:
    for each in tuple(_ALL):
        each.begin_again()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_begin_again)
