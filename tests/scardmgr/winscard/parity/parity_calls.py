"""Calls that wait: begun on a thread of their own, seen to wait, and ended by something else."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any

PATIENCE_S = 10.0
#: How long a call has to go without an answer to count as waiting; pcsc-lite asks again every 100 ms.
HELD_S = 0.12
#: Windows resets a card whose transaction has been idle for five seconds.
IDLE_S = 5.5
#: pcscd looks at its readers every 400 ms, and notices a use that began and ended in between only when it is asked.
NOTICED_S = 0.9


def held(call: Callable[[], Any], seconds: float = HELD_S) -> Callable[[], Any]:
    """Begin a call and see it wait; the function returned gives what it gives in the end."""
    ended, result = _begin(call)
    assert not ended(seconds), "did not wait"
    return result


def history(card: Any, length: int) -> list[Any]:
    """What was done to a card, once it is that much: pcscd does not wait for a card to be without power."""
    pause = threading.Event()
    deadline = time.monotonic() + PATIENCE_S
    while len(card.history) < length and time.monotonic() < deadline:
        pause.wait(0.001)
    return list(card.history)


def elsewhere(call: Callable[[], Any]) -> Any:
    """Make a call on another thread."""
    return _begin(call)[1]()


def _begin(call: Callable[[], Any]) -> tuple[Callable[[float], bool], Callable[[], Any]]:
    outcome: list[tuple[bool, Any]] = []
    ended = threading.Event()

    def run() -> None:
        try:
            outcome.append((True, call()))
        except Exception as error:  # noqa: BLE001 - handed to whoever asks for the result
            outcome.append((False, error))
        ended.set()

    thread = threading.Thread(target=run, daemon=True)
    thread.start()

    def result() -> Any:
        assert ended.wait(PATIENCE_S), "the call did not end"
        thread.join(PATIENCE_S)
        done, value = outcome[0]
        if not done:
            raise value
        return value

    return ended.wait, result


def held_by_another(bench: Any) -> tuple[int, int]:
    """A handle, and that of another context that holds the card in a transaction."""
    bench.insert_scripted()
    card, holder = bench.connect(), bench.connect_other()
    bench.rm.begin_transaction(holder)
    return card, holder
