"""A program whose calls of real PC/SC get into trouble, by what it is told.

usage: python calls_in_trouble.py TROUBLE READER

Says "ready" when the trouble may begin, reads a line when it has, and prints one JSON object: what each call gave.
"""

from __future__ import annotations

import json
import os
import sys
import threading
import time
from collections.abc import Callable
from typing import Any

from smartcard import scard

from scardmgr.winscard.constants import Disposition, ShareMode
from scardmgr.winscard.database import SmartCardDatabase
from scardmgr.winscard.errors import SCardError
from scardmgr.winscard.pcsc import PCSCResourceManager
from scardmgr.winscard.pcsc.bounds import calls
from scardmgr.winscard.pcsc.bounds.contexts import Bounds
from scardmgr.winscard.values import ReaderState

TROUBLE, READER = sys.argv[1:3]
COMMAND = bytes.fromhex("00A4000C023F00")
EMPTY = 0x10
ATTEMPTS_S = 30.0

rm = PCSCResourceManager(database=SmartCardDatabase.in_memory(), patience_s=1.0, answer_s=1.0)
if TROUBLE == "stopped_daemon":
    rm._scard._bounds = Bounds(0.5, 0.5, 0.5)
    calls._DAEMON_S = 0.5


def outcome(call: Callable[[], Any]) -> str:
    """ "done", or the name of the code."""
    try:
        call()
    except SCardError as error:
        return error.name
    return "done"


def say(word: str) -> None:
    print(word, flush=True)


def trouble_begins() -> None:
    say("ready")
    sys.stdin.readline()


def connected(share_mode: ShareMode = ShareMode.SHARED) -> tuple[int, int]:
    """A context of its own, and a handle in it."""
    context = rm.establish_context()
    return context, rm.connect(context, READER, share_mode).handle


def eventually(call: Callable[[], Any]) -> str:
    """What a call gives in the end, when the daemon has got over it."""
    deadline = time.monotonic() + ATTEMPTS_S
    while True:
        given = outcome(call)
        if given == "done" or time.monotonic() > deadline:
            return given
        time.sleep(0.05)


def stopped_daemon() -> dict[str, str]:
    """The daemon does not run any more, though it is there."""
    on_context: dict[str, Callable[[int], Any]] = {
        "list_readers": rm.list_readers,
        "get_status_change at once": lambda context: rm.get_status_change(context, 0, [ReaderState(READER)]),
        "get_status_change": lambda context: rm.get_status_change(context, 100, [ReaderState(READER, 0x20)]),
        "connect": lambda context: rm.connect(context, READER),
        "is_valid_context": lambda context: rm.is_valid_context(context) or sys.exit("no longer valid"),
        "cancel": rm.cancel,
        "release_context": rm.release_context,
    }
    on_card: dict[str, Callable[[int], Any]] = {
        "begin_transaction": rm.begin_transaction,
        "status": rm.status,
        "transmit": lambda card: rm.transmit(card, COMMAND),
        "reconnect": rm.reconnect,
        "disconnect": rm.disconnect,
        "disconnect with a reset": lambda card: rm.disconnect(card, Disposition.RESET),
        "control": lambda card: rm.control(card, 1),
        "get_attribute": lambda card: rm.get_attribute(card, 0),
        "set_attribute": lambda card: rm.set_attribute(card, 0, b"\0"),
    }
    contexts = {name: rm.establish_context() for name in on_context}
    cards = {name: connected() for name in on_card}
    _, held = connected()
    rm.begin_transaction(held)
    waiting = rm.establish_context()
    [empty_reader] = {*rm.list_readers(waiting)} - {READER}
    waited: list[str] = []
    wait = threading.Thread(
        target=lambda: waited.append(
            outcome(lambda: rm.get_status_change(waiting, None, [ReaderState(empty_reader, EMPTY)]))
        )
    )
    wait.start()
    while not rm._scard._contexts[waiting].waits:
        time.sleep(0.001)
    trouble_begins()
    rm.cancel(waiting)
    wait.join(ATTEMPTS_S)
    found = {
        "a wait that is cancelled": ", ".join(waited),
        "end_transaction": outcome(lambda: rm.end_transaction(held)),
    }
    found |= {name: outcome(lambda: on_context[name](contexts[name])) for name in on_context}  # noqa: B023
    found |= {name: outcome(lambda: on_card[name](cards[name][1])) for name in on_card}  # noqa: B023
    found["establish_context"] = outcome(rm.establish_context)
    found["releases"] = ", ".join(
        sorted({outcome(lambda: rm.release_context(context)) for context, _ in cards.values()})  # noqa: B023
    )
    say("over")
    sys.stdin.readline()
    found["afterwards"] = eventually(lambda: rm.transmit(connected()[1], COMMAND))
    return found


