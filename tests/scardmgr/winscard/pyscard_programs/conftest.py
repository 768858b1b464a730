"""A card in an embedded reader, and pyscard on it."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from smartcard.CardMonitoring import CardObserver
from smartcard.ReaderMonitoring import ReaderObserver

from emulator import Card
from scardmgr import EmbeddedResourceManager, pyscard_on
from virtual_reader import Reader, insert


@pytest.fixture
def card() -> Iterator[Card]:
    with Card.from_profile("iso7816") as emulated:
        yield emulated


@pytest.fixture
def manager() -> EmbeddedResourceManager:
    return EmbeddedResourceManager()


@pytest.fixture
def reader(card: Card, manager: EmbeddedResourceManager) -> Iterator[Reader]:
    with insert(card, into=manager) as inserted:
        yield inserted


@pytest.fixture
def on_it(manager: EmbeddedResourceManager, reader: Reader) -> Iterator[EmbeddedResourceManager]:
    """pyscard in this process works on ``manager``, which has ``reader``."""
    with pyscard_on(manager):
        yield manager


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
