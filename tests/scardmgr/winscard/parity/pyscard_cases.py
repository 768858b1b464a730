"""The pyscard-shaped face: exactly what ``smartcard.scard`` returns, value for value and type for type."""

from __future__ import annotations

from typing import Any

from parity_pyscard import (
    ANY,
    ATR,
    COMMAND,
    INVALID_HANDLE,
    INVALID_VALUE,
    LEAVE,
    MISMATCH,
    NO_CARD,
    NOT_TRANSACTED,
    RAW,
    RESET,
    RESET_CARD,
    SHARED,
    STATUS_ENTRY,
    T0,
    T1,
    UNSUPPORTED,
    UNSUPPORTED_ENTRY,
    USER,
    on_no_handle,
    open_card,
    open_empty_reader,
)
from parity_table import HANDLE, NO_SUCH, Call, case

from scardmgr.winscard.codes import SCardCode as Code

# Contexts, readers, texts


@case("SCardEstablishContext", gives=[0, HANDLE])
def a_new_context(bench: Any) -> Call:
    def establish() -> Any:
        answer = bench.rm.SCardEstablishContext(USER)
        bench.contexts.append(answer[1])
        return answer

    return establish


@case("SCardEstablishContext", Code.SCARD_E_INVALID_VALUE, gives=[INVALID_VALUE, 0])
def no_such_scope(bench: Any) -> Call:
    return lambda: bench.rm.SCardEstablishContext(9)


@case("SCardReleaseContext", gives=0)
def open_context(bench: Any) -> Call:
    context = bench.other_context()
    return lambda: bench.rm.SCardReleaseContext(context)


@case("SCardReleaseContext", Code.SCARD_E_INVALID_HANDLE, gives=INVALID_HANDLE)
def released_twice(bench: Any) -> Call:
    context = bench.other_context()
    bench.rm.SCardReleaseContext(context)
    return lambda: bench.rm.SCardReleaseContext(context)


@case("SCardIsValidContext", gives=0)
def valid(bench: Any) -> Call:
    return lambda: bench.rm.SCardIsValidContext(bench.context)


@case("SCardIsValidContext", Code.SCARD_E_INVALID_HANDLE, gives=INVALID_HANDLE)
def invalid(bench: Any) -> Call:
    return lambda: bench.rm.SCardIsValidContext(NO_SUCH)


@case("SCardCancel", gives=0)
def nothing_to_cancel(bench: Any) -> Call:
    return lambda: bench.rm.SCardCancel(bench.context)


@case("SCardCancel", Code.SCARD_E_INVALID_HANDLE, gives=INVALID_HANDLE)
def cancelling_in_no_context(bench: Any) -> Call:
    return lambda: bench.rm.SCardCancel(NO_SUCH)


@case("SCardListReaders", gives=[0, ["full", "empty"]])
def names_as_a_list(bench: Any) -> Call:
    def names() -> Any:
        hr, readers = bench.rm.SCardListReaders(bench.context, [])
        return [hr, [{bench.reader: "full", bench.empty_reader: "empty"}[name] for name in readers]]

    return names


@case("SCardListReaders", Code.SCARD_E_INVALID_HANDLE, gives=[INVALID_HANDLE, []])
def readers_of_no_context(bench: Any) -> Call:
    return lambda: bench.rm.SCardListReaders(NO_SUCH, [])


@case("SCardListReaderGroups", gives=[0, ["SCard$DefaultReaders"]])
def groups_as_a_list(bench: Any) -> Call:
    return lambda: bench.rm.SCardListReaderGroups(bench.context)


@case("SCardListReaderGroups", Code.SCARD_E_INVALID_HANDLE, gives=[INVALID_HANDLE, []])
def groups_of_no_context(bench: Any) -> Call:
    return lambda: bench.rm.SCardListReaderGroups(NO_SUCH)


@case("SCardGetErrorMessage", gives="Card was reset.")
def text_of_a_code(bench: Any) -> Call:
    return lambda: bench.rm.SCardGetErrorMessage(RESET_CARD)


@case("SCardGetErrorMessage", gives="Feature not supported.", windows=UNSUPPORTED_ENTRY)
def text_of_the_code_with_two_numbers(bench: Any) -> Call:
    return lambda: bench.rm.SCardGetErrorMessage(UNSUPPORTED)


on_no_handle("SCardDisconnect", INVALID_HANDLE, LEAVE)
on_no_handle("SCardBeginTransaction", INVALID_HANDLE)
on_no_handle("SCardEndTransaction", INVALID_HANDLE, LEAVE)
on_no_handle("SCardStatus", [INVALID_HANDLE, "", 0, 0, []])
on_no_handle("SCardTransmit", [INVALID_HANDLE, []], T1, COMMAND)
on_no_handle("SCardControl", [INVALID_HANDLE, []], 0, [])
on_no_handle("SCardGetAttrib", [INVALID_HANDLE, []], 0x90303)
on_no_handle("SCardSetAttrib", INVALID_HANDLE, 0x90303, [1])


# Using the card


def _status(bench: Any, card: int) -> Any:
    """SCardStatus without the event counter, which counts what came before, and with 0 for the reader's right name."""
    hr, reader, state, protocol, atr = answer = bench.rm.SCardStatus(card)
    assert type(answer) is list
    assert type(state) is int
    return [hr, reader in (bench.reader, bench.empty_reader), state & 0xFFFF, protocol, atr]


@case("SCardStatus", gives=[0, True, 0x34, T1, ATR], windows=STATUS_ENTRY)
def card_in_use(bench: Any) -> Call:
    card = open_card(bench)
    return lambda: _status(bench, card)


