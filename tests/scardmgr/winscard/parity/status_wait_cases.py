"""SCardGetStatusChange: several readers, readers and cards that come and go, and the event counter."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from parity_calls import NOTICED_S, held
from parity_table import NO_UNPLUGGING, OTHER_CHOICE, Call, case

from scardmgr.winscard.codes import SCardCode as Code
from scardmgr.winscard.constants import PNP_NOTIFICATION, Disposition, ReaderStateFlag
from scardmgr.winscard.values import ReaderState

UNAWARE, IGNORE, CHANGED = ReaderStateFlag.UNAWARE, ReaderStateFlag.IGNORE, ReaderStateFlag.CHANGED
UNKNOWN, UNAVAILABLE = ReaderStateFlag.UNKNOWN, ReaderStateFlag.UNAVAILABLE
EMPTY, PRESENT, INUSE, MUTE = (
    ReaderStateFlag.EMPTY,
    ReaderStateFlag.PRESENT,
    ReaderStateFlag.INUSE,
    ReaderStateFlag.MUTE,
)
FUNCTION = "get_status_change"


def _look(bench: Any, *believed: int, timeout_ms: int | None = 0) -> Call:
    """Look at the reader with the card, believing one thing after the other of it."""
    states = [ReaderState(bench.reader, int(one)) for one in believed]
    return lambda: bench.rm.get_status_change(bench.context, timeout_ms, states)


def _look_at_the_empty_one(bench: Any, believed: int, timeout_ms: int | None = 0) -> Call:
    states = [ReaderState(bench.empty_reader, int(believed))]
    return lambda: bench.rm.get_status_change(bench.context, timeout_ms, states)


# Several at once, and unknown ones


@case(FUNCTION, gives=[PRESENT | CHANGED, EMPTY | CHANGED])
def two_readers_at_once(bench: Any) -> Call:
    bench.insert_scripted()
    states = [ReaderState(bench.reader), ReaderState(bench.empty_reader)]
    return lambda: bench.rm.get_status_change(bench.context, 0, states)


@case(FUNCTION, gives=[EMPTY, PRESENT | CHANGED])
def a_change_in_one_of_two_readers(bench: Any) -> Call:
    bench.insert_scripted()
    states = [ReaderState(bench.empty_reader, EMPTY), ReaderState(bench.reader, EMPTY)]
    return lambda: bench.rm.get_status_change(bench.context, 10_000, states)


@case(FUNCTION, Code.SCARD_E_TIMEOUT, gives=[PRESENT, EMPTY])
def no_change_in_either_of_two_readers(bench: Any) -> Call:
    bench.insert_scripted()
    states = [ReaderState(bench.reader, PRESENT), ReaderState(bench.empty_reader, EMPTY)]
    return lambda: bench.rm.get_status_change(bench.context, 0, states)


@case(FUNCTION, gives=[PRESENT, PRESENT | CHANGED])
def the_same_reader_twice(bench: Any) -> Call:
    bench.insert_scripted()
    return _look(bench, PRESENT, EMPTY)


@case(FUNCTION, gives=[])
def no_reader_at_all(bench: Any) -> Call:
    return lambda: bench.rm.get_status_change(bench.context, None, [])


@case(FUNCTION, gives=[ReaderStateFlag(0)])
def all_ignored(bench: Any) -> Call:
    return _look_at_the_empty_one(bench, IGNORE, None)


@case(FUNCTION, gives=[ReaderStateFlag(0)])
def ignored_whatever_else_is_believed(bench: Any) -> Call:
    return _look_at_the_empty_one(bench, IGNORE | PRESENT | MUTE, None)


@case(FUNCTION, gives=[ReaderStateFlag(0)])
def all_ignored_needs_neither_context_nor_reader(bench: Any) -> Call:
    return lambda: bench.rm.get_status_change(0x0BADCAFE, None, [ReaderState("no such reader", IGNORE)])


@case(FUNCTION, gives=[ReaderStateFlag(0)])
def all_ignored_with_what_was_seen_before(bench: Any) -> Call:
    bench.insert_scripted()
    states = [replace(state, current_state=IGNORE) for state in _look(bench, UNAWARE)()]
    return lambda: bench.rm.get_status_change(bench.context, None, states)


@case(FUNCTION, Code.SCARD_E_TIMEOUT, gives=[ReaderStateFlag(0), EMPTY])
def one_ignored_that_would_have_changed(bench: Any) -> Call:
    bench.insert_scripted()
    states = [ReaderState(bench.reader, IGNORE | EMPTY), ReaderState(bench.empty_reader, EMPTY)]
    return lambda: bench.rm.get_status_change(bench.context, 0, states)


@case(FUNCTION, gives=[ReaderStateFlag(0), EMPTY | CHANGED])
def one_ignored_beside_one_that_changed(bench: Any) -> Call:
    states = [ReaderState(bench.reader, IGNORE), ReaderState(bench.empty_reader)]
    return lambda: bench.rm.get_status_change(bench.context, None, states)


@case(FUNCTION, Code.SCARD_E_UNKNOWN_READER, windows="An unknown reader ends a wait before it begins")
def one_unknown_reader_among_known_ones(bench: Any) -> Call:
    states = [ReaderState(bench.empty_reader), ReaderState("no such reader")]
    return lambda: bench.rm.get_status_change(bench.context, 0, states)


@case(FUNCTION, Code.SCARD_E_UNKNOWN_READER)
def unknown_reader_though_ignored(bench: Any) -> Call:
    states = [ReaderState(bench.empty_reader), ReaderState("no such reader", 1)]
    return lambda: bench.rm.get_status_change(bench.context, 0, states)


@case(FUNCTION, Code.SCARD_E_UNKNOWN_READER)
def names_are_compared_letter_by_letter(bench: Any) -> Call:
    return lambda: bench.rm.get_status_change(bench.context, 0, [ReaderState(bench.reader.upper())])


@case(FUNCTION, Code.SCARD_E_UNKNOWN_READER, windows="A reader without a name", embedded_only=OTHER_CHOICE)
def empty_name(bench: Any) -> Call:
    return lambda: bench.rm.get_status_change(bench.context, 0, [ReaderState("")])


# Readers that come and go


@case(FUNCTION, Code.SCARD_E_TIMEOUT, windows="The PnP reader counts, too")
def no_reader_came_or_went(bench: Any) -> Call:
    return lambda: bench.rm.get_status_change(bench.context, 0, [ReaderState(PNP_NOTIFICATION)])


@case(FUNCTION, Code.SCARD_E_TIMEOUT)
def no_reader_came_or_went_within_the_time(bench: Any) -> Call:
    return lambda: bench.rm.get_status_change(bench.context, 20, [ReaderState(PNP_NOTIFICATION.lower())])


@case(FUNCTION, gives=[ReaderStateFlag(0), EMPTY | CHANGED])
def the_pnp_reader_beside_one_that_changed(bench: Any) -> Call:
    states = [ReaderState(PNP_NOTIFICATION), ReaderState(bench.empty_reader)]
    return lambda: bench.rm.get_status_change(bench.context, None, states)


@case(FUNCTION, gives=[ReaderStateFlag(0)])
def the_pnp_reader_ignored(bench: Any) -> Call:
    return lambda: bench.rm.get_status_change(bench.context, None, [ReaderState(PNP_NOTIFICATION, IGNORE)])


@case(FUNCTION, gives=[CHANGED], embedded_only=NO_UNPLUGGING)
def a_reader_plugged_in_during_the_wait(bench: Any) -> Call:
    wait = held(lambda: bench.rm.get_status_change(bench.context, None, [ReaderState(PNP_NOTIFICATION)]))
    bench.embedded.add_reader("another")
    return wait


@case(
    FUNCTION,
    gives=[UNKNOWN | UNAVAILABLE | CHANGED, CHANGED],
    embedded_only=NO_UNPLUGGING,
    windows="A reader unplugged during a wait",
)
def a_reader_unplugged_during_the_wait(bench: Any) -> Call:
    states = [ReaderState(bench.reader, EMPTY), ReaderState(PNP_NOTIFICATION)]
    wait = held(lambda: bench.rm.get_status_change(bench.context, None, states))
    bench.slot.close()
    return wait


@case(FUNCTION, Code.SCARD_E_UNKNOWN_READER, embedded_only=NO_UNPLUGGING)
def a_reader_unplugged_before_the_wait(bench: Any) -> Call:
    bench.slot.close()
    return _look(bench, EMPTY)


# Waits that a card ends


@case(FUNCTION, gives=[EMPTY | CHANGED])
def a_card_removed_during_the_wait(bench: Any) -> Call:
    bench.insert_scripted()
    wait = held(_look(bench, PRESENT, timeout_ms=None))
    bench.remove()
    return wait


@case(FUNCTION, gives=[PRESENT | CHANGED])
def a_card_inserted_during_the_wait(bench: Any) -> Call:
    bench.remove()
    waiting = bench.other_context()
    wait = held(lambda: bench.rm.get_status_change(waiting, 10_000, [ReaderState(bench.reader, EMPTY)]))
    bench.insert_scripted()
    return wait


@case(FUNCTION, gives=[PRESENT | CHANGED])
def the_card_goes_out_of_use_during_the_wait(bench: Any) -> Call:
    bench.insert_scripted()
    other = bench.connect_other()
    wait = held(_look(bench, PRESENT | INUSE, timeout_ms=None), NOTICED_S)
    bench.rm.disconnect(other)
    return wait


@case(FUNCTION, gives=2)
def two_events_are_two_in_the_counter(bench: Any) -> Call:
    bench.insert_scripted()
    [before] = _look(bench, UNAWARE)()
    bench.remove()
    bench.insert_scripted()
    return lambda: _look(bench, UNAWARE)()[0].event_counter - before.event_counter


@case(FUNCTION, gives=0)
def a_reset_is_no_event_in_the_counter(bench: Any) -> Call:
    bench.insert_scripted()
    card = bench.connect()
    [before] = _look(bench, UNAWARE)()
    for initialization in (Disposition.RESET, Disposition.UNPOWER):
        bench.rm.reconnect(card, initialization=initialization)
    return lambda: _look(bench, UNAWARE)()[0].event_counter - before.event_counter


@case(FUNCTION, gives=[PRESENT | CHANGED], windows="Event counters start at 1")
def a_card_that_was_exchanged_between_two_looks(bench: Any) -> Call:
    bench.insert_scripted()
    bench.remove()
    bench.insert_scripted()
    [before] = _look(bench, UNAWARE)()
    bench.remove()
    bench.insert_scripted()
    return _look(bench, before.acknowledged().current_state, timeout_ms=None)


@case(FUNCTION, Code.SCARD_E_TIMEOUT, gives=[PRESENT])
def what_was_seen_and_acknowledged_is_no_change(bench: Any) -> Call:
    bench.insert_scripted()
    [before] = _look(bench, UNAWARE)()
    return _look(bench, before.acknowledged().current_state)


@case(FUNCTION, gives=[PRESENT | CHANGED])
def another_counter_than_believed(bench: Any) -> Call:
    bench.insert_scripted()
    return _look(bench, PRESENT | 0x7FFF0000)
