"""SCardConnect, SCardReconnect, SCardDisconnect: share modes, protocols, and what is done to the card."""

from __future__ import annotations

from typing import Any

from parity_calls import held, history
from parity_table import (
    BOTH_ATR,
    MUTE_ATR,
    NO_PROTOCOL,
    OK,
    SELECT_MF,
    T0_ATR,
    T1_ATR,
    WAITS_ON,
    Call,
    case,
)

from scardmgr.winscard.codes import SCardCode as Code
from scardmgr.winscard.constants import CardState, Disposition, Protocols, ShareMode

T0, T1, ANY, RAW, UNDEFINED = Protocols.T0, Protocols.T1, Protocols.ANY, Protocols.RAW, Protocols.UNDEFINED
EXCLUSIVE, SHARED, DIRECT = ShareMode.EXCLUSIVE, ShareMode.SHARED, ShareMode.DIRECT
MUTE_ENTRY = "Connecting to a mute card"
NOT_POWERED = CardState.PRESENT


# Which protocol: cards that offer T=0, T=1 or both, connections that take T=0, T=1, either or RAW

_CARDS = {"T0": (T0_ATR, T0), "T1": (T1_ATR, T1), "both": (BOTH_ATR, ANY)}
_WANTED = {"T0": T0, "T1": T1, "either": ANY, "RAW": RAW, "RAW_or_T1": RAW | T1}


def _protocol_of(share_mode: ShareMode, offer: str, want: str) -> None:
    atr, offered = _CARDS[offer]
    wanted = _WANTED[want]

    def situation(bench: Any) -> Call:
        bench.insert_scripted(atr)
        return lambda: bench.rm.connect(bench.context, bench.reader, share_mode, wanted)

    situation.__name__ = f"{share_mode.name}_{want}_wanted_of_a_card_that_offers_{offer}"
    if RAW in wanted:
        case("connect", gives=RAW)(situation)
    elif wanted & offered:
        case("connect", gives=T1 if T1 in wanted & offered else T0)(situation)
    else:
        case("connect", Code.SCARD_E_PROTO_MISMATCH)(situation)


for _offer in _CARDS:
    for _want in _WANTED:
        _protocol_of(SHARED, _offer, _want)
for _want in ("T0", "T1", "either", "RAW"):
    _protocol_of(EXCLUSIVE, "both", _want)


# What a resource manager makes of an ATR, which it reads leniently


def _read(name: str, atr: str, gives: Protocols | None) -> None:
    def situation(bench: Any) -> Call:
        bench.insert_scripted(bytes.fromhex(atr))
        return lambda: bench.rm.connect(bench.context, bench.reader)

    situation.__name__ = name
    if gives is None:
        case("connect", Code.SCARD_E_PROTO_MISMATCH)(situation)
    else:
        case("connect", gives=gives)(situation)


_read("atr_without_interface_bytes", "3B00", T0)
_read("atr_of_the_inverse_convention", "3F00", T0)
_read("atr_with_a_wrong_check_byte", "3B800100", T1)
_read("atr_without_its_check_byte", "3B8001", T1)
_read("atr_whose_ta2_demands_t1", "3B9011901181", T1)
_read("atr_whose_ta2_demands_t0_though_t1_is_offered", "3B8091100181", T0)
_read("atr_with_global_interface_bytes_for_t15", "3B80801F010F", T0)
_read("atr_that_offers_t15_first", "3B801F0F", None)
_read("atr_that_offers_t14_alone", "3B800E", None)
_read("atr_that_is_none", "DEADBEEF", None)
_read("longest_atr", "3BFF11004080318065B08300000000834190009000000000000000000000000042"[:66], T1)


@case("connect", gives=UNDEFINED)
def direct_negotiates_no_protocol(bench: Any) -> Call:
    bench.insert_scripted()
    return lambda: bench.rm.connect(bench.context, bench.reader, DIRECT, ANY)


@case("connect", gives=RAW)
def direct_takes_raw(bench: Any) -> Call:
    bench.insert_scripted()
    return lambda: bench.rm.connect(bench.context, bench.reader, DIRECT, RAW)


@case("connect", gives=T1, windows="DIRECT is shared, and finds the protocol in force")
def direct_beside_another_finds_its_protocol(bench: Any) -> Call:
    bench.insert_scripted()
    bench.connect()
    return lambda: bench.rm.connect(bench.other_context(), bench.reader, DIRECT, UNDEFINED)


