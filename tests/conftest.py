"""What every test folder shares: signals, hypothesis, a smart card database that is nobody's, bounded waits."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

#: For tests of the pytest plugin, which run pytest.
pytest_plugins = ["pytester"]

# A loaded machine is slow, and slow is not wrong: pytest's timeout is the bound. In CI the examples are
# the same in every run, so that a failure is never a matter of luck.
_QUIET = (HealthCheck.too_slow, HealthCheck.function_scoped_fixture)
settings.register_profile("here", deadline=None, suppress_health_check=_QUIET)
settings.register_profile("ci", deadline=None, suppress_health_check=_QUIET, derandomize=True, database=None)
settings.load_profile("ci" if "CI" in os.environ else "here")

# A shell has what it runs in the background ignore SIGINT and SIGQUIT, and nohup SIGHUP, and so do the programs that it
# starts: tests that interrupt one would wait in vain. A signal that has a handler here is not ignored there.
for _signum, _handler in (
    (signal.SIGINT, signal.default_int_handler),
    (signal.SIGQUIT, lambda *_: None),
    (signal.SIGHUP, lambda *_: None),
):
    if signal.getsignal(_signum) is signal.SIG_IGN:
        signal.signal(_signum, _handler)

#: How long something may take that comes about by itself, in seconds.
PATIENCE_S = 60.0
_DATABASE = "SCARDMGR_DATABASE"
_numbers = count(1)
#: The plugin's fixtures.
_OF_A_CARD = frozenset(("another_reader", "card", "manage", "reader", "resource_manager"))


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers(config: pytest.Config) -> int | None:
    """With ``-n auto`` two workers to a processor: most of the time a test waits, for a pcscd or another process."""
    if config.option.numprocesses != "auto" or "PYTEST_XDIST_AUTO_NUM_WORKERS" in os.environ:
        return None
    return 2 * len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else None


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """A test here that has a card may do anything to it: on that of ``--scard-reader`` only where all is allowed."""
    if config.getoption("scard_reader", None) is None:
        return
    for item in items:
        has_a_card = not _OF_A_CARD.isdisjoint(getattr(item, "fixturenames", ()))
        if has_a_card and item.get_closest_marker("card_effects") is None:
            item.add_marker(pytest.mark.card_effects("writes", "keys", "tries"))


@pytest.fixture(scope="session", autouse=True)
def databases(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A folder for smart card databases, and one named for what is started outside of a test."""
    folder = tmp_path_factory.mktemp("databases")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(_DATABASE, str(folder / "0.sqlite3"))
        yield folder


@pytest.fixture(autouse=True)
def database_file(databases: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The file of the test's own smart card database, which its subprocesses use, too; not there until written."""
    path = databases / f"{next(_numbers)}.sqlite3"
    monkeypatch.setenv(_DATABASE, str(path))
    return path


@pytest.fixture
def eventually() -> Callable[[Callable[[], object]], None]:
    """Wait until a condition holds; fails after a bound."""

    def wait(condition: Callable[[], object]) -> None:
        pause, deadline = threading.Event(), time.monotonic() + PATIENCE_S
        while not condition():
            assert time.monotonic() < deadline, "it did not come true in time"
            pause.wait(0.005)

    return wait
