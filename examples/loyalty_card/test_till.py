"""The till, tested without a card, a reader or a PC/SC daemon. Each test gets a fresh card."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import till

from emulator import Card
from scardmgr import HResultError, ISCardManage, SCardManage
from virtual_reader import insert

KEY = bytes(range(15, -1, -1))


@pytest.fixture(scope="session")
def card() -> Iterator[Card]:
    """One card for all tests: making it takes a while, restoring it does not."""
    with Card.from_profile(Path(__file__).with_name("loyalty.toml")) as emulated:
        yield emulated


@pytest.fixture
def manage(card: Card) -> Iterator[ISCardManage]:
    """Attached to the card as it was when it was made."""
    mark = card.snapshot()
    with insert(card, via="embedded") as reader, SCardManage(reader.resource_manager) as attached:
        attached.AttachByIFD(reader.name)
        yield attached
    card.restore(mark)


@pytest.mark.parametrize("points", [1, 10, 1000])
def test_points_are_added_to_a_fresh_card(manage: ISCardManage, points: int) -> None:
    assert till.add_points(manage, KEY, points) == points


def test_points_add_up(manage: ISCardManage) -> None:
    till.add_points(manage, KEY, 5)
    assert till.add_points(manage, KEY, 7) == 12


def test_a_till_with_another_key_is_refused(manage: ISCardManage) -> None:
    with pytest.raises(HResultError) as refusal:
        till.add_points(manage, bytes(16), 1)
    assert refusal.value.name == "SCARD_W_CARD_NOT_AUTHENTICATED"
