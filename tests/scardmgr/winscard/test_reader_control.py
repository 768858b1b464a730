"""SCardControl on an embedded reader: features, properties, and PINs that are keyed at the reader."""

from __future__ import annotations

import logging
import threading
from traceback import TracebackException
from typing import Any

import pytest

from scardmgr.winscard import Disposition, Key, PINPad, Protocols, SCardCode, SCardError, ShareMode
from scardmgr.winscard.constants import GET_FEATURE_REQUEST, control_code
from scardmgr.winscard.embedded import EmbeddedResourceManager, Slot
from scardmgr.winscard.part10.features import Feature, feature_code
from scardmgr.winscard.part10.structures import PINFormat, PINModification, PINVerification
from scardmgr.winscard.values import ReaderState

BOUND_S = 10.0
ASCII = PINFormat(0x82, 0x00, 0x00)
VERIFY_CODE = feature_code(Feature.VERIFY_PIN_DIRECT)
MODIFY_CODE = feature_code(Feature.MODIFY_PIN_DIRECT)


def verification(**changes: Any) -> bytes:
    values = {"format": ASCII, "minimum": 4, "maximum": 8, "apdu": bytes.fromhex("0020000100")} | changes
    return PINVerification(**values).to_bytes()


def modification(**changes: Any) -> bytes:
    values = {"format": ASCII, "minimum": 4, "maximum": 8, "apdu": bytes.fromhex("0024000100")} | changes
    return PINModification(**values).to_bytes()


class PadBench:
    """A resource manager with a reader that has a PIN pad, and a card in it."""

    def __init__(self, card: Any) -> None:
        self.rm = EmbeddedResourceManager(BOUND_S)
        self.pad = PINPad(BOUND_S)
        self.slot: Slot = self.rm.add_reader("Reader with keys", self.pad)
        self.card = card
        self.slot.insert(card)
        self.context = self.rm.establish_context()

    def connect(self, context: int | None = None) -> int:
        return self.rm.connect(self.context if context is None else context, self.slot.name).handle

    def verify(self, handle: int | None = None, **changes: Any) -> str:
        handle = self.connect() if handle is None else handle
        return self.rm.control(handle, VERIFY_CODE, verification(**changes)).hex().upper()

    def code_of(self, handle: int, code: int, data: bytes = b"") -> int:
        with pytest.raises(SCardError) as raised:
            self.rm.control(handle, code, data)
        return raised.value.code


@pytest.fixture
def desk(scripted_card: Any) -> PadBench:
    return PadBench(scripted_card())


def sent(card: Any) -> list[str]:
    return [each.hex().upper() for each in card.history if isinstance(each, bytes)]


# Features and properties


def test_a_reader_without_keys_has_no_features_for_pins(embedded_bench: Any) -> None:
    embedded_bench.insert_scripted()
    rm, handle = embedded_bench.rm, embedded_bench.connect()
    expected = bytes((0x12, 4)) + feature_code(Feature.GET_TLV_PROPERTIES).to_bytes(4, "big")
    assert rm.control(handle, control_code(GET_FEATURE_REQUEST)) == expected
    for feature in (Feature.VERIFY_PIN_DIRECT, Feature.MODIFY_PIN_DIRECT, Feature.IFD_PIN_PROPERTIES):
        with pytest.raises(SCardError) as raised:
            rm.control(handle, feature_code(feature), verification())
        assert raised.value.code == SCardCode.SCARD_E_UNSUPPORTED_FEATURE


def test_features_need_no_card(embedded_bench: Any) -> None:
    handle = embedded_bench.connect(ShareMode.DIRECT, Protocols.UNDEFINED)
    assert embedded_bench.rm.control(handle, control_code(GET_FEATURE_REQUEST))
    assert embedded_bench.rm.control(handle, feature_code(Feature.GET_TLV_PROPERTIES))


