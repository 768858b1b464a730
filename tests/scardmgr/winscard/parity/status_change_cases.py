"""SCardGetStatusChange: what is seen of one reader, and what counts as a change."""

from __future__ import annotations

from typing import Any

from parity_table import MUTE_ATR, OTHER_CHOICE, T0_ATR, Call, case

from scardmgr.winscard.codes import SCardCode as Code
from scardmgr.winscard.constants import INFINITE, Disposition, Protocols, ReaderStateFlag, ShareMode
from scardmgr.winscard.values import ReaderState

UNAWARE = ReaderStateFlag.UNAWARE
CHANGED, UNKNOWN, UNAVAILABLE = ReaderStateFlag.CHANGED, ReaderStateFlag.UNKNOWN, ReaderStateFlag.UNAVAILABLE
EMPTY, PRESENT, ATRMATCH = ReaderStateFlag.EMPTY, ReaderStateFlag.PRESENT, ReaderStateFlag.ATRMATCH
EXCLUSIVE, INUSE = ReaderStateFlag.EXCLUSIVE, ReaderStateFlag.INUSE
MUTE, UNPOWERED = ReaderStateFlag.MUTE, ReaderStateFlag.UNPOWERED
FUNCTION = "get_status_change"
UNPOWERED_ENTRY = "A card without power is shown as such"


def _look(bench: Any, *believed: int, timeout_ms: int | None = 0) -> Call:
    """Look at the reader with the card, believing one thing after the other of it."""
    states = [ReaderState(bench.reader, int(one)) for one in believed]
    return lambda: bench.rm.get_status_change(bench.context, timeout_ms, states)


def _look_at_the_empty_one(bench: Any, believed: int, timeout_ms: int | None = 0) -> Call:
    states = [ReaderState(bench.empty_reader, int(believed))]
    return lambda: bench.rm.get_status_change(bench.context, timeout_ms, states)


# What is not believed is a change; what is believed is none


@case(FUNCTION, gives=[EMPTY | CHANGED])
def unaware_of_an_empty_reader(bench: Any) -> Call:
    return _look_at_the_empty_one(bench, UNAWARE)


@case(FUNCTION, gives=[EMPTY | CHANGED])
def unaware_and_an_infinite_timeout(bench: Any) -> Call:
    return _look_at_the_empty_one(bench, UNAWARE, None)


@case(FUNCTION, gives=[EMPTY | CHANGED])
def unaware_and_the_number_for_infinite(bench: Any) -> Call:
    return _look_at_the_empty_one(bench, UNAWARE, INFINITE)


@case(FUNCTION, gives=[EMPTY | CHANGED])
def changed_alone_is_unaware(bench: Any) -> Call:
    return _look_at_the_empty_one(bench, CHANGED)


@case(FUNCTION, Code.SCARD_E_TIMEOUT, gives=[EMPTY])
def changed_is_disregarded_in_what_is_believed(bench: Any) -> Call:
    return _look_at_the_empty_one(bench, EMPTY | CHANGED)


@case(FUNCTION, Code.SCARD_E_TIMEOUT, gives=[EMPTY])
def empty_as_believed(bench: Any) -> Call:
    return _look_at_the_empty_one(bench, EMPTY)


@case(FUNCTION, Code.SCARD_E_TIMEOUT, gives=[EMPTY])
def empty_as_believed_for_the_whole_time(bench: Any) -> Call:
    return _look_at_the_empty_one(bench, EMPTY, 20)


@case(FUNCTION, gives=[EMPTY | CHANGED])
def present_believed_of_an_empty_reader(bench: Any) -> Call:
    return _look_at_the_empty_one(bench, PRESENT)


@case(FUNCTION, gives=[EMPTY | CHANGED])
def empty_and_present_believed_at_once(bench: Any) -> Call:
    return _look_at_the_empty_one(bench, EMPTY | PRESENT)


@case(FUNCTION, gives=[EMPTY | CHANGED])
def unknown_believed_of_a_reader_that_is_there(bench: Any) -> Call:
    return _look_at_the_empty_one(bench, UNKNOWN | EMPTY)


@case(FUNCTION, gives=[EMPTY | CHANGED])
def unavailable_believed_of_a_reader_that_is_there(bench: Any) -> Call:
    return _look_at_the_empty_one(bench, UNAVAILABLE | EMPTY)


