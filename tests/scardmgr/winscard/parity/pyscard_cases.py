"""The pyscard-shaped face: exactly what ``smartcard.scard`` returns, value for value and type for type."""

from __future__ import annotations

from typing import Any

from parity_table import BOTH_ATR, HANDLE, MUTE_ATR, NO_SUCH, T0_ATR, Call, case

from scardmgr.winscard.codes import SCardCode as Code

USER = 0
EXCLUSIVE, SHARED, DIRECT = 1, 2, 3
T0, T1, ANY, RAW, ANY_OLD = 1, 2, 3, 4, 0x1000
LEAVE, RESET, EJECT = 0, 1, 3
INVALID_HANDLE, UNKNOWN_READER, MISMATCH = 0x80100003, 0x80100009, 0x8010000F
SHARING, NO_CARD, INVALID_VALUE, NOT_TRANSACTED = 0x8010000B, 0x8010000C, 0x80100011, 0x80100016
UNSUPPORTED, UNPOWERED, RESET_CARD = 0x8010001F, 0x80100067, 0x80100068
COMMAND = [0x00, 0xA4, 0x00, 0x0C, 0x02, 0x3F, 0x00]
ATR = [0x3B, 0x80, 0x01, 0x81]
RAW_ENTRY = "SCARD_PROTOCOL_RAW has two numbers"
UNSUPPORTED_ENTRY = "SCARD_E_UNSUPPORTED_FEATURE has two numbers"
STATUS_ENTRY = "The state of SCardStatus is flags"


def _card(bench: Any) -> int:
    bench.insert_scripted()
    card: int = bench.rm.SCardConnect(bench.context, bench.reader, SHARED, ANY)[1]
    return card


def _direct(bench: Any) -> int:
    card: int = bench.rm.SCardConnect(bench.context, bench.empty_reader, DIRECT, 0)[1]
    return card


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


# Connecting


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
    card = _card(bench)
    return lambda: bench.rm.SCardReconnect(card, SHARED, ANY, RESET)


@case("SCardReconnect", gives=[0, RAW], windows=RAW_ENTRY)
def to_raw(bench: Any) -> Call:
    card = _card(bench)
    return lambda: bench.rm.SCardReconnect(card, SHARED, RAW, LEAVE)


@case("SCardReconnect", Code.SCARD_E_PROTO_MISMATCH, gives=[MISMATCH, 0])
def protocol_not_in_force(bench: Any) -> Call:
    card = _card(bench)
    return lambda: bench.rm.SCardReconnect(card, SHARED, T0, LEAVE)


@case("SCardReconnect", Code.SCARD_E_INVALID_VALUE, gives=[INVALID_VALUE, 0])
def ejecting(bench: Any) -> Call:
    card = _card(bench)
    return lambda: bench.rm.SCardReconnect(card, SHARED, ANY, EJECT)


@case("SCardReconnect", Code.SCARD_E_NO_SMARTCARD, gives=[NO_CARD, 0])
def no_card(bench: Any) -> Call:
    card = _direct(bench)
    return lambda: bench.rm.SCardReconnect(card, SHARED, ANY, LEAVE)


@case("SCardDisconnect", gives=0)
def leaving_the_card(bench: Any) -> Call:
    card = _card(bench)
    return lambda: bench.rm.SCardDisconnect(card, LEAVE)


@case("SCardDisconnect", gives=0)
def ejecting_the_card(bench: Any) -> Call:
    card = _card(bench)
    return lambda: bench.rm.SCardDisconnect(card, EJECT)


@case("SCardDisconnect", Code.SCARD_E_INVALID_VALUE, gives=INVALID_VALUE)
def disposition_9(bench: Any) -> Call:
    card = _card(bench)
    return lambda: bench.rm.SCardDisconnect(card, 9)


def _on_no_handle(function: str, gives: Any, *arguments: Any) -> None:
    @case(function, Code.SCARD_E_INVALID_HANDLE, gives=gives)
    def no_handle(bench: Any) -> Call:
        return lambda: getattr(bench.rm, function)(NO_SUCH, *arguments)


@case("SCardReconnect", Code.SCARD_E_INVALID_HANDLE)
def no_handle_to_take_up(bench: Any) -> Call:
    # beside this code pyscard gives back a protocol that nobody has set
    return lambda: bench.rm.SCardReconnect(NO_SUCH, SHARED, ANY, LEAVE)[0]


_on_no_handle("SCardDisconnect", INVALID_HANDLE, LEAVE)
_on_no_handle("SCardBeginTransaction", INVALID_HANDLE)
_on_no_handle("SCardEndTransaction", INVALID_HANDLE, LEAVE)
_on_no_handle("SCardStatus", [INVALID_HANDLE, "", 0, 0, []])
_on_no_handle("SCardTransmit", [INVALID_HANDLE, []], T1, COMMAND)
_on_no_handle("SCardControl", [INVALID_HANDLE, []], 0, [])
_on_no_handle("SCardGetAttrib", [INVALID_HANDLE, []], 0x90303)
_on_no_handle("SCardSetAttrib", INVALID_HANDLE, 0x90303, [1])


# Using the card


