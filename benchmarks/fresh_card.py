"""A fresh card for each test: the snapshot restored and the card reset, on a reader that stays."""

from __future__ import annotations

import statistics

from measure import Figure, durations

from emulator import Card
from scardmgr.winscard.constants import Disposition, Protocols, ShareMode
from virtual_reader import insert

BARS = {"embedded": 1.0, "pcscd": 10.0}
COUNT = 200
SELECT = bytes.fromhex("00A4000C023F00")
WRITE = bytes.fromhex("00D600000401020304")
SELECT_EF = bytes.fromhex("00A4000C020100")


def figures() -> list[Figure]:
    """Milliseconds to have the card as new, seen through the resource manager, after a write."""
    found = []
    for via, bar in BARS.items():
        with Card.from_profile("iso7816") as card, insert(card, via=via) as reader:  # type: ignore[arg-type]
            manager = reader.resource_manager
            context = manager.establish_context()
            handle = manager.connect(context, reader.name, ShareMode.SHARED, Protocols.T1).handle
            mark = card.snapshot()
            times = []
            for _ in range(COUNT):
                for command in (SELECT_EF, WRITE):
                    if manager.transmit(handle, command) != b"\x90\x00":
                        raise SystemExit("the card refuses the benchmark's write")

                def renew() -> None:
                    card.restore(mark)
                    manager.reconnect(handle, ShareMode.SHARED, Protocols.T1, Disposition.RESET)

                times += durations(renew, 1)
            manager.release_context(context)
        found.append(Figure(f"fresh card, {via}", statistics.median(times), "ms", bar=bar, at_least=False))
    return found
