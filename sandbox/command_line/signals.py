"""Signals as a way to end in good order, or to pass on to a program that we run."""

from __future__ import annotations

import os
import signal
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, TypeAlias, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import FrameType

    Handler: TypeAlias = Callable[[int, FrameType | None], object]

_Result = TypeVar("_Result")

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


def attentive(wait: Callable[[], _Result]) -> _Result:
    """What ``wait`` gives, or raises; meanwhile signals are handled as they come.

    A thread of its own waits. This one, if it did, would not hear of a signal that came the moment before the call of
    the system, nor of one that the system gave to another thread: the handler would run when the call ends by itself.
    Where a handler raises, nobody waits for that thread any more.
    """
    from socket import socketpair
    from threading import Thread

    given: list[_Result] = []
    raised: list[BaseException] = []
    hears, tells = socketpair()

    def do() -> None:
        try:
            given.append(wait())
        except BaseException as error:  # noqa: BLE001 - it is raised where the result is given
            raised.append(error)
        finally:
            with suppress(OSError):  # nobody waits for it any more
                tells.send(b"\0")

    with hears, tells:
        tells.setblocking(False)  # a signal need not be told of twice
        before = signal.set_wakeup_fd(tells.fileno(), warn_on_full_buffer=False)
        try:
            thread = Thread(target=do, name="wait", daemon=True)
            thread.start()
            while not (given or raised):
                hears.recv(4096)
            thread.join()
        finally:
            signal.set_wakeup_fd(before)
    if raised:
        raise raised[0]
    return given[0]


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
