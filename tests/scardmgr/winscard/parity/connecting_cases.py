"""SCardConnect: protocols, share modes, and what is refused."""

from __future__ import annotations

from typing import Any

from parity_calls import held
from parity_table import (
    BOTH_ATR,
    MUTE_ATR,
    NO_PROTOCOL,
    T0_ATR,
    T1_ATR,
    Call,
    case,
)

from scardmgr.winscard.codes import SCardCode as Code
from scardmgr.winscard.constants import Disposition, Protocols, ShareMode

T0, T1, ANY, RAW, UNDEFINED = Protocols.T0, Protocols.T1, Protocols.ANY, Protocols.RAW, Protocols.UNDEFINED
EXCLUSIVE, SHARED, DIRECT = ShareMode.EXCLUSIVE, ShareMode.SHARED, ShareMode.DIRECT
MUTE_ENTRY = "Connecting to a mute card"
T1_ENTRY = "T=1 before T=0"


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
    both = wanted & offered == ANY
    if RAW in wanted:
        case("connect", gives=RAW)(situation)
    elif wanted & offered:
        case("connect", gives=T1 if T1 in wanted & offered else T0, windows=T1_ENTRY if both else "")(situation)
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


@case("connect", Code.SCARD_E_SHARING_VIOLATION)
def held_exclusively_in_a_transaction(bench: Any) -> Call:
    bench.insert_scripted()
    bench.rm.begin_transaction(bench.connect(EXCLUSIVE))
    return bench.connect_other


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
