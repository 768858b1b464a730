"""Calls that their own thread makes, and a thread that ends those which take too long.

A call only writes down when it is due. The thread looks after that once in the shortest of all bounds, so that no call
has to wake it: that costs a microsecond, where handing the call to another thread takes tens.
"""

from __future__ import annotations

import os
from threading import Lock, RLock, Thread
from time import monotonic
from typing import Protocol


class Due(Protocol):
    """A call under way.

    Attributes:
        due: when it has to have ended, by :func:`time.monotonic`.
    """

    due: float

    def overdue(self) -> None:
        """It has not: end it, or be due again later. Must not wait."""


class Watched(Protocol):
    """Whatever does one call at a time.

    Attributes:
        call: the one under way.
        shortest_s: no call of its is due sooner than so many seconds after its beginning.
    """

    shortest_s: float

    @property
    def call(self) -> Due | None:
        """See above."""


class Watch:
    """The thread that looks, as long as there is anything to look at, and a little longer."""

    def __init__(self) -> None:
        self._lock = RLock()  # a finalizer may release a context wherever the thread is
        self._watched: set[Watched] = set()
        self._bell = Lock()
        self._period_s = 0.0
        self._there = False

    def add(self, watched: Watched) -> None:
        """Look after its calls from now on."""
        with self._lock:
            self._watched.add(watched)
            starts = not self._there
            self._there = True
            if starts:
                self._period_s = watched.shortest_s
            elif watched.shortest_s < self._period_s:
                self.hurry()
        if starts:
            Thread(target=self._run, name="pcsc watch", daemon=True).start()

    def discard(self, watched: Watched) -> None:
        """No longer."""
        with self._lock:
            self._watched.discard(watched)

    def hurry(self) -> None:
        """A call is due sooner than it was."""
        with self._lock:
            if self._bell.locked():
                self._bell.release()

    def begin_again(self) -> None:
        """For a process that was forked: the thread and its calls are its parent's."""
        self.__init__()  # type: ignore[misc]

    def _run(self) -> None:
        while True:
            was_empty = not self._watched
            self._bell.acquire(timeout=self._look())
            with self._lock:
                if was_empty and not self._watched:
                    self._there = False
                    return

    def _look(self) -> float:
        """End what is overdue; for how many seconds nothing can become so."""
        now = monotonic()
        with self._lock:
            all_watched = tuple(self._watched)
            wait = self._period_s = min((each.shortest_s for each in all_watched), default=self._period_s)
        for watched in all_watched:
            call = watched.call
            if call is None:
                continue
            if call.due <= now:
                call.overdue()
            wait = min(wait, max(call.due - now, 0.0))
        return wait


#: The one of this process.
WATCH = Watch()

if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=WATCH.begin_again)
