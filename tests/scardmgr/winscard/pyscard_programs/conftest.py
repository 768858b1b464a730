"""What pyscard's monitors tell."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import pytest
from smartcard.CardMonitoring import CardObserver
from smartcard.ReaderMonitoring import ReaderObserver


class Seen(CardObserver, ReaderObserver):
    """What a monitor told, as pyscard words it: ``ATR / reader`` or ``reader``."""

    def __init__(self) -> None:
        self.came: list[str] = []
        self.went: list[str] = []
        self._told = threading.Condition()

    @property
    def readers(self) -> list[str]:
        """The readers that came, or that a card came into."""
        return [each.rpartition(" / ")[2] for each in self.came]

    def update(self, _observable: Any, handlers: tuple[list[Any], list[Any]]) -> None:
        came, went = handlers
        with self._told:
            self.came += map(str, came)
            self.went += map(str, went)
            self._told.notify_all()

    def until(self, is_so: Callable[[], object]) -> None:
        """Wait until that is so; a bound makes a failure of what never comes."""
        with self._told:
            assert self._told.wait_for(is_so, timeout=20)


@pytest.fixture
def observer() -> type[Seen]:
    """For a monitor of cards or readers."""
    return Seen
