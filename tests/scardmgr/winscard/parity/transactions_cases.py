"""Transactions: beginning and ending them."""

from __future__ import annotations

from typing import Any

from parity_calls import elsewhere, held, held_by_another
from parity_table import MUTE_ATR, OK, SELECT_MF, Call, case

from scardmgr.winscard.codes import SCardCode as Code
from scardmgr.winscard.constants import Disposition, Protocols, ShareMode


@case("begin_transaction")
def nobody_holds_the_card(bench: Any) -> Call:
    bench.insert_scripted()
    card = bench.connect()
    return lambda: bench.rm.begin_transaction(card)


@case("begin_transaction")
def within_its_own_transaction(bench: Any) -> Call:
    _, holder = held_by_another(bench)
    return lambda: bench.rm.begin_transaction(holder)


@case("begin_transaction")
def on_an_exclusive_handle(bench: Any) -> Call:
    bench.insert_scripted()
    card = bench.connect(ShareMode.EXCLUSIVE)
    return lambda: bench.rm.begin_transaction(card)


@case("begin_transaction")
def on_a_direct_handle_without_a_card(bench: Any) -> Call:
    card = bench.rm.connect(bench.context, bench.empty_reader, ShareMode.DIRECT, Protocols.UNDEFINED).handle
    return lambda: bench.rm.begin_transaction(card)


@case("begin_transaction")
def after_another_ended_the_outermost_of_two(bench: Any) -> Call:
    card, holder = held_by_another(bench)
    bench.rm.begin_transaction(holder)
    beginning = held(lambda: bench.rm.begin_transaction(card))
    bench.rm.end_transaction(holder)
    bench.rm.end_transaction(holder)
    return beginning


@case("end_transaction")
def what_was_begun(bench: Any) -> Call:
    _, holder = held_by_another(bench)
    return lambda: bench.rm.end_transaction(holder)


@case("end_transaction")
def begun_on_another_thread(bench: Any) -> Call:
    bench.insert_scripted()
    card = bench.connect()
    elsewhere(lambda: bench.rm.begin_transaction(card))
    return lambda: bench.rm.end_transaction(card)


@case("transmit", gives=OK)
def transaction_begun_on_another_thread(bench: Any) -> Call:
    bench.insert_scripted()
    card = bench.connect()
    elsewhere(lambda: bench.rm.begin_transaction(card))
    return lambda: bench.rm.transmit(card, SELECT_MF)


@case("end_transaction", windows="A transaction outlasts SCardReconnect")
def kept_over_a_reconnect(bench: Any) -> Call:
    _, holder = held_by_another(bench)
    bench.rm.reconnect(holder)
    return lambda: bench.rm.end_transaction(holder)


@case("end_transaction", windows="A transaction outlasts SCardReconnect")
def kept_over_a_reconnect_with_a_reset(bench: Any) -> Call:
    _, holder = held_by_another(bench)
    bench.rm.reconnect(holder, initialization=Disposition.RESET)
    return lambda: bench.rm.end_transaction(holder)


@case("end_transaction", Code.SCARD_E_INVALID_VALUE)
def ending_with_a_disposition_that_does_not_exist(bench: Any) -> Call:
    bench.insert_scripted()
    card = bench.connect()
    bench.rm.begin_transaction(card)
    return lambda: bench.rm.end_transaction(card, 9)


@case("end_transaction", Code.SCARD_E_SHARING_VIOLATION)
def the_transaction_of_another(bench: Any) -> Call:
    card, _ = held_by_another(bench)
    return lambda: bench.rm.end_transaction(card)


def _refused_to(disposition: Disposition) -> None:
    def situation(bench: Any) -> Call:
        inserted = bench.insert_scripted()
        card, holder = bench.connect(), bench.connect_other()
        bench.rm.begin_transaction(holder)
        inserted.history.clear()

        def end() -> None:
            try:
                bench.rm.end_transaction(card, disposition)
            finally:
                assert inserted.history == []

        return end

    situation.__name__ = f"the_transaction_of_another_with_{disposition.name}"
    case("end_transaction", Code.SCARD_E_SHARING_VIOLATION)(situation)


for _disposition in (Disposition.RESET, Disposition.UNPOWER, Disposition.EJECT):
    _refused_to(_disposition)