@case("connect", gives=UNDEFINED)
def direct_to_an_empty_reader(bench: Any) -> Call:
    return lambda: bench.rm.connect(bench.context, bench.empty_reader, DIRECT, UNDEFINED)


@case("connect", gives=UNDEFINED)
def direct_to_a_mute_card(bench: Any) -> Call:
    bench.insert_scripted(MUTE_ATR)
    return lambda: bench.rm.connect(bench.context, bench.reader, DIRECT, UNDEFINED)


@case("connect", gives=T1)
def a_second_handle_takes_the_protocol_in_force(bench: Any) -> Call:
    bench.insert_scripted(BOTH_ATR)
    bench.connect(protocols=T1)
    return lambda: bench.rm.connect(bench.other_context(), bench.reader, SHARED, ANY)


@case("connect", gives=T0)
def the_protocol_of_a_closed_handle_stays_in_force(bench: Any) -> Call:
    bench.insert_scripted(BOTH_ATR)
    bench.connect(protocols=T0)
    bench.rm.disconnect(bench.connect_other(protocols=T0))
    return lambda: bench.rm.connect(bench.other_context(), bench.reader, SHARED, ANY)


@case("connect", gives=T1)
def a_reset_lets_choose_the_protocol_again(bench: Any) -> Call:
    bench.insert_scripted(BOTH_ATR)
    bench.rm.disconnect(bench.connect(protocols=T0), Disposition.RESET)
    return lambda: bench.rm.connect(bench.context, bench.reader, SHARED, ANY)


@case("connect", gives=T1)
def a_new_card_knows_nothing_of_a_protocol_set_for_the_empty_reader(bench: Any) -> Call:
    bench.remove()
    bench.connect(DIRECT, RAW)
    bench.insert_scripted()
    return lambda: bench.rm.connect(bench.other_context(), bench.reader)


@case("connect", Code.SCARD_E_PROTO_MISMATCH)
def no_protocol_asked_for_and_no_such_reader(bench: Any) -> Call:
    return lambda: bench.rm.connect(bench.context, "no such reader", SHARED, UNDEFINED)


@case("connect", Code.SCARD_E_PROTO_MISMATCH)
def no_protocol_asked_for_exclusively(bench: Any) -> Call:
    bench.insert_scripted()
    return lambda: bench.rm.connect(bench.context, bench.reader, EXCLUSIVE, UNDEFINED)


@case("connect", Code.SCARD_E_PROTO_MISMATCH)
def protocol_that_is_not_the_one_in_force(bench: Any) -> Call:
    bench.insert_scripted(BOTH_ATR)
    bench.connect(protocols=T1)
    return lambda: bench.connect_other(protocols=T0)


@case("connect", Code.SCARD_E_PROTO_MISMATCH)
def either_wanted_while_raw_is_in_force(bench: Any) -> Call:
    bench.insert_scripted(BOTH_ATR)
    bench.connect(protocols=RAW)
    return lambda: bench.connect_other(protocols=ANY)


@case("connect", gives=RAW)
def raw_wanted_while_another_protocol_is_in_force(bench: Any) -> Call:
    bench.insert_scripted()
    bench.connect()
    return lambda: bench.rm.connect(bench.other_context(), bench.reader, SHARED, RAW)


# Who shares with whom


@case("connect", gives=T1)
def shared_beside_shared(bench: Any) -> Call:
    bench.insert_scripted()
    bench.connect()
    return lambda: bench.rm.connect(bench.other_context(), bench.reader)


@case("connect", gives=T1, windows="DIRECT is shared, and finds the protocol in force")
def shared_beside_direct(bench: Any) -> Call:
    bench.insert_scripted()
    bench.connect(DIRECT, UNDEFINED)
    return lambda: bench.rm.connect(bench.other_context(), bench.reader)


@case("connect", gives=T1)
def twice_in_one_context(bench: Any) -> Call:
    bench.insert_scripted()
    bench.connect()
    return lambda: bench.rm.connect(bench.context, bench.reader)


@case("connect", gives=T1)
def exclusively_and_alone(bench: Any) -> Call:
    bench.insert_scripted()
    return lambda: bench.rm.connect(bench.context, bench.reader, EXCLUSIVE)


@case("connect", gives=T1)
def exclusively_after_the_others_have_gone(bench: Any) -> Call:
    bench.insert_scripted()
    for card in (bench.connect(), bench.connect_other()):
        bench.rm.disconnect(card)
    return lambda: bench.rm.connect(bench.context, bench.reader, EXCLUSIVE)