@case("SCardStatus", gives=[0, True, 0x2, 0, []], windows=STATUS_ENTRY)
def status_of_an_empty_reader(bench: Any) -> Call:
    card = open_empty_reader(bench)
    return lambda: _status(bench, card)


@case("SCardStatus", Code.SCARD_W_RESET_CARD)
def reset_by_another(bench: Any) -> Call:
    card = open_card(bench)
    bench.rm.SCardReconnect(bench.connect_other(), SHARED, ANY, RESET)
    return lambda: bench.rm.SCardStatus(card)


def _transmitted(name: str, protocol: int) -> None:
    def situation(bench: Any) -> Call:
        inserted = bench.insert_scripted()
        inserted.answer = lambda command: command[-2:] + b"\x90\x00"
        card = bench.connect()
        return lambda: bench.rm.SCardTransmit(card, protocol, COMMAND)

    situation.__name__ = name
    case("SCardTransmit", gives=[0, [0x3F, 0x00, 0x90, 0x00]])(situation)


_transmitted("protocol_in_force", T1)
_transmitted("raw", RAW)
_transmitted("undefined_is_raw", 0)


@case("SCardTransmit", Code.SCARD_E_PROTO_MISMATCH, gives=[MISMATCH, []])
def another_protocol(bench: Any) -> Call:
    card = open_card(bench)
    return lambda: bench.rm.SCardTransmit(card, T0, COMMAND)


def _no_protocol(number: int) -> None:
    def situation(bench: Any) -> Call:
        card = open_card(bench)
        # pyscard gives 65,548 bytes of uninitialised memory with the code, which nobody should look at.
        return lambda: bench.rm.SCardTransmit(card, number, COMMAND)[0]

    situation.__name__ = f"protocol_{number}_is_none"
    case("SCardTransmit", Code.SCARD_E_INVALID_PARAMETER, windows="A failed SCardTransmit gives no bytes")(situation)


for _number in (3, 8, 0x10000):
    _no_protocol(_number)


@case("SCardTransmit", Code.SCARD_E_NO_SMARTCARD, gives=[NO_CARD, []])
def command_to_an_empty_reader(bench: Any) -> Call:
    card = open_empty_reader(bench)
    return lambda: bench.rm.SCardTransmit(card, T1, COMMAND)


@case("SCardTransmit", Code.SCARD_E_NOT_TRANSACTED, gives=[NOT_TRANSACTED, []])
def raw_command_to_an_empty_reader(bench: Any) -> Call:
    card = open_empty_reader(bench)
    return lambda: bench.rm.SCardTransmit(card, RAW, COMMAND)


@case("SCardTransmit", Code.SCARD_W_REMOVED_CARD, gives=[0x80100069, []])
def card_removed(bench: Any) -> Call:
    card = open_card(bench)
    bench.remove()
    return lambda: bench.rm.SCardTransmit(card, T1, COMMAND)


@case("SCardControl", Code.SCARD_E_UNSUPPORTED_FEATURE, gives=[UNSUPPORTED, []], windows=UNSUPPORTED_ENTRY)
def unknown_control_code(bench: Any) -> Call:
    card = open_card(bench)
    return lambda: bench.rm.SCardControl(card, 0x42000001, [])


@case("SCardGetAttrib", Code.SCARD_E_UNSUPPORTED_FEATURE, gives=[UNSUPPORTED, []], windows=UNSUPPORTED_ENTRY)
def attribute_that_does_not_exist(bench: Any) -> Call:
    card = open_card(bench)
    return lambda: bench.rm.SCardGetAttrib(card, 0x1234)


@case(
    "SCardGetAttrib",
    gives=[0, ATR],
    embedded_only="pyscard asks for the length first, which the stock driver cannot tell",
)
def atr(bench: Any) -> Call:
    card = open_card(bench)
    return lambda: bench.rm.SCardGetAttrib(card, 0x90303)


@case("SCardSetAttrib", Code.SCARD_E_NOT_TRANSACTED, gives=NOT_TRANSACTED)
def what_cannot_be_set(bench: Any) -> Call:
    card = open_card(bench)
    return lambda: bench.rm.SCardSetAttrib(card, 0x7FFF0003, [1])


@case("SCardBeginTransaction", gives=0)
def beginning(bench: Any) -> Call:
    card = open_card(bench)
    return lambda: bench.rm.SCardBeginTransaction(card)


@case("SCardEndTransaction", gives=0)
def ending(bench: Any) -> Call:
    card = open_card(bench)
    bench.rm.SCardBeginTransaction(card)
    return lambda: bench.rm.SCardEndTransaction(card, LEAVE)


@case("SCardEndTransaction", Code.SCARD_E_NOT_TRANSACTED, gives=NOT_TRANSACTED)
def ending_what_was_not_begun(bench: Any) -> Call:
    card = open_card(bench)
    return lambda: bench.rm.SCardEndTransaction(card, LEAVE)


@case("SCardEndTransaction", Code.SCARD_E_INVALID_VALUE, gives=INVALID_VALUE)
def ending_with_disposition_9(bench: Any) -> Call:
    card = open_card(bench)
    bench.rm.SCardBeginTransaction(card)
    return lambda: bench.rm.SCardEndTransaction(card, 9)


@case("SCardGetTransmitCount", gives=[0, 1])
def one_command_more(bench: Any) -> Call:
    card = open_card(bench)
    before = bench.rm.SCardGetTransmitCount(card)[1]
    bench.rm.SCardTransmit(card, T1, COMMAND)

    def count() -> Any:
        hr, now = bench.rm.SCardGetTransmitCount(card)
        return [hr, now - before]

    return count


on_no_handle("SCardGetTransmitCount", [INVALID_HANDLE, 0])
