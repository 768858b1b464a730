"""A fault point that cuts the power."""

from __future__ import annotations


class CutAt:
    """Cuts the power at the n-th durable write, counted from 0; counts them all when it never does.

    Attributes:
        count: how many writes there were while it was armed.
        armed: whether it counts, and cuts.
    """

    def __init__(self, place: int | None = None) -> None:
        self._place = place
        self.count = 0
        self.armed = False

    def reached(self, name: str) -> None:
        assert name
        if self.armed:
            self.count += 1
            if self.count - 1 == self._place:
                raise RuntimeError("the lights go out")
