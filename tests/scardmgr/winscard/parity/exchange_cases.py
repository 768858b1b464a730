"""SCardTransmit and SCardGetTransmitCount."""

from __future__ import annotations

from typing import Any

from parity_table import (
    BOTH_ATR,
    MUTE_ATR,
    NO_REMOVAL_IN_A_COMMAND,
    NO_SUCH,
    NO_SUCH_CARD,
    NO_SUCH_LENGTH,
    OK,
    SELECT_MF,
    T0_ATR,
    Call,
    case,
)

from scardmgr.winscard.codes import SCardCode as Code
from scardmgr.winscard.constants import (
    MAX_BUFFER_SIZE_EXTENDED,
    Disposition,
    Protocols,
    ShareMode,
)

DIRECT, UNDEFINED = ShareMode.DIRECT, Protocols.UNDEFINED


def _direct_to_the_empty_reader(bench: Any, protocols: Protocols = UNDEFINED) -> int:
    card: int = bench.rm.connect(bench.context, bench.empty_reader, DIRECT, protocols).handle
    return card


# Sizes


def _echoed(size: int) -> None:
    def situation(bench: Any) -> Call:
        inserted = bench.insert_scripted()
        inserted.answer = lambda command: command
        card = bench.connect()
        command = bytes(index * 7 & 0xFF for index in range(size))
        return lambda: bool(bench.rm.transmit(card, command) == command)

    situation.__name__ = f"{size}_bytes_both_ways"
    case("transmit", gives=True)(situation)


for _size in (4, 5, 255, 256, 257, 260, 261, 262, 4096, 32_767, 65_534, 65_535):
    _echoed(_size)


@case("transmit", gives=OK)
def command_of_one_byte(bench: Any) -> Call:
    bench.insert_scripted()
    card = bench.connect()
    return lambda: bench.rm.transmit(card, b"\xff")


@case("transmit", gives=True)
def longest_response_to_a_short_command(bench: Any) -> Call:
    inserted = bench.insert_scripted()
    inserted.answer = lambda _: bytes(65_533) + OK
    card = bench.connect()
    return lambda: len(bench.rm.transmit(card, SELECT_MF)) == 65_535


@case("transmit", gives=OK)
def longest_command_and_a_short_response(bench: Any) -> Call:
    bench.insert_scripted()
    card = bench.connect()
    return lambda: bench.rm.transmit(card, bytes(65_535))


@case("transmit", gives=OK, embedded_only=NO_SUCH_LENGTH)
def longest_command_that_there_is(bench: Any) -> Call:
    bench.insert_scripted()
    card = bench.connect()
    return lambda: bench.rm.transmit(card, bytes(4 + 3 + 65_535 + 2))


@case("transmit", gives=True, embedded_only=NO_SUCH_LENGTH)
def longest_response_that_there_is(bench: Any) -> Call:
    inserted = bench.insert_scripted()
    inserted.answer = lambda _: bytes(65_536) + OK
    card = bench.connect()
    return lambda: len(bench.rm.transmit(card, SELECT_MF)) == 65_538


@case("transmit", Code.SCARD_E_INSUFFICIENT_BUFFER, embedded_only=NO_SUCH_LENGTH)
def response_longer_than_any_buffer(bench: Any) -> Call:
    inserted = bench.insert_scripted()
    inserted.answer = lambda _: bytes(MAX_BUFFER_SIZE_EXTENDED - 1) + OK
    card = bench.connect()
    return lambda: bench.rm.transmit(card, SELECT_MF)


@case("transmit", Code.SCARD_E_INVALID_PARAMETER)
def empty_command(bench: Any) -> Call:
    bench.insert_scripted()
    card = bench.connect()
    return lambda: bench.rm.transmit(card, b"")


@case("transmit", Code.SCARD_E_INVALID_PARAMETER)
def empty_command_on_no_handle(bench: Any) -> Call:
    return lambda: bench.rm.transmit(NO_SUCH, b"")


