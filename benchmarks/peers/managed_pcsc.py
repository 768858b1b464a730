"""A program that does the same through the platform's resource manager of this project and through pyscard, in turns.

usage: python managed_pcsc.py READER SECONDS ROUNDS

Prints one JSON object: by name of what was done, microseconds per call of the one and of the other, round by round.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from typing import Any

from smartcard import scard

from scardmgr.winscard.database import SmartCardDatabase
from scardmgr.winscard.pcsc import PCSCResourceManager

SELECT = list(bytes.fromhex("00A4000C023F00"))
AT_ONCE = 50
SHARED, EITHER, LEAVE, T1 = scard.SCARD_SHARE_SHARED, scard.SCARD_PROTOCOL_ANY, scard.SCARD_LEAVE_CARD, 2

Step = Callable[[], Any]


def microseconds(step: Step, seconds: float) -> float:
    """The time of one step, over at least so many seconds."""
    count, start = 0, time.perf_counter()
    while (elapsed := time.perf_counter() - start) < seconds:
        for _ in range(AT_ONCE):
            step()
        count += AT_ONCE
    return elapsed / count * 1e6


class User:
    """A handle of its own, by the functions of either."""

    def __init__(self, functions: Any, reader: str) -> None:
        self._functions = functions
        self._context = self._done(functions.SCardEstablishContext(scard.SCARD_SCOPE_USER))[0]
        self._reader = reader
        self._card = self._done(functions.SCardConnect(self._context, reader, SHARED, EITHER))[0]

    @staticmethod
    def _done(answer: Any) -> Any:
        code, *rest = answer if isinstance(answer, (list, tuple)) else [answer]
        if code != scard.SCARD_S_SUCCESS:
            sys.exit(scard.SCardGetErrorMessage(code))
        return rest

    def transmit(self) -> None:
        """SELECT."""
        self._functions.SCardTransmit(self._card, T1, SELECT)

    def transaction(self) -> None:
        """An empty transaction."""
        self._functions.SCardBeginTransaction(self._card)
        self._functions.SCardEndTransaction(self._card, LEAVE)

    def status(self) -> None:
        """SCardStatus."""
        self._functions.SCardStatus(self._card)

    def connect(self) -> None:
        """A further handle, opened and closed."""
        [card, _] = self._done(self._functions.SCardConnect(self._context, self._reader, SHARED, EITHER))
        self._functions.SCardDisconnect(card, LEAVE)

    def begin(self) -> None:
        """Hold the card."""
        self._done(self._functions.SCardBeginTransaction(self._card))

    def end(self) -> None:
        """Let it go."""
        self._done(self._functions.SCardEndTransaction(self._card, LEAVE))


def main() -> None:
    """Measure and print."""
    reader, seconds, rounds = sys.argv[1], float(sys.argv[2]), int(sys.argv[3])
    manager = PCSCResourceManager(database=SmartCardDatabase.in_memory())
    users = {"managed": User(manager, reader), "bare": User(scard, reader)}
    taken: dict[str, dict[str, list[float]]] = {}

    def note(what: str, who: str, step: Step) -> None:
        taken.setdefault(what, {}).setdefault(who, []).append(microseconds(step, seconds))

    for _ in range(rounds):
        for who, user in users.items():
            note("SCardTransmit", who, user.transmit)
            user.begin()
            note("SCardTransmit in a transaction", who, user.transmit)
            user.end()
            note("SCardBeginTransaction and SCardEndTransaction", who, user.transaction)
            note("SCardStatus", who, user.status)
            note("SCardConnect and SCardDisconnect", who, user.connect)
    print(json.dumps(taken))


main()
