"""What threads may do to each other in the embedded resource manager, at the worst moment."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Iterator
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from scardmgr.winscard.codes import SCardCode
from scardmgr.winscard.constants import Disposition, Protocols, ReaderStateFlag, ShareMode
from scardmgr.winscard.embedded import resource_managing, transactions
from scardmgr.winscard.embedded.slots import Slot
from scardmgr.winscard.errors import SCardError, StatusChangeError
from scardmgr.winscard.values import ReaderState

COMMAND = bytes.fromhex("00A4000C023F00")
EMPTY = ReaderStateFlag.EMPTY.value
BENCHMARKS = Path(__file__).parents[3] / "benchmarks"
PROGRAM = Path(__file__).with_name("programs") / "interrupted.py"
LEAVE, RESET, UNPOWER = Disposition.LEAVE, Disposition.RESET, Disposition.UNPOWER
Eventually = Callable[[Callable[[], bool]], None]


@pytest.fixture(scope="module")
def many_threads() -> Iterator[ModuleType]:
    sys.path.append(str(BENCHMARKS))  # where its own imports are
    try:
        yield import_module("many_threads")
    finally:
        sys.path.remove(str(BENCHMARKS))


def test_a_context_released_during_a_command_lets_it_end(embedded_bench: Any, threads: Any) -> None:
    bench = embedded_bench
    inserted = bench.insert_scripted()
    card = bench.connect_other()
    started, go_on = threading.Event(), threading.Event()

    def slow(_: bytes) -> bytes:
        started.set()
        assert go_on.wait(10)
        return b"\x90\x00"

    inserted.answer = slow
    result = threads.start(lambda: bench.rm.transmit(card, COMMAND))
    assert started.wait(10)
    bench.rm.release_context(bench.contexts[-1])
    assert bench.slot.handles == []
    go_on.set()
    assert result() == b"\x90\x00"
    with pytest.raises(SCardError, match="INVALID_HANDLE"):
        bench.rm.transmit(card, COMMAND)


@pytest.mark.parametrize(
    ("verb", "call", "code"),
    [
        ("reset", lambda bench, card: bench.rm.reconnect(card, initialization=RESET), "NO_SMARTCARD"),
        ("power_on", lambda bench, card: bench.rm.reconnect(card, initialization=UNPOWER), "NO_SMARTCARD"),
        ("reset", lambda bench, card: bench.rm.end_transaction(card, RESET), "REMOVED_CARD"),
        ("reset", lambda bench, card: bench.rm.disconnect(card, RESET), ""),
        ("transmit", lambda bench, card: bench.rm.transmit(card, COMMAND), "NO_SMARTCARD"),
    ],
)
def test_a_card_may_be_pulled_out_of_anything(
    embedded_bench: Any,
    threads: Any,
    monkeypatch: pytest.MonkeyPatch,
    eventually: Eventually,
    verb: str,
    call: Callable[[Any, int], Any],
    code: str,
) -> None:
    bench = embedded_bench
    inserted = bench.insert_scripted()
    card = bench.connect()
    bench.rm.begin_transaction(card)
    does = getattr(inserted, verb)
    started, go_on = threading.Event(), threading.Event()

    def slow(*arguments: Any) -> bytes:
        started.set()
        assert go_on.wait(10)
        answer: bytes = does(*arguments)
        return answer

    monkeypatch.setattr(inserted, verb, slow)
    result = threads.start(lambda: call(bench, card))
    assert started.wait(10)
    removed = threads.start(bench.remove)
    eventually(lambda: not bench.slot.occupied)
    go_on.set()
    if code:
        with pytest.raises(SCardError, match=code):
            result()
    else:
        result()
    removed()
    assert inserted.history[-1] == "off"
    assert (bench.slot.hold.holder, bench.slot.atr) == (None, b"")
    monkeypatch.undo()
    bench.slot.insert(inserted)
    assert bench.rm.transmit(bench.connect_other(), COMMAND) == b"\x90\x00"


class PulledAtTheSecondLook(Slot):
    """A reader whose card is pulled by a hand at the moment when its protocol is looked at."""

    @property
    def protocol(self) -> Protocols:
        if self.__dict__.pop("hand", False):
            self.remove()
        in_force: Protocols = self.__dict__["protocol"]
        return in_force

    @protocol.setter
    def protocol(self, in_force: Protocols) -> None:
        self.__dict__["protocol"] = in_force


@pytest.mark.parametrize(
    "call",
    [
        pytest.param(lambda bench, card: bench.rm.transmit(card, COMMAND), id="transmit"),
        pytest.param(lambda bench, card: bench.rm.transmit(card, COMMAND, Protocols.T1), id="transmit by T=1"),
        pytest.param(lambda bench, card: bench.rm.reconnect(card), id="reconnect"),
        pytest.param(lambda bench, card: bench.rm.reconnect(card, initialization=RESET), id="reset"),
        pytest.param(lambda bench, _: bench.connect_other(), id="connect"),
    ],
)
def test_a_card_pulled_while_its_protocol_is_looked_at_is_no_mismatch(
    embedded_bench: Any, call: Callable[[Any, int], Any]
) -> None:
    bench = embedded_bench
    bench.insert_scripted()
    card = bench.connect()
    bench.slot.__class__ = PulledAtTheSecondLook
    bench.slot.hand = True
    with pytest.raises(SCardError) as raised:
        call(bench, card)
    assert raised.value.code is SCardCode.SCARD_E_NO_SMARTCARD


def test_no_cancellation_of_a_wait_is_lost(embedded_bench: Any, threads: Any, eventually: Eventually) -> None:
    bench = embedded_bench
    for _ in range(150):
        result = threads.start(
            lambda: bench.rm.get_status_change(bench.context, None, [ReaderState(bench.reader, EMPTY)])
        )
        eventually(lambda: bench.waiters() == 1)
        bench.rm.cancel(bench.context)
        with pytest.raises(StatusChangeError) as raised:
            result()
        assert raised.value.code is SCardCode.SCARD_E_CANCELLED
    assert bench.left_over() == []


def test_contexts_that_come_and_go_leave_nothing_behind(embedded_bench: Any, threads: Any) -> None:
    bench = embedded_bench
    bench.insert_scripted()

    codes: set[int] = set()

    def program(number: int) -> None:
        for index in range(100):
            context = bench.rm.establish_context()
            handles = [bench.rm.connect(context, bench.reader).handle for _ in range(3)]
            try:
                bench.rm.begin_transaction(handles[number % 3])
                bench.rm.transmit(handles[number % 3], COMMAND)
                if index % 2:
                    bench.rm.end_transaction(handles[number % 3])
            except SCardError as error:  # another thread's context was released inside its transaction
                codes.add(error.code)
            bench.rm.release_context(context)

    for result in [threads.start(lambda n=n: program(n)) for n in range(6)]:
        result()
    assert codes <= {SCardCode.SCARD_W_RESET_CARD}
    assert bench.left_over() == []
    assert (bench.slot.handles, bench.embedded._cards, len(bench.embedded._contexts)) == ([], {}, 1)
    assert bench.rm.transmit(bench.connect(ShareMode.EXCLUSIVE), COMMAND) == b"\x90\x00"


def test_who_begins_again_and_again_keeps_nobody_out(embedded_bench: Any, threads: Any, eventually: Eventually) -> None:
    bench = embedded_bench
    inserted = bench.insert_scripted()
    card, other = bench.connect(), bench.connect_other()
    pause, served = threading.Event(), threading.Event()

    def slow(_: bytes) -> bytes:
        pause.wait(0.002)  # the others may run, and find the card held
        return b"\x90\x00"

    inserted.answer = slow
    turns = 0

    def begin_again_and_again() -> None:
        nonlocal turns
        while not served.is_set():
            bench.rm.begin_transaction(card)
            bench.rm.transmit(card, COMMAND)
            turns += bool(bench.slot.hold.queue)
            bench.rm.end_transaction(card)

    result = threads.start(begin_again_and_again)
    eventually(lambda: COMMAND in inserted.history)
    bench.rm.begin_transaction(other)
    served.set()
    bench.rm.end_transaction(other)
    result()
    assert turns < 500


def test_nobody_is_woken_by_what_happens_elsewhere(
    embedded_bench: Any, threads: Any, eventually: Eventually, monkeypatch: pytest.MonkeyPatch
) -> None:
    bench = embedded_bench
    compare, looks = resource_managing.compare, []

    def counting(states: Any, *arguments: Any) -> Any:
        looks.append([state.reader for state in states])
        return compare(states, *arguments)

    monkeypatch.setattr(resource_managing, "compare", counting)
    result = threads.start(
        lambda: bench.rm.get_status_change(bench.context, None, [ReaderState(bench.empty_reader, EMPTY)])
    )
    eventually(lambda: len(looks) == 2)
    for _ in range(20):
        bench.insert_scripted()
        bench.rm.disconnect(bench.connect())
        bench.remove()
        bench.embedded.add_reader("another").close()
    bench.rm.cancel(bench.context)
    with pytest.raises(StatusChangeError):
        result()
    assert len(looks) <= 3


@pytest.mark.parametrize("seed", [1, 2])
def test_totals_add_up(many_threads: Any, seed: int) -> None:
    totals = many_threads.Run(threads=24, readers=3, seed=seed).go(0.7)
    assert totals.wrong == []
    assert totals.executed == totals.answered + totals.torn > 0
    assert totals.transactions > 0
    assert totals.events > 0


def test_totals_that_do_not_add_up_are_told(many_threads: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transactions.Hold, "excludes", lambda *_: False)
    monkeypatch.setattr(transactions.Hold, "begin", lambda *_: True)
    totals = many_threads.Run(threads=12, readers=1, seed=1).go(0.5)
    assert totals.wrong
