"""Handles that are not open, whose card was reset or removed, or whose reader is gone; and SCardStatus."""

from __future__ import annotations

from typing import Any

from parity_table import BOTH_ATR, MUTE_ATR, NO_SUCH, NO_UNPLUGGING, SELECT_MF, Call, case

from scardmgr.winscard.codes import SCardCode as Code
from scardmgr.winscard.constants import Attribute, CardState, Disposition, Protocols, ShareMode

POWERED = CardState.PRESENT | CardState.POWERED | CardState.NEGOTIABLE


def _on_a_handle_that_is_not_open(function: str, *arguments: Any) -> None:
    @case(function, Code.SCARD_E_INVALID_HANDLE)
    def handle_never_given_out(bench: Any) -> Call:
        return lambda: getattr(bench.rm, function)(NO_SUCH, *arguments)

    @case(function, Code.SCARD_E_INVALID_HANDLE)
    def handle_disconnected(bench: Any) -> Call:
        bench.insert_scripted()
        card = bench.connect()
        bench.rm.disconnect(card)
        return lambda: getattr(bench.rm, function)(card, *arguments)

    @case(function, Code.SCARD_E_INVALID_HANDLE)
    def handle_of_a_released_context(bench: Any) -> Call:
        bench.insert_scripted()
        card = bench.connect_other()
        bench.rm.release_context(bench.contexts[-1])
        return lambda: getattr(bench.rm, function)(card, *arguments)


_on_a_handle_that_is_not_open("reconnect", 9, Protocols.UNDEFINED, 9)
_on_a_handle_that_is_not_open("disconnect", 9)
_on_a_handle_that_is_not_open("begin_transaction")
_on_a_handle_that_is_not_open("end_transaction", 9)
_on_a_handle_that_is_not_open("status")
_on_a_handle_that_is_not_open("transmit", SELECT_MF)
_on_a_handle_that_is_not_open("control", 0)
_on_a_handle_that_is_not_open("get_attribute", Attribute.ATR_STRING)
_on_a_handle_that_is_not_open("set_attribute", Attribute.ATR_STRING, b"\1")
_on_a_handle_that_is_not_open("get_transmit_count")


@case("status", Code.SCARD_E_INVALID_HANDLE)
def context_in_place_of_a_handle(bench: Any) -> Call:
    return lambda: bench.rm.status(bench.context)


@case("status", Code.SCARD_E_INVALID_HANDLE)
def null_in_place_of_a_handle(bench: Any) -> Call:
    return lambda: bench.rm.status(0)


# The card was reset or removed, or the reader unplugged


def _on_a_card_reset_or_removed(function: str, *arguments: Any) -> None:
    @case(function, Code.SCARD_W_RESET_CARD)
    def reset_by_another_reconnect(bench: Any) -> Call:
        bench.insert_scripted()
        card, other = bench.connect(), bench.connect_other()
        bench.rm.reconnect(other, initialization=Disposition.RESET)
        return lambda: getattr(bench.rm, function)(card, *arguments)

    @case(function, Code.SCARD_W_RESET_CARD)
    def powered_off_by_another_disconnect(bench: Any) -> Call:
        bench.insert_scripted()
        card, other = bench.connect(), bench.connect_other()
        bench.rm.disconnect(other, Disposition.UNPOWER)
        return lambda: getattr(bench.rm, function)(card, *arguments)

    @case(function, Code.SCARD_W_REMOVED_CARD)
    def card_removed(bench: Any) -> Call:
        bench.insert_scripted()
        card = bench.connect()
        bench.remove()
        return lambda: getattr(bench.rm, function)(card, *arguments)


_on_a_card_reset_or_removed("begin_transaction")
_on_a_card_reset_or_removed("end_transaction")
_on_a_card_reset_or_removed("status")
_on_a_card_reset_or_removed("transmit", SELECT_MF)
_on_a_card_reset_or_removed("get_attribute", Attribute.ATR_STRING)
_on_a_card_reset_or_removed("set_attribute", Attribute.ATR_STRING, b"\1")
_on_a_card_reset_or_removed("get_transmit_count")


