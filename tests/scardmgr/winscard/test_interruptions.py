"""What cards that call back, signal handlers and finalizers may do in the middle of a call."""

from __future__ import annotations

import gc
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from scardmgr.winscard.codes import SCardCode
from scardmgr.winscard.constants import Disposition, ReaderStateFlag
from scardmgr.winscard.embedded import resource_managing
from scardmgr.winscard.errors import SCardError, StatusChangeError
from scardmgr.winscard.pcsc.bounds.bounded_scard import BoundedScard
from scardmgr.winscard.pcsc.bounds.contexts import Bounds
from scardmgr.winscard.values import ReaderState

COMMAND = bytes.fromhex("00A4000C023F00")
EMPTY = ReaderStateFlag.EMPTY.value
BENCHMARKS = Path(__file__).parents[3] / "benchmarks"
PROGRAM = Path(__file__).with_name("programs") / "interrupted.py"
LEAVE, RESET, UNPOWER = Disposition.LEAVE, Disposition.RESET, Disposition.UNPOWER
Eventually = Callable[[Callable[[], bool]], None]


class Garbage:
    """Something that only the garbage collector finds, and that has a last wish."""

    def __init__(self, last_wish: Callable[[], object]) -> None:
        self.itself = self
        self._last_wish = last_wish

    def __del__(self) -> None:
        self._last_wish()


@pytest.fixture(autouse=True)
def no_collection_but_when_asked_for() -> Any:
    gc.collect()
    gc.disable()
    yield
    gc.enable()


# Finalizers


@pytest.mark.parametrize("disposition", [LEAVE, RESET, UNPOWER])
@pytest.mark.parametrize("wish", ["disconnect", "release_context"])
def test_a_finalizer_may_end_what_is_open_while_the_card_works(
    embedded_bench: Any, eventually: Eventually, disposition: Disposition, wish: str
) -> None:
    bench = embedded_bench
    inserted = bench.insert_scripted()
    card = bench.connect()
    other = bench.connect_other()
    ends: dict[str, Callable[[], object]] = {
        "disconnect": lambda: bench.rm.SCardDisconnect(other, disposition),
        "release_context": lambda: bench.rm.SCardReleaseContext(bench.contexts[-1]),
    }
    Garbage(ends[wish])

    def collect(_: bytes) -> bytes:
        gc.collect()
        assert inserted.history[-1] == COMMAND  # the card is not reset in the middle of its command
        return b"\x90\x00"

    inserted.answer = collect
    assert bench.rm.transmit(card, COMMAND) == b"\x90\x00"
    inserted.answer = lambda _: b"\x90\x00"
    eventually(lambda: [handle.number for handle in bench.slot.handles] == [card])
    assert other not in bench.embedded._cards
    if wish == "disconnect":
        felt = {LEAVE: COMMAND, RESET: "reset", UNPOWER: "off"}
        eventually(lambda: inserted.history[-1] == felt[disposition])


@pytest.mark.parametrize("disposition", [LEAVE, RESET])
def test_a_finalizer_may_end_what_is_open_while_the_state_is_changed(
    embedded_bench: Any, threads: Any, disposition: Disposition
) -> None:
    bench = embedded_bench
    bench.insert_scripted()
    other = bench.connect_other()
    Garbage(lambda: bench.rm.disconnect(other, disposition))

    def collect() -> None:
        with bench.slot.world:
            gc.collect()

    threads.start(collect)()
    assert bench.slot.handles == []


