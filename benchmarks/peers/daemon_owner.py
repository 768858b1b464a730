"""A process that owns private daemons, each with a card that says which one it is in.

usage: daemon_owner.py COUNT

It says, one JSON object a line, for each daemon
{"number": N, "socket": PATH, "started_ms": MS, "inserted_ms": MS}; then, when a line comes in, closes them all and says
{"closed_s": S}. At the end of input it ends.

The card's ATR bears the number in two bytes, and every response begins with it.
"""

from __future__ import annotations

import json
import sys
import time
from contextlib import ExitStack

from iso7816.atr import ATR
from virtual_reader import PrivateDaemon


class NumberedICC:
    """A card that knows its number, and nothing else."""

    always_ends = True

    def __init__(self, number: int) -> None:
        self._number = number.to_bytes(2)

    def power_on(self) -> bytes:
        """T=0 and T=1, and two historical bytes: the number."""
        return ATR.build(protocols=(0, 1), historical_bytes=self._number).to_bytes()

    def reset(self) -> bytes:
        """The same."""
        return self.power_on()

    def power_off(self) -> None:
        """It forgets nothing."""

    def transmit(self, command: bytes) -> bytes:
        """The number and what was asked."""
        return self._number + command + b"\x90\x00"


def say(**what: object) -> None:
    """One line to who started this."""
    sys.stdout.write(json.dumps(what) + "\n")
    sys.stdout.flush()


def main(count: int) -> None:
    """Own the daemons."""
    with ExitStack() as stack:
        for number in range(count):
            start = time.perf_counter()
            daemon = stack.enter_context(PrivateDaemon())
            started = time.perf_counter()
            daemon.insert(NumberedICC(number))
            inserted = time.perf_counter()
            say(
                number=number,
                socket=daemon.socket_path,
                started_ms=(started - start) * 1000,
                inserted_ms=(inserted - started) * 1000,
            )
        if not sys.stdin.readline():
            return
        start = time.perf_counter()
    say(closed_s=time.perf_counter() - start)


main(int(sys.argv[1]))
