"""The platform's resource manager, as one worker uses it for one test after the other."""

from __future__ import annotations

from contextlib import suppress
from threading import Thread
from time import monotonic
from typing import Any

from scardmgr.winscard.constants import Scope
from scardmgr.winscard.database import SmartCardDatabase
from scardmgr.winscard.errors import SCardError
from scardmgr.winscard.pcsc import PCSCResourceManager

_SUCCESS = 0
_RELEASE_S = 2.0


class WorkersPCSC(PCSCResourceManager):
    """One that can be had as new: it knows what was opened in it since."""

    def __init__(self) -> None:
        super().__init__(database=SmartCardDatabase.in_memory())
        self._left_open: set[int] = set()
        establish, release = self.SCardEstablishContext, self.SCardReleaseContext

        def establish_remembered(scope: int) -> list[Any]:
            answer = establish(scope)
            if answer[0] == _SUCCESS:
                self._left_open.add(answer[1])
            return answer

        def release_remembered(context: int) -> int:
            self._left_open.discard(context)
            return release(context)

        self.__dict__.update(SCardEstablishContext=establish_remembered, SCardReleaseContext=release_remembered)

    def establish_context(self, scope: Scope = Scope.USER) -> int:
        """As it is; remembered."""
        context = super().establish_context(scope)
        self._left_open.add(context)
        return context

    def release_context(self, context: int) -> None:
        """As it is."""
        self._left_open.discard(context)
        super().release_context(context)

    def begin_again(self) -> None:
        """Release all contexts, which ends what waits in them, and forget what the database was told."""
        opened, deadline = tuple(self._left_open), monotonic() + _RELEASE_S
        # In threads of their own: a call that is under way in a context is given its patience before it is cut off.
        releasing = [Thread(target=self._give_up, args=(context,), daemon=True) for context in opened]
        for thread in releasing:
            thread.start()
        for thread in releasing:
            thread.join(max(0.0, deadline - monotonic()))
        self._left_open.clear()
        self.database = SmartCardDatabase.in_memory()

    def _give_up(self, context: int) -> None:
        with suppress(SCardError):
            super().release_context(context)
