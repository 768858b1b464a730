"""Timing: rates taken in turns in one run, so that a ratio compares like with like."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Figure:
    """One measured figure.

    Attributes:
        name: what was measured.
        value: the figure in ``unit``.
        unit: ``"APDU/s"``, ``"ms"``, ...
        ratio: the figure over its peer's, where it has one.
        peer: the peer's name.
        bar: the bar that ``ratio`` (or ``value`` where there is no peer) is held to.
        at_least: whether the bar is a lower one.
        heading: under which it stands, where there are several tables.
    """

    name: str
    value: float
    unit: str
    ratio: float | None = None
    peer: str = ""
    bar: float | None = None
    at_least: bool = True
    heading: str = ""

    @property
    def met(self) -> bool | None:
        """Whether the bar is met; ``None`` without one."""
        if self.bar is None:
            return None
        judged = self.value if self.ratio is None else self.ratio
        return judged >= self.bar if self.at_least else judged <= self.bar


def rate(action: Callable[[], object], seconds: float) -> float:
    """Calls per second, over at least ``seconds``; the clock is read once per batch."""
    batch = 1
    while True:
        start = time.perf_counter()
        for _ in range(batch):
            action()
        elapsed = time.perf_counter() - start
        if elapsed >= seconds:
            return batch / elapsed
        batch = max(batch * 2, int(batch * seconds * 1.2 / max(elapsed, 1e-9)))


def rates(actions: Mapping[str, Callable[[], object]], *, seconds: float, rounds: int) -> dict[str, list[float]]:
    """The rate of each action in each of ``rounds`` rounds, taken in turns."""
    results: dict[str, list[float]] = {name: [] for name in actions}
    for _ in range(rounds):
        for name, action in actions.items():
            results[name].append(rate(action, seconds))
    return results


def median_ratio(ours: list[float], theirs: list[float]) -> float:
    """The median of the ratios round by round: both sides of each were measured side by side."""
    return statistics.median(one / other for one, other in zip(ours, theirs, strict=True))


def durations(action: Callable[[], object], count: int) -> list[float]:
    """Milliseconds of each of ``count`` calls."""
    results = []
    for _ in range(count):
        start = time.perf_counter()
        action()
        results.append((time.perf_counter() - start) * 1000)
    return results
