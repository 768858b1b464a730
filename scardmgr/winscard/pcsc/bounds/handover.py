"""A call that another thread makes: its caller waits for it as long as it will.

Threads that have made a call are kept for the next one: a fresh one takes some hundred microseconds more.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from threading import TIMEOUT_MAX, Lock, Thread
from typing import Any, Generic, TypeVar

T = TypeVar("T")

#: So many threads are kept when they have nothing to do.
_KEPT = 8


def nothing(*_: object) -> None:
    """There is nothing to do."""


class GivenUp(Exception):  # noqa: N818 - nothing is wrong: a time is over
    """The call has not ended in time."""


class Job(Generic[T]):
    """A call of ``function`` in another thread, which :meth:`result` begins.

    Args:
        function: what is called.
        late: gets, in that thread, what ``function`` returned (``None`` if it raised) where nobody waits any more.
        then: is called after ``late``, when the job is over.

    Attributes:
        given_up: nobody waits any more; ``late`` is called when the call ends, or has been.
        over: nothing goes on any more, neither ``function`` nor ``late``.
    """

    __slots__ = ("_answer", "_error", "_function", "_handed", "_late", "_then", "_there", "_won", "given_up", "over")

    _answer: T

    def __init__(
        self, function: Callable[[], T], late: Callable[[T | None], object], then: Callable[[], object] = nothing
    ) -> None:
        self.given_up = False
        self.over = False
        self._function = function
        self._late = late
        self._then = then
        self._error: BaseException | None = None
        self._handed = False
        self._there = Lock()
        self._there.acquire()
        self._won = Lock()  # taken by whichever is first: the end of the call, or who gives it up

    def result(self, seconds: float | None) -> T:
        """What the call returns or raises.

        Args:
            seconds: how long to wait for it; ``None``: as long as it takes.

        Raises:
            GivenUp: it has not ended in that time; or there can be no other thread, as the process ends.
        """
        try:
            _hand(self)
            self._handed = True
            ended = self._there.acquire(timeout=-1 if seconds is None else min(max(seconds, 0.0), TIMEOUT_MAX))
        except BaseException as error:  # Ctrl-C
            if not self._give_up():
                self._late(self._outcome())
            elif not self._handed:
                self._end_late(None)
            if isinstance(error, RuntimeError):
                raise GivenUp from None
            raise
        if not ended:
            if self._give_up():
                raise GivenUp
            self._there.acquire()  # it has ended in this very moment
        if self.given_up:
            raise GivenUp
        if self._error is None:
            return self._answer
        try:
            raise self._error
        finally:
            self._error = None  # its traceback leads here: no cycle

    def end_waiting(self) -> None:
        """Have :meth:`result` raise GivenUp in the thread that waits in it, unless the call has ended."""
        if self._won.acquire(blocking=False):
            self.given_up = True
            self._there.release()

    def abandon(self) -> None:
        """For who is interrupted around :meth:`result`: over, if it was not begun."""
        if not (self._handed or self.given_up or self.over) and self._give_up():
            self._end_late(None)

    def run(self, before_the_end: Callable[[], object]) -> None:
        """For the thread that makes the call; ``before_the_end`` is called when that is all it has to do here."""
        if not self.given_up:
            try:
                self._answer = self._function()
            except BaseException as error:  # noqa: BLE001 - it is for the caller, whatever it is
                self._error = error
        if self._won.acquire(blocking=False):
            self.over = True
            before_the_end()
            self._there.release()
        else:
            self._end_late(self._outcome())
            before_the_end()

    def _give_up(self) -> bool:
        self.given_up = self._won.acquire(blocking=False)
        return self.given_up

    def _end_late(self, outcome: T | None) -> None:
        try:
            self._late(outcome)
        finally:
            self.over = True
            self._then()

    def _outcome(self) -> T | None:
        return getattr(self, "_answer", None)


class _Maker:
    """A thread that makes one call after the other."""

    def __init__(self) -> None:
        self._asked = Lock()
        self._asked.acquire()
        self._job: Job[Any] | None = None
        self._stays = True
        Thread(target=self._run, name="pcsc call", daemon=True).start()

    def make(self, job: Job[Any]) -> None:
        self._job = job
        self._asked.release()

    def _run(self) -> None:
        while self._stays:
            self._asked.acquire()
            job, self._job = self._job, None
            if job is not None:
                job.run(self._be_idle)
                del job

    def _be_idle(self) -> None:
        self._stays = len(_idle) < _KEPT
        if self._stays:
            _idle.append(self)


def _hand(job: Job[Any]) -> None:
    """Have a thread make the call, one that is there or a new one."""
    try:
        maker = _idle.pop()
    except IndexError:
        maker = _Maker()
    maker.make(job)


#: Those that wait for a call, the latest last. Taking one and putting it back are atomic.
_idle: list[_Maker] = []

if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_idle.clear)  # there they have no threads
