"""The pyscard-shaped face: SCardConnect, SCardReconnect, SCardDisconnect."""

from __future__ import annotations

from typing import Any

from parity_pyscard import (
    ANY,
    ANY_OLD,
    DIRECT,
    EJECT,
    EXCLUSIVE,
    INVALID_HANDLE,
    INVALID_VALUE,
    LEAVE,
    MISMATCH,
    NO_CARD,
    RAW,
    RAW_ENTRY,
    RESET,
    SHARED,
    SHARING,
    T0,
    T1,
    UNKNOWN_READER,
    UNPOWERED,
    open_card,
    open_empty_reader,
)
from parity_table import BOTH_ATR, HANDLE, MUTE_ATR, NO_SUCH, T0_ATR, Call, case

from scardmgr.winscard.codes import SCardCode as Code


@case("SCardConnect", gives=[0, HANDLE, T1])
def shared_either_protocol(bench: Any) -> Call:
    bench.insert_scripted()
    return lambda: bench.rm.SCardConnect(bench.context, bench.reader, SHARED, ANY)


@case("SCardConnect", gives=[0, HANDLE, T0])
def exclusive_t0(bench: Any) -> Call:
    bench.insert_scripted(T0_ATR)
    return lambda: bench.rm.SCardConnect(bench.context, bench.reader, EXCLUSIVE, T0)


@case("SCardConnect", gives=[0, HANDLE, RAW], windows=RAW_ENTRY)
def raw_is_number_4(bench: Any) -> Call:
    bench.insert_scripted()
    return lambda: bench.rm.SCardConnect(bench.context, bench.reader, SHARED, RAW)


@case("SCardConnect", Code.SCARD_E_PROTO_MISMATCH, gives=[MISMATCH, 0, 0], windows=RAW_ENTRY)
def the_number_that_windows_has_for_raw(bench: Any) -> Call:
    bench.insert_scripted()
    return lambda: bench.rm.SCardConnect(bench.context, bench.reader, SHARED, 0x10000)


@case("SCardConnect", gives=[0, HANDLE, T1])
def the_old_number_for_either_protocol(bench: Any) -> Call:
    bench.insert_scripted(BOTH_ATR)
    return lambda: bench.rm.SCardConnect(bench.context, bench.reader, SHARED, ANY_OLD)


@case("SCardConnect", gives=[0, HANDLE, 0])
def direct_to_an_empty_reader(bench: Any) -> Call:
    return lambda: bench.rm.SCardConnect(bench.context, bench.empty_reader, DIRECT, 0)


def _refused(name: str, code: Code, number: int, *arguments: Any) -> None:
    def situation(bench: Any) -> Call:
        bench.insert_scripted()
        given = [bench.reader if one == "full" else bench.empty_reader if one == "empty" else one for one in arguments]
        return lambda: bench.rm.SCardConnect(bench.context, *given)

    situation.__name__ = name
    case("SCardConnect", code, gives=[number, 0, 0])(situation)


_refused("empty_reader", Code.SCARD_E_NO_SMARTCARD, NO_CARD, "empty", SHARED, ANY)
_refused("unknown_reader", Code.SCARD_E_UNKNOWN_READER, UNKNOWN_READER, "no such reader", SHARED, ANY)
_refused("share_mode_7", Code.SCARD_E_INVALID_VALUE, INVALID_VALUE, "full", 7, ANY)
_refused("share_mode_0", Code.SCARD_E_INVALID_VALUE, INVALID_VALUE, "full", 0, ANY)
_refused("no_protocol", Code.SCARD_E_PROTO_MISMATCH, MISMATCH, "full", SHARED, 0)
_refused("protocol_not_offered", Code.SCARD_E_PROTO_MISMATCH, MISMATCH, "full", SHARED, T0)
_refused("protocol_bits_that_mean_nothing", Code.SCARD_E_PROTO_MISMATCH, MISMATCH, "full", SHARED, 8)


@case("SCardConnect", Code.SCARD_E_INVALID_HANDLE, gives=[INVALID_HANDLE, 0])
def no_context(bench: Any) -> Call:
    # beside this code pyscard gives back a protocol that nobody has set
    return lambda: bench.rm.SCardConnect(NO_SUCH, bench.reader, SHARED, ANY)[:2]


@case("SCardConnect", Code.SCARD_E_SHARING_VIOLATION, gives=[SHARING, 0, 0])
def beside_an_exclusive_handle(bench: Any) -> Call:
    bench.insert_scripted()
    bench.rm.SCardConnect(bench.context, bench.reader, EXCLUSIVE, ANY)
    return lambda: bench.rm.SCardConnect(bench.context, bench.reader, SHARED, ANY)


@case("SCardConnect", Code.SCARD_W_UNPOWERED_CARD, gives=[UNPOWERED, 0, 0], windows="Connecting to a mute card")
def mute_card(bench: Any) -> Call:
    bench.insert_scripted(MUTE_ATR)
    return lambda: bench.rm.SCardConnect(bench.context, bench.reader, SHARED, ANY)


@case("SCardReconnect", gives=[0, T1])
def with_a_reset(bench: Any) -> Call:
    card = open_card(bench)
    return lambda: bench.rm.SCardReconnect(card, SHARED, ANY, RESET)


@case("SCardReconnect", gives=[0, RAW], windows=RAW_ENTRY)
def to_raw(bench: Any) -> Call:
    card = open_card(bench)
    return lambda: bench.rm.SCardReconnect(card, SHARED, RAW, LEAVE)


@case("SCardReconnect", Code.SCARD_E_PROTO_MISMATCH, gives=[MISMATCH, 0])
def protocol_not_in_force(bench: Any) -> Call:
    card = open_card(bench)
    return lambda: bench.rm.SCardReconnect(card, SHARED, T0, LEAVE)


@case("SCardReconnect", Code.SCARD_E_INVALID_VALUE, gives=[INVALID_VALUE, 0])
def ejecting(bench: Any) -> Call:
    card = open_card(bench)
    return lambda: bench.rm.SCardReconnect(card, SHARED, ANY, EJECT)


@case("SCardReconnect", Code.SCARD_E_NO_SMARTCARD, gives=[NO_CARD, 0])
def no_card(bench: Any) -> Call:
    card = open_empty_reader(bench)
    return lambda: bench.rm.SCardReconnect(card, SHARED, ANY, LEAVE)


@case("SCardDisconnect", gives=0)
def leaving_the_card(bench: Any) -> Call:
    card = open_card(bench)
    return lambda: bench.rm.SCardDisconnect(card, LEAVE)


@case("SCardDisconnect", gives=0)
def ejecting_the_card(bench: Any) -> Call:
    card = open_card(bench)
    return lambda: bench.rm.SCardDisconnect(card, EJECT)


@case("SCardDisconnect", Code.SCARD_E_INVALID_VALUE, gives=INVALID_VALUE)
def disposition_9(bench: Any) -> Call:
    card = open_card(bench)
    return lambda: bench.rm.SCardDisconnect(card, 9)


@case("SCardReconnect", Code.SCARD_E_INVALID_HANDLE)
def no_handle_to_take_up(bench: Any) -> Call:
    # beside this code pyscard gives back a protocol that nobody has set
    return lambda: bench.rm.SCardReconnect(NO_SUCH, SHARED, ANY, LEAVE)[0]
