"""SCardEstablishContext, during which libpcsclite has all contexts of the process wait."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from functools import partial
from threading import Lock
from typing import TYPE_CHECKING, Any

from scardmgr.winscard.pcsc.bounds import daemon_socket
from scardmgr.winscard.pcsc.bounds.contexts import Bounds, Context
from scardmgr.winscard.pcsc.bounds.functions import NO_SERVICE, SUCCESS
from scardmgr.winscard.pcsc.bounds.handover import GivenUp, Job
from scardmgr.winscard.pcsc.bounds.library_lists import changed_alone
from scardmgr.winscard.pcscd_client import is_overrun

if TYPE_CHECKING:
    from scardmgr.winscard.pcsc.bounds.daemon_socket import DaemonSocket

#: How long a fork waits for a context that is being established.
_FORK_S = 1.0


class _Turn:
    """One at a time in the process: what is new in it is then the new context's.

    Nor is a process forked meanwhile: the child would have libpcsclite's lock, and nobody in it to open that.
    """

    def __init__(self) -> None:
        self.lock = Lock()
        self._for_a_fork = False

    def before_a_fork(self) -> None:
        """Have the turn, if that does not take too long."""
        self._for_a_fork = self.lock.acquire(timeout=_FORK_S)

    def after_a_fork(self) -> None:
        """In the parent."""
        if self._for_a_fork:
            self.lock.release()

    def begin_again(self) -> None:
        """In the child: whoever had the turn is not there."""
        self.lock = Lock()


_TURN = _Turn()


class _Hold:
    """The turn of one call, given back once, whoever comes first to do it."""

    def __init__(self) -> None:
        self._lock = _TURN.lock
        self._has_it = False

    def take(self, seconds: float) -> bool:
        """Whether it is this call's turn now."""
        self._has_it = self._lock.acquire(timeout=seconds)
        return self._has_it

    def let_go(self) -> None:
        """It is another call's turn, if it was this one's."""
        had_it, self._has_it = self._has_it, False
        if had_it:
            self._lock.release()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(
        before=_TURN.before_a_fork, after_in_parent=_TURN.after_a_fork, after_in_child=_TURN.begin_again
    )


def _would_wait_for_a_place(seconds: float) -> bool:
    """Whether libpcsclite would wait among those who want to connect, where nothing reaches it: nor does a cut."""
    return sys.platform == "linux" and is_overrun(daemon_socket.path_of_the_daemon(), seconds)


def establish(scard: Any, call: Callable[[int], Any], scope: int, bounds: Bounds) -> Context | list[Any]:
    """A new context, or the answer of SCardEstablishContext that is a failure.

    Args:
        scard: ``smartcard.scard``, or a module like it.
        call: its SCardEstablishContext.
        scope: the argument.
        bounds: of the call, and of those in the context.
    """
    another = partial(establish, scard, call, scope, bounds)
    hold = _Hold()
    job: Job[tuple[list[Any], DaemonSocket | None]] | None = None
    before: dict[str, int] = {}

    def make() -> tuple[list[Any], DaemonSocket | None]:
        try:
            with changed_alone():
                answer = list(call(scope))
            return answer, daemon_socket.opened_since(before) if answer[0] == SUCCESS else None
        finally:
            hold.let_go()

    def give_back(late: tuple[list[Any], DaemonSocket | None] | None) -> None:
        hold.let_go()
        if late is not None and late[0][0] == SUCCESS:
            Context(scard, late[0][1], bounds, late[1], another).release()

    try:
        if not hold.take(bounds.daemon_s):
            return [NO_SERVICE, 0]
        if _would_wait_for_a_place(bounds.daemon_s):
            hold.let_go()
            return [NO_SERVICE, 0]
        before |= daemon_socket.sockets_of_this_process()
        job = Job(make, give_back)
        answer, socket = job.result(bounds.daemon_s)
    except GivenUp:
        daemon_socket.cut_those_of_no_context(before)
        return [NO_SERVICE, 0]
    except BaseException:  # Ctrl-C
        if job is None:
            hold.let_go()
        else:
            job.abandon()
        raise
    if answer[0] != SUCCESS:
        return answer
    return Context(scard, answer[1], bounds, socket, another)
