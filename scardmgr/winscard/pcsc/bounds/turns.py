"""Looking again and again whether it is one's turn."""

from __future__ import annotations

from collections.abc import Iterator
from time import monotonic, sleep

#: How long to sleep before the next look: first, and at most.
_FIRST_S, _LONGEST_S = 0.001, 0.05


def attempts(deadline: float) -> Iterator[None]:
    """One attempt at once, further ones less and less often, the last one when :func:`time.monotonic` is past that."""
    pause = _FIRST_S
    while True:
        yield
        if monotonic() >= deadline:
            return
        sleep(pause)
        pause = min(pause * 2, _LONGEST_S)