def blocked_by_others() -> dict[str, str]:
    """Somebody uses one context from two threads, past the resource manager: libpcsclite then has all others wait."""
    context, card = connected()
    _, theirs = scard.SCardEstablishContext(scard.SCARD_SCOPE_USER)
    _, names = scard.SCardListReaders(theirs, [])
    empty = [(name, EMPTY) for name in names if name != READER]
    threading.Thread(target=scard.SCardGetStatusChange, args=(theirs, scard.INFINITE, empty), daemon=True).start()
    time.sleep(0.3)
    threading.Thread(target=scard.SCardListReaders, args=(theirs, []), daemon=True).start()
    time.sleep(0.3)
    found = {"transmit": outcome(lambda: rm.transmit(card, COMMAND))}
    found["afterwards"] = eventually(lambda: rm.transmit(connected()[1], COMMAND))
    found["release"] = outcome(lambda: rm.release_context(context))
    return found


def interrupted() -> dict[str, str]:
    """Ctrl-C while it waits in each way that there is."""
    context, card = connected()
    [empty_reader] = {*rm.list_readers(context)} - {READER}
    patient = PCSCResourceManager(database=SmartCardDatabase.in_memory(), patience_s=600.0)
    their_context = patient.establish_context()
    theirs = patient.connect(their_context, READER).handle
    ways: dict[str, Callable[[], Any]] = {
        "get_status_change": lambda: rm.get_status_change(context, None, [ReaderState(empty_reader, EMPTY)]),
        "begin_transaction": lambda: patient.begin_transaction(theirs),
        "status": lambda: patient.status(theirs),
        "connect": lambda: patient.connect(their_context, READER),
    }
    rm.begin_transaction(card)
    found = {}
    for name, call in ways.items():
        try:
            say("ready")
            call()
        except KeyboardInterrupt:
            found[name] = "interrupted"
    rm.end_transaction(card)
    found["afterwards"] = eventually(lambda: patient.transmit(theirs, COMMAND))
    found["and"] = outcome(lambda: rm.list_readers(context))
    return found


def forked() -> dict[str, str]:
    """A child, while a thread waits and another one uses the card."""
    context, card = connected()
    waiting = rm.establish_context()
    [empty_reader] = {*rm.list_readers(context)} - {READER}
    ends = threading.Event()

    def use() -> None:
        _, mine = connected()
        while not ends.is_set():
            rm.transmit(mine, COMMAND)

    user = threading.Thread(target=use)
    user.start()
    wait = threading.Thread(
        target=lambda: outcome(lambda: rm.get_status_change(waiting, None, [ReaderState(empty_reader, EMPTY)]))
    )
    wait.start()
    found: dict[str, str] = {}
    for turn in range(5):
        reading, writing = os.pipe()
        pid = os.fork()
        if pid == 0:
            seen = [
                outcome(lambda: rm.transmit(card, COMMAND)),
                outcome(lambda: rm.release_context(context)),
                str(rm.is_valid_context(context)),
                eventually(lambda: rm.transmit(connected()[1], COMMAND)),
            ]
            os.write(writing, ", ".join(seen).encode())
            sys.exit(0)
        os.close(writing)
        with os.fdopen(reading) as pipe:
            found[f"child {turn}"] = pipe.read()
        found[f"status {turn}"] = str(os.waitpid(pid, 0)[1])
    found["parent"] = outcome(lambda: rm.transmit(card, COMMAND))
    ends.set()
    rm.cancel(waiting)
    user.join(ATTEMPTS_S)
    wait.join(ATTEMPTS_S)
    found["threads"] = str(threading.active_count() > 0 and not user.is_alive() and not wait.is_alive())
    return found


def exits() -> dict[str, str]:
    """It ends with everything under way."""
    context, card = connected()
    rm.begin_transaction(card)
    [empty_reader] = {*rm.list_readers(context)} - {READER}
    other, _ = connected_beside()
    for call in (
        lambda: rm.get_status_change(context, None, [ReaderState(empty_reader, EMPTY)]),
        lambda: rm.connect(other, READER),
        lambda: rm.transmit(beside[1], COMMAND),
    ):
        threading.Thread(target=outcome, args=(call,), daemon=True).start()
    return {"connect": outcome(lambda: rm.connect(rm.establish_context(), READER))}


def connected_beside() -> tuple[int, int]:
    return beside


beside = connected() if TROUBLE == "exits" else (0, 0)

if __name__ == "__main__":
    say(json.dumps(globals()[TROUBLE]()))