@pytest.mark.parametrize("code", [0, control_code(1), control_code(3500), control_code(GET_FEATURE_REQUEST) + 1])
def test_other_codes_are_unknown(desk: PadBench, code: int) -> None:
    assert desk.code_of(desk.connect(), code) == SCardCode.SCARD_E_UNSUPPORTED_FEATURE


def test_pyscard_reads_features_and_properties(desk: PadBench) -> None:
    part10 = pytest.importorskip("smartcard.pcsc.PCSCPart10", reason="pyscard's parsers are what is asked")
    rm, handle = desk.rm, desk.connect()

    class Connection:
        def control(self, code: int, data: list[int]) -> list[int]:
            hresult, answer = rm.SCardControl(handle, code, data)
            assert hresult == 0
            return list(answer)

    connection = Connection()
    features = part10.getFeatureRequest(connection)
    assert [name for name, _ in features] == [
        "FEATURE_VERIFY_PIN_DIRECT",
        "FEATURE_MODIFY_PIN_DIRECT",
        "FEATURE_IFD_PIN_PROPERTIES",
        "FEATURE_GET_TLV_PROPERTIES",
    ]
    assert part10.hasFeature(features, part10.FEATURE_VERIFY_PIN_DIRECT) == VERIFY_CODE
    pin_properties = part10.getPinProperties(connection)
    assert (pin_properties["EntryValidationCondition"], pin_properties["TimeOut2"]) == (7, 1)
    properties = part10.getTlvProperties(connection)
    assert {name.removeprefix("PCSCv2_PART10_PROPERTY_"): value for name, value in properties.items()} == {
        "raw": properties["raw"],
        "wLcdLayout": 0,
        "bEntryValidationCondition": 7,
        "bTimeOut2": 1,
        "bMinPINSize": 1,
        "bMaxPINSize": 16,
        "sFirmwareID": "scardmgr embedded reader",
        "bPPDUSupport": 0,
        "dwMaxAPDUDataSize": 65536,
        "wIdVendor": 0,
        "wIdProduct": 0,
    }


# PINs


def test_keys_may_be_pressed_before_the_pin_is_asked_for(desk: PadBench) -> None:
    desk.pad.press("1234", Key.ENTER)
    assert desk.verify() == "9000"
    assert sent(desk.card) == ["002000010431323334"]


def test_and_while_it_is_waited_for_from_another_thread(desk: PadBench, threads: Any) -> None:
    answer = threads.start(desk.verify)
    assert desk.pad.wait_until_asked(BOUND_S)
    for key in ("1", "2", Key.CORRECT, "234"):
        desk.pad.press(key)
    desk.pad.press(Key.ENTER)
    assert answer() == "9000"
    assert sent(desk.card) == ["002000010431323334"]
    assert not desk.pad.wait_until_asked(0)


def test_what_the_card_says_is_the_answer(scripted_card: Any) -> None:
    desk = PadBench(scripted_card(answer=lambda _: b"\x63\xc2"))
    desk.pad.press("1111", Key.ENTER)
    assert desk.verify() == "63C2"


@pytest.mark.parametrize(
    ("strokes", "status"),
    [
        (("12", Key.CANCEL), "6401"),
        (("123", Key.ENTER), "6403"),
        (("123456789", Key.ENTER), "6403"),
    ],
)
def test_an_entry_that_comes_to_nothing_never_reaches_the_card(
    desk: PadBench, strokes: tuple[str | Key, ...], status: str
) -> None:
    desk.pad.press(*strokes)
    assert desk.verify() == status
    assert sent(desk.card) == []


def test_the_time_can_be_let_run_out_at_once(desk: PadBench) -> None:
    desk.pad.press("1234")
    desk.pad.let_time_run_out()
    assert desk.verify(time_out=255) == "6400"
    desk.pad.press("1234")
    desk.pad.let_time_run_out()
    assert desk.verify(validation=0x04) == "9000"


def test_the_time_of_the_pin_pad_holds_where_the_program_gives_none(scripted_card: Any) -> None:
    desk = PadBench(scripted_card())
    desk.pad.time_out_s = 0.01
    assert desk.verify(time_out=0) == "6400"


