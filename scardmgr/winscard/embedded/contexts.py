"""A context: its handles, its waits, and ending them."""

from __future__ import annotations

from _thread import RLock
from collections.abc import Callable, Iterable, Sequence
from time import monotonic
from typing import TYPE_CHECKING

from scardmgr.winscard.codes import SCardCode
from scardmgr.winscard.constants import Scope
from scardmgr.winscard.embedded.status_change import is_ignored
from scardmgr.winscard.embedded.waking import Bell, alarm_on
from scardmgr.winscard.errors import SCardError, StatusChangeError

if TYPE_CHECKING:
    from scardmgr.winscard.embedded.handles import CardHandle
    from scardmgr.winscard.values import ReaderState

#: Looks at the readers: the states as they are, and whether any is not as believed.
Look = Callable[[], tuple[list["ReaderState"], bool]]


class Context:
    """What a context number stands for.

    Attributes:
        scope: whose database entries it is about.
        handles: the open card handles by number.
        released: no longer open; only a wait can still see it.
        cancellations: counts the calls of SCardCancel: a wait that finds it changed ends.
        ending: rings when the waits are to end.
    """

    def __init__(self, world: RLock, scope: Scope = Scope.USER) -> None:
        self.scope = scope
        self.handles: dict[int, CardHandle] = {}
        self.released = False
        self._world = world
        self.ending = Bell()
        self.cancellations = 0

    def cancel(self) -> None:
        """End the waits that are under way."""
        with self._world:
            self.cancellations += 1
            self.ending.ring()

    def release(self) -> list[CardHandle]:
        """End the waits and return the handles to be closed; the caller holds ``world``."""
        self.released = True
        self.ending.ring()
        return list(self.handles.values())

    def wait_for_change(self, look: Look, bells: Iterable[Bell], timeout_s: float | None) -> list[ReaderState]:
        """Look until something is not as believed.

        Args:
            look: looks; it takes ``world``.
            bells: what may change what it sees.
            timeout_s: how long to go on looking; ``None`` for ever.

        Raises:
            SCardError: SCARD_E_INVALID_HANDLE: the context was released meanwhile.
            StatusChangeError: SCARD_E_TIMEOUT, SCARD_E_CANCELLED.
        """
        cancellations = self.cancellations
        states, changed = look()
        if changed:
            return states
        if timeout_s is not None and timeout_s <= 0:
            raise StatusChangeError(SCardCode.SCARD_E_TIMEOUT, states)
        deadline = None if timeout_s is None else monotonic() + timeout_s
        with alarm_on((self.ending, *bells)) as alarm:
            while True:
                if self.released:
                    raise SCardError(SCardCode.SCARD_E_INVALID_HANDLE)
                states, changed = look()
                if self.cancellations != cancellations:
                    raise StatusChangeError(SCardCode.SCARD_E_CANCELLED, states)
                if changed:
                    return states
                remaining = None if deadline is None else deadline - monotonic()
                if remaining is not None and remaining <= 0:
                    raise StatusChangeError(SCardCode.SCARD_E_TIMEOUT, states)
                alarm.sleep(remaining)


def nothing_to_wait_for(states: Sequence[ReaderState]) -> bool:
    """Whether there is no state at all, or only ignored ones."""
    return all(is_ignored(state) for state in states)
