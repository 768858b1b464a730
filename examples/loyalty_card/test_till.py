"""The till, tested without a card, a reader or a PC/SC daemon. Each test gets a fresh card."""

from __future__ import annotations

import pytest
import till

from scardmgr import HResultError, ISCardManage

KEY = bytes(range(15, -1, -1))

pytestmark = [pytest.mark.card("loyalty.toml"), pytest.mark.card_effects("writes", "keys")]


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