def test_the_time_of_the_program_holds_where_it_gives_one(desk: PadBench) -> None:
    desk.pad.time_out_s = 1000.0
    assert desk.verify(time_out=1) == "6400"


def test_another_time_holds_from_the_first_digit_on(desk: PadBench, threads: Any) -> None:
    answer = threads.start(lambda: desk.verify(time_out=255, time_out_after_key=1))
    assert desk.pad.wait_until_asked(BOUND_S)
    desk.pad.press("1")
    assert answer() == "6400"


@pytest.mark.parametrize("bad", [{"format": PINFormat(0x83, 0, 0)}, {"minimum": 9}, {"apdu": b"\0\x20"}])
def test_a_structure_that_cannot_be_obeyed_is_answered_at_once(desk: PadBench, bad: dict[str, Any]) -> None:
    assert desk.verify(**bad) == "6B80"


@pytest.mark.parametrize("data", [b"", bytes(18), verification() + b"\0", modification()])
def test_bytes_that_are_no_structure_are_an_invalid_parameter(desk: PadBench, data: bytes) -> None:
    assert desk.code_of(desk.connect(), VERIFY_CODE, data) == SCardCode.SCARD_E_INVALID_PARAMETER


def test_more_digits_than_the_frame_holds_are_too_many(desk: PadBench) -> None:
    """As CCID's scardcontrol.c asks: the most digits are those of the reader, the frame has 8 bytes and 4."""
    handle = desk.connect()
    padded = {"minimum": 1, "maximum": 16, "format": PINFormat(0x82, 0x08, 0x00)}
    padded["apdu"] = bytes.fromhex("00200000083030303000000000")
    desk.pad.press("123456789", Key.ENTER)
    assert desk.verify(handle, **padded) == "6403"
    desk.pad.press("12345678")
    assert desk.verify(handle, **padded, validation=0x07) == "9000"
    change = padded | {"format": PINFormat(0x82, 0x04, 0x00), "offset_new": 4}
    change["apdu"] = bytes.fromhex("00240000083030303030303030")
    desk.pad.press("1234", "5678", "5678")
    assert desk.rm.control(handle, MODIFY_CODE, modification(**change, validation=0x07)) == b"\x90\x00"
    assert sent(desk.card) == ["00200000083132333435363738", "00240000083132333435363738"]


def test_a_change_asks_for_three_pins(desk: PadBench) -> None:
    handle = desk.connect()
    desk.pad.press("1234", Key.ENTER, "56789", Key.ENTER, "56789", Key.ENTER)
    assert desk.rm.control(handle, MODIFY_CODE, modification()) == b"\x90\x00"
    desk.pad.press("1234", Key.ENTER, "5678", Key.ENTER, "8765", Key.ENTER)
    assert desk.rm.control(handle, MODIFY_CODE, modification()) == b"\x64\x02"
    assert sent(desk.card) == ["0024000109313233343536373839"]


def test_one_entry_at_a_time(desk: PadBench, threads: Any) -> None:
    first = threads.start(lambda: desk.verify(apdu=bytes.fromhex("0020000100")))
    assert desk.pad.wait_until_asked(BOUND_S)
    second = threads.start(lambda: desk.verify(apdu=bytes.fromhex("0020000200")))
    desk.pad.press("1111", Key.ENTER)
    assert first() == "9000"
    desk.pad.press("2222", Key.ENTER)
    assert second() == "9000"
    assert sorted(sent(desk.card)) == ["002000010431313131", "002000020432323232"]


# What ends the wait


def test_others_use_the_card_while_keys_are_waited_for(desk: PadBench, threads: Any) -> None:
    answer = threads.start(desk.verify)
    assert desk.pad.wait_until_asked(BOUND_S)
    other = desk.connect(desk.rm.establish_context())
    assert desk.rm.transmit(other, b"\x00\xb0\x00\x00") == b"\x90\x00"
    desk.pad.press("1234", Key.ENTER)
    assert answer() == "9000"


