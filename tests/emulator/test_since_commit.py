"""The comparison with an earlier commit says no where the card has become slower than the bar."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

SCRIPT = Path(__file__).parents[2] / "benchmarks" / "since_commit.py"


class Worker:
    """A version that takes so many nanoseconds for a command."""

    def __init__(self, nanoseconds: int) -> None:
        self.nanoseconds = nanoseconds

    def kill(self) -> None: ...

    def wait(self) -> None: ...


@pytest.fixture
def script(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    specification = importlib.util.spec_from_file_location("since_commit", SCRIPT)
    assert specification is not None
    assert specification.loader is not None
    module: Any = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    monkeypatch.setattr(module, "unpack", lambda _commit, _folder: None)
    monkeypatch.setattr(module, "turn", lambda worker, commands: worker.nanoseconds * commands)
    return module


@pytest.mark.parametrize(
    ("now", "bar", "status"), [(1000, 1.05, 0), (1050, 1.05, 0), (1060, 1.05, 1), (1060, 1.1, 0), (900, 0.8, 1)]
)
def test_the_bar(script: Any, monkeypatch: pytest.MonkeyPatch, now: int, bar: float, status: int) -> None:
    monkeypatch.setattr(script, "start", lambda folder: Worker(now if folder == script.ROOT else 1000))
    assert script.compare("earlier", 3, bar) == status


def test_the_bar_that_nobody_names(
    script: Any, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(script, "start", lambda folder: Worker(1060 if folder == script.ROOT else 1000))
    assert script.compare("earlier", 3) == 1
    assert "ratio 1.060, bar 1.05" in capsys.readouterr().out
