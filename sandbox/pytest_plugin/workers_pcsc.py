"""The platform's resource manager, as one worker uses it for one test after the other."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from threading import Condition, Thread
from time import monotonic
from typing import TYPE_CHECKING, Any

from scardmgr.winscard.codes import SCardCode
from scardmgr.winscard.constants import Scope
from scardmgr.winscard.database import SmartCardDatabase
from scardmgr.winscard.errors import SCardError
from scardmgr.winscard.pcsc import PCSCResourceManager

if TYPE_CHECKING:
    from scardmgr.winscard.values import ReaderState

_SUCCESS = 0
_RELEASE_S = 2.0
_AGAIN_S = 0.01


class WorkersPCSC(PCSCResourceManager):
    """One that can be had as new: it knows what was opened in it since, and who waits in it for a change of readers."""

    def __init__(self) -> None:
        super().__init__(database=SmartCardDatabase.in_memory())
        self._left_open: set[int] = set()
        self._given_up: set[int] = set()
        self._waits: Counter[int] = Counter()
        self._changed = Condition()
        establish, release, wait = self.SCardEstablishContext, self.SCardReleaseContext, self.SCardGetStatusChange

        def establish_remembered(scope: int) -> list[Any]:
            answer = establish(scope)
            if answer[0] == _SUCCESS:
                self._remember(answer[1])
            return answer

        def release_remembered(context: int) -> int:
            self._left_open.discard(context)
            return release(context)

        def wait_remembered(context: int, timeout_ms: int, states: Sequence[Any]) -> list[Any]:
            try:
                with self._waiting(context):
                    return wait(context, timeout_ms, states)
            except SCardError as refused:
                return [int(refused.code), []]

        self.__dict__.update(
            SCardEstablishContext=establish_remembered,
            SCardReleaseContext=release_remembered,
            SCardGetStatusChange=wait_remembered,
        )

    def establish_context(self, scope: Scope = Scope.USER) -> int:
        """As it is; remembered."""
        context = super().establish_context(scope)
        self._remember(context)
        return context

    def release_context(self, context: int) -> None:
        """As it is."""
        self._left_open.discard(context)
        super().release_context(context)

    def get_status_change(
        self, context: int, timeout_ms: int | None, states: Sequence[ReaderState]
    ) -> list[ReaderState]:
        """As it is; remembered as long as it waits."""
        with self._waiting(context):
            return super().get_status_change(context, timeout_ms, states)

    def begin_again(self) -> None:
        """Release all contexts, and forget what the database was told."""
        opened, deadline = tuple(self._left_open), monotonic() + _RELEASE_S
        with self._changed:
            self._given_up.update(opened)
        busy = self._end_waits(opened, deadline)
        # In threads of their own: libpcsclite waits with the release for a call that is under way in the context,
        # which may wait for a transaction in another one.
        releasing = {
            context: Thread(target=self._give_up, args=(context,), daemon=True)
            for context in opened
            if context not in busy
        }
        for thread in releasing.values():
            thread.start()
        for context, thread in releasing.items():
            thread.join(max(0.0, deadline - monotonic()))
            if not thread.is_alive():
                self._given_up.discard(context)
        self._left_open.clear()
        self.database = SmartCardDatabase.in_memory()

    def _end_waits(self, contexts: Sequence[int], deadline: float) -> set[int]:
        """Cancel waits until they have ended; the contexts in which that was in vain.

        Again and again: a thread may be about to wait, and cancelling leaves no trace. And before the release, which
        would wait with all of libpcsclite locked, so that nothing could be cancelled any more.
        """
        with self._changed:
            while busy := {context for context in contexts if self._waits[context] > 0}:
                if monotonic() >= deadline:
                    break
                for context in busy:
                    with suppress(SCardError):
                        self.cancel(context)
                self._changed.wait(_AGAIN_S)
        return busy

    @contextmanager
    def _waiting(self, context: int) -> Iterator[None]:
        """A call waits in the context.

        Raises:
            SCardError: SCARD_E_INVALID_HANDLE: it is being released.
        """
        with self._changed:
            if context in self._given_up:
                raise SCardError(SCardCode.SCARD_E_INVALID_HANDLE)
            self._waits[context] += 1
        try:
            yield
        finally:
            with self._changed:
                self._waits[context] -= 1
                if not self._waits[context]:
                    del self._waits[context]
                self._changed.notify_all()

    def _remember(self, context: int) -> None:
        self._left_open.add(context)
        with self._changed:
            self._given_up.discard(context)  # the platform gives its number out again

    def _give_up(self, context: int) -> None:
        with suppress(SCardError):
            super().release_context(context)