def test_a_transaction_keeps_others_off_meanwhile(scripted_card: Any, threads: Any) -> None:
    desk = PadBench(scripted_card())
    desk.rm._patience_s = 0.05  # readers added from now on
    slot = desk.rm.add_reader("Impatient reader", desk.pad)
    slot.insert(scripted_card())
    handle = desk.rm.connect(desk.context, slot.name).handle
    other = desk.rm.connect(desk.rm.establish_context(), slot.name).handle
    desk.rm.begin_transaction(handle)
    answer = threads.start(lambda: desk.verify(handle))
    assert desk.pad.wait_until_asked(BOUND_S)
    with pytest.raises(SCardError) as raised:
        desk.rm.transmit(other, b"\x00\xb0\x00\x00")
    assert raised.value.code == SCardCode.SCARD_E_SHARING_VIOLATION
    assert desk.code_of(other, VERIFY_CODE, verification()) == SCardCode.SCARD_E_SHARING_VIOLATION
    desk.pad.press("1234", Key.ENTER)
    assert answer() == "9000"


def _remove(desk: PadBench, _handle: int) -> None:
    desk.slot.remove()


def _unplug(desk: PadBench, _handle: int) -> None:
    desk.slot.close()


def _disconnect(desk: PadBench, handle: int) -> None:
    desk.rm.disconnect(handle)


def _release(desk: PadBench, _handle: int) -> None:
    desk.rm.release_context(desk.context)


def _cancel(desk: PadBench, _handle: int) -> None:
    desk.rm.cancel(desk.context)


def _reset(desk: PadBench, _handle: int) -> None:
    other = desk.connect(desk.rm.establish_context())
    desk.rm.reconnect(other, initialization=Disposition.RESET)


@pytest.mark.parametrize(
    ("event", "code"),
    [
        (_remove, SCardCode.SCARD_W_REMOVED_CARD),
        (_unplug, SCardCode.SCARD_E_READER_UNAVAILABLE),
        (_disconnect, SCardCode.SCARD_E_INVALID_HANDLE),
        (_release, SCardCode.SCARD_E_INVALID_HANDLE),
        (_cancel, SCardCode.SCARD_E_CANCELLED),
        (_reset, SCardCode.SCARD_W_RESET_CARD),
    ],
    ids=["card removed", "reader unplugged", "handle disconnected", "context released", "cancelled", "card reset"],
)
def test_the_wait_ends_when_there_is_nothing_to_wait_for(
    desk: PadBench, threads: Any, event: Any, code: SCardCode
) -> None:
    handle = desk.connect()
    answer = threads.start(lambda: desk.rm.control(handle, VERIFY_CODE, verification(time_out=255)))
    assert desk.pad.wait_until_asked(BOUND_S)
    desk.pad.press("12")
    event(desk, handle)
    with pytest.raises(SCardError) as raised:
        answer()
    assert raised.value.code == code
    assert sent(desk.card) == []


def test_a_call_of_cancel_beforehand_is_no_reason_to_end(desk: PadBench) -> None:
    desk.rm.cancel(desk.context)
    desk.pad.press("1234", Key.ENTER)
    assert desk.verify() == "9000"


def test_a_handle_that_has_to_be_told_of_something_is_told_first(desk: PadBench) -> None:
    handle = desk.connect()
    _reset(desk, handle)
    assert desk.code_of(handle, VERIFY_CODE, verification()) == SCardCode.SCARD_W_RESET_CARD


def test_without_a_card_or_a_protocol_there_is_no_entry(desk: PadBench) -> None:
    direct = desk.rm.connect(desk.context, desk.slot.name, ShareMode.DIRECT, Protocols.UNDEFINED).handle
    assert desk.code_of(direct, VERIFY_CODE, verification()) == SCardCode.SCARD_E_PROTO_MISMATCH
    desk.slot.remove()
    empty = desk.rm.connect(desk.context, desk.slot.name, ShareMode.DIRECT, Protocols.UNDEFINED).handle
    assert desk.code_of(empty, VERIFY_CODE, verification()) == SCardCode.SCARD_E_NO_SMARTCARD