@case(FUNCTION, Code.SCARD_E_TIMEOUT, gives=[EMPTY])
def atr_match_believed_is_disregarded(bench: Any) -> Call:
    return _look_at_the_empty_one(bench, EMPTY | ATRMATCH)


@case(FUNCTION, Code.SCARD_E_TIMEOUT, gives=[EMPTY])
def bits_that_mean_nothing_are_disregarded(bench: Any) -> Call:
    return _look_at_the_empty_one(bench, EMPTY | 0x8000)


@case(FUNCTION, Code.SCARD_E_TIMEOUT, gives=[EMPTY])
def bits_that_mean_nothing_are_not_unaware(bench: Any) -> Call:
    return _look_at_the_empty_one(bench, 0x8000)


@case(FUNCTION, gives=[EMPTY | CHANGED])
def in_use_believed_of_an_empty_reader(bench: Any) -> Call:
    return _look_at_the_empty_one(bench, EMPTY | INUSE)


@case(FUNCTION, gives=[PRESENT | CHANGED])
def unaware_of_a_card(bench: Any) -> Call:
    bench.insert_scripted()
    return _look(bench, UNAWARE)


@case(FUNCTION, Code.SCARD_E_TIMEOUT, gives=[PRESENT])
def present_as_believed(bench: Any) -> Call:
    bench.insert_scripted()
    return _look(bench, PRESENT)


@case(FUNCTION, gives=[PRESENT | CHANGED])
def empty_believed_of_a_full_reader(bench: Any) -> Call:
    bench.insert_scripted()
    return _look(bench, EMPTY)


@case(FUNCTION, gives=[PRESENT | MUTE | CHANGED])
def unaware_of_a_mute_card(bench: Any) -> Call:
    bench.insert_scripted(MUTE_ATR)
    return _look(bench, UNAWARE)


@case(FUNCTION, gives=[PRESENT | MUTE | CHANGED])
def mute_not_believed_of_a_mute_card(bench: Any) -> Call:
    bench.insert_scripted(MUTE_ATR)
    return _look(bench, PRESENT)


@case(FUNCTION, Code.SCARD_E_TIMEOUT, gives=[PRESENT | MUTE])
def mute_as_believed(bench: Any) -> Call:
    bench.insert_scripted(MUTE_ATR)
    return _look(bench, PRESENT | MUTE)


@case(FUNCTION, gives=[PRESENT | CHANGED])
def mute_believed_of_a_card_that_answers(bench: Any) -> Call:
    bench.insert_scripted()
    return _look(bench, PRESENT | MUTE)


@case(FUNCTION, gives=[PRESENT | MUTE | INUSE | CHANGED])
def card_that_fell_mute_at_a_reset(bench: Any) -> Call:
    inserted = bench.insert_scripted()
    card = bench.connect()
    inserted.atr = MUTE_ATR
    bench.rm.disconnect(bench.connect_other(), Disposition.RESET)
    assert card
    return _look(bench, PRESENT | INUSE)


# Who uses it


@case(FUNCTION, gives=[PRESENT | INUSE | CHANGED])
def unaware_of_a_card_in_use(bench: Any) -> Call:
    bench.insert_scripted()
    bench.connect()
    return _look(bench, UNAWARE)


@case(FUNCTION, gives=[PRESENT | INUSE | CHANGED])
def a_direct_handle_uses_the_card_too(bench: Any) -> Call:
    bench.insert_scripted()
    bench.connect(ShareMode.DIRECT, Protocols.UNDEFINED)
    return _look(bench, UNAWARE)


@case(FUNCTION, gives=[PRESENT | EXCLUSIVE | CHANGED])
def unaware_of_a_card_held_exclusively(bench: Any) -> Call:
    bench.insert_scripted()
    bench.connect(ShareMode.EXCLUSIVE)
    return _look(bench, UNAWARE)


@case(FUNCTION, Code.SCARD_E_TIMEOUT, gives=[PRESENT | INUSE], windows="Who leaves use out is not told of it")
def use_left_out_of_what_is_believed_is_no_change(bench: Any) -> Call:
    bench.insert_scripted()
    bench.connect()
    return _look(bench, PRESENT)


@case(FUNCTION, Code.SCARD_E_TIMEOUT, gives=[PRESENT | EXCLUSIVE], windows="Who leaves use out is not told of it")
def exclusive_use_left_out_is_no_change(bench: Any) -> Call:
    bench.insert_scripted()
    bench.connect(ShareMode.EXCLUSIVE)
    return _look(bench, PRESENT)


