"""A card of unknown conduct: each of its calls runs in a thread of its own, and is given up after a time."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from contextvars import copy_context
from threading import TIMEOUT_MAX, Lock, Thread
from typing import TYPE_CHECKING, Generic, TypeVar

from iso7816.icc import ICCMute, ProtocolAwareICC

if TYPE_CHECKING:
    from iso7816.contactless import ContactlessIdentity
    from iso7816.icc import ICC, TransmissionProtocol
    from scardmgr.winscard.embedded.exchange import Exchange

T = TypeVar("T")


class _Outcome(Generic[T]):
    """What comes of a call, once ``there`` can be acquired."""

    __slots__ = ("answer", "error", "there")

    answer: T

    def __init__(self) -> None:
        self.error: BaseException | None = None
        self.there = Lock()
        self.there.acquire()


class TimedICC:
    """An ICC that is mute when the one behind it does not come to an end.

    A call that is given up goes on in its thread, and what it answers reaches nobody. Until it ends the card is mute
    at once, and power that is taken away meanwhile is taken away when it ends: the card behind never gets two calls
    at a time. A card that holds Python's interpreter lock for ever cannot be given up.

    Args:
        icc: the card.
        limit_s: how long each of its calls may take.
        exchange: the right to have the card work, which its caller has: the thread that works for the caller has it.
    """

    def __init__(self, icc: ICC, limit_s: float, exchange: Exchange) -> None:
        self._icc = icc
        self._to_be_told = icc if isinstance(icc, ProtocolAwareICC) else None
        self._limit_s = min(limit_s, TIMEOUT_MAX)
        self._exchange = exchange
        self._at_work = Lock()
        self._power_off_owed = False

    @property
    def busy(self) -> bool:
        """Whether the card executes something, be it waited for or given up."""
        return self._at_work.locked()

    def power_on(self) -> bytes:
        """As the card's."""
        return self._await(self._icc.power_on)

    def power_off(self) -> None:
        """As the card's; a busy card loses its power when it is done."""
        self._power_off_owed = True
        try:
            self._await(_nothing)
        except ICCMute:
            return

    def reset(self) -> bytes:
        """As the card's."""
        return self._await(self._icc.reset)

    def transmit(self, command: bytes) -> bytes:
        """As the card's."""
        return self._await(lambda: self._icc.transmit(command))

    def set_protocol(self, protocol: TransmissionProtocol) -> None:
        """Tell the card, if it wants to know."""
        icc = self._to_be_told
        if icc is not None:
            self._await(lambda: icc.set_protocol(protocol))

    @property
    def contactless(self) -> ContactlessIdentity | None:
        """As the card's, if it may be contactless."""
        try:
            return self._await(lambda: getattr(self._icc, "contactless", None))
        except ICCMute:
            return None

    def _await(self, verb: Callable[[], T]) -> T:
        """What the verb returns or raises.

        Raises:
            ICCMute: the card is busy, or was not done in time, or there can be no other thread (the process ends).
        """
        if self.busy:
            raise ICCMute
        outcome: _Outcome[T] = _Outcome()
        # Not a pool: no thread is left idle for who forgets a card, and a debugger or coverage sees this one.
        worker = Thread(target=copy_context().run, args=(self._work, verb, outcome), name="card", daemon=True)
        try:
            worker.start()
        except RuntimeError:
            raise ICCMute from None
        if not outcome.there.acquire(timeout=self._limit_s):
            raise ICCMute
        if outcome.error is None:
            return outcome.answer
        try:
            raise outcome.error
        finally:
            del outcome  # the error's traceback leads here: no cycle

    def _work(self, verb: Callable[[], T], outcome: _Outcome[T]) -> None:
        try:
            if not self._at_work.acquire(False):
                raise ICCMute
            try:
                with self._exchange.shared_with_this_thread():
                    self._pay_power_off()
                    outcome.answer = verb()
            finally:
                self._at_work.release()
        except BaseException as error:  # noqa: BLE001 - it is for the caller, whatever it is
            outcome.error = error
        finally:
            outcome.there.release()
        # Asked for while the verb was executed: whoever comes first sees to it.
        while self._power_off_owed and self._at_work.acquire(False):
            try:
                with self._exchange.shared_with_this_thread(), suppress(Exception):  # nobody is left to be told
                    self._pay_power_off()
            finally:
                self._at_work.release()

    def _pay_power_off(self) -> None:
        if self._power_off_owed:
            self._power_off_owed = False
            self._icc.power_off()


def always_ends(icc: ICC) -> bool:
    """Whether the card states that it always comes to an end, as :class:`~iso7816.icc.EndingICC` does."""
    # Telling a protocol class from another takes longer than a reset.
    return getattr(icc, "always_ends", False) is True


def _nothing() -> None:
    """Nothing but what is owed."""
