"""What the options of a run on a reader of the platform's PC/SC may be."""

from __future__ import annotations

import pytest

from sandbox.pytest_plugin.markers.effects import allowed
from sandbox.pytest_plugin.wrong_use import WrongUse


def check(config: pytest.Config) -> None:
    """Refuse what cannot be.

    Raises:
        pytest.UsageError: --scard-reader with --scard-via, or an unknown effect.
    """
    if config.getoption("scard_reader") is not None and config.getoption("scard_via") is not None:
        raise pytest.UsageError(
            "--scard-via puts emulated cards into readers of this run's own, --scard-reader names one of the "
            "platform's: give one of them"
        )
    try:
        allowed(config.getoption("scard_allow"))
    except WrongUse as mistake:
        raise pytest.UsageError(str(mistake)) from None


def require_reader(config: pytest.Config) -> None:
    """See that the reader is there, with a card, before any test runs.

    Raises:
        pytest.UsageError: it is not; says which readers there are.
    """
    if config.getoption("collectonly") or hasattr(config, "workerinput") or _runs_elsewhere(config):
        return
    from sandbox.pytest_plugin.platform.worker import PlatformWorker

    try:
        PlatformWorker(config.getoption("scard_reader")).close()
    except WrongUse as mistake:
        raise pytest.UsageError(str(mistake)) from None


def _runs_elsewhere(config: pytest.Config) -> bool:
    """Whether pytest-xdist has workers on other machines, which have readers of their own."""
    workers = getattr(config.option, "tx", None) or ()
    return any(not worker.rpartition("*")[2].startswith("popen") for worker in workers)
