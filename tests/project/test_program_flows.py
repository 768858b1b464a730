"""The flows of programs with a card that the benchmarks have: all of them are on the page, as their tables are made."""

from __future__ import annotations

import importlib
import subprocess
import sys
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from types import ModuleType

import pytest

REPOSITORY = Path(__file__).parents[2]
BENCHMARKS = REPOSITORY / "benchmarks"
PAGE = REPOSITORY / "docs" / "performance.md"
BOUND = 60


@pytest.fixture
def flows(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """``program_flows``; the modules beside it are found, too."""
    monkeypatch.syspath_prepend(str(BENCHMARKS))
    return importlib.import_module("program_flows")


def rows() -> list[tuple[str, str]]:
    """Heading and first cell of each row on the page, where a table is one of flows."""
    text = PAGE.read_text(encoding="utf-8").partition("## Programs with a card\n")[2].partition("\n## ")[0]
    found = []
    for section in text.split("\n### ")[1:]:
        heading, *lines = section.splitlines()
        cells = [line.split(" | ")[0].removeprefix("| ") for line in lines if line.startswith("| ")]
        found += [(heading, cell) for cell in cells if cell not in ("flow", "---")]
    return found


def test_every_flow_has_a_row_on_the_page_and_every_row_is_of_a_flow() -> None:
    lister = [sys.executable, str(Path(__file__).parent / "programs" / "flow_names.py"), str(BENCHMARKS)]
    done = subprocess.run(lister, check=True, capture_output=True, text=True, timeout=BOUND)
    there = [tuple(line.split("\t")) for line in done.stdout.splitlines()]
    assert len(there) > 200
    assert [name for (_, name), count in Counter(there).items() if count > 1] == []
    assert Counter(there) == Counter(rows())


def test_both_figures_of_a_flow_are_in_one_row(flows: ModuleType) -> None:
    table = importlib.import_module("program_table")
    figure = importlib.import_module("measure").Figure
    taken = [flows.Taken(0.5, 0.01)]
    figures = [
        flows.share_figure("a flow", taken, 0.05),
        flows.share_figure(f"a flow{flows.ALONE}", [flows.Taken(0.02, 0.01)]),
        flows.share_figure("a long one", [flows.Taken(0.5, 0.1)], 0.05),
        figure("scard new", 0.25, "s"),
    ]
    head, _ruler, *lines = table.program_tables(figures).partition("\n\n")[2].splitlines()
    assert head == "| flow | `scard run` | in the card | ≤ 5 % | alone | in the card |"
    assert lines == [
        "| a flow | 0.5 s | 2.0 % | met | 0.02 s | 50.0 % |",
        "| a long one | 0.5 s | 20.0 % | missed |  |  |",
        "| scard new | 0.25 s |  |  |  |  |",
    ]


@pytest.mark.parametrize(
    ("command", "is_content"),
    [(("false",), True), (("sh", "-c", "exit 69"), True), (("true",), False), (("no-such-program",), False)],
)
def test_a_flow_that_is_to_be_refused_fails_where_it_is_not(
    flows: ModuleType, command: Sequence[str], is_content: bool
) -> None:
    done = subprocess.run(flows.refused(*command), check=False, capture_output=True, timeout=BOUND)
    assert (done.returncode == 0) == is_content
