"""The command line ``scard``, which tells how long its card took.

usage: timed_scard.py FILE ARGUMENT...

It does what ``scard ARGUMENT...`` does, and writes to FILE the seconds inside ``Card.transmit``, whatever is done
there: what is imported for the first time and what is written to an image, too.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

from emulator import Card
from sandbox.command_line import main

untimed = Card.transmit
spent: list[float] = []


def transmit(card: Card, command: bytes) -> bytes:
    """As the card's; its time is added."""
    start = time.perf_counter()
    try:
        return untimed(card, command)
    finally:
        spent.append(time.perf_counter() - start)


Card.transmit = transmit  # type: ignore[method-assign]
try:
    main(sys.argv[2:])
finally:
    Path(sys.argv[1]).write_text(str(sum(spent)), encoding="ascii")
