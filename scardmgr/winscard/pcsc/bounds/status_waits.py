"""SCardGetStatusChange that waits: the one call that may go on for as long as its caller wants.

It is made in a context of its own, beside the caller's: so other calls of the caller go on meanwhile, several waits
may, and each can be ended without touching anything else. And it is made in another thread: so Ctrl-C ends it, too.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import partial
from threading import RLock
from time import monotonic, sleep
from typing import Any

from scardmgr.winscard.codes import SCardCode
from scardmgr.winscard.constants import INFINITE
from scardmgr.winscard.pcsc.bounds.contexts import Context
from scardmgr.winscard.pcsc.bounds.functions import INVALID_HANDLE, SUCCESS, Function, code_of
from scardmgr.winscard.pcsc.bounds.handover import GivenUp, Job, nothing

CANCELLED = SCardCode.SCARD_E_CANCELLED.value
_PAUSE_S = 0.01


class StatusWait:
    """One wait.

    Args:
        watching: the context that it is made in.
    """

    def __init__(self, watching: Context) -> None:
        self._watching = watching
        self._ending = RLock()  # a finalizer may release the context wherever the thread is
        self._is_given_back = False
        self._reason: int | None = None
        self._over = False
        self._given_up = False
        self._job: Job[Any] | None = None

    def give_back(self, spare: list[Context]) -> None:
        """Keep the context that it was made in for another wait, if it is still good for one."""
        if self._given_up:
            return  # the thread that makes the call releases it
        with self._ending:
            self._is_given_back = True
        if self._reason is None:
            spare.append(self._watching)
        else:
            self._watching.release()

    def made(self, function: Function, timeout_ms: int, believed: Sequence[Any]) -> Any:
        """What SCardGetStatusChange answers, or the failure that :meth:`end` was told."""
        watching = self._watching
        seconds = None if is_infinite(timeout_ms) else timeout_ms / 1000 + watching.bounds.daemon_s

        def call() -> Any:
            try:
                return watching.scard.SCardGetStatusChange(watching.real, timeout_ms, believed)
            finally:
                self._over = True

        job = self._job = Job(call, lambda _: watching.release())
        try:
            answer = job.result(seconds)
        except GivenUp:
            self._given_up = True
            if self._reason is None:
                self.end(function.unanswered)
            return function.refused(self._reason or function.unanswered)
        except BaseException:  # Ctrl-C
            self._given_up = job.given_up
            self.end(CANCELLED)
            raise
        if self._reason is None or code_of(answer) == SUCCESS:
            return answer
        return [self._reason, *answer[1:]]

    def end(self, code: int) -> None:
        """End it; it answers ``code``. Nothing, if it has ended: the context may be another's by now."""
        watching = self._watching
        with self._ending:
            if self._is_given_back:
                return
            self._reason = code
            if watching.can_be_cut:
                watching.cut()
                return
        # It may just be about to begin, and a cancellation that comes before is none.
        deadline = monotonic() + watching.bounds.daemon_s
        with suppress(GivenUp):
            while not self._over and (left := deadline - monotonic()) > 0:
                # It talks to the daemon, too.
                Job(partial(watching.scard.SCardCancel, watching.real), nothing).result(left)
                sleep(_PAUSE_S)
        if not self._over and self._job is not None:
            self._job.end_waiting()


def is_infinite(timeout_ms: int) -> bool:
    """Whether that is no bound: to C a negative number is a very large one."""
    return not 0 <= timeout_ms < INFINITE


def waited(
    context: Context, function: Function, timeout_ms: int, believed: Sequence[Any], watch: Callable[[], Any]
) -> Any:
    """SCardGetStatusChange that waits, in a context.

    Args:
        context: the caller's.
        function: what it is, of these readers.
        timeout_ms: as pyscard's.
        believed: as pyscard's.
        watch: makes a further context, or gives the answer that is a failure.
    """
    try:
        watching = context.spare.pop()
    except IndexError:
        watching = watch()
        if not isinstance(watching, Context):
            return function.refused(code_of(watching))
    wait = StatusWait(watching)
    context.waits.add(wait)
    try:
        if context.released:
            wait.end(INVALID_HANDLE)
        return wait.made(function, timeout_ms, believed)
    finally:
        context.waits.discard(wait)
        wait.give_back(context.spare)
        if context.released:
            context.release_spare()
