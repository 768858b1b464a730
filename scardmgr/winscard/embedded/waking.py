"""Waiting for something to happen, and waking those threads that wait for just that.

An :class:`Alarm` that rang before its thread went to sleep keeps it awake: between looking and sleeping
nothing is missed. Ringing takes no lock, so signal handlers and the garbage collector may do it anywhere.
"""

from __future__ import annotations

from _thread import allocate_lock
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from threading import TIMEOUT_MAX


class Alarm:
    """One thread's wait. Rings until it is heard."""

    __slots__ = ("_silence",)

    def __init__(self) -> None:
        # Nobody holds this lock for doing anything: it is locked while the alarm has not rung.
        self._silence = allocate_lock()
        self._silence.acquire()

    def ring(self) -> None:
        """Wake the thread, now or as soon as it wants to sleep."""
        with suppress(RuntimeError):  # it is ringing already
            self._silence.release()

    def sleep(self, seconds: float | None) -> None:
        """Sleep until it rings, at most ``seconds``, ``None`` for no bound; be back at once if it has rung."""
        self._silence.acquire(timeout=-1 if seconds is None else min(max(seconds, 0), TIMEOUT_MAX))


class Bell:
    """Something that happens again and again, and the alarms that it sets off."""

    __slots__ = ("alarms",)

    def __init__(self) -> None:
        self.alarms: set[Alarm] = set()

    def ring(self) -> None:
        """It has happened."""
        if self.alarms:
            for alarm in self.alarms.copy():
                alarm.ring()


@contextmanager
def alarm_on(bells: Iterable[Bell]) -> Iterator[Alarm]:
    """An alarm that each of the bells sets off."""
    bells = tuple(bells)
    alarm = Alarm()
    try:
        for bell in bells:
            bell.alarms.add(alarm)
        yield alarm
    finally:
        for bell in bells:
            bell.alarms.discard(alarm)
