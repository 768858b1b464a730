"""SCardReconnect: what is done to the card, and which protocol and share mode come of it."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

from parity_calls import held
from parity_table import (
    BOTH_ATR,
    MUTE_ATR,
    OK,
    SELECT_MF,
    T0_ATR,
    T1_ATR,
    Call,
    case,
)

from scardmgr.winscard.codes import SCardCode as Code
from scardmgr.winscard.constants import Disposition, Protocols, ShareMode
from scardmgr.winscard.errors import SCardError

T0, T1, ANY, RAW, UNDEFINED = Protocols.T0, Protocols.T1, Protocols.ANY, Protocols.RAW, Protocols.UNDEFINED
EXCLUSIVE, SHARED, DIRECT = ShareMode.EXCLUSIVE, ShareMode.SHARED, ShareMode.DIRECT
MUTE_ENTRY = "Connecting to a mute card"


def _initialization(initialization: Disposition, felt: list[str]) -> None:
    def situation(bench: Any) -> Call:
        inserted = bench.insert_scripted()
        card = bench.connect()
        inserted.history.clear()

        def reconnect() -> list[Any]:
            bench.rm.reconnect(card, initialization=initialization)
            return list(inserted.history)

        return reconnect

    situation.__name__ = f"{initialization.name}_as_the_card_feels_it"
    case("reconnect", gives=felt)(situation)


_initialization(Disposition.LEAVE, [])
_initialization(Disposition.RESET, ["reset"])
_initialization(Disposition.UNPOWER, ["off", "on"])


@case("reconnect", gives=T0)
def another_protocol_with_a_reset(bench: Any) -> Call:
    bench.insert_scripted(BOTH_ATR)
    card = bench.connect(protocols=T1)
    return lambda: bench.rm.reconnect(card, protocols=T0, initialization=Disposition.RESET)


@case("reconnect", gives=T0)
def another_protocol_with_power_off_and_on(bench: Any) -> Call:
    bench.insert_scripted(BOTH_ATR)
    card = bench.connect(protocols=T1)
    return lambda: bench.rm.reconnect(card, protocols=T0, initialization=Disposition.UNPOWER)


@case("reconnect", gives=T0)
def another_protocol_after_others_powered_the_card_off(bench: Any) -> Call:
    bench.insert_scripted(BOTH_ATR)
    card = bench.connect(protocols=T1)
    bench.rm.disconnect(bench.connect_other(), Disposition.UNPOWER)
    return lambda: bench.rm.reconnect(card, protocols=T0)


@case("reconnect", gives=RAW)
def raw_without_a_reset(bench: Any) -> Call:
    bench.insert_scripted()
    card = bench.connect()
    return lambda: bench.rm.reconnect(card, protocols=RAW)


@case("reconnect", gives=T1, windows="DIRECT is shared, and finds the protocol in force")
def direct_keeps_the_protocol(bench: Any) -> Call:
    bench.insert_scripted()
    card = bench.connect()
    return lambda: bench.rm.reconnect(card, DIRECT, UNDEFINED)


@case("reconnect", gives=UNDEFINED)
def direct_with_a_reset_has_no_protocol(bench: Any) -> Call:
    bench.insert_scripted()
    card = bench.connect()
    return lambda: bench.rm.reconnect(card, DIRECT, UNDEFINED, Disposition.RESET)


@case("reconnect", gives=T1)
def direct_becomes_shared(bench: Any) -> Call:
    bench.insert_scripted()
    card = bench.connect(DIRECT, UNDEFINED)
    return lambda: bench.rm.reconnect(card)


@case("reconnect", gives=T1)
def shared_becomes_exclusive_alone(bench: Any) -> Call:
    bench.insert_scripted()
    card = bench.connect()
    return lambda: bench.rm.reconnect(card, EXCLUSIVE)


@case("reconnect", gives=T1)
def exclusive_stays_exclusive(bench: Any) -> Call:
    bench.insert_scripted()
    card = bench.connect(EXCLUSIVE)
    return lambda: bench.rm.reconnect(card, EXCLUSIVE)


@case("connect", Code.SCARD_E_SHARING_VIOLATION)
def another_became_exclusive_by_reconnecting(bench: Any) -> Call:
    bench.insert_scripted()
    bench.rm.reconnect(bench.connect(), EXCLUSIVE)
    return bench.connect_other  # type: ignore[no-any-return]


@case("transmit", gives=OK, windows="From EXCLUSIVE to SHARED")
def beside_a_handle_that_was_exclusive_and_became_shared(bench: Any) -> Call:
    bench.insert_scripted()
    bench.rm.reconnect(bench.connect(EXCLUSIVE), SHARED)
    other = bench.connect_other()
    return lambda: bench.rm.transmit(other, SELECT_MF)


@case("reconnect", gives=T1)
def another_card_than_before(bench: Any) -> Call:
    bench.insert_scripted(T0_ATR)
    card = bench.connect()
    bench.remove()
    bench.insert_scripted(T1_ATR)
    return lambda: bench.rm.reconnect(card)


@case("reconnect", gives=T1)
def waits_for_the_transaction_of_another(bench: Any) -> Call:
    bench.insert_scripted()
    card, holder = bench.connect(), bench.connect_other()
    bench.rm.begin_transaction(holder)
    reconnecting = held(lambda: bench.rm.reconnect(card, initialization=Disposition.RESET))
    bench.rm.end_transaction(holder)
    return reconnecting


@case("reconnect", Code.SCARD_E_INVALID_VALUE)
def initialization_that_ejects(bench: Any) -> Call:
    bench.insert_scripted()
    card = bench.connect()
    return lambda: bench.rm.reconnect(card, protocols=UNDEFINED, initialization=Disposition.EJECT)


@case("reconnect", Code.SCARD_E_INVALID_VALUE)
def initialization_that_does_not_exist(bench: Any) -> Call:
    bench.insert_scripted()
    card = bench.connect()
    return lambda: bench.rm.reconnect(card, initialization=9)


@case("reconnect", Code.SCARD_E_INVALID_VALUE)
def reconnecting_in_a_share_mode_that_does_not_exist(bench: Any) -> Call:
    bench.insert_scripted()
    card = bench.connect()
    return lambda: bench.rm.reconnect(card, 7, UNDEFINED)


@case("reconnect", Code.SCARD_E_PROTO_MISMATCH)
def reconnecting_with_no_protocol(bench: Any) -> Call:
    bench.insert_scripted()
    card = bench.connect()
    return lambda: bench.rm.reconnect(card, protocols=UNDEFINED)


@case("reconnect", Code.SCARD_E_PROTO_MISMATCH)
def another_protocol_without_a_reset(bench: Any) -> Call:
    bench.insert_scripted(BOTH_ATR)
    card = bench.connect(protocols=T1)
    return lambda: bench.rm.reconnect(card, protocols=T0)


@case("reconnect", Code.SCARD_E_PROTO_MISMATCH)
def protocol_that_the_reset_card_does_not_offer(bench: Any) -> Call:
    bench.insert_scripted()
    card = bench.connect()
    return lambda: bench.rm.reconnect(card, protocols=T0, initialization=Disposition.RESET)


@case(
    "reconnect",
    Code.SCARD_E_SHARING_VIOLATION,
    windows="Becoming EXCLUSIVE beside another handle",
)
def becoming_exclusive_beside_another(bench: Any) -> Call:
    bench.insert_scripted()
    card = bench.connect()
    bench.connect_other()
    return lambda: bench.rm.reconnect(card, EXCLUSIVE)


@case("reconnect", gives=[], windows="Becoming EXCLUSIVE beside another handle")
def what_is_refused_does_nothing_to_the_card(bench: Any) -> Call:
    inserted = bench.insert_scripted()
    card, other = bench.connect(), bench.connect_other()
    inserted.history.clear()

    def reconnect() -> list[Any]:
        with suppress(SCardError):
            bench.rm.reconnect(card, EXCLUSIVE, initialization=Disposition.RESET)
        bench.rm.status(other)  # was told of nothing
        return list(inserted.history)

    return reconnect


def _empty_reader(situation_name: str, share_mode: ShareMode, initialization: Disposition) -> None:
    def situation(bench: Any) -> Call:
        card = bench.rm.connect(bench.context, bench.empty_reader, DIRECT, UNDEFINED).handle
        return lambda: bench.rm.reconnect(card, share_mode, ANY, initialization)

    situation.__name__ = situation_name
    case("reconnect", Code.SCARD_E_NO_SMARTCARD)(situation)


_empty_reader("to_an_empty_reader", DIRECT, Disposition.LEAVE)
_empty_reader("resetting_an_empty_reader", DIRECT, Disposition.RESET)
_empty_reader("power_cycling_an_empty_reader", DIRECT, Disposition.UNPOWER)
_empty_reader("shared_to_an_empty_reader", SHARED, Disposition.LEAVE)


@case("reconnect", Code.SCARD_E_NO_SMARTCARD)
def after_removal(bench: Any) -> Call:
    bench.insert_scripted()
    card = bench.connect()
    bench.remove()
    return lambda: bench.rm.reconnect(card)


@case("reconnect", Code.SCARD_W_UNRESPONSIVE_CARD, windows=MUTE_ENTRY)
def card_that_does_not_answer_to_reset(bench: Any) -> Call:
    inserted = bench.insert_scripted()
    card = bench.connect()
    inserted.atr = MUTE_ATR
    return lambda: bench.rm.reconnect(card, initialization=Disposition.RESET)


@case("reconnect", Code.SCARD_W_UNRESPONSIVE_CARD, windows=MUTE_ENTRY)
def card_that_does_not_answer_to_power(bench: Any) -> Call:
    inserted = bench.insert_scripted()
    card = bench.connect()
    inserted.atr = MUTE_ATR
    return lambda: bench.rm.reconnect(card, initialization=Disposition.UNPOWER)


@case("reconnect", Code.SCARD_W_UNRESPONSIVE_CARD, windows=MUTE_ENTRY)
def card_that_was_found_mute(bench: Any) -> Call:
    bench.insert_scripted(MUTE_ATR)
    card = bench.connect(DIRECT, UNDEFINED)
    return lambda: bench.rm.reconnect(card)


@case("reconnect", gives=T1)
def mute_card_that_answers_to_the_next_reset(bench: Any) -> Call:
    inserted = bench.insert_scripted(MUTE_ATR)
    card = bench.connect(DIRECT, UNDEFINED)
    inserted.atr = T1_ATR
    return lambda: bench.rm.reconnect(card, initialization=Disposition.RESET)
