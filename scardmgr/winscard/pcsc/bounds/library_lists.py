"""libpcsclite's lists of contexts and handles: SCardDisconnect searches them without a lock (1.9.9, and later ones).

A thread that releases a context meanwhile takes away what is looked at, and now and then the process dies of that. So
whoever changes the lists does so one after the other, here.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from threading import RLock
from typing import Any

from scardmgr.winscard.constants import Disposition

#: A call that changes the lists may wait for a card. Nobody waits longer for it than that: the danger is small.
_LONGEST_S = 2.0


class _Turn:
    def __init__(self) -> None:
        self.lock = RLock()  # a finalizer may release a context wherever the thread is

    def begin_again(self) -> None:
        """For a process that was forked while another thread had the turn."""
        self.lock = RLock()


_TURN = _Turn()

if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_TURN.begin_again)


@contextmanager
def changed_alone() -> Iterator[None]:
    """Within, nobody else changes the lists, unless he has been at it for long."""
    lock = _TURN.lock
    has_turn = lock.acquire(timeout=_LONGEST_S)
    try:
        yield
    finally:
        if has_turn:
            lock.release()


def close_handle(scard: Any, card: int) -> None:
    """SCardDisconnect of a handle that nobody wants."""
    with changed_alone():
        scard.SCardDisconnect(card, Disposition.LEAVE.value)
