"""From a card's insertion to the return of SCardGetStatusChange in a thread that waits for it.

Embedded beside the real pcscd and beside a bare lock, which is the least that it takes to wake a thread: the same
waiting thread, the same hand, the same clock.
"""

from __future__ import annotations

import statistics
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

from measure import Figure

from emulator import Card
from scardmgr.winscard.codes import SCardCode
from scardmgr.winscard.embedded import EmbeddedResourceManager
from scardmgr.winscard.errors import SCardError
from scardmgr.winscard.values import ReaderState
from virtual_reader import insert

INSERTIONS = 1000
PCSCD_INSERTIONS = 20
"""pcscd looks every 400 ms."""
ONLOOKERS = 300
BAR_MS = 1.0
PATIENCE_S = 10.0


class Watcher:
    """A thread that waits for changes of one reader, and notes when each call returns."""

    def __init__(self, manager: Any, reader: str) -> None:
        self._manager = manager
        self._reader = reader
        self._context = manager.establish_context()
        self._waits = threading.Event()
        self._saw = threading.Event()
        self._returned = 0.0
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self._thread.start()

    def _watch(self) -> None:
        state = ReaderState(self._reader)
        try:
            while True:
                [seen] = self._manager.get_status_change(self._context, None, [state])
                self._returned = time.perf_counter()
                state = seen.acknowledged()
                self._saw.set()
                self._waits.wait()
                self._waits.clear()
        except SCardError:
            return  # the context was released

    def time(self, act: Any) -> float:
        """Milliseconds from the beginning of ``act`` until the waiting call returns."""
        if not self._saw.wait(PATIENCE_S):
            raise SystemExit("a status change was not seen")
        self._saw.clear()
        self._waits.set()
        time.sleep(0.0005)  # so that it is waiting, and not about to look
        start = time.perf_counter()
        act()
        if not self._saw.wait(PATIENCE_S):
            raise SystemExit("a status change was not seen")
        return (self._returned - start) * 1000

    def close(self) -> None:
        """End the wait."""
        self._saw.wait(PATIENCE_S)
        self._waits.set()
        while self._thread.is_alive():
            self._manager.cancel(self._context)
            self._thread.join(0.01)
        self._manager.release_context(self._context)


@contextmanager
def onlookers(manager: EmbeddedResourceManager, count: int) -> Iterator[None]:
    """As many threads, each waiting for a card at another reader, which none ever comes to."""
    with ExitStack() as stack:
        for number in range(count):
            slot = manager.add_reader(f"onlooker {number}")
            stack.callback(slot.close)
            context = manager.establish_context()
            stack.callback(manager.release_context, context)
            threading.Thread(target=_wait_for_card, args=(manager, context, slot.name), daemon=True).start()
        time.sleep(1)  # until they all wait
        yield


def _wait_for_card(manager: EmbeddedResourceManager, context: int, reader: str) -> None:
    try:
        manager.get_status_change(context, None, [ReaderState(reader, 0x10)])
    except SCardError:
        return


def latencies(reader: Any, card: Card, count: int) -> list[float]:
    """Milliseconds for each of ``count`` insertions; a removal goes before each."""
    watcher = Watcher(reader.resource_manager, reader.name)
    found = []
    for _ in range(count):
        watcher.time(reader.remove)
        found.append(watcher.time(lambda: reader.insert(card)))
    watcher.close()
    return sorted(found)


class Lock:
    """The peer: one thread leaves a lock that another one waits for. A reader and its card, as far as that goes."""

    name = "lock"

    def __init__(self) -> None:
        self._waiting = threading.Lock()
        self._waiting.acquire()
        self.resource_manager = self

    def remove(self) -> None:
        """Leave the lock."""
        self._waiting.release()

    def insert(self, _card: Card) -> None:
        """The same."""
        self._waiting.release()

    def establish_context(self) -> int:
        """None is needed."""
        return 0

    def release_context(self, _context: int) -> None:
        """None was."""

    def cancel(self, _context: int) -> None:
        """Let the one that waits end."""
        self.name = ""
        self._waiting.release()

    def get_status_change(self, _context: int, _timeout: None, states: list[ReaderState]) -> list[ReaderState]:
        """Wait for the lock; the first look is none."""
        if states[0].current_state != 0:
            self._waiting.acquire()
        if not self.name:
            raise SCardError(SCardCode.SCARD_E_CANCELLED)
        return [ReaderState(self.name, 0, 1 << 16)]


def figures(rounds: int) -> list[Figure]:
    """Median and 99th percentile: embedded, the same among many that wait for something else, a bare lock, pcscd."""
    alone, among, bare = [], [], []
    with Card.from_profile("iso7816") as card:
        crowded = EmbeddedResourceManager()
        with (
            insert(card, via="embedded") as quiet,
            Card.from_profile("iso7816") as other,
            insert(other, via="embedded", into=crowded) as noisy,
        ):
            for _ in range(rounds):
                bare.append(latencies(Lock(), card, INSERTIONS))
                alone.append(latencies(quiet, card, INSERTIONS))
                with onlookers(crowded, ONLOOKERS):
                    among.append(latencies(noisy, other, INSERTIONS))
        with insert(card, via="pcscd") as reader:
            real = latencies(reader, card, PCSCD_INSERTIONS)
    name = "insertion to waiting thread"
    typical = median_of(statistics.median, alone)
    crowd = f"{ONLOOKERS} threads waiting elsewhere"
    return [
        Figure("one thread leaves a lock, another has it: median", median_of(statistics.median, bare), "ms"),
        Figure(f"one thread leaves a lock, another has it: p99 of {INSERTIONS:,}", median_of(p99, bare), "ms"),
        Figure(f"{name}, embedded: median", typical, "ms"),
        Figure(f"{name}, embedded: p99 of {INSERTIONS:,}", median_of(p99, alone), "ms", bar=BAR_MS, at_least=False),
        Figure(
            f"{name}, embedded, {crowd}: p99 of {INSERTIONS:,}",
            median_of(p99, among),
            "ms",
            bar=BAR_MS,
            at_least=False,
        ),
        Figure(
            f"{name}, pcscd: median of {PCSCD_INSERTIONS}",
            statistics.median(real),
            "ms",
            statistics.median(real) / typical,
            "over embedded",
        ),
        Figure(f"{name}, pcscd: longest of {PCSCD_INSERTIONS}", real[-1], "ms"),
    ]


def median_of(figure: Callable[[list[float]], float], taken: list[list[float]]) -> float:
    """The median over the rounds of a figure of each."""
    return statistics.median(figure(values) for values in taken)


def p99(values: list[float]) -> float:
    """The 99th percentile of sorted values."""
    return values[len(values) * 99 // 100 - 1]