@case(FUNCTION, gives=[PRESENT | CHANGED])
def in_use_believed_of_a_card_nobody_uses(bench: Any) -> Call:
    bench.insert_scripted()
    return _look(bench, PRESENT | INUSE)


@case(FUNCTION, gives=[PRESENT | CHANGED])
def exclusive_believed_of_a_card_nobody_uses(bench: Any) -> Call:
    bench.insert_scripted()
    return _look(bench, PRESENT | EXCLUSIVE)


@case(FUNCTION, gives=[PRESENT | EXCLUSIVE | CHANGED])
def in_use_believed_of_a_card_held_exclusively(bench: Any) -> Call:
    bench.insert_scripted()
    bench.connect(ShareMode.EXCLUSIVE)
    return _look(bench, PRESENT | INUSE)


@case(FUNCTION, gives=[PRESENT | INUSE | CHANGED])
def exclusive_believed_of_a_shared_card(bench: Any) -> Call:
    bench.insert_scripted()
    bench.connect()
    return _look(bench, PRESENT | EXCLUSIVE)


@case(FUNCTION, gives=[PRESENT | INUSE | CHANGED])
def one_of_two_handles_closed(bench: Any) -> Call:
    bench.insert_scripted()
    bench.connect()
    bench.rm.disconnect(bench.connect_other())
    return _look(bench, UNAWARE)


@case(FUNCTION, gives=[EMPTY | CHANGED])
def a_direct_handle_does_not_use_an_empty_reader(bench: Any) -> Call:
    bench.rm.connect(bench.context, bench.empty_reader, ShareMode.DIRECT, Protocols.UNDEFINED)
    return _look_at_the_empty_one(bench, UNAWARE)


@case(FUNCTION, gives=[EMPTY | EXCLUSIVE | CHANGED], windows="EXCLUSIVE belongs to the reader")
def card_held_exclusively_was_removed(bench: Any) -> Call:
    bench.insert_scripted()
    bench.connect(ShareMode.EXCLUSIVE)
    bench.remove()
    return _look(bench, UNAWARE)


# Power


@case(FUNCTION, gives=[PRESENT | UNPOWERED | CHANGED], windows=UNPOWERED_ENTRY, embedded_only=OTHER_CHOICE)
def unaware_of_a_card_without_power(bench: Any) -> Call:
    bench.insert_scripted()
    bench.rm.disconnect(bench.connect(), Disposition.UNPOWER)
    return _look(bench, UNAWARE)


@case(FUNCTION, gives=[PRESENT | CHANGED], windows=UNPOWERED_ENTRY, pcscd_only=OTHER_CHOICE)
def unaware_of_a_card_whose_power_is_not_shown(bench: Any) -> Call:
    bench.insert_scripted()
    bench.rm.disconnect(bench.connect(), Disposition.UNPOWER)
    return _look(bench, UNAWARE)


@case(FUNCTION, gives=[PRESENT | CHANGED], windows=UNPOWERED_ENTRY, embedded_only=OTHER_CHOICE)
def unpowered_believed_of_a_card_with_power(bench: Any) -> Call:
    bench.insert_scripted()
    return _look(bench, PRESENT | UNPOWERED)


@case(FUNCTION, Code.SCARD_E_TIMEOUT, windows=UNPOWERED_ENTRY)
def loss_of_power_is_no_change_to_who_believes_the_card_present(bench: Any) -> Call:
    bench.insert_scripted()
    bench.rm.disconnect(bench.connect(), Disposition.UNPOWER)
    return _look(bench, PRESENT)


@case(FUNCTION, gives=True)
def a_card_without_power_keeps_its_atr(bench: Any) -> Call:
    inserted = bench.insert_scripted()
    bench.rm.disconnect(bench.connect(), Disposition.UNPOWER)
    return lambda: _look(bench, UNAWARE)()[0].atr == inserted.atr


@case(FUNCTION, gives=True)
def the_atr_is_that_of_the_last_reset(bench: Any) -> Call:
    inserted = bench.insert_scripted()
    card = bench.connect()
    inserted.atr = T0_ATR
    bench.rm.reconnect(card, initialization=Disposition.RESET)
    return lambda: _look(bench, UNAWARE)()[0].atr == T0_ATR