@case("end_transaction", Code.SCARD_E_NOT_TRANSACTED)
def ending_what_was_not_begun(bench: Any) -> Call:
    bench.insert_scripted()
    card = bench.connect()
    return lambda: bench.rm.end_transaction(card)


@case("end_transaction", Code.SCARD_E_NOT_TRANSACTED)
def ending_more_than_was_begun(bench: Any) -> Call:
    _, holder = held_by_another(bench)
    bench.rm.end_transaction(holder)
    return lambda: bench.rm.end_transaction(holder)


@case("end_transaction", Code.SCARD_E_NOT_TRANSACTED)
def ending_more_than_was_begun_on_an_exclusive_handle(bench: Any) -> Call:
    bench.insert_scripted()
    card = bench.connect(ShareMode.EXCLUSIVE)
    bench.rm.begin_transaction(card)
    bench.rm.end_transaction(card)
    return lambda: bench.rm.end_transaction(card)


@case("end_transaction", Code.SCARD_E_NOT_TRANSACTED)
def resetting_without_a_transaction(bench: Any) -> Call:
    bench.insert_scripted()
    card = bench.connect()
    return lambda: bench.rm.end_transaction(card, Disposition.RESET)


@case("end_transaction", Code.SCARD_E_NOT_TRANSACTED)
def its_card_was_exchanged(bench: Any) -> Call:
    _, holder = held_by_another(bench)
    bench.remove()
    bench.insert_scripted()
    bench.rm.reconnect(holder)
    return lambda: bench.rm.end_transaction(holder)


@case("end_transaction", Code.SCARD_E_NOT_TRANSACTED)
def a_reset_that_the_card_does_not_answer(bench: Any) -> Call:
    inserted = bench.insert_scripted()
    card = bench.connect()
    bench.rm.begin_transaction(card)
    inserted.atr = MUTE_ATR
    return lambda: bench.rm.end_transaction(card, Disposition.RESET)


@case("end_transaction", Code.SCARD_E_NOT_TRANSACTED)
def power_that_the_card_does_not_answer(bench: Any) -> Call:
    inserted = bench.insert_scripted()
    card = bench.connect()
    bench.rm.begin_transaction(card)
    inserted.atr = MUTE_ATR
    return lambda: bench.rm.end_transaction(card, Disposition.UNPOWER)


@case("end_transaction", Code.SCARD_W_REMOVED_CARD)
def resetting_an_empty_reader(bench: Any) -> Call:
    card = bench.rm.connect(bench.context, bench.empty_reader, ShareMode.DIRECT, Protocols.UNDEFINED).handle
    bench.rm.begin_transaction(card)
    return lambda: bench.rm.end_transaction(card, Disposition.RESET)


@case("end_transaction", Code.SCARD_E_UNSUPPORTED_FEATURE)
def ending_by_ejecting_without_a_motor(bench: Any) -> Call:
    _, holder = held_by_another(bench)
    return lambda: bench.rm.end_transaction(holder, Disposition.EJECT)


@case("end_transaction", Code.SCARD_E_UNSUPPORTED_FEATURE)
def ejecting_without_a_transaction(bench: Any) -> Call:
    bench.insert_scripted()
    card = bench.connect()
    return lambda: bench.rm.end_transaction(card, Disposition.EJECT)


@case("end_transaction", Code.SCARD_W_RESET_CARD)
def after_ending_one_with_a_reset_oneself(bench: Any) -> Call:
    bench.insert_scripted()
    card = bench.connect()
    bench.rm.begin_transaction(card)
    bench.rm.end_transaction(card, Disposition.RESET)
    return lambda: bench.rm.end_transaction(card)


def _felt(disposition: Disposition, felt: list[str]) -> None:
    def situation(bench: Any) -> Call:
        inserted = bench.insert_scripted()
        card = bench.connect()
        bench.rm.begin_transaction(card)
        inserted.history.clear()

        def end() -> list[Any]:
            bench.rm.end_transaction(card, disposition)
            return list(inserted.history)

        return end

    situation.__name__ = f"{disposition.name}_as_the_card_feels_it"
    case("end_transaction", gives=felt)(situation)


_felt(Disposition.LEAVE, [])
_felt(Disposition.RESET, ["reset"])
_felt(Disposition.UNPOWER, ["off", "on"])
