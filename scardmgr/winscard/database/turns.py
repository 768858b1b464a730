"""One operation at a time within a process, and no fork in the middle of one.

Closing a file ends the locks that SQLite has on the same file for another thread (fcntl(2)), and a child that is forked
while another thread is in SQLite never sees the locks within SQLite open again.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock, local
from typing import Final

from scardmgr.winscard.database.faults import busy

#: How long an operation waits for others where nothing else is said, in seconds.
PATIENCE_S: Final = 10.0
#: How long a fork waits for another thread's operation, in seconds.
_FORK_PATIENCE_S: Final = 1.0

_turn = Lock()
_forking = local()


@contextmanager
def taken(what: object, patience_s: float) -> Iterator[None]:
    """Have a turn.

    Args:
        what: what is to be used, for the words of the fault.
        patience_s: how long to wait for others, in seconds.

    Raises:
        DatabaseFault: it took longer.
    """
    turn = _turn
    if not turn.acquire(timeout=patience_s):
        raise busy(what)
    try:
        yield
    finally:
        turn.release()


def _before_fork() -> None:
    _forking.turn = _turn if _turn.acquire(timeout=_FORK_PATIENCE_S) else None


def _after_fork_in_parent() -> None:
    if _forking.turn is not None:
        _forking.turn.release()


def _after_fork_in_child() -> None:
    global _turn  # noqa: PLW0603 - a forked child has none of the threads that may have held it
    _turn = Lock()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(before=_before_fork, after_in_parent=_after_fork_in_parent, after_in_child=_after_fork_in_child)
