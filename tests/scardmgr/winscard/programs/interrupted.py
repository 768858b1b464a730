"""A program whose main thread gets a signal while it waits in the embedded resource manager, or while a card works.

usage: python interrupted.py CALL [SIGNAL]

With SIGINT it is interrupted; with SIGUSR1 a handler of its own cancels the wait. Prints what it saw, and in the end
whether the reader is as free as before.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
from types import FrameType

from scardmgr.winscard.constants import ReaderStateFlag, ShareMode
from scardmgr.winscard.embedded import EmbeddedResourceManager
from scardmgr.winscard.errors import SCardError
from scardmgr.winscard.values import ReaderState

EMPTY = ReaderStateFlag.EMPTY.value


class Card:
    """Signals as soon as it is to execute something that begins with EE, and takes its time."""

    always_ends = True  # so that the signal comes in the middle of it

    def power_on(self) -> bytes:
        return bytes.fromhex("3B800181")

    reset = power_on

    def power_off(self) -> None:
        """Nothing is lost."""

    def transmit(self, command: bytes) -> bytes:
        if command[0] == 0xEE:
            os.kill(os.getpid(), SIGNAL)
            threading.Event().wait(10)
        return b"\x90\x00"


SIGNAL = signal.Signals[sys.argv[2]] if len(sys.argv) > 2 else signal.SIGINT
rm = EmbeddedResourceManager()
slot = rm.add_reader("R")
empty = rm.add_reader("empty")
slot.insert(Card())
context, others = rm.establish_context(), rm.establish_context()
card = rm.connect(context, "R").handle


def on_signal(_signal: int, _frame: FrameType | None) -> None:
    rm.cancel(context)


def when_waiting() -> None:
    """Signal once the main thread waits."""
    pause = threading.Event()
    while not (slot.hold.queue or empty.changed.alarms):
        pause.wait(0.001)
    pause.wait(0.02)
    os.kill(os.getpid(), SIGNAL)


def wait_for_change() -> None:
    rm.get_status_change(context, None, [ReaderState("empty", EMPTY)])


def wait_for_transaction() -> None:
    other = rm.connect(others, "R").handle
    rm.begin_transaction(other)
    try:
        rm.begin_transaction(card)
    finally:
        rm.end_transaction(other)
        rm.disconnect(other)


def transmit() -> None:
    rm.transmit(card, b"\xee\0\0\0")


CALLS = {"wait_for_change": wait_for_change, "wait_for_transaction": wait_for_transaction, "transmit": transmit}

if SIGNAL != signal.SIGINT:
    signal.signal(SIGNAL, on_signal)
if sys.argv[1] != "transmit":
    threading.Thread(target=when_waiting, daemon=True).start()
try:
    CALLS[sys.argv[1]]()
    print("nothing")
except KeyboardInterrupt:
    print("interrupted")
except SCardError as error:
    print(error.name)
assert not slot.hold.queue
assert not empty.changed.alarms
assert rm.transmit(card, b"\0\0\0\0") == b"\x90\x00"
rm.disconnect(card)
outcome: list[bytes] = []
again = threading.Thread(
    target=lambda: outcome.append(rm.transmit(rm.connect(others, "R", ShareMode.EXCLUSIVE).handle, b"\0\0\0\0"))
)
again.start()
again.join(10)
print("free" if outcome == [b"\x90\x00"] else "not free")
