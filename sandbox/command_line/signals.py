"""Signals as a way to end in good order, or to pass on to a program that we run."""

from __future__ import annotations

import os
import signal
from contextlib import contextmanager
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import FrameType

    Handler: TypeAlias = Callable[[int, FrameType | None], object]

ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT)
FROM_THE_KEYBOARD = (signal.SIGINT, signal.SIGQUIT)


class Terminated(BaseException):
    """A signal asks this process to end; raised by its handler, so that every ``with`` is left in order."""

    def __init__(self, signum: int) -> None:
        super().__init__(signum)
        self.signum = signum


@contextmanager
def handled(handler: Handler, signals: tuple[signal.Signals, ...] = ENDING) -> Iterator[None]:
    """Have ``handler`` called for ``signals``. Those that our caller had us ignore (nohup) stay ignored."""
    before = {number: signal.getsignal(number) for number in signals}
    ours = [number for number in signals if before[number] is not signal.SIG_IGN]
    try:
        for number in ours:
            signal.signal(number, handler)
        yield
    finally:
        for number in ours:
            signal.signal(number, before[number])


def raise_terminated(signum: int, _frame: FrameType | None) -> None:
    """A handler: leave every ``with`` and go."""
    raise Terminated(signum)


def terminal_sends_to_all_of_us() -> bool:
    """Whether a keypress at our terminal reaches us and the programs that we run alike (one foreground group)."""
    try:
        terminal = os.open("/dev/tty", os.O_RDONLY | os.O_NOCTTY)
    except OSError:
        return False
    try:
        return os.tcgetpgrp(terminal) == os.getpgrp()
    except OSError:
        return False
    finally:
        os.close(terminal)
