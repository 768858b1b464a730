"""Transactions: who waits for whom, and what ends the wait."""

from __future__ import annotations

import sys
from collections.abc import Callable
from contextlib import nullcontext, suppress
from types import FrameType
from typing import Any

import pytest

from scardmgr.winscard.constants import Disposition, Protocols, ShareMode
from scardmgr.winscard.embedded.transactions import Hold
from scardmgr.winscard.errors import SCardError

COMMAND = bytes.fromhex("00A4000C023F00")
Eventually = Callable[[Callable[[], bool]], None]

WAITING_CALLS = [
    pytest.param(lambda bench, card: bench.rm.begin_transaction(card), id="begin_transaction"),
    pytest.param(lambda bench, card: bench.rm.status(card), id="status"),
    pytest.param(lambda bench, card: bench.rm.transmit(card, COMMAND), id="transmit"),
    pytest.param(lambda bench, card: bench.rm.reconnect(card), id="reconnect"),
    pytest.param(lambda bench, card: bench.rm.disconnect(card, Disposition.RESET), id="disconnect and reset"),
    pytest.param(lambda bench, card: bench.rm.disconnect(card, Disposition.UNPOWER), id="disconnect and unpower"),
    pytest.param(lambda bench, card: bench.rm.disconnect(card, Disposition.EJECT), id="disconnect and eject"),
    pytest.param(lambda bench, _: bench.connect_other(), id="connect"),
]


def waiting(bench: Any, threads: Any, eventually: Eventually, call: Callable[[], Any]) -> Callable[[], Any]:
    """Start a call on a thread of its own and see it wait."""
    before = bench.waiters()
    result: Callable[[], Any] = threads.start(call)
    eventually(lambda: bench.waiters() == before + 1)
    return result


@pytest.mark.parametrize("call", WAITING_CALLS)
def test_others_wait_until_the_transaction_ends(
    embedded_bench: Any, threads: Any, eventually: Eventually, call: Callable[[Any, int], Any]
) -> None:
    bench = embedded_bench
    inserted = bench.insert_scripted()
    holder, other = bench.connect(), bench.connect_other()
    bench.rm.begin_transaction(holder)
    inserted.history.clear()
    result = waiting(bench, threads, eventually, lambda: call(bench, other))
    assert bench.rm.transmit(holder, b"\0mine") == b"\x90\x00"
    assert inserted.history == [b"\0mine"]
    bench.rm.end_transaction(holder)
    result()


@pytest.mark.parametrize(
    ("freeing", "code"),
    [
        pytest.param(lambda bench, holder: bench.rm.disconnect(holder), "", id="handle closed"),
        pytest.param(lambda bench, _: bench.rm.release_context(bench.contexts[0]), "RESET_CARD", id="released"),
        pytest.param(lambda bench, card: bench.rm.end_transaction(card, Disposition.RESET), "RESET_CARD", id="reset"),
        pytest.param(lambda bench, card: bench.rm.disconnect(card, Disposition.UNPOWER), "RESET_CARD", id="unpowered"),
        pytest.param(lambda bench, _: bench.remove(), "REMOVED_CARD", id="card removed"),
        pytest.param(lambda bench, _: bench.slot.close(), "(READER_UNAVAILABLE|REMOVED_CARD)", id="reader unplugged"),
    ],
)
def test_what_ends_the_wait_of_another(
    embedded_bench: Any, threads: Any, eventually: Eventually, freeing: Callable[[Any, int], Any], code: str
) -> None:
    bench = embedded_bench
    bench.insert_scripted()
    holder, other = bench.connect_other(), bench.connect()
    bench.rm.begin_transaction(holder)
    result = waiting(bench, threads, eventually, lambda: bench.rm.begin_transaction(other))
    freeing(bench, holder)
    with pytest.raises(SCardError, match=code) if code else nullcontext():
        result()


def test_a_reset_inside_the_transaction_is_told_to_who_waits_to_begin_one(
    embedded_bench: Any, threads: Any, eventually: Eventually
) -> None:
    bench = embedded_bench
    bench.insert_scripted()
    holder, other = bench.connect(), bench.connect_other()
    bench.rm.begin_transaction(holder)
    result = waiting(bench, threads, eventually, lambda: bench.rm.begin_transaction(other))
    bench.rm.reconnect(holder, initialization=Disposition.RESET)
    with pytest.raises(SCardError, match="RESET_CARD"):
        result()
    assert bench.rm.transmit(holder, COMMAND) == b"\x90\x00"


@pytest.mark.parametrize("closing", ["disconnect", "release_context"])
def test_a_handle_closed_while_it_waits_is_invalid(
    embedded_bench: Any, threads: Any, eventually: Eventually, closing: str
) -> None:
    bench = embedded_bench
    bench.insert_scripted()
    holder, other = bench.connect(), bench.connect_other()
    bench.rm.begin_transaction(holder)
    result = waiting(bench, threads, eventually, lambda: bench.rm.transmit(other, COMMAND))
    getattr(bench.rm, closing)(other if closing == "disconnect" else bench.contexts[-1])
    with pytest.raises(SCardError, match="INVALID_HANDLE"):
        result()


@pytest.mark.parametrize("call", WAITING_CALLS)
def test_patience_ends(make_embedded_bench: Callable[..., Any], call: Callable[[Any, int], Any]) -> None:
    bench = make_embedded_bench(patience_s=0.01)
    bench.insert_scripted()
    holder, other = bench.connect(), bench.connect_other()
    bench.rm.begin_transaction(holder)
    with pytest.raises(SCardError, match="SHARING_VIOLATION"):
        call(bench, other)