@case("transmit", Code.SCARD_E_INSUFFICIENT_BUFFER)
def command_longer_than_any_buffer(bench: Any) -> Call:
    bench.insert_scripted()
    card = bench.connect()
    return lambda: bench.rm.transmit(card, bytes(MAX_BUFFER_SIZE_EXTENDED + 1))


@case("transmit", Code.SCARD_E_INVALID_HANDLE)
def command_longer_than_any_buffer_on_no_handle(bench: Any) -> Call:
    return lambda: bench.rm.transmit(NO_SUCH, bytes(MAX_BUFFER_SIZE_EXTENDED + 1))


# Protocols


@case("transmit", gives=OK)
def protocol_in_force_by_name(bench: Any) -> Call:
    bench.insert_scripted()
    card = bench.connect()
    return lambda: bench.rm.transmit(card, SELECT_MF, Protocols.T1)


@case("transmit", gives=OK)
def t0_in_force(bench: Any) -> Call:
    bench.insert_scripted(T0_ATR)
    card = bench.connect()
    return lambda: bench.rm.transmit(card, SELECT_MF, Protocols.T0)


@case("transmit", gives=OK)
def raw_is_not_checked(bench: Any) -> Call:
    bench.insert_scripted()
    card = bench.connect()
    return lambda: bench.rm.transmit(card, SELECT_MF, Protocols.RAW)


@case("transmit", gives=OK)
def raw_in_force(bench: Any) -> Call:
    bench.insert_scripted()
    card = bench.connect(protocols=Protocols.RAW)
    return lambda: bench.rm.transmit(card, SELECT_MF)


@case("transmit", Code.SCARD_E_PROTO_MISMATCH)
def t1_while_raw_is_in_force(bench: Any) -> Call:
    bench.insert_scripted()
    card = bench.connect(protocols=Protocols.RAW)
    return lambda: bench.rm.transmit(card, SELECT_MF, Protocols.T1)


@case("transmit", Code.SCARD_E_PROTO_MISMATCH)
def protocol_not_in_force(bench: Any) -> Call:
    bench.insert_scripted()
    card = bench.connect()
    return lambda: bench.rm.transmit(card, SELECT_MF, Protocols.T0)


@case("transmit", Code.SCARD_E_PROTO_MISMATCH)
def no_protocol_in_force(bench: Any) -> Call:
    bench.insert_scripted()
    card = bench.connect(DIRECT, UNDEFINED)
    return lambda: bench.rm.transmit(card, SELECT_MF)


@case("transmit", Code.SCARD_E_PROTO_MISMATCH)
def the_protocol_of_a_mute_card(bench: Any) -> Call:
    bench.insert_scripted(MUTE_ATR)
    card = bench.connect(DIRECT, UNDEFINED)
    return lambda: bench.rm.transmit(card, SELECT_MF, Protocols.T1)


@case("transmit", gives=OK)
def the_handle_that_changed_the_protocol_of_all(bench: Any) -> Call:
    bench.insert_scripted(BOTH_ATR)
    card = bench.connect(protocols=Protocols.T1)
    bench.rm.reconnect(card, protocols=Protocols.T0, initialization=Disposition.RESET)
    return lambda: bench.rm.transmit(card, SELECT_MF)


@case("transmit", gives=OK)
def direct_handle_beside_one_that_chose_the_protocol(bench: Any) -> Call:
    bench.insert_scripted()
    bench.connect()
    card = bench.connect_other(DIRECT, UNDEFINED)
    return lambda: bench.rm.transmit(card, SELECT_MF)


# Cards that are not there, or do not answer


@case("transmit", Code.SCARD_E_NO_SMARTCARD)
def command_to_an_empty_reader(bench: Any) -> Call:
    card = _direct_to_the_empty_reader(bench)
    return lambda: bench.rm.transmit(card, SELECT_MF, Protocols.T1)


@case("transmit", Code.SCARD_E_NOT_TRANSACTED)
def raw_command_to_an_empty_reader(bench: Any) -> Call:
    card = _direct_to_the_empty_reader(bench)
    return lambda: bench.rm.transmit(card, SELECT_MF, Protocols.RAW)