@case("connect", gives=T1)
def after_an_exclusive_handle_was_closed(bench: Any) -> Call:
    bench.insert_scripted()
    bench.rm.disconnect(bench.connect(EXCLUSIVE))
    return lambda: bench.rm.connect(bench.other_context(), bench.reader)


@case("connect", Code.SCARD_E_SHARING_VIOLATION)
def reader_held_exclusively(bench: Any) -> Call:
    bench.insert_scripted()
    bench.connect(EXCLUSIVE)
    return bench.connect_other  # type: ignore[no-any-return]


@case("connect", Code.SCARD_E_SHARING_VIOLATION)
def reader_held_exclusively_in_the_same_context(bench: Any) -> Call:
    bench.insert_scripted()
    bench.connect(EXCLUSIVE)
    return lambda: bench.connect(EXCLUSIVE)


@case("connect", Code.SCARD_E_SHARING_VIOLATION)
def direct_to_a_reader_held_exclusively(bench: Any) -> Call:
    bench.insert_scripted()
    bench.connect(EXCLUSIVE)
    return lambda: bench.connect_other(DIRECT)


@case("connect", Code.SCARD_E_SHARING_VIOLATION)
def exclusively_beside_another(bench: Any) -> Call:
    bench.insert_scripted()
    bench.connect()
    return lambda: bench.connect_other(EXCLUSIVE)


@case("connect", Code.SCARD_E_SHARING_VIOLATION, windows="DIRECT is shared, and finds the protocol in force")
def exclusively_beside_a_direct_one(bench: Any) -> Call:
    bench.insert_scripted()
    bench.connect(DIRECT, UNDEFINED)
    return lambda: bench.connect_other(EXCLUSIVE)


@case("connect", Code.SCARD_E_SHARING_VIOLATION)
def held_exclusively_and_its_card_removed(bench: Any) -> Call:
    bench.insert_scripted()
    bench.connect(EXCLUSIVE)
    bench.remove()
    return lambda: bench.connect_other(DIRECT, UNDEFINED)


@case("connect", gives=T1)
def while_another_holds_the_card_in_a_transaction(bench: Any) -> Call:
    bench.insert_scripted()
    holder = bench.connect_other()
    bench.rm.begin_transaction(holder)
    connecting = held(lambda: bench.rm.connect(bench.context, bench.reader))
    bench.rm.end_transaction(holder)
    return connecting


# What is refused


@case("connect", Code.SCARD_E_INVALID_VALUE)
def share_mode_that_does_not_exist(bench: Any) -> Call:
    return lambda: bench.rm.connect(bench.context, "no such reader", 7, ANY)


@case("connect", Code.SCARD_E_UNKNOWN_READER)
def reader_that_does_not_exist(bench: Any) -> Call:
    return lambda: bench.rm.connect(bench.context, "no such reader")


@case("connect", Code.SCARD_E_UNKNOWN_READER)
def reader_without_a_name(bench: Any) -> Call:
    return lambda: bench.rm.connect(bench.context, "")


@case("connect", Code.SCARD_E_UNKNOWN_READER)
def reader_in_other_letters(bench: Any) -> Call:
    return lambda: bench.rm.connect(bench.context, bench.reader.upper())


@case("connect", Code.SCARD_E_UNKNOWN_READER)
def the_pnp_reader(bench: Any) -> Call:
    return lambda: bench.rm.connect(bench.context, "\\\\?PnP?\\Notification", DIRECT, UNDEFINED)


@case("connect", Code.SCARD_E_NO_SMARTCARD)
def empty_reader(bench: Any) -> Call:
    return lambda: bench.rm.connect(bench.context, bench.empty_reader)


@case("connect", Code.SCARD_E_NO_SMARTCARD)
def exclusively_to_an_empty_reader(bench: Any) -> Call:
    return lambda: bench.rm.connect(bench.context, bench.empty_reader, EXCLUSIVE)


@case("connect", Code.SCARD_E_NO_SMARTCARD)
def raw_to_an_empty_reader(bench: Any) -> Call:
    return lambda: bench.rm.connect(bench.context, bench.empty_reader, SHARED, RAW)


@case("connect", Code.SCARD_W_UNPOWERED_CARD, windows=MUTE_ENTRY)
def card_that_is_mute(bench: Any) -> Call:
    bench.insert_scripted(MUTE_ATR)
    return bench.connect  # type: ignore[no-any-return]


