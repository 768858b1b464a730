"""A try is spent, durably, before the comparison."""

from __future__ import annotations

from pathlib import Path

import pytest

from emulator import Card
from iso7816.icc import ICCMute

from .commands_of_the_card import OLD, WRONG
from .cut_at import CutAt


@pytest.mark.parametrize("value", [OLD, WRONG])
def test_a_try_is_spent_before_the_comparison(image: Path, value: str) -> None:
    """Cutting the power right after the first durable write, whatever the value, leaves one try less."""
    witness = CutAt()
    with Card.open(image, fault_point=witness) as card:
        card.power_on()
        witness.armed = True
        writes = []
        witness.reached = writes.append  # type: ignore[method-assign]
        card.transmit(bytes.fromhex(f"0020000104{value}"))
    assert writes[:2] == ["chvs", "commit"]
    left = tries_after_cut(image, f"0020000104{value}", 2)
    assert left == (2 if value == OLD else None)


def tries_after_cut(image: Path, command: str, place: int) -> int | None:
    """CHV 1's tries after a cut at ``place``, ``None`` where the command has no such write."""
    fault = CutAt(place)
    with Card.open(image, fault_point=fault) as card:
        card.restore(card.snapshot())
        card.power_on()
        card.transmit(bytes.fromhex("002C0301"))
        fault.armed = True
        try:
            card.transmit(bytes.fromhex(command))
        except ICCMute:
            return card._state.chvs[(0, 1)].tries_left
    return None
