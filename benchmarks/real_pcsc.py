"""What the platform's resource manager costs above pyscard, whose functions it bounds: both in one process."""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
from pathlib import Path

from measure import Figure, median_ratio

from emulator import Card
from virtual_reader import PrivateDaemon

PEER = Path(__file__).with_name("peers") / "managed_pcsc.py"
#: What a command may cost above pyscard, which every program would have to pay.
_BAR = 1.1


def figures(seconds: float, rounds: int) -> list[Figure]:
    """Microseconds of calls through the resource manager, beside the same calls of bare pyscard."""
    with Card.from_profile("iso7816") as card, PrivateDaemon() as daemon, daemon.insert(card) as reader:
        done = subprocess.run(
            [sys.executable, str(PEER), reader.name, str(seconds), str(rounds)],
            env=os.environ | reader.environment,
            stdout=subprocess.PIPE,
            text=True,
            check=True,
        )
    taken: dict[str, dict[str, list[float]]] = json.loads(done.stdout)
    found: list[Figure] = []
    for what, by in taken.items():
        is_command = what.startswith("SCardTransmit")
        found += [
            Figure(f"{what}, bare pyscard", statistics.median(by["bare"]), "µs"),
            Figure(
                f"{what}, resource manager",
                statistics.median(by["managed"]),
                "µs",
                ratio=median_ratio(by["managed"], by["bare"]),
                peer="of bare pyscard",
                bar=_BAR if is_command else None,
                at_least=False,
            ),
        ]
    return found
