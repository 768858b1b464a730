"""Real PC/SC: many threads at one card, in contexts of their own and in the same one."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from itertools import groupby
from typing import Any

import pytest

from scardmgr.winscard.database import SmartCardDatabase
from scardmgr.winscard.pcsc import PCSCResourceManager
from scardmgr.winscard.values import ReaderState

OK = b"\x90\x00"
THREADS, TURNS, COMMANDS = 6, 8, 4
SECONDS = 100.0

pytestmark = [
    pytest.mark.parametrize("bench", ["pcscd"], indirect=True),
    pytest.mark.parametrize("socket_of_a_context", ["known", "unknown"], indirect=True),
]


@pytest.mark.parametrize("contexts", ["their own", "the same"])
def test_transactions_of_threads_do_not_mix(socket_of_a_context: str, desk: Any, contexts: str) -> None:
    rm = PCSCResourceManager(database=SmartCardDatabase.in_memory(), patience_s=100.0)
    shared = rm.establish_context()
    begin = threading.Barrier(THREADS)
    desk.card.history.clear()

    def work(number: int) -> int:
        context = shared if contexts == "the same" else rm.establish_context()
        card = rm.connect(context, desk.reader).handle
        begin.wait(60)
        for _ in range(TURNS):
            rm.begin_transaction(card)
            for step in range(COMMANDS):
                assert rm.transmit(card, bytes((0x80, number, step, 0))) == OK
                rm.status(card)
            rm.end_transaction(card)
            rm.get_status_change(context, 0, [ReaderState(desk.reader)])
        rm.disconnect(card)
        if context != shared:
            rm.release_context(context)
        return number

    with ThreadPoolExecutor(THREADS) as pool:
        assert list(pool.map(work, range(THREADS), timeout=SECONDS)) == list(range(THREADS))
    commands = [each for each in desk.card.history if isinstance(each, bytes)]
    assert len(commands) == THREADS * TURNS * COMMANDS
    runs = [(number, list(steps)) for number, steps in groupby(commands, key=lambda command: command[1])]
    assert all([step[2] for step in steps] == list(range(COMMANDS)) * (len(steps) // COMMANDS) for _, steps in runs)
    assert rm.get_transmit_count(rm.connect(shared, desk.reader).handle) == len(commands)
    rm.release_context(shared)


def test_contexts_come_and_go_in_many_threads(
    socket_of_a_context: str, desk: Any, eventually: Callable[..., None]
) -> None:
    rm = PCSCResourceManager(database=SmartCardDatabase.in_memory(), patience_s=100.0)

    def work(_: int) -> None:
        for _ in range(TURNS):
            context = rm.establish_context()
            card = rm.connect(context, desk.reader).handle
            assert rm.transmit(card, b"\x80\0\0\0") == OK
            rm.release_context(context)

    with ThreadPoolExecutor(THREADS) as pool:
        list(pool.map(work, range(THREADS), timeout=SECONDS))
    assert rm._scard._contexts == {}
    assert rm._scard._handles == {}
    eventually(lambda: desk.open_handles() == 0)