@case("connect", gives=T1)
def card_that_was_mute_when_inserted_and_found_its_voice(bench: Any) -> Call:
    bench.remove()
    inserted = bench.insert_scripted(MUTE_ATR)
    inserted.atr = T1_ATR
    return lambda: bench.rm.connect(bench.context, bench.reader)


@case("connect", gives=T1)
def card_that_was_powered_off(bench: Any) -> Call:
    bench.insert_scripted()
    bench.rm.disconnect(bench.connect(), Disposition.UNPOWER)
    return lambda: bench.rm.connect(bench.context, bench.reader)


@case("connect", Code.SCARD_W_UNRESPONSIVE_CARD, embedded_only=NO_PROTOCOL)
def card_that_refuses_the_protocol(bench: Any) -> Call:
    card = bench.insert_choosy()
    card.mute = True
    return bench.connect  # type: ignore[no-any-return]


# Reconnecting


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


@case("reconnect", gives=T1)
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


@case("transmit", gives=OK, windows="From EXCLUSIVE to SHARED", embedded_only=WAITS_ON)
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
    embedded_only=WAITS_ON,
)
def becoming_exclusive_beside_another(bench: Any) -> Call:
    bench.insert_scripted()
    card = bench.connect()
    bench.connect_other()
    return lambda: bench.rm.reconnect(card, EXCLUSIVE)


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


# Disconnecting


def _disposition(disposition: Disposition, felt: list[str], state: CardState) -> None:
    def situation(bench: Any) -> Call:
        inserted = bench.insert_scripted()
        card = bench.connect()
        other = bench.connect_other(DIRECT, UNDEFINED)
        inserted.history.clear()

        def disconnect() -> tuple[list[Any], CardState]:
            bench.rm.disconnect(card, disposition)
            bench.rm.reconnect(other, DIRECT, UNDEFINED)
            return history(inserted, len(felt)), bench.rm.status(other).state

        return disconnect

    situation.__name__ = f"{disposition.name}_as_card_and_others_feel_it"
    case("disconnect", gives=(felt, state))(situation)


_POWERED = CardState.PRESENT | CardState.POWERED | CardState.NEGOTIABLE
_disposition(Disposition.LEAVE, [], _POWERED)
_disposition(Disposition.RESET, ["reset"], _POWERED)
_disposition(Disposition.UNPOWER, ["off"], NOT_POWERED)
_disposition(Disposition.EJECT, [], _POWERED)


@case("disconnect", Code.SCARD_E_INVALID_VALUE)
def disposition_that_does_not_exist(bench: Any) -> Call:
    bench.insert_scripted()
    card = bench.connect()
    return lambda: bench.rm.disconnect(card, 9)


@case("disconnect")
def card_reset_by_another(bench: Any) -> Call:
    bench.insert_scripted()
    card, other = bench.connect(), bench.connect_other()
    bench.rm.reconnect(other, initialization=Disposition.RESET)
    return lambda: bench.rm.disconnect(card)


@case("disconnect")
def card_removed(bench: Any) -> Call:
    bench.insert_scripted()
    card = bench.connect()
    bench.remove()
    return lambda: bench.rm.disconnect(card)


@case("disconnect")
def resetting_a_card_that_was_removed(bench: Any) -> Call:
    bench.insert_scripted()
    card = bench.connect()
    bench.remove()
    return lambda: bench.rm.disconnect(card, Disposition.RESET)


@case("disconnect")
def resetting_a_card_that_does_not_answer(bench: Any) -> Call:
    inserted = bench.insert_scripted()
    card = bench.connect()
    inserted.atr = MUTE_ATR
    return lambda: bench.rm.disconnect(card, Disposition.RESET)


@case("disconnect")
def beside_the_transaction_of_another(bench: Any) -> Call:
    bench.insert_scripted()
    card, holder = bench.connect(), bench.connect_other()
    bench.rm.begin_transaction(holder)
    return lambda: bench.rm.disconnect(card)


def _waits_to(disposition: Disposition) -> None:
    def situation(bench: Any) -> Call:
        bench.insert_scripted()
        card, holder = bench.connect(), bench.connect_other()
        bench.rm.begin_transaction(holder)
        disconnecting = held(lambda: bench.rm.disconnect(card, disposition))
        bench.rm.end_transaction(holder)
        return disconnecting

    situation.__name__ = f"{disposition.name}_waits_for_the_transaction_of_another"
    case("disconnect")(situation)


for _waiting in (Disposition.RESET, Disposition.UNPOWER, Disposition.EJECT):
    _waits_to(_waiting)
