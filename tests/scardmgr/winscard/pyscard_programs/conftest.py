"""A card in an embedded reader, and pyscard on it."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

import pytest

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


@pytest.fixture
def soon() -> Callable[[Callable[[], object]], None]:
    """Wait until something is so; a bound makes a failure of what never comes."""

    def wait(condition: Callable[[], object]) -> None:
        bound = time.monotonic() + 20
        while not condition():
            assert time.monotonic() < bound
            time.sleep(0.002)

    return wait
