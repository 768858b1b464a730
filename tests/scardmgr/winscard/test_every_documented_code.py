"""Each code that the typed face documents, in the situation that brings it about.

One table: method, code, situation, and where it holds. Every case runs on the embedded resource manager
and, unless it says why not, unchanged on a private real pcscd. A situation returns the call that fails, so
that nothing before it can be what raised. The last tests compare the table with the docstrings.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from scardmgr.winscard.codes import SCardCode
from scardmgr.winscard.constants import (
    MAX_BUFFER_SIZE_EXTENDED,
    PNP_NOTIFICATION,
    Attribute,
    CardState,
    Disposition,
    Protocols,
    Scope,
    ShareMode,
    control_code,
)
from scardmgr.winscard.errors import SCardError, StatusChangeError
from scardmgr.winscard.typed_face import TypedFace
from scardmgr.winscard.values import ReaderState

NO_SUCH = 0x0BADCAFE
SELECT_MF = bytes.fromhex("00A4000C023F00")
MUTE_ATR = bytes(34)  # longer than an ATR can be

Call = Callable[[], Any]

# Why a case does not run on pcscd.
HANGS = "pcsc-lite waits on, without a bound"
NO_UNPLUGGING = "pcscd's readers cannot be unplugged one by one"
NO_SUCH_CARD = "the stock driver cannot carry such a card"
DRIVER_SILENT = "the stock driver has no such attribute"


@dataclass(frozen=True)
class Case:
    method: str
    code: SCardCode
    situation: Callable[[Any], Call]
    not_on_pcscd: str

    @property
    def id(self) -> str:
        return f"{self.method}: {self.situation.__name__}"


CASES: list[Case] = []


def case(method: str, code: SCardCode, *, not_on_pcscd: str = "") -> Callable[[Callable[[Any], Call]], Any]:
    def enter(situation: Callable[[Any], Call]) -> Callable[[Any], Call]:
        CASES.append(Case(method, code, situation, not_on_pcscd))
        return situation

    return enter


# Contexts and handles that are not open


@case("establish_context", SCardCode.SCARD_E_INVALID_VALUE)
def scope_that_does_not_exist(bench: Any) -> Call:
    return lambda: bench.rm.establish_context(9)


def _on_a_context_that_is_not_open(method: str, *arguments: Any) -> None:
    @case(method, SCardCode.SCARD_E_INVALID_HANDLE)
    def context_never_given_out(bench: Any) -> Call:
        return lambda: getattr(bench.rm, method)(NO_SUCH, *arguments)

    @case(method, SCardCode.SCARD_E_INVALID_HANDLE)
    def context_released(bench: Any) -> Call:
        context = bench.other_context()
        bench.rm.release_context(context)
        return lambda: getattr(bench.rm, method)(context, *arguments)


_on_a_context_that_is_not_open("release_context")
_on_a_context_that_is_not_open("cancel")
_on_a_context_that_is_not_open("list_readers")
_on_a_context_that_is_not_open("list_reader_groups")
_on_a_context_that_is_not_open("get_status_change", 0, [ReaderState("no such reader")])
_on_a_context_that_is_not_open("connect", "no such reader", ShareMode.SHARED, Protocols.UNDEFINED)


def _on_a_handle_that_is_not_open(method: str, *arguments: Any) -> None:
    @case(method, SCardCode.SCARD_E_INVALID_HANDLE)
    def handle_never_given_out(bench: Any) -> Call:
        return lambda: getattr(bench.rm, method)(NO_SUCH, *arguments)

    @case(method, SCardCode.SCARD_E_INVALID_HANDLE)
    def handle_disconnected(bench: Any) -> Call:
        bench.insert_scripted()
        card = bench.connect()
        bench.rm.disconnect(card)
        return lambda: getattr(bench.rm, method)(card, *arguments)

    @case(method, SCardCode.SCARD_E_INVALID_HANDLE)
    def handle_of_a_released_context(bench: Any) -> Call:
        bench.insert_scripted()
        card = bench.connect_other()
        bench.rm.release_context(bench.contexts[-1])
        return lambda: getattr(bench.rm, method)(card, *arguments)


_on_a_handle_that_is_not_open("reconnect", 9, Protocols.UNDEFINED, 9)
_on_a_handle_that_is_not_open("disconnect", 9)
_on_a_handle_that_is_not_open("begin_transaction")
_on_a_handle_that_is_not_open("end_transaction", 9)
_on_a_handle_that_is_not_open("status")
_on_a_handle_that_is_not_open("transmit", SELECT_MF)
_on_a_handle_that_is_not_open("control", 0)
_on_a_handle_that_is_not_open("get_attribute", Attribute.ATR_STRING)
_on_a_handle_that_is_not_open("set_attribute", Attribute.ATR_STRING, b"\1")


# The card was reset or removed, or the reader unplugged


def _on_a_card_reset_or_removed(method: str, *arguments: Any) -> None:
    @case(method, SCardCode.SCARD_W_RESET_CARD)
    def reset_by_another_reconnect(bench: Any) -> Call:
        bench.insert_scripted()
        card, other = bench.connect(), bench.connect_other()
        bench.rm.reconnect(other, initialization=Disposition.RESET)
        return lambda: getattr(bench.rm, method)(card, *arguments)

    @case(method, SCardCode.SCARD_W_RESET_CARD)
    def powered_off_by_another_disconnect(bench: Any) -> Call:
        bench.insert_scripted()
        card, other = bench.connect(), bench.connect_other()
        bench.rm.disconnect(other, Disposition.UNPOWER)
        return lambda: getattr(bench.rm, method)(card, *arguments)

    @case(method, SCardCode.SCARD_W_REMOVED_CARD)
    def card_removed(bench: Any) -> Call:
        bench.insert_scripted()
        card = bench.connect()
        bench.remove()
        return lambda: getattr(bench.rm, method)(card, *arguments)


_on_a_card_reset_or_removed("begin_transaction")
_on_a_card_reset_or_removed("end_transaction")
_on_a_card_reset_or_removed("status")
_on_a_card_reset_or_removed("transmit", SELECT_MF)
_on_a_card_reset_or_removed("get_attribute", Attribute.ATR_STRING)
_on_a_card_reset_or_removed("set_attribute", Attribute.ATR_STRING, b"\1")


def _on_a_reader_unplugged(method: str, *arguments: Any) -> None:
    @case(method, SCardCode.SCARD_E_READER_UNAVAILABLE, not_on_pcscd=NO_UNPLUGGING)
    def reader_unplugged(bench: Any) -> Call:
        bench.insert_scripted()
        card = bench.connect()
        bench.slot.close()
        return lambda: getattr(bench.rm, method)(card, *arguments)


_on_a_reader_unplugged("reconnect")
_on_a_reader_unplugged("begin_transaction")
_on_a_reader_unplugged("end_transaction")
_on_a_reader_unplugged("status")
_on_a_reader_unplugged("transmit", SELECT_MF)
_on_a_reader_unplugged("control", 0)
_on_a_reader_unplugged("get_attribute", Attribute.ATR_STRING)
_on_a_reader_unplugged("set_attribute", Attribute.ATR_STRING, b"\1")


# Readers


@case("list_readers", SCardCode.SCARD_E_NO_READERS_AVAILABLE, not_on_pcscd=NO_UNPLUGGING)
def no_reader(bench: Any) -> Call:
    bench.slot.close()
    bench.empty_slot.close()
    return lambda: bench.rm.list_readers(bench.context)


@case("get_status_change", SCardCode.SCARD_E_UNKNOWN_READER)
def one_unknown_reader_among_known_ones(bench: Any) -> Call:
    states = [ReaderState(bench.empty_reader), ReaderState("no such reader")]
    return lambda: bench.rm.get_status_change(bench.context, 0, states)


@case("get_status_change", SCardCode.SCARD_E_UNKNOWN_READER)
def unknown_reader_though_ignored(bench: Any) -> Call:
    states = [ReaderState(bench.empty_reader), ReaderState("no such reader", 1)]
    return lambda: bench.rm.get_status_change(bench.context, 0, states)


@case("get_status_change", SCardCode.SCARD_E_TIMEOUT)
def no_change_at_all(bench: Any) -> Call:
    return lambda: bench.rm.get_status_change(bench.context, 0, [ReaderState(bench.empty_reader, 0x10)])


@case("get_status_change", SCardCode.SCARD_E_TIMEOUT)
def no_change_within_the_time(bench: Any) -> Call:
    return lambda: bench.rm.get_status_change(bench.context, 20, [ReaderState(bench.empty_reader, 0x10)])


@case("get_status_change", SCardCode.SCARD_E_TIMEOUT)
def no_reader_came_or_went(bench: Any) -> Call:
    return lambda: bench.rm.get_status_change(bench.context, 0, [ReaderState(PNP_NOTIFICATION)])


@case("get_status_change", SCardCode.SCARD_E_CANCELLED)
def cancelled_by_another_thread(bench: Any) -> Call:
    return bench.cancelled_wait


# Connecting


@case("connect", SCardCode.SCARD_E_PROTO_MISMATCH)
def no_protocol_asked_for_and_no_such_reader(bench: Any) -> Call:
    return lambda: bench.rm.connect(bench.context, "no such reader", ShareMode.SHARED, Protocols.UNDEFINED)


@case("connect", SCardCode.SCARD_E_PROTO_MISMATCH)
def protocol_the_card_does_not_offer(bench: Any) -> Call:
    bench.insert_scripted()
    return lambda: bench.connect(protocols=Protocols.T0)


@case("connect", SCardCode.SCARD_E_PROTO_MISMATCH)
def protocol_that_is_not_the_one_in_force(bench: Any) -> Call:
    bench.insert_scripted(bytes.fromhex("3B80800101"))
    bench.connect(protocols=Protocols.T1)
    return lambda: bench.connect_other(protocols=Protocols.T0)


@case("connect", SCardCode.SCARD_E_INVALID_VALUE)
def share_mode_that_does_not_exist(bench: Any) -> Call:
    return lambda: bench.rm.connect(bench.context, "no such reader", 7, Protocols.ANY)


@case("connect", SCardCode.SCARD_E_UNKNOWN_READER)
def reader_that_does_not_exist(bench: Any) -> Call:
    return lambda: bench.rm.connect(bench.context, "no such reader")


@case("connect", SCardCode.SCARD_E_SHARING_VIOLATION)
def reader_held_exclusively(bench: Any) -> Call:
    bench.insert_scripted()
    bench.connect(ShareMode.EXCLUSIVE)
    return bench.connect_other


@case("connect", SCardCode.SCARD_E_SHARING_VIOLATION)
def direct_to_a_reader_held_exclusively(bench: Any) -> Call:
    bench.insert_scripted()
    bench.connect(ShareMode.EXCLUSIVE)
    return lambda: bench.connect_other(ShareMode.DIRECT)


@case("connect", SCardCode.SCARD_E_SHARING_VIOLATION)
def exclusively_beside_another(bench: Any) -> Call:
    bench.insert_scripted()
    bench.connect()
    return lambda: bench.connect_other(ShareMode.EXCLUSIVE)


@case("connect", SCardCode.SCARD_E_SHARING_VIOLATION)
def exclusively_beside_a_direct_one(bench: Any) -> Call:
    bench.insert_scripted()
    bench.connect(ShareMode.DIRECT, Protocols.UNDEFINED)
    return lambda: bench.connect_other(ShareMode.EXCLUSIVE)


@case("connect", SCardCode.SCARD_E_NO_SMARTCARD)
def empty_reader(bench: Any) -> Call:
    return lambda: bench.rm.connect(bench.context, bench.empty_reader)


@case("connect", SCardCode.SCARD_W_UNPOWERED_CARD)
def card_that_is_mute(bench: Any) -> Call:
    bench.insert_scripted(MUTE_ATR)
    return bench.connect


@case("connect", SCardCode.SCARD_W_UNRESPONSIVE_CARD, not_on_pcscd="the stock driver tells the card no protocol")
def card_that_refuses_the_protocol(bench: Any) -> Call:
    card = bench.insert_choosy()
    card.mute = True
    return bench.connect


# Reconnecting


@case("reconnect", SCardCode.SCARD_E_INVALID_VALUE)
def initialization_that_ejects(bench: Any) -> Call:
    bench.insert_scripted()
    card = bench.connect()
    return lambda: bench.rm.reconnect(card, protocols=Protocols.UNDEFINED, initialization=Disposition.EJECT)


@case("reconnect", SCardCode.SCARD_E_INVALID_VALUE)
def reconnecting_in_a_share_mode_that_does_not_exist(bench: Any) -> Call:
    bench.insert_scripted()
    card = bench.connect()
    return lambda: bench.rm.reconnect(card, 7, Protocols.UNDEFINED)


@case("reconnect", SCardCode.SCARD_E_PROTO_MISMATCH)
def reconnecting_with_no_protocol(bench: Any) -> Call:
    bench.insert_scripted()
    card = bench.connect()
    return lambda: bench.rm.reconnect(card, protocols=Protocols.UNDEFINED)


@case("reconnect", SCardCode.SCARD_E_PROTO_MISMATCH)
def another_protocol_without_a_reset(bench: Any) -> Call:
    bench.insert_scripted(bytes.fromhex("3B80800101"))
    card = bench.connect(protocols=Protocols.T1)
    return lambda: bench.rm.reconnect(card, protocols=Protocols.T0)


@case("reconnect", SCardCode.SCARD_E_SHARING_VIOLATION, not_on_pcscd=HANGS)
def becoming_exclusive_beside_another(bench: Any) -> Call:
    bench.insert_scripted()
    card = bench.connect()
    bench.connect_other()
    return lambda: bench.rm.reconnect(card, ShareMode.EXCLUSIVE)


@case("reconnect", SCardCode.SCARD_E_NO_SMARTCARD)
def reconnecting_after_removal(bench: Any) -> Call:
    bench.insert_scripted()
    card = bench.connect()
    bench.remove()
    return lambda: bench.rm.reconnect(card)


@case("reconnect", SCardCode.SCARD_E_NO_SMARTCARD)
def resetting_an_empty_reader(bench: Any) -> Call:
    card = bench.rm.connect(bench.context, bench.empty_reader, ShareMode.DIRECT, Protocols.UNDEFINED).handle
    return lambda: bench.rm.reconnect(card, ShareMode.DIRECT, Protocols.UNDEFINED, Disposition.RESET)


@case("reconnect", SCardCode.SCARD_E_NO_SMARTCARD)
def reconnecting_to_an_empty_reader(bench: Any) -> Call:
    card = bench.rm.connect(bench.context, bench.empty_reader, ShareMode.DIRECT, Protocols.UNDEFINED).handle
    return lambda: bench.rm.reconnect(card, ShareMode.DIRECT, Protocols.UNDEFINED)


@case("reconnect", SCardCode.SCARD_W_UNRESPONSIVE_CARD)
def card_that_does_not_answer_to_reset(bench: Any) -> Call:
    inserted = bench.insert_scripted()
    card = bench.connect()
    inserted.atr = MUTE_ATR
    return lambda: bench.rm.reconnect(card, initialization=Disposition.RESET)


@case("reconnect", SCardCode.SCARD_W_UNRESPONSIVE_CARD)
def card_that_was_found_mute(bench: Any) -> Call:
    bench.insert_scripted(MUTE_ATR)
    card = bench.connect(ShareMode.DIRECT, Protocols.UNDEFINED)
    return lambda: bench.rm.reconnect(card)


# Disconnecting and transactions


@case("disconnect", SCardCode.SCARD_E_INVALID_VALUE)
def disposition_that_does_not_exist(bench: Any) -> Call:
    bench.insert_scripted()
    card = bench.connect()
    return lambda: bench.rm.disconnect(card, 9)


@case("end_transaction", SCardCode.SCARD_E_INVALID_VALUE)
def ending_with_a_disposition_that_does_not_exist(bench: Any) -> Call:
    bench.insert_scripted()
    card = bench.connect()
    bench.rm.begin_transaction(card)
    return lambda: bench.rm.end_transaction(card, 9)


@case("end_transaction", SCardCode.SCARD_E_SHARING_VIOLATION)
def ending_the_transaction_of_another(bench: Any) -> Call:
    bench.insert_scripted()
    card, other = bench.connect(), bench.connect_other()
    bench.rm.begin_transaction(other)
    return lambda: bench.rm.end_transaction(card)


@case("end_transaction", SCardCode.SCARD_E_SHARING_VIOLATION)
def ending_the_transaction_of_another_with_a_reset(bench: Any) -> Call:
    inserted = bench.insert_scripted()
    card, other = bench.connect(), bench.connect_other()
    bench.rm.begin_transaction(other)
    inserted.history.clear()

    def end() -> None:
        try:
            bench.rm.end_transaction(card, Disposition.RESET)
        finally:
            assert inserted.history == []

    return end


@case("end_transaction", SCardCode.SCARD_E_NOT_TRANSACTED)
def ending_what_was_not_begun(bench: Any) -> Call:
    bench.insert_scripted()
    card = bench.connect()
    return lambda: bench.rm.end_transaction(card)


@case("end_transaction", SCardCode.SCARD_E_NOT_TRANSACTED)
def ending_more_than_was_begun_on_an_exclusive_handle(bench: Any) -> Call:
    bench.insert_scripted()
    card = bench.connect(ShareMode.EXCLUSIVE)
    bench.rm.begin_transaction(card)
    bench.rm.end_transaction(card)
    return lambda: bench.rm.end_transaction(card)


@case("end_transaction", SCardCode.SCARD_E_UNSUPPORTED_FEATURE)
def ending_by_ejecting_without_a_motor(bench: Any) -> Call:
    bench.insert_scripted()
    card = bench.connect()
    bench.rm.begin_transaction(card)
    return lambda: bench.rm.end_transaction(card, Disposition.EJECT)


@case("end_transaction", SCardCode.SCARD_W_RESET_CARD)
def after_ending_one_with_a_reset_oneself(bench: Any) -> Call:
    bench.insert_scripted()
    card = bench.connect()
    bench.rm.begin_transaction(card)
    bench.rm.end_transaction(card, Disposition.RESET)
    return lambda: bench.rm.end_transaction(card)


# Commands, control, attributes


@case("transmit", SCardCode.SCARD_E_INVALID_PARAMETER)
def empty_command_on_no_handle(bench: Any) -> Call:
    return lambda: bench.rm.transmit(NO_SUCH, b"")


@case("transmit", SCardCode.SCARD_E_INSUFFICIENT_BUFFER)
def command_longer_than_any_buffer(bench: Any) -> Call:
    bench.insert_scripted()
    card = bench.connect()
    return lambda: bench.rm.transmit(card, bytes(MAX_BUFFER_SIZE_EXTENDED + 1))


@case("transmit", SCardCode.SCARD_E_NO_SMARTCARD)
def command_to_an_empty_reader(bench: Any) -> Call:
    card = bench.rm.connect(bench.context, bench.empty_reader, ShareMode.DIRECT, Protocols.UNDEFINED).handle
    return lambda: bench.rm.transmit(card, SELECT_MF, Protocols.T1)


@case("transmit", SCardCode.SCARD_E_NO_SMARTCARD, not_on_pcscd="the stock driver gives success and no response")
def card_pulled_out_of_the_command(bench: Any) -> Call:
    inserted = bench.insert_scripted()
    card = bench.connect()

    def pulled(command: bytes) -> bytes:
        bench.slot.card_left(inserted)
        return b"\x90\x00"

    inserted.answer = pulled
    return lambda: bench.rm.transmit(card, SELECT_MF)


@case("transmit", SCardCode.SCARD_E_NO_SMARTCARD, not_on_pcscd="the stock driver gives success and no response")
def card_gone_at_the_command(bench: Any) -> Call:
    inserted = bench.insert_scripted()
    card = bench.connect()
    inserted.gone = True
    return lambda: bench.rm.transmit(card, SELECT_MF)


@case("transmit", SCardCode.SCARD_E_PROTO_MISMATCH)
def protocol_not_in_force(bench: Any) -> Call:
    bench.insert_scripted()
    card = bench.connect()
    return lambda: bench.rm.transmit(card, SELECT_MF, Protocols.T0)


@case("transmit", SCardCode.SCARD_E_PROTO_MISMATCH)
def no_protocol_in_force(bench: Any) -> Call:
    bench.insert_scripted()
    card = bench.connect(ShareMode.DIRECT, Protocols.UNDEFINED)
    return lambda: bench.rm.transmit(card, SELECT_MF)


@case("transmit", SCardCode.SCARD_E_NOT_TRANSACTED, not_on_pcscd=NO_SUCH_CARD)
def card_that_does_not_answer(bench: Any) -> Call:
    inserted = bench.insert_scripted()
    card = bench.connect()
    inserted.mute = True
    return lambda: bench.rm.transmit(card, SELECT_MF)


@case("transmit", SCardCode.SCARD_E_NOT_TRANSACTED, not_on_pcscd=NO_SUCH_CARD)
def response_too_short_to_be_one(bench: Any) -> Call:
    inserted = bench.insert_scripted()
    card = bench.connect()
    inserted.answer = lambda _: b"\x90"
    return lambda: bench.rm.transmit(card, SELECT_MF)


@case("transmit", SCardCode.SCARD_E_NOT_TRANSACTED)
def raw_command_to_an_empty_reader(bench: Any) -> Call:
    card = bench.rm.connect(bench.context, bench.empty_reader, ShareMode.DIRECT, Protocols.UNDEFINED).handle
    return lambda: bench.rm.transmit(card, SELECT_MF, Protocols.RAW)


@case("control", SCardCode.SCARD_E_INSUFFICIENT_BUFFER)
def control_data_longer_than_any_buffer(bench: Any) -> Call:
    bench.insert_scripted()
    card = bench.connect()
    return lambda: bench.rm.control(card, 1, bytes(MAX_BUFFER_SIZE_EXTENDED + 1))


@case("control", SCardCode.SCARD_E_UNSUPPORTED_FEATURE)
def unknown_control_code(bench: Any) -> Call:
    bench.insert_scripted()
    card = bench.connect()
    return lambda: bench.rm.control(card, control_code(2048, "linux"))


@case("control", SCardCode.SCARD_E_UNSUPPORTED_FEATURE)
def control_without_a_card(bench: Any) -> Call:
    card = bench.rm.connect(bench.context, bench.empty_reader, ShareMode.DIRECT, Protocols.UNDEFINED).handle
    return lambda: bench.rm.control(card, 1, b"\1\2\3")


@case("control", SCardCode.SCARD_E_UNSUPPORTED_FEATURE)
def control_does_not_mind_that_the_card_was_removed(bench: Any) -> Call:
    bench.insert_scripted()
    card = bench.connect()
    bench.remove()
    return lambda: bench.rm.control(card, 1)


@case("get_attribute", SCardCode.SCARD_E_UNSUPPORTED_FEATURE)
def attribute_that_does_not_exist(bench: Any) -> Call:
    bench.insert_scripted()
    card = bench.connect()
    return lambda: bench.rm.get_attribute(card, 0x1234)


@case("get_attribute", SCardCode.SCARD_E_NO_SMARTCARD)
def atr_of_an_empty_reader(bench: Any) -> Call:
    card = bench.rm.connect(bench.context, bench.empty_reader, ShareMode.DIRECT, Protocols.UNDEFINED).handle
    return lambda: bench.rm.get_attribute(card, Attribute.ATR_STRING)


@case("set_attribute", SCardCode.SCARD_E_NOT_TRANSACTED)
def setting_what_cannot_be_set(bench: Any) -> Call:
    bench.insert_scripted()
    card = bench.connect()
    return lambda: bench.rm.set_attribute(card, Attribute.DEVICE_FRIENDLY_NAME, b"\1")


@case("set_attribute", SCardCode.SCARD_E_INVALID_PARAMETER)
def empty_value_on_no_handle(bench: Any) -> Call:
    return lambda: bench.rm.set_attribute(NO_SUCH, Attribute.ATR_STRING, b"")


BOTH = ["embedded", "pcscd"]
RUNS = [
    pytest.param(each, arm, id=f"{arm}: {each.id}")
    for arm in ("embedded", "pcscd")
    for each in CASES
    if arm == "embedded" or not each.not_on_pcscd
]


@pytest.mark.parametrize(("case", "bench"), RUNS, indirect=["bench"])
def test_the_situation_gives_the_code(case: Case, bench: Any) -> None:
    call = case.situation(bench)
    with pytest.raises(SCardError) as raised:
        call()
    assert raised.value.name == case.code.name


# The table and the docstrings

METHODS = sorted(TypedFace.__abstractmethods__)

# Documented, and not to be had on these benches.
ELSEWHERE = {
    ("establish_context", "SCARD_E_NO_SERVICE"): "takes a daemon that does not answer: test_pcsc.py",
    ("get_status_change", "SCARD_E_INVALID_PARAMETER"): "takes pcsc-lite before 2.0: test_pcsc.py",
}


def documented(method: str) -> set[tuple[str, str]]:
    docstring = getattr(TypedFace, method).__doc__
    _, _, raises = docstring.partition("Raises:")
    return {(method, name) for name in re.findall(r"SCARD_[EFW]_[A-Z_]+(?=:)", raises)}


@pytest.mark.parametrize("method", METHODS)
def test_what_is_documented_is_raised_and_what_is_raised_is_documented(method: str) -> None:
    raised = {(each.method, each.code.name) for each in CASES if each.method == method}
    assert documented(method) == raised | {key for key in ELSEWHERE if key[0] == method}


@pytest.mark.parametrize("method", METHODS)
def test_a_docstring_names_the_function_it_wraps(method: str) -> None:
    [wrapped] = re.findall(r"Wraps (SCard\w+)", getattr(TypedFace, method).__doc__)
    special = {"is_valid_context": "SCardIsValidContext", "get_attribute": "SCardGetAttrib"} | {
        "set_attribute": "SCardSetAttrib",
        "error_text": "SCardGetErrorMessage",
    }
    assert wrapped == special.get(method, "SCard" + method.title().replace("_", ""))


def test_every_case_has_its_own_name() -> None:
    ids = [case.id for case in CASES]
    assert len(ids) == len(set(ids))


@pytest.mark.parametrize("bench", BOTH, indirect=True)
def test_a_wait_that_ends_without_a_change_still_tells_the_states(bench: Any) -> None:
    with pytest.raises(StatusChangeError) as raised:
        bench.rm.get_status_change(bench.context, 0, [ReaderState(bench.empty_reader, 0x10)])
    [seen] = raised.value.states
    assert seen.reader == bench.empty_reader
    assert seen.event_state & 0xFFFF == 0x10


@pytest.mark.parametrize("bench", BOTH, indirect=True)
def test_a_mute_card_is_swallowed_and_has_no_atr(bench: Any) -> None:
    bench.insert_scripted(MUTE_ATR)
    status = bench.rm.status(bench.connect(ShareMode.DIRECT, Protocols.UNDEFINED))
    assert (status.state, status.atr) == (CardState.PRESENT | CardState.SWALLOWED, b"")


@pytest.mark.parametrize("bench", ["embedded"], indirect=True)
def test_scopes_that_exist_are_taken(bench: Any) -> None:
    contexts = [bench.rm.establish_context(scope) for scope in Scope]
    assert len(set(contexts)) == len(Scope)