def test_a_status_change_is_waited_for_and_seen_meanwhile(desk: PadBench, threads: Any) -> None:
    answer = threads.start(desk.verify)
    assert desk.pad.wait_until_asked(BOUND_S)
    other = desk.rm.add_reader("Another reader")
    context = desk.rm.establish_context()
    [seen] = desk.rm.get_status_change(context, 0, [ReaderState(other.name)])
    change = threads.start(lambda: desk.rm.get_status_change(context, 10_000, [seen.acknowledged()]))
    other.insert(type(desk.card)())
    assert change()[0].event_counter != seen.event_counter
    desk.pad.press(Key.CANCEL)
    assert answer() == "6401"


# Keystrokes are nobody's business


def test_keystrokes_are_not_shown_anywhere(desk: PadBench, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    desk.pad.press("98765", Key.ENTER, "98765")
    assert repr(desk.pad) == "<PINPad>"
    assert desk.verify() == "9000"
    assert all("98765" not in text and "3938373635" not in text for text in (caplog.text, repr(desk.slot)))
    with pytest.raises(ValueError, match="digits 0 to 9") as raised:
        desk.pad.press("12", "98x65")
    assert "98x65" not in str(raised.value)


def everything_in(error: BaseException) -> str:
    """What a debugger, or a test runner that shows local variables, makes of an error."""
    return "".join(TracebackException.from_exception(error, capture_locals=True).format())


def test_an_error_instead_of_the_card_s_answer_does_not_hold_the_pin(desk: PadBench) -> None:
    handle = desk.connect()
    desk.pad.press("98765", Key.ENTER)
    desk.card.gone = True
    with pytest.raises(SCardError) as raised:
        desk.rm.control(handle, VERIFY_CODE, verification())
    assert raised.value.code == SCardCode.SCARD_E_NO_SMARTCARD
    shown = everything_in(raised.value)
    assert "answer_control" in shown
    assert "98765" not in shown
    assert raised.value.__context__ is None


def test_an_error_while_keys_are_pressed_does_not_hold_the_last_one(desk: PadBench) -> None:
    taken: list[object] = []

    class Snatched(PINPad):
        def next_stroke(self) -> Any:
            stroke = super().next_stroke()
            taken.append(stroke)
            if len(taken) == 3:
                desk.slot.remove()
            return stroke

    desk.slot.pin_pad = Snatched()
    desk.slot.pin_pad.press("777777")
    handle = desk.connect()
    with pytest.raises(SCardError) as raised:
        desk.rm.control(handle, VERIFY_CODE, verification())
    assert raised.value.code == SCardCode.SCARD_W_REMOVED_CARD
    assert taken == [7, 7, 7]
    shown = everything_in(raised.value)
    assert "dialogue = " in shown
    assert "= 7\n" not in shown


def test_a_key_that_there_is_not_presses_none_of_them(desk: PadBench) -> None:
    for bad in ("12a4", "1 2", "\u0661"):
        with pytest.raises(ValueError, match="digits 0 to 9"):
            desk.pad.press("1234", bad, Key.ENTER)
    desk.pad.let_time_run_out()
    assert desk.verify(validation=0x04) == "6400"


def test_keystrokes_in_line_can_be_forgotten(desk: PadBench) -> None:
    desk.pad.press("9999", Key.CANCEL)
    desk.pad.discard()
    desk.pad.press("1234", Key.ENTER)
    assert desk.verify() == "9000"


def test_a_hundred_threads_press_and_not_a_digit_is_lost(desk: PadBench) -> None:
    pressing = [threading.Thread(target=desk.pad.press, args=("1",)) for _ in range(100)]
    for thread in pressing:
        thread.start()
    for thread in pressing:
        thread.join(BOUND_S)
    desk.pad.press(Key.ENTER)
    assert desk.verify() == "6403"
    desk.pad.press("1234", Key.ENTER)
    assert desk.verify() == "9000"