@case(
    "transmit",
    Code.SCARD_E_NO_SMARTCARD,
    embedded_only=NO_REMOVAL_IN_A_COMMAND,
    windows="A card pulled out of a command",
)
def card_pulled_out_of_the_command(bench: Any) -> Call:
    inserted = bench.insert_scripted()
    card = bench.connect()

    def pulled(command: bytes) -> bytes:
        bench.slot.remove()
        return OK

    inserted.answer = pulled
    return lambda: bench.rm.transmit(card, SELECT_MF)


@case(
    "transmit",
    Code.SCARD_E_NO_SMARTCARD,
    embedded_only=NO_REMOVAL_IN_A_COMMAND,
    windows="A card pulled out of a command",
)
def card_gone_at_the_command(bench: Any) -> Call:
    inserted = bench.insert_scripted()
    card = bench.connect()
    inserted.gone = True
    return lambda: bench.rm.transmit(card, SELECT_MF)


@case("transmit", Code.SCARD_E_NOT_TRANSACTED, embedded_only=NO_SUCH_CARD)
def card_that_does_not_answer(bench: Any) -> Call:
    inserted = bench.insert_scripted()
    card = bench.connect()
    inserted.mute = True
    return lambda: bench.rm.transmit(card, SELECT_MF)


@case("transmit", Code.SCARD_W_UNPOWERED_CARD, embedded_only=NO_SUCH_CARD, windows="Reconnecting gives no power")
def card_without_power(bench: Any) -> Call:
    inserted = bench.insert_scripted()
    card = bench.connect()
    bench.rm.disconnect(bench.connect_other(), Disposition.UNPOWER)
    bench.rm.reconnect(card)
    inserted.mute = True
    return lambda: bench.rm.transmit(card, SELECT_MF)


@case("transmit", Code.SCARD_E_NOT_TRANSACTED, embedded_only=NO_SUCH_CARD)
def response_too_short_to_be_one(bench: Any) -> Call:
    inserted = bench.insert_scripted()
    card = bench.connect()
    inserted.answer = lambda _: b"\x90"
    return lambda: bench.rm.transmit(card, SELECT_MF)


# How many


@case("get_transmit_count", gives=3)
def three_commands_of_two_handles(bench: Any) -> Call:
    bench.insert_scripted()
    card, other = bench.connect(), bench.connect_other()
    before = bench.rm.get_transmit_count(card)
    for one in (card, other, card):
        bench.rm.transmit(one, SELECT_MF)
    return lambda: bench.rm.get_transmit_count(other) - before


@case("get_transmit_count", gives=0)
def commands_that_were_refused(bench: Any) -> Call:
    card = _direct_to_the_empty_reader(bench)
    before = bench.rm.get_transmit_count(card)
    bench.rm.SCardTransmit(card, 4, list(SELECT_MF))
    return lambda: bench.rm.get_transmit_count(card) - before


@case("get_transmit_count", gives=1)
def of_each_reader_its_own(bench: Any) -> Call:
    bench.insert_scripted()
    card, empty = bench.connect(), _direct_to_the_empty_reader(bench)
    before = bench.rm.get_transmit_count(card), bench.rm.get_transmit_count(empty)
    bench.rm.SCardTransmit(card, 2, list(SELECT_MF))
    assert bench.rm.get_transmit_count(empty) == before[1]
    return lambda: bench.rm.get_transmit_count(card) - before[0]


@case("get_transmit_count", gives=2)
def over_an_exchange_of_cards(bench: Any) -> Call:
    bench.insert_scripted()
    card = bench.connect()
    before = bench.rm.get_transmit_count(card)
    bench.rm.transmit(card, SELECT_MF)
    bench.remove()
    bench.insert_scripted()
    bench.rm.reconnect(card)
    bench.rm.transmit(card, SELECT_MF)
    return lambda: bench.rm.get_transmit_count(card) - before


@case("get_transmit_count", Code.SCARD_E_INVALID_HANDLE)
def handle_that_is_closed(bench: Any) -> Call:
    bench.insert_scripted()
    card = bench.connect()
    bench.rm.transmit(card, SELECT_MF)
    bench.rm.disconnect(card)
    return lambda: bench.rm.get_transmit_count(card)
