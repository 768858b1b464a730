"""Calls that wait: begun on a thread of their own, seen to wait, and ended by something else."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any

PATIENCE_S = 60.0
#: How long a call has to go without an answer to count as waiting; pcsc-lite asks again every 100 ms.
HELD_S = 0.12
#: Windows resets a card whose transaction has been idle for five seconds.
IDLE_S = 5.5
#: pcscd looks at its readers every 400 ms, and notices a use that began and ended in between only when it is asked.
NOTICED_S = 0.9


class Begun:
    """A call on a thread of its own; called, it gives what the call gives in the end.

    Args:
        call: the call.
    """

    def __init__(self, call: Callable[[], Any]) -> None:
        self._outcome: list[tuple[bool, Any]] = []
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run, args=(call,), daemon=True)
        self._thread.start()

    def _run(self, call: Callable[[], Any]) -> None:
        try:
            self._outcome.append((True, call()))
        except Exception as error:  # noqa: BLE001 - handed to whoever asks for the result
            self._outcome.append((False, error))
        self._ended.set()

    def ends_within(self, seconds: float) -> bool:
        """Whether it does."""
        return self._ended.wait(seconds)

    def __call__(self) -> Any:
        assert self._ended.wait(PATIENCE_S), "the call did not end"
        self._thread.join(PATIENCE_S)
        done, value = self._outcome[0]
        if not done:
            raise value
        return value


def held(call: Callable[[], Any], seconds: float = HELD_S) -> Begun:
    """Begin a call and see it wait."""
    begun = Begun(call)
    assert not begun.ends_within(seconds), "did not wait"
    return begun


def cancelled(bench: Any, *waits: Begun) -> Begun:
    """Cancel the waits in the bench's context, of which the last is returned.

    Again and again: on a busy machine a thread may not have come to wait yet, and cancelling leaves that no trace.
    """
    deadline = time.monotonic() + PATIENCE_S
    for wait in waits:
        while not wait.ends_within(0.01):
            assert time.monotonic() < deadline, "the wait did not end"
            bench.rm.cancel(bench.context)
    return waits[-1]


def history(card: Any, length: int) -> list[Any]:
    """What was done to a card, once it is that much: pcscd does not wait for a card to be without power."""
    pause = threading.Event()
    deadline = time.monotonic() + PATIENCE_S
    while len(card.history) < length and time.monotonic() < deadline:
        pause.wait(0.001)
    return list(card.history)


def elsewhere(call: Callable[[], Any]) -> Any:
    """Make a call on another thread."""
    return Begun(call)()


def held_by_another(bench: Any) -> tuple[int, int]:
    """A handle, and that of another context that holds the card in a transaction."""
    bench.insert_scripted()
    card, holder = bench.connect(), bench.connect_other()
    bench.rm.begin_transaction(holder)
    return card, holder