def test_a_finalizer_may_ring_and_cancel_anywhere(embedded_bench: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    bench = embedded_bench
    compare = resource_managing.compare
    looks: list[int] = []

    def look(*arguments: Any) -> Any:
        """At the second look, the thread is about to sleep: what happens in between must not be missed."""
        seen = compare(*arguments)
        looks.append(1)
        if len(looks) == 2:
            gc.collect()
        return seen

    monkeypatch.setattr(resource_managing, "compare", look)
    Garbage(lambda: bench.rm.cancel(bench.context))
    with pytest.raises(StatusChangeError) as raised:
        bench.rm.get_status_change(bench.context, 10_000, [ReaderState(bench.reader, EMPTY)])
    assert raised.value.code is SCardCode.SCARD_E_CANCELLED
    assert bench.left_over() == []


def test_a_finalizer_may_disconnect_while_real_transmissions_are_counted(threads: Any) -> None:
    cards = iter((1, 2))
    scard = BoundedScard(
        SimpleNamespace(
            SCardEstablishContext=lambda _: [0, 9],
            SCardConnect=lambda *_: [0, next(cards), 2],
            SCardBeginTransaction=lambda _: 0,
            SCardTransmit=lambda *_: [0, []],
            SCardEndTransaction=lambda *_: 0,
            SCardDisconnect=lambda *_: 0,
        ),
        Bounds(10.0, 10.0),
    )
    scard.SCardEstablishContext(0)
    for card in (1, 2):
        assert scard.SCardConnect(9, "R", 2, 2)[1] == card
        scard.SCardTransmit(card, 2, [])
    Garbage(lambda: scard.SCardDisconnect(2, LEAVE))

    def collect() -> None:
        with scard._counting:
            gc.collect()

    threads.start(collect)()
    scard.SCardTransmit(1, 2, [])
    assert scard.transmit_count("R") == 3


# A card that calls back


def test_a_card_that_asks_for_itself_is_refused(embedded_bench: Any) -> None:
    bench = embedded_bench
    inserted = bench.insert_scripted()
    card, other = bench.connect(), bench.connect_other()
    codes: list[int] = []

    def ask(_: bytes) -> bytes:
        for call in (
            lambda: bench.rm.transmit(other, COMMAND),
            lambda: bench.rm.reconnect(other, initialization=RESET),
            bench.connect_other,
        ):
            with pytest.raises(SCardError) as raised:
                call()
            codes.append(raised.value.code)
        return b"\x90\x00"

    inserted.answer = ask
    assert bench.rm.transmit(card, COMMAND) == b"\x90\x00"
    assert codes == [SCardCode.SCARD_E_SHARING_VIOLATION] * 3
    inserted.answer = lambda _: b"\x90\x00"
    assert bench.rm.transmit(other, COMMAND) == b"\x90\x00"


def test_a_card_may_pull_itself(embedded_bench: Any) -> None:
    bench = embedded_bench
    inserted = bench.insert_scripted()
    card = bench.connect()

    def leave(_: bytes) -> bytes:
        bench.slot.remove()
        return b"\x90\x00"

    inserted.answer = leave
    with pytest.raises(SCardError, match="NO_SMARTCARD"):
        bench.rm.transmit(card, COMMAND)
    assert inserted.history == ["on", COMMAND, "off"]


def test_a_card_may_relay_to_another_reader(embedded_bench: Any, scripted_card: Any) -> None:
    bench = embedded_bench
    relay = bench.insert_scripted()
    behind = scripted_card()
    behind.answer = lambda command: command + b"\x90\x00"
    bench.empty_slot.insert(behind)
    far = bench.rm.connect(bench.context, bench.empty_reader).handle
    relay.answer = lambda command: bench.rm.transmit(far, command)
    assert bench.rm.transmit(bench.connect(), COMMAND) == COMMAND + b"\x90\x00"


# Signals


@pytest.mark.skipif(sys.platform == "win32", reason="POSIX signals")
@pytest.mark.parametrize(
    ("call", "signal", "outcome"),
    [
        ("wait_for_change", "SIGINT", "interrupted"),
        ("wait_for_transaction", "SIGINT", "interrupted"),
        ("transmit", "SIGINT", "interrupted"),
        ("wait_for_change", "SIGUSR1", "SCARD_E_CANCELLED"),
    ],
)
def test_a_signal_ends_a_call_and_leaves_the_reader_free(call: str, signal: str, outcome: str) -> None:
    path = os.pathsep.join(sys.path)
    done = subprocess.run(
        [sys.executable, str(PROGRAM), call, signal],
        env=os.environ | {"PYTHONPATH": path},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (done.stdout.split(), done.stderr) == ([outcome, "free"], "")
