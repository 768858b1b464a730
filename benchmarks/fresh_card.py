"""A fresh card for each test: the snapshot restored and the card reset, on a reader that stays."""

from __future__ import annotations

import statistics

from measure import Figure, durations

from emulator import Card
from scardmgr.winscard.constants import Disposition, Protocols, ShareMode
from virtual_reader import insert

BARS = {"embedded": 1.0, "pcscd": 10.0}
COUNT = 200
WRITE = bytes.fromhex("00D600000401020304")
SELECT_EF = bytes.fromhex("00A4000C020100")


def renewals(via: str) -> list[float]:
    """Milliseconds of each renewal on a reader of that kind; the card is written to before each."""
    with Card.from_profile("iso7816") as card, insert(card, via=via) as reader:  # type: ignore[arg-type]
        manager = reader.resource_manager
        context = manager.establish_context()
        handle = manager.connect(context, reader.name, ShareMode.SHARED, Protocols.T1).handle
        mark = card.snapshot()

        def renew() -> None:
            card.restore(mark)
            manager.reconnect(handle, ShareMode.SHARED, Protocols.T1, Disposition.RESET)

        times = []
        for _ in range(COUNT):
            for command in (SELECT_EF, WRITE):
                if manager.transmit(handle, command) != b"\x90\x00":
                    raise SystemExit("the card refuses the benchmark's write")
            times += durations(renew, 1)
        manager.release_context(context)
        return times


def figures() -> list[Figure]:
    """Milliseconds to have the card as new, seen through the resource manager."""
    return [
        Figure(f"fresh card, {via}", statistics.median(renewals(via)), "ms", bar=bar, at_least=False)
        for via, bar in BARS.items()
    ]
