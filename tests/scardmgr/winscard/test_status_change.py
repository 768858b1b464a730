"""SCardGetStatusChange: what counts as a change, and how waits end."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scardmgr.winscard.codes import SCardCode
from scardmgr.winscard.constants import INFINITE, PNP_NOTIFICATION, CardState, Protocols, ReaderStateFlag, ShareMode
from scardmgr.winscard.embedded.status_change import ReaderView, compare
from scardmgr.winscard.errors import SCardError, StatusChangeError
from scardmgr.winscard.values import ReaderState

Eventually = Callable[[Callable[[], bool]], None]

UNAWARE, IGNORE, CHANGED, UNKNOWN, UNAVAILABLE = 0, 1, 2, 4, 8
EMPTY, PRESENT, EXCLUSIVE, INUSE, MUTE = 0x10, 0x20, 0x80, 0x100, 0x200
BOTH = ["embedded", "pcscd"]

POWERED = CardState.PRESENT | CardState.POWERED | CardState.NEGOTIABLE
FULL = ReaderView(POWERED, b"\x3b\x00", 7, 0, exclusive=False)
IN_USE = ReaderView(POWERED, b"\x3b\x00", 7, 2, exclusive=False)
HELD = ReaderView(POWERED, b"\x3b\x00", 7, 1, exclusive=True)
SILENT = ReaderView(CardState.PRESENT | CardState.SWALLOWED, b"", 7, 0, exclusive=False)
VACANT = ReaderView(CardState.ABSENT, b"", 8, 0, exclusive=False)
VACANT_IN_USE = ReaderView(CardState.ABSENT, b"", 8, 1, exclusive=False)
COUNT_7, COUNT_8 = 7 << 16, 8 << 16


@pytest.mark.parametrize(
    ("view", "believed", "seen"),
    [
        (VACANT, UNAWARE, COUNT_8 | EMPTY | CHANGED),
        (VACANT, EMPTY, COUNT_8 | EMPTY),
        (VACANT, COUNT_8 | EMPTY, COUNT_8 | EMPTY),
        (VACANT, COUNT_7 | EMPTY, COUNT_8 | EMPTY | CHANGED),
        (VACANT, PRESENT, COUNT_8 | EMPTY | CHANGED),
        (VACANT, IGNORE, 0),
        (VACANT, IGNORE | PRESENT, 0),
        (VACANT, UNKNOWN, COUNT_8 | EMPTY | CHANGED),
        (VACANT, UNAVAILABLE, COUNT_8 | EMPTY | CHANGED),
        (VACANT, EMPTY | INUSE, COUNT_8 | EMPTY | CHANGED),
        (VACANT_IN_USE, EMPTY | INUSE, COUNT_8 | EMPTY),
        (VACANT_IN_USE, EMPTY | EXCLUSIVE, COUNT_8 | EMPTY),
        (FULL, UNAWARE, COUNT_7 | PRESENT | CHANGED),
        (FULL, PRESENT, COUNT_7 | PRESENT),
        (FULL, EMPTY, COUNT_7 | PRESENT | CHANGED),
        (FULL, PRESENT | MUTE, COUNT_7 | PRESENT | CHANGED),
        (FULL, PRESENT | INUSE, COUNT_7 | PRESENT | CHANGED),
        (FULL, PRESENT | EXCLUSIVE, COUNT_7 | PRESENT | CHANGED),
        (IN_USE, PRESENT, COUNT_7 | PRESENT | INUSE),
        (IN_USE, PRESENT | INUSE, COUNT_7 | PRESENT | INUSE),
        (IN_USE, PRESENT | EXCLUSIVE, COUNT_7 | PRESENT | INUSE | CHANGED),
        (HELD, PRESENT | EXCLUSIVE, COUNT_7 | PRESENT | EXCLUSIVE),
        (HELD, PRESENT | INUSE, COUNT_7 | PRESENT | EXCLUSIVE | CHANGED),
        (SILENT, PRESENT | MUTE, COUNT_7 | PRESENT | MUTE),
        (SILENT, PRESENT, COUNT_7 | PRESENT | MUTE | CHANGED),
        (None, UNAWARE, UNKNOWN | UNAVAILABLE | CHANGED),
        (None, PRESENT, UNKNOWN | UNAVAILABLE | CHANGED),
        (None, UNKNOWN, UNKNOWN | UNAVAILABLE),
    ],
)
def test_a_reader_compared_with_what_is_believed(view: ReaderView | None, believed: int, seen: int) -> None:
    views = {} if view is None else {"R": view}
    [state], changed = compare([ReaderState("R", believed)], views, 3, 3)
    assert state.event_state == seen
    assert changed is bool(seen & CHANGED)
    assert state.current_state == believed
    assert state.atr == (b"" if view is None or believed & IGNORE else view.atr)


@pytest.mark.parametrize(
    ("believed", "events", "at_start", "seen"),
    [
        (0, 3, 3, 3 << 16),
        (0, 4, 3, 4 << 16 | CHANGED),
        (3 << 16, 3, 3, 3 << 16),
        (3 << 16, 4, 4, 4 << 16 | CHANGED),  # one came between two calls
        (IGNORE, 4, 3, 0),
    ],
)
@pytest.mark.parametrize("name", [PNP_NOTIFICATION, PNP_NOTIFICATION.upper()])
def test_the_pnp_reader_counts_readers_that_came_or_went(
    name: str, believed: int, events: int, at_start: int, seen: int
) -> None:
    [state], changed = compare([ReaderState(name, believed)], {}, events, at_start)
    assert state.event_state == seen
    assert changed is bool(seen & CHANGED)


views = st.builds(
    ReaderView,
    st.sampled_from([CardState.ABSENT, CardState.PRESENT, POWERED, CardState.PRESENT | CardState.SWALLOWED]),
    st.binary(max_size=4),
    st.integers(0, 0xFFFF),
    st.integers(0, 3),
    st.booleans(),
)


@given(views, st.integers(0, 0xFFFFFFFF))
def test_what_was_seen_is_no_change_the_next_time(view: ReaderView, believed: int) -> None:
    [seen], _ = compare([ReaderState("R", believed & ~IGNORE)], {"R": view}, 1, 1)
    [again], changed = compare([seen.acknowledged()], {"R": view}, 1, 1)
    assert not changed
    assert again.event_state == seen.event_state & ~CHANGED


@given(views, views)
def test_a_card_that_changed_places_is_always_noticed(before: ReaderView, after: ReaderView) -> None:
    [seen], _ = compare([ReaderState("R")], {"R": before}, 1, 1)
    [_], changed = compare([seen.acknowledged()], {"R": after}, 1, 1)
    assert changed or before.event_counter in (0, after.event_counter)


def test_values_read_flags_and_counter_apart() -> None:
    state = ReaderState("R", 0, 5 << 16 | PRESENT | INUSE | CHANGED, b"\x3b\x00")
    assert state.event_counter == 5
    assert state.flags == ReaderStateFlag.PRESENT | ReaderStateFlag.INUSE | ReaderStateFlag.CHANGED
    assert state.acknowledged() == ReaderState("R", 5 << 16 | PRESENT | INUSE)


# Waits, on both


@pytest.mark.parametrize("bench", BOTH, indirect=True)
@pytest.mark.parametrize(
    ("share_mode", "flags"),
    [(None, PRESENT), (ShareMode.SHARED, PRESENT | INUSE), (ShareMode.EXCLUSIVE, PRESENT | EXCLUSIVE)],
)
def test_a_card_is_seen_with_its_atr_and_its_use(bench: Any, share_mode: ShareMode | None, flags: int) -> None:
    bench.insert_scripted()
    if share_mode is not None:
        bench.connect(share_mode)
    seen, empty = bench.rm.get_status_change(
        bench.context, 0, [ReaderState(bench.reader), ReaderState(bench.empty_reader)]
    )
    assert (seen.flags, seen.atr.hex()) == (flags | CHANGED, "3b800181")
    assert (empty.flags, empty.atr) == (EMPTY | CHANGED, b"")


@pytest.mark.parametrize("bench", BOTH, indirect=True)
def test_a_mute_card_is_seen_as_mute(bench: Any) -> None:
    bench.insert_scripted(bytes(34))
    [seen] = bench.rm.get_status_change(bench.context, 0, [ReaderState(bench.reader)])
    assert (seen.flags, seen.atr) == (PRESENT | MUTE | CHANGED, b"")


@pytest.mark.parametrize("bench", BOTH, indirect=True)
@pytest.mark.parametrize("timeout_ms", [0, 50, None, INFINITE])
def test_nothing_to_wait_for_is_no_wait_and_needs_no_context(bench: Any, timeout_ms: int | None) -> None:
    assert bench.rm.get_status_change(0x0BADCAFE, timeout_ms, []) == []
    [seen] = bench.rm.get_status_change(0x0BADCAFE, timeout_ms, [ReaderState("no such reader", IGNORE)])
    assert seen.event_state == 0


@pytest.mark.parametrize("bench", BOTH, indirect=True)
@pytest.mark.parametrize("timeout_ms", [10_000, None])
def test_a_wait_ends_with_the_removal_and_with_the_insertion(bench: Any, threads: Any, timeout_ms: int | None) -> None:
    card = bench.insert_scripted()
    waiting = bench.other_context()  # libpcsclite does one thing at a time in a context
    [state] = bench.rm.get_status_change(bench.context, 0, [ReaderState(bench.reader)])
    for act, flag in ((bench.remove, EMPTY), (lambda: bench.insert(card), PRESENT)):
        result = threads.start(
            lambda state=state: bench.rm.get_status_change(waiting, timeout_ms, [state.acknowledged()])
        )
        act()
        [state] = result()
        assert state.flags == flag | CHANGED


@pytest.mark.parametrize("bench", BOTH, indirect=True)
def test_the_atr_after_a_reset_is_the_one_that_is_seen(bench: Any) -> None:
    inserted = bench.insert_scripted()
    card = bench.connect()
    inserted.atr = bytes.fromhex("3B00")
    bench.rm.reconnect(card, initialization=1)
    [seen] = bench.rm.get_status_change(bench.context, 0, [ReaderState(bench.reader)])
    assert seen.atr == inserted.atr


@pytest.mark.parametrize("bench", BOTH, indirect=True)
def test_a_cancellation_before_the_wait_does_not_touch_it(bench: Any) -> None:
    bench.rm.cancel(bench.context)
    with pytest.raises(StatusChangeError) as raised:
        bench.rm.get_status_change(bench.context, 20, [ReaderState(bench.empty_reader, EMPTY)])
    assert raised.value.code is SCardCode.SCARD_E_TIMEOUT


# Waits, embedded


@pytest.mark.parametrize("timeout_ms", [None, INFINITE])
def test_an_infinite_wait_ends_when_cancelled(
    embedded_bench: Any, threads: Any, eventually: Eventually, timeout_ms: int | None
) -> None:
    bench = embedded_bench
    other = bench.other_context()
    waits = [
        threads.start(lambda: bench.rm.get_status_change(bench.context, timeout_ms, [ReaderState(bench.reader, EMPTY)]))
        for _ in range(2)
    ]
    threads.start(lambda: bench.rm.get_status_change(other, 10_000, [ReaderState(bench.reader, EMPTY)]))
    eventually(lambda: bench.waiters() == 3)
    bench.rm.cancel(bench.context)
    for result in waits:
        with pytest.raises(StatusChangeError) as raised:
            result()
        assert raised.value.code is SCardCode.SCARD_E_CANCELLED
        assert [state.event_state for state in raised.value.states] == [1 << 16 | EMPTY]
    eventually(lambda: bench.waiters() == 1)  # the wait of another context goes on
    bench.rm.cancel(other)


def test_releasing_the_context_ends_its_wait(embedded_bench: Any, threads: Any, eventually: Eventually) -> None:
    bench = embedded_bench
    result = threads.start(lambda: bench.rm.get_status_change(bench.context, None, [ReaderState(bench.reader, EMPTY)]))
    eventually(lambda: bench.waiters() == 1)
    bench.rm.release_context(bench.context)
    with pytest.raises(SCardError) as raised:
        result()
    assert raised.value.code is SCardCode.SCARD_E_INVALID_HANDLE


def test_a_reader_unplugged_during_the_wait_is_unknown(
    embedded_bench: Any, threads: Any, eventually: Eventually
) -> None:
    bench = embedded_bench
    states = [ReaderState(bench.reader, EMPTY), ReaderState(PNP_NOTIFICATION)]
    result = threads.start(lambda: bench.rm.get_status_change(bench.context, None, states))
    eventually(lambda: bench.waiters() == 1)
    bench.slot.close()
    gone, plugged = result()
    assert gone.flags == UNKNOWN | UNAVAILABLE | CHANGED
    assert plugged.flags == CHANGED


def test_a_reader_plugged_in_is_noticed(embedded_bench: Any, threads: Any, eventually: Eventually) -> None:
    bench = embedded_bench
    result = threads.start(lambda: bench.rm.get_status_change(bench.context, None, [ReaderState(PNP_NOTIFICATION)]))
    eventually(lambda: bench.waiters() == 1)
    bench.embedded.add_reader("another")
    [seen] = result()
    assert seen.flags == CHANGED


def test_a_reader_plugged_in_between_two_calls_is_noticed(embedded_bench: Any) -> None:
    bench = embedded_bench
    with pytest.raises(StatusChangeError) as raised:
        bench.rm.get_status_change(bench.context, 0, [ReaderState(PNP_NOTIFICATION)])
    [state] = raised.value.states
    bench.embedded.add_reader("another")
    [seen] = bench.rm.get_status_change(bench.context, None, [state.acknowledged()])
    assert seen.flags == CHANGED


def test_disuse_ends_the_wait_of_who_believed_in_use(embedded_bench: Any, threads: Any, eventually: Eventually) -> None:
    bench = embedded_bench
    bench.insert_scripted()
    card = bench.connect()
    [state] = bench.rm.get_status_change(bench.context, 0, [ReaderState(bench.reader)])
    result = threads.start(lambda: bench.rm.get_status_change(bench.context, None, [state.acknowledged()]))
    eventually(lambda: bench.waiters() == 1)
    bench.rm.disconnect(card)
    [seen] = result()
    assert seen.flags == PRESENT | CHANGED


def test_a_card_that_came_and_went_between_two_looks_is_noticed(embedded_bench: Any) -> None:
    bench = embedded_bench
    [state] = bench.rm.get_status_change(bench.context, 0, [ReaderState(bench.reader)])
    bench.insert_scripted()
    bench.remove()
    [seen] = bench.rm.get_status_change(bench.context, 0, [state.acknowledged()])
    assert seen.flags == EMPTY | CHANGED


def test_no_insertion_is_lost_however_fast(embedded_bench: Any, scripted_card: Any, threads: Any) -> None:
    bench = embedded_bench
    rounds = 300

    def watch() -> int:
        state = ReaderState(bench.reader)
        for looks in itertools.count(1):
            [state] = bench.rm.get_status_change(bench.context, 10_000, [state.acknowledged()])
            if state.event_counter == 2 * rounds + 1:
                return looks
        raise AssertionError

    result = threads.start(watch)
    card = scripted_card()
    for _ in range(rounds):
        bench.insert(card)
        bench.remove()
    assert 1 <= result() <= 2 * rounds + 1


def test_the_counter_wraps_at_16_bits_and_skips_0(embedded_bench: Any) -> None:
    bench = embedded_bench
    bench.slot.event_counter = 0xFFFF
    bench.insert_scripted()
    [seen] = bench.rm.get_status_change(bench.context, 0, [ReaderState(bench.reader, 0xFFFF << 16 | EMPTY)])
    assert seen.event_counter == 1
    assert seen.flags == PRESENT | CHANGED


def test_a_direct_handle_does_not_make_an_empty_reader_in_use(embedded_bench: Any) -> None:
    embedded_bench.connect(ShareMode.DIRECT, Protocols.UNDEFINED)
    [seen] = embedded_bench.rm.get_status_change(embedded_bench.context, 0, [ReaderState(embedded_bench.reader)])
    assert seen.flags == EMPTY | CHANGED