def _on_a_reader_unplugged(function: str, *arguments: Any) -> None:
    @case(function, Code.SCARD_E_READER_UNAVAILABLE, embedded_only=NO_UNPLUGGING)
    def reader_unplugged(bench: Any) -> Call:
        bench.insert_scripted()
        card = bench.connect()
        bench.slot.close()
        return lambda: getattr(bench.rm, function)(card, *arguments)


_on_a_reader_unplugged("reconnect")
_on_a_reader_unplugged("begin_transaction")
_on_a_reader_unplugged("end_transaction")
_on_a_reader_unplugged("status")
_on_a_reader_unplugged("transmit", SELECT_MF)
_on_a_reader_unplugged("control", 0)
_on_a_reader_unplugged("get_attribute", Attribute.ATR_STRING)
_on_a_reader_unplugged("set_attribute", Attribute.ATR_STRING, b"\1")
_on_a_reader_unplugged("get_transmit_count")


@case("disconnect", embedded_only=NO_UNPLUGGING)
def reader_unplugged(bench: Any) -> Call:
    bench.insert_scripted()
    card = bench.connect()
    bench.slot.close()
    return lambda: bench.rm.disconnect(card, Disposition.RESET)


# What resets are told of, to whom, and for how long


@case("status", Code.SCARD_W_RESET_CARD)
def told_again_until_it_reconnects(bench: Any) -> Call:
    bench.insert_scripted()
    card, other = bench.connect(), bench.connect_other()
    bench.rm.reconnect(other, initialization=Disposition.RESET)
    for _ in range(2):
        _refused(bench, card)
    return lambda: bench.rm.status(card)


@case("status", gives=POWERED)
def told_no_more_after_reconnecting(bench: Any) -> Call:
    bench.insert_scripted()
    card, other = bench.connect(), bench.connect_other()
    bench.rm.reconnect(other, initialization=Disposition.RESET)
    bench.rm.reconnect(card)
    return lambda: bench.rm.status(card)


@case("status", gives=POWERED)
def reset_by_its_own_reconnect(bench: Any) -> Call:
    bench.insert_scripted()
    card = bench.connect()
    bench.rm.reconnect(card, initialization=Disposition.RESET)
    return lambda: bench.rm.status(card)


@case("status", Code.SCARD_W_RESET_CARD)
def reset_by_ending_its_own_transaction(bench: Any) -> Call:
    bench.insert_scripted()
    card = bench.connect()
    bench.rm.begin_transaction(card)
    bench.rm.end_transaction(card, Disposition.RESET)
    return lambda: bench.rm.status(card)


@case("status", Code.SCARD_W_RESET_CARD)
def reset_by_another_handle_of_the_same_context(bench: Any) -> Call:
    bench.insert_scripted()
    card, other = bench.connect(), bench.connect()
    bench.rm.disconnect(other, Disposition.RESET)
    return lambda: bench.rm.status(card)


@case("status", Code.SCARD_W_RESET_CARD)
def reset_by_the_release_of_a_context_inside_a_transaction(bench: Any) -> Call:
    bench.insert_scripted()
    card = bench.connect()
    bench.rm.begin_transaction(bench.connect_other())
    bench.rm.release_context(bench.contexts[-1])
    return lambda: bench.rm.status(card)


@case("status", Code.SCARD_W_RESET_CARD)
def direct_handle_is_told_of_resets_too(bench: Any) -> Call:
    bench.insert_scripted()
    card, other = bench.connect(ShareMode.DIRECT, Protocols.UNDEFINED), bench.connect_other()
    bench.rm.reconnect(other, initialization=Disposition.RESET)
    return lambda: bench.rm.status(card)


@case("status", gives=POWERED)
def handle_opened_after_the_reset(bench: Any) -> Call:
    bench.insert_scripted()
    bench.rm.disconnect(bench.connect_other(), Disposition.RESET)
    card = bench.connect()
    return lambda: bench.rm.status(card)


@case("status", Code.SCARD_W_RESET_CARD)
def another_tried_to_reset_an_empty_reader(bench: Any) -> Call:
    card = bench.rm.connect(bench.context, bench.empty_reader, ShareMode.DIRECT, Protocols.UNDEFINED).handle
    other = bench.rm.connect(bench.other_context(), bench.empty_reader, ShareMode.DIRECT, Protocols.UNDEFINED).handle
    bench.rm.disconnect(other, Disposition.RESET)
    return lambda: bench.rm.status(card)


