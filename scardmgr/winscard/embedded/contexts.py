"""A context: its handles, its waits, and ending them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from threading import Condition
from time import monotonic
from typing import TYPE_CHECKING

from scardmgr.winscard.codes import SCardCode
from scardmgr.winscard.embedded.status_change import is_ignored
from scardmgr.winscard.errors import SCardError, StatusChangeError

if TYPE_CHECKING:
    from scardmgr.winscard.embedded.handles import CardHandle
    from scardmgr.winscard.values import ReaderState

#: Looks at the readers: the states as they are, and whether any is not as believed.
Look = Callable[[], tuple[list["ReaderState"], bool]]


class Context:
    """What a context number stands for.

    Attributes:
        handles: the open card handles by number.
        released: no longer open; only a wait can still see it.
    """

    def __init__(self, world: Condition) -> None:
        self.handles: dict[int, CardHandle] = {}
        self.released = False
        self._world = world
        self._cancellations = 0

    def cancel(self) -> None:
        """End the waits that are under way."""
        with self._world:
            self._cancellations += 1
            self._world.notify_all()

    def release(self) -> list[CardHandle]:
        """End the waits and return the handles to be closed; the caller holds ``world``."""
        self.released = True
        self._world.notify_all()
        return list(self.handles.values())

    def wait_for_change(self, look: Look, timeout_s: float | None) -> list[ReaderState]:
        """Look until something is not as believed; the caller holds ``world``.

        Raises:
            SCardError: SCARD_E_INVALID_HANDLE: the context was released meanwhile.
            StatusChangeError: SCARD_E_TIMEOUT, SCARD_E_CANCELLED.
        """
        cancellations = self._cancellations
        deadline = None if timeout_s is None else monotonic() + timeout_s
        while True:
            states, changed = look()
            if changed:
                return states
            remaining = None if deadline is None else deadline - monotonic()
            if remaining is not None and remaining <= 0:
                raise StatusChangeError(SCardCode.SCARD_E_TIMEOUT, states)
            self._world.wait(remaining)
            if self.released:
                raise SCardError(SCardCode.SCARD_E_INVALID_HANDLE)
            if self._cancellations != cancellations:
                raise StatusChangeError(SCardCode.SCARD_E_CANCELLED, look()[0])


def nothing_to_wait_for(states: Sequence[ReaderState]) -> bool:
    """Whether there is no state at all, or only ignored ones."""
    return all(is_ignored(state) for state in states)