def test_a_transaction_belongs_to_the_handle_and_not_to_the_thread(embedded_bench: Any, threads: Any) -> None:
    bench = embedded_bench
    bench.insert_scripted()
    card = bench.connect()
    threads.start(lambda: bench.rm.begin_transaction(card))()
    assert bench.rm.transmit(card, COMMAND) == b"\x90\x00"
    threads.start(lambda: bench.rm.end_transaction(card))()
    with pytest.raises(SCardError, match="NOT_TRANSACTED"):
        bench.rm.end_transaction(card)


@pytest.mark.parametrize("bench", ["embedded", "pcscd"], indirect=True)
@pytest.mark.parametrize("share_mode", [ShareMode.SHARED, ShareMode.EXCLUSIVE])
def test_transactions_nest(bench: Any, share_mode: ShareMode) -> None:
    bench.insert_scripted()
    card = bench.connect(share_mode)
    for _ in range(3):
        bench.rm.begin_transaction(card)
    for _ in range(3):
        bench.rm.end_transaction(card)
    with pytest.raises(SCardError, match="NOT_TRANSACTED"):
        bench.rm.end_transaction(card)


def test_the_card_stays_held_until_the_outermost_transaction_ends(
    embedded_bench: Any, threads: Any, eventually: Eventually
) -> None:
    bench = embedded_bench
    bench.insert_scripted()
    holder, other = bench.connect(), bench.connect_other()
    bench.rm.begin_transaction(holder)
    bench.rm.begin_transaction(holder)
    result = waiting(bench, threads, eventually, lambda: bench.rm.begin_transaction(other))
    bench.rm.end_transaction(holder)
    assert bench.slot.hold.excludes(None)
    bench.rm.end_transaction(holder)
    result()
    assert bench.slot.hold.holder.number == other


@pytest.mark.parametrize("bench", ["embedded", "pcscd"], indirect=True)
def test_two_handles_take_turns(bench: Any, threads: Any) -> None:
    inserted = bench.insert_scripted()
    cards = [bench.connect_other() for _ in range(2)]
    inserted.history.clear()

    def take_turns(card: int, mark: bytes) -> None:
        for _ in range(20):
            bench.rm.begin_transaction(card)
            for _ in range(3):
                bench.rm.transmit(card, b"\0" + mark)
            bench.rm.end_transaction(card)

    for result in [threads.start(lambda one=one: take_turns(*one)) for one in zip(cards, [b"A", b"B"], strict=True)]:
        result()
    turns = [inserted.history[index : index + 3] for index in range(0, 120, 3)]
    assert len(inserted.history) == 120
    assert all(turn == [turn[0]] * 3 for turn in turns)


def test_a_transaction_on_an_empty_reader_holds_the_reader(embedded_bench: Any) -> None:
    bench = embedded_bench
    card = bench.connect(ShareMode.DIRECT, Protocols.UNDEFINED)
    bench.rm.begin_transaction(card)
    assert bench.slot.hold.holder.number == card
    bench.rm.end_transaction(card)
    assert bench.slot.hold.holder is None


@pytest.mark.parametrize("bench", ["embedded", "pcscd"], indirect=True)
def test_removal_ends_the_transaction(bench: Any) -> None:
    bench.insert_scripted()
    card = bench.connect()
    bench.rm.begin_transaction(card)
    bench.remove()
    bench.insert_scripted()
    assert bench.rm.transmit(bench.connect_other(), COMMAND) == b"\x90\x00"
    bench.rm.reconnect(card)
    with pytest.raises(SCardError, match="NOT_TRANSACTED"):
        bench.rm.end_transaction(card)


def test_pulling_the_card_does_not_wait_for_its_command(
    embedded_bench: Any, threads: Any, eventually: Eventually
) -> None:
    import threading

    bench = embedded_bench
    inserted = bench.insert_scripted()
    card = bench.connect()
    started, go_on = threading.Event(), threading.Event()

    def slow(_: bytes) -> bytes:
        started.set()
        assert go_on.wait(10)
        return b"\x90\x00"

    inserted.answer = slow
    transmitted = threads.start(lambda: bench.rm.transmit(card, COMMAND))
    assert started.wait(10)
    removed = threads.start(bench.remove)
    eventually(lambda: not bench.slot.occupied)
    with pytest.raises(SCardError, match="REMOVED_CARD"):
        bench.rm.begin_transaction(card)
    assert "off" not in inserted.history
    go_on.set()
    with pytest.raises(SCardError, match="NO_SMARTCARD"):
        transmitted()
    removed()
    assert "off" in inserted.history


@pytest.mark.parametrize("verb", [Hold.begin, Hold.end, Hold.drop])
def test_an_interruption_at_any_line_leaves_no_transaction_behind(make_embedded_bench: Any, verb: Any) -> None:
    for line in range(1, 20):
        bench = make_embedded_bench(patience_s=0.2)
        bench.insert_scripted()
        card, other, third = bench.connect(), bench.connect_other(), bench.connect_other()
        lines: list[int] = []

        def interrupt(frame: FrameType, event: str, _: Any, seen: list[int] = lines, at: int = line) -> Any:
            if frame.f_code is verb.__code__ and event == "line":
                seen.append(frame.f_lineno)
                if len(seen) == at:
                    raise KeyboardInterrupt
            return interrupt

        tracing = sys.gettrace()
        sys.settrace(interrupt)
        try:
            with suppress(KeyboardInterrupt):
                bench.rm.begin_transaction(card)
                bench.rm.end_transaction(card)
        finally:
            sys.settrace(tracing)
        bench.rm.disconnect(card)
        for one in (other, third):
            bench.rm.begin_transaction(one)
            bench.rm.end_transaction(one)
        if len(lines) < line:
            assert line > 3
            return
