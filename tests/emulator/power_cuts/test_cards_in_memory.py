"""A card in memory loses its power as one on an image does."""

from __future__ import annotations

import pytest

from emulator import Card
from iso7816.icc import ICCMute

from .commands_of_the_card import OLD
from .cut_at import CutAt


def test_a_card_in_memory_passes_the_fault_point_too() -> None:
    fault = CutAt(0)
    card = Card.from_profile("iso7816", fault_point=fault)
    card.power_on()
    fault.armed = True
    with pytest.raises(ICCMute):
        card.transmit(bytes.fromhex(f"0020000104{OLD}"))
    card.power_on()
    assert card.transmit(bytes.fromhex("00200001")) == b"\x63\xc3"
    fault.count = 0
    with pytest.raises(ICCMute):
        card.restore(card.snapshot())
