"""What a card costs a test: whole runs of pytest with the plugin's fixtures, and without them.

Every test finds the card as the profile describes it, and writes to it, so that the next one needs a fresh one.
"""

from __future__ import annotations

import statistics
import tempfile
from pathlib import Path

from measure import Figure
from pytest_run import run_tests

TESTS = 500
OVERHEAD_BARS_MS = {"embedded": 2.0, "pcscd": 12.0}
PULLS = 20
"""pcscd looks every 400 ms."""
WORKERS = 2
CPU_MS = 50
FASTER_BAR = 1.7
BOUND_S = 600.0

CARD = """
import pytest

SELECT, READ, WRITE = (bytes.fromhex(text) for text in ("00A4000C020100", "00B0000002", "00D6000002ABCD"))

def use(card):
    assert card.transmit(SELECT) == b"\\x90\\x00"
    assert card.transmit(READ) not in (b"\\xab\\xcd\\x90\\x00", b"\\x69\\x82")
    assert card.transmit(WRITE) == b"\\x90\\x00"
"""

BARE = """
import pytest

@pytest.fixture
def number_of(request):
    yield request.node.name

@pytest.mark.parametrize("number", range({count}))
def test_without_a_card(number_of, number):
    assert str(number) in number_of
"""

FRESH = """
@pytest.mark.card("iso7816", via="{via}")
@pytest.mark.parametrize("number", range({count}))
def test_with_a_card(card, number):
    use(card)
"""

PULLED = """
@pytest.mark.card("iso7816", via="{via}")
@pytest.mark.parametrize("number", range({count}))
def test_that_pulls_the_card(reader, card, number):
    use(card)
    reader.remove()
    reader.insert()
"""

BUSY = """
import time

@pytest.mark.card("iso7816", via="{via}")
@pytest.mark.parametrize("number", range({count}))
def test_that_computes(card, number):
    use(card)
    end = time.thread_time() + {cpu_ms} / 1000
    while time.thread_time() < end:
        sum(range(1000))
"""


class Suite:
    """A module of tests in a folder of its own.

    Args:
        folder: where to make it.
        name: what to call it.
        text: the module.
        count: how many tests it has.
    """

    def __init__(self, folder: Path, name: str, text: str, count: int) -> None:
        self._folder = folder / name
        self._folder.mkdir()
        (self._folder / f"test_{name}.py").write_text(text)
        (self._folder / "pytest.ini").write_text("[pytest]\n")
        self._count = count

    def seconds(self, *arguments: str) -> float:
        """How long a run takes, from the start of pytest to its end; all its tests must pass."""
        return run_tests(self._folder, self._count, *arguments, bound_s=BOUND_S)[0]


def overhead_figures(rounds: int, count: int = TESTS) -> list[Figure]:
    """Milliseconds that the fixtures add to each test, the runs taken in turns."""
    taken: dict[str, list[float]] = {"bare": [], **{via: [] for via in OVERHEAD_BARS_MS}}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        suites = {"bare": Suite(folder, "bare", BARE.format(count=count), count)}
        for via in OVERHEAD_BARS_MS:
            suites[via] = Suite(folder, via, CARD + FRESH.format(via=via, count=count), count)
        for suite in suites.values():
            suite.seconds()  # for Python's bytecode
        for _ in range(rounds):
            for kind, suite in suites.items():
                taken[kind].append(suite.seconds())
        text = CARD + PULLED.format(via="pcscd", count=PULLS)
        pulled = Suite(folder, "pulled", text, PULLS).seconds()
        few = Suite(folder, "few", BARE.format(count=PULLS), PULLS).seconds()
    bare = statistics.median(taken["bare"])
    found = [Figure(f"{count} tests without a card", bare, "s")]
    typical = {}
    for via, bar in OVERHEAD_BARS_MS.items():
        over = [(ours - without) / count * 1000 for ours, without in zip(taken[via], taken["bare"], strict=True)]
        typical[via] = statistics.median(over)
        name = f"{count} tests, each with a fresh card, {via}: overhead per test"
        found.append(Figure(name, typical[via], "ms", bar=bar, at_least=False))
    each = (pulled - few) / PULLS * 1000
    name = f"{PULLS} tests that pull the card and push it, pcscd: overhead per test"
    found.append(Figure(name, each, "ms", each / typical["pcscd"], "over a fresh card"))
    return found


def parallel_figures(rounds: int, count: int = TESTS) -> list[Figure]:
    """How much faster two workers are than none, with tests that compute."""
    found = []
    with tempfile.TemporaryDirectory() as name:
        for via in OVERHEAD_BARS_MS:
            suite = Suite(Path(name), via, CARD + BUSY.format(via=via, count=count, cpu_ms=CPU_MS), count)
            alone, shared = [], []
            for _ in range(rounds):
                alone.append(suite.seconds("-n", "0"))
                shared.append(suite.seconds("-n", str(WORKERS)))
            faster = statistics.median(one / other for one, other in zip(alone, shared, strict=True))
            name_of_run = f"{count} tests of {CPU_MS} ms of CPU, {via}"
            found += [
                Figure(f"{name_of_run}: -n 0", statistics.median(alone), "s"),
                Figure(
                    f"{name_of_run}: -n {WORKERS}",
                    statistics.median(shared),
                    "s",
                    faster,
                    "times as fast as -n 0",
                    bar=FASTER_BAR,
                ),
            ]
    return found