def _status(bench: Any, card: int) -> Any:
    """SCardStatus without the event counter, which counts what came before, and with 0 for the reader's right name."""
    hr, reader, state, protocol, atr = answer = bench.rm.SCardStatus(card)
    assert type(answer) is list
    assert type(state) is int
    return [hr, reader in (bench.reader, bench.empty_reader), state & 0xFFFF, protocol, atr]


@case("SCardStatus", gives=[0, True, 0x34, T1, ATR], windows=STATUS_ENTRY)
def card_in_use(bench: Any) -> Call:
    card = _card(bench)
    return lambda: _status(bench, card)


@case("SCardStatus", gives=[0, True, 0x2, 0, []], windows=STATUS_ENTRY)
def status_of_an_empty_reader(bench: Any) -> Call:
    card = _direct(bench)
    return lambda: _status(bench, card)


@case("SCardStatus", Code.SCARD_W_RESET_CARD)
def reset_by_another(bench: Any) -> Call:
    card = _card(bench)
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
    card = _card(bench)
    return lambda: bench.rm.SCardTransmit(card, T0, COMMAND)


def _no_protocol(number: int) -> None:
    def situation(bench: Any) -> Call:
        card = _card(bench)
        # pyscard gives 65,548 bytes of uninitialised memory with the code, which nobody should look at.
        return lambda: bench.rm.SCardTransmit(card, number, COMMAND)[0]

    situation.__name__ = f"protocol_{number}_is_none"
    case("SCardTransmit", Code.SCARD_E_INVALID_PARAMETER, windows="A failed SCardTransmit gives no bytes")(situation)


for _number in (3, 8, 0x10000):
    _no_protocol(_number)


@case("SCardTransmit", Code.SCARD_E_NO_SMARTCARD, gives=[NO_CARD, []])
def command_to_an_empty_reader(bench: Any) -> Call:
    card = _direct(bench)
    return lambda: bench.rm.SCardTransmit(card, T1, COMMAND)


@case("SCardTransmit", Code.SCARD_E_NOT_TRANSACTED, gives=[NOT_TRANSACTED, []])
def raw_command_to_an_empty_reader(bench: Any) -> Call:
    card = _direct(bench)
    return lambda: bench.rm.SCardTransmit(card, RAW, COMMAND)


@case("SCardTransmit", Code.SCARD_W_REMOVED_CARD, gives=[0x80100069, []])
def card_removed(bench: Any) -> Call:
    card = _card(bench)
    bench.remove()
    return lambda: bench.rm.SCardTransmit(card, T1, COMMAND)


@case("SCardControl", Code.SCARD_E_UNSUPPORTED_FEATURE, gives=[UNSUPPORTED, []], windows=UNSUPPORTED_ENTRY)
def unknown_control_code(bench: Any) -> Call:
    card = _card(bench)
    return lambda: bench.rm.SCardControl(card, 0x42000001, [])


@case("SCardGetAttrib", Code.SCARD_E_UNSUPPORTED_FEATURE, gives=[UNSUPPORTED, []], windows=UNSUPPORTED_ENTRY)
def attribute_that_does_not_exist(bench: Any) -> Call:
    card = _card(bench)
    return lambda: bench.rm.SCardGetAttrib(card, 0x1234)


@case(
    "SCardGetAttrib",
    gives=[0, ATR],
    embedded_only="pyscard asks for the length first, which the stock driver cannot tell",
)
def atr(bench: Any) -> Call:
    card = _card(bench)
    return lambda: bench.rm.SCardGetAttrib(card, 0x90303)


@case("SCardSetAttrib", Code.SCARD_E_NOT_TRANSACTED, gives=NOT_TRANSACTED)
def what_cannot_be_set(bench: Any) -> Call:
    card = _card(bench)
    return lambda: bench.rm.SCardSetAttrib(card, 0x7FFF0003, [1])


@case("SCardBeginTransaction", gives=0)
def beginning(bench: Any) -> Call:
    card = _card(bench)
    return lambda: bench.rm.SCardBeginTransaction(card)


@case("SCardEndTransaction", gives=0)
def ending(bench: Any) -> Call:
    card = _card(bench)
    bench.rm.SCardBeginTransaction(card)
    return lambda: bench.rm.SCardEndTransaction(card, LEAVE)


@case("SCardEndTransaction", Code.SCARD_E_NOT_TRANSACTED, gives=NOT_TRANSACTED)
def ending_what_was_not_begun(bench: Any) -> Call:
    card = _card(bench)
    return lambda: bench.rm.SCardEndTransaction(card, LEAVE)


@case("SCardEndTransaction", Code.SCARD_E_INVALID_VALUE, gives=INVALID_VALUE)
def ending_with_disposition_9(bench: Any) -> Call:
    card = _card(bench)
    bench.rm.SCardBeginTransaction(card)
    return lambda: bench.rm.SCardEndTransaction(card, 9)


@case("SCardGetTransmitCount", gives=[0, 1])
def one_command_more(bench: Any) -> Call:
    card = _card(bench)
    before = bench.rm.SCardGetTransmitCount(card)[1]
    bench.rm.SCardTransmit(card, T1, COMMAND)

    def count() -> Any:
        hr, now = bench.rm.SCardGetTransmitCount(card)
        return [hr, now - before]

    return count


_on_no_handle("SCardGetTransmitCount", [INVALID_HANDLE, 0])
