"""What is to be done soon, by who must not wait: a finalizer runs wherever its thread is, whatever locks that has."""

from __future__ import annotations

import atexit
import os
from _thread import LockType, allocate_lock, start_new_thread
from collections.abc import Callable
from time import monotonic
from typing import Any

#: How long the end of the process waits for what is under way, in seconds.
_PATIENCE_S = 2.0

#: A lock for each, which is free when it is over. A list is changed in one step, so that this takes no lock either.
_under_way: list[LockType] = []


def do_aside(action: Callable[..., object], *arguments: Any) -> None:
    """Call ``action`` in a thread of its own, whose start takes no lock of Python's.

    Raises:
        RuntimeError: there can be no other thread.
    """
    over = allocate_lock()
    over.acquire()
    _under_way.append(over)
    try:
        start_new_thread(_do, (over, action, arguments))
    except BaseException:
        _under_way.remove(over)
        raise


def _do(over: LockType, action: Callable[..., object], arguments: tuple[Any, ...]) -> None:
    try:
        action(*arguments)
    finally:
        _under_way.remove(over)
        over.release()


@atexit.register
def _await_all() -> None:
    """A thread that has not begun when the interpreter ends may bring the process down (SIGSEGV, Python 3.11.2)."""
    end = monotonic() + _PATIENCE_S
    for over in tuple(_under_way):
        over.acquire(timeout=max(end - monotonic(), 0))


if hasattr(os, "register_at_fork"):
    # The threads are the parent's.
    os.register_at_fork(after_in_child=_under_way.clear)
