"""A few of the many daemons, a short soak, and that both would see what is wrong."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from importlib import import_module
from pathlib import Path
from types import ModuleType

import pytest

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"


@pytest.fixture(scope="module")
def soak() -> Iterator[ModuleType]:
    sys.path.append(str(BENCHMARKS))  # where its own imports are
    try:
        yield import_module("soak")
    finally:
        sys.path.remove(str(BENCHMARKS))


@pytest.fixture(scope="module")
def daemons() -> Iterator[ModuleType]:
    sys.path.append(str(BENCHMARKS))
    try:
        yield import_module("daemons")
    finally:
        sys.path.remove(str(BENCHMARKS))


def test_daemons_at_once_are_all_reached_and_all_gone(daemons: ModuleType) -> None:
    judged = [figure for figure in daemons.figures(6) if figure.met is not None]
    assert len(judged) == 3
    assert [figure.name for figure in judged if not figure.met] == []


def test_a_short_soak(tmp_path: Path) -> None:
    """In a process of its own. A short run is all warming up: its memory is not judged."""
    report = tmp_path / "report.json"
    counts = ["--apdus", "800", "--insertions", "16", "--slots", "8", "--rounds", "2"]
    done = subprocess.run(
        [sys.executable, str(BENCHMARKS / "soak.py"), *counts, "--json", str(report)],
        env={**os.environ, "PYTHONPATH": str(BENCHMARKS)},  # where its own imports are
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )
    assert "800 APDUs and 16 insertions" in done.stdout, done.stderr
    assert [line for line in done.stderr.splitlines() if "KiB" not in line and "blocks" not in line] == []
    looks = json.loads(report.read_text())
    assert [look["process"] for look in looks] == ["this process", "supervisor", "pcscd", "a program"] * 2
    for what in ("threads", "descriptors"):
        first, last = ([look["usage"][what] for look in part] for part in (looks[:4], looks[4:]))
        assert last == first


@pytest.mark.parametrize(
    ("usage", "held", "what"),
    [
        ({}, {}, None),
        ({"threads": 8}, {}, "threads: 7 grew to 8"),
        ({"descriptors": 10}, {}, "descriptors: 9 grew to 10"),
        ({"resident_kib": 20_600}, {}, "KiB resident: 20,000 grew to 20,600"),
        ({"resident_kib": 20_400}, {}, None),
        ({}, {"blocks": 90_200}, "Python's blocks: 90,000 grew to 90,200"),
        ({}, {"heap_kib": 5_100}, "KiB from malloc: 5,000 grew to 5,100"),
    ],
)
def test_it_sees_what_grows(soak: ModuleType, usage: dict[str, int], held: dict[str, int], what: str | None) -> None:
    before = soak.Sample("pcscd", 1, 1, soak.Usage(20_000, 15_000, 10_000, 7, 9), soak.Held(90_000, 5_000))
    after = replace(before, usage=replace(before.usage, **usage), held=replace(before.held, **held))
    found = soak.growth([before] * 6 + [after] * 2)
    assert found == ([] if what is None else [f"pcscd, {what}"])
