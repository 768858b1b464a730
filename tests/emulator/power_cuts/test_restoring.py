"""The power is cut while a card is restored to a snapshot."""

from __future__ import annotations

from pathlib import Path

import pytest

from emulator import Card
from iso7816.icc import ICCMute

from ..observed import observe
from .cut_at import CutAt


def test_restore_is_one_durable_commit(image: Path) -> None:
    witness = CutAt()
    with Card.open(image, fault_point=witness) as card:
        card.power_on()
        mark = card.snapshot()
        before = observe(card)
        for command in ("00D68100034E4557", "00E000000D620B8002001082010183026F10", "00E40000027F10"):
            assert card.transmit(bytes.fromhex(command)) == b"\x90\x00"
            card.transmit(bytes.fromhex("00A4000C023F00"))
        after = observe(card)
        witness.armed = True
        card.restore(mark)
        witness.armed = False
        assert observe(card) == before
        card.restore(mark)
    changed = witness.count
    assert changed > 3
    for place in range(changed):
        fault = CutAt(place)
        with Card.open(image, fault_point=fault) as card:
            card.power_on()
            mark = card.snapshot()
            for command in ("00D68100034E4557", "00E000000D620B8002001082010183026F10", "00E40000027F10"):
                card.transmit(bytes.fromhex(command))
                card.transmit(bytes.fromhex("00A4000C023F00"))
            fault.armed = True
            with pytest.raises(ICCMute):
                card.restore(mark)
            fault.armed = False
            assert set(observe(card)) == set(after)
            card.restore(mark)