@case("status", Code.SCARD_W_REMOVED_CARD)
def another_card_since(bench: Any) -> Call:
    bench.insert_scripted()
    card = bench.connect()
    bench.remove()
    bench.insert_scripted()
    return lambda: bench.rm.status(card)


@case("status", gives=POWERED)
def another_card_since_and_reconnected(bench: Any) -> Call:
    bench.insert_scripted()
    card = bench.connect()
    bench.remove()
    bench.insert_scripted(BOTH_ATR)
    bench.rm.reconnect(card)
    return lambda: bench.rm.status(card)


def _refused(bench: Any, card: int) -> None:
    from scardmgr.winscard.errors import SCardError

    try:
        bench.rm.status(card)
    except SCardError:
        return
    raise AssertionError("was told of nothing")


# Status


@case("status", gives=POWERED)
def card_in_use(bench: Any) -> Call:
    bench.insert_scripted()
    card = bench.connect()
    return lambda: bench.rm.status(card)


@case("status", gives=CardState.ABSENT)
def empty_reader(bench: Any) -> Call:
    card = bench.rm.connect(bench.context, bench.empty_reader, ShareMode.DIRECT, Protocols.UNDEFINED).handle
    return lambda: bench.rm.status(card)


@case("status", gives=CardState.PRESENT | CardState.SWALLOWED)
def mute_card(bench: Any) -> Call:
    bench.insert_scripted(MUTE_ATR)
    card = bench.connect(ShareMode.DIRECT, Protocols.UNDEFINED)
    return lambda: bench.rm.status(card)


@case("status", gives=b"")
def mute_card_has_no_atr(bench: Any) -> Call:
    bench.insert_scripted(MUTE_ATR)
    card = bench.connect(ShareMode.DIRECT, Protocols.UNDEFINED)
    return lambda: bench.rm.status(card).atr


@case("status", gives=CardState.PRESENT)
def card_without_power(bench: Any) -> Call:
    bench.insert_scripted()
    bench.rm.disconnect(bench.connect(), Disposition.UNPOWER)
    card = bench.connect(ShareMode.DIRECT, Protocols.UNDEFINED)
    return lambda: bench.rm.status(card)


@case("status", gives=CardState.PRESENT, windows="Reconnecting gives no power")
def card_without_power_reconnected(bench: Any) -> Call:
    bench.insert_scripted()
    card = bench.connect()
    bench.rm.disconnect(bench.connect_other(), Disposition.UNPOWER)
    bench.rm.reconnect(card)
    return lambda: bench.rm.status(card)


@case("status", gives=POWERED)
def card_that_got_its_power_back_from_a_connection(bench: Any) -> Call:
    bench.insert_scripted()
    bench.rm.disconnect(bench.connect(), Disposition.UNPOWER)
    card = bench.connect()
    return lambda: bench.rm.status(card)


@case("status", gives=(True, Protocols.T1, True))
def reader_protocol_and_atr(bench: Any) -> Call:
    inserted = bench.insert_scripted()
    card = bench.connect()

    def look() -> tuple[bool, Protocols, bool]:
        status = bench.rm.status(card)
        return status.reader == bench.reader, status.protocol, status.atr == inserted.atr

    return look


@case("status", gives=Protocols.UNDEFINED)
def protocol_after_a_reset_that_nobody_took_up(bench: Any) -> Call:
    bench.insert_scripted()
    bench.rm.disconnect(bench.connect(), Disposition.RESET)
    card = bench.connect(ShareMode.DIRECT, Protocols.UNDEFINED)
    return lambda: bench.rm.status(card).protocol


@case("status", gives=Protocols.RAW)
def raw_protocol(bench: Any) -> Call:
    bench.insert_scripted()
    card = bench.connect(protocols=Protocols.RAW)
    return lambda: bench.rm.status(card).protocol


@case("status", gives=2)
def its_event_counter_counts_removal_and_insertion(bench: Any) -> Call:
    bench.insert_scripted()
    card = bench.connect()
    before = bench.rm.status(card).event_counter
    bench.remove()
    bench.insert_scripted()
    bench.rm.reconnect(card)
    return lambda: bench.rm.status(card).event_counter - before
