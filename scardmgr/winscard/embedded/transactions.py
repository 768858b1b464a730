"""Transactions: one handle holds the card of a slot, the others wait."""

from __future__ import annotations

from _thread import RLock
from collections.abc import Callable
from sys import is_finalizing
from time import monotonic
from typing import TYPE_CHECKING, TypeVar

from scardmgr.winscard.codes import SCardCode
from scardmgr.winscard.embedded.exchange import Abandoned
from scardmgr.winscard.embedded.waking import Alarm
from scardmgr.winscard.errors import SCardError

if TYPE_CHECKING:
    from scardmgr.winscard.embedded.handles import CardHandle

_Result = TypeVar("_Result")

#: Who has waited for longer than this goes before who comes now, lest a thread that begins again and again keeps all
#: others out. Until then the thread that runs goes on: handing a card from thread to thread takes longer than most
#: transactions.
_QUEUE_JUMPING_S = 0.05


class _Place:
    """A call's place in the queue."""

    __slots__ = ("alarm", "handle", "since")

    def __init__(self, handle: CardHandle) -> None:
        self.handle = handle
        self.alarm = Alarm()
        self.since = monotonic()


class Hold:
    """Who holds the card of one slot. It belongs to a handle, whatever thread uses that.

    Attributes:
        holder: the handle inside a transaction, or ``None``. Reading it needs no lock.
        queue: the calls that wait, longest first.
    """

    def __init__(self, world: RLock, patience_s: float) -> None:
        self.holder: CardHandle | None = None
        self.queue: list[_Place] = []
        self._depth = 0
        self._world = world
        self._patience_s = patience_s

    def begin(self, handle: CardHandle) -> bool:
        """Begin a transaction, or one inside the handle's own; the caller holds ``world``.

        Returns:
            Whether it has begun: nobody else holds the card, or is to have it first.
        """
        if self.holder is not handle and (self.holder is not None or self._is_due_to_another(handle)):
            return False
        # A signal handler may raise between any two of these: a depth without a holder means nothing.
        self._depth = self._depth + 1 if self.holder is handle else 1
        self.holder = handle
        return True

    def end(self, handle: CardHandle) -> None:
        """End the innermost transaction; the last one frees the card.

        Raises:
            SCardError: SCARD_E_SHARING_VIOLATION: another handle holds the card.
                SCARD_E_NOT_TRANSACTED: nobody does.
        """
        with self._world:
            if self.holder is None:
                raise SCardError(SCardCode.SCARD_E_NOT_TRANSACTED)
            if self.holder is not handle:
                raise SCardError(SCardCode.SCARD_E_SHARING_VIOLATION)
            if self._depth > 1:
                self._depth -= 1
            else:
                self.drop()

    def drop(self) -> None:
        """Free the card, however deep the transaction; the caller holds ``world``."""
        self.holder = None
        self._depth = 0
        self.wake()

    def wake(self) -> None:
        """Let those who wait try again: the card is free, or they have something to be told of."""
        for place in tuple(self.queue):
            place.alarm.ring()

    def excludes(self, handle: CardHandle | None) -> bool:
        """Whether somebody else than ``handle`` holds the card."""
        return self.holder is not None and self.holder is not handle

    def is_lost_to(self, handle: CardHandle) -> bool:
        """Whether the interpreter ends, and somebody else than ``handle`` holds the card for good."""
        return is_finalizing() and self.excludes(handle)

    def when_free(self, handle: CardHandle, attempt: Callable[[], _Result | None]) -> _Result:
        """Attempt a call of ``handle`` until it is not turned away because somebody else holds the card.

        Args:
            handle: whose call it is.
            attempt: gives the call's result, or raises its error, or gives ``None`` when turned away.

        Raises:
            SCardError: SCARD_E_SHARING_VIOLATION: turned away for longer than the patience of the resource manager.
                SCARD_E_INVALID_HANDLE: ``handle`` was closed meanwhile.
        """
        result = _unless_abandoned(handle, attempt)
        if result is not None:
            return result
        place = _Place(handle)
        deadline = place.since + self._patience_s
        try:
            self.queue.append(place)
            while True:
                if handle.closed:
                    raise SCardError(SCardCode.SCARD_E_INVALID_HANDLE)
                exchange = handle.slot.exchange
                result = _unless_abandoned(handle, attempt)
                if result is not None:
                    return result
                if exchange.abandoned:
                    continue
                remaining = deadline - monotonic()
                if remaining <= 0 or is_finalizing():  # whose daemon threads hold on for ever
                    raise SCardError(SCardCode.SCARD_E_SHARING_VIOLATION)
                place.alarm.sleep(remaining)
        finally:
            if place in self.queue:  # a signal may have come before it was
                self.queue.remove(place)
            if self.holder is None:
                self.wake()

    def _is_due_to_another(self, handle: CardHandle) -> bool:
        first = next(iter(self.queue), None)
        return first is not None and first.handle is not handle and monotonic() - first.since > _QUEUE_JUMPING_S


def _unless_abandoned(handle: CardHandle, attempt: Callable[[], _Result | None]) -> _Result | None:
    """What an attempt gives; ``None`` where the slot got another exchange before it began."""
    exchange = handle.slot.exchange
    try:
        return attempt()
    except Abandoned:
        if exchange.abandoned:
            return None
        raise
