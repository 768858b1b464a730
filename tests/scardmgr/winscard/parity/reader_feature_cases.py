"""SCardControl, SCardGetAttrib, SCardSetAttrib: what is asked of the reader, PINs keyed at it, too."""

from __future__ import annotations

from typing import Any

from parity_table import NO_SUCH, Call, case

from scardmgr.winscard.codes import SCardCode as Code
from scardmgr.winscard.constants import (
    GET_FEATURE_REQUEST,
    MAX_BUFFER_SIZE_EXTENDED,
    Attribute,
    Disposition,
    Protocols,
    ShareMode,
    control_code,
)
from scardmgr.winscard.embedded.pin_pad import PINPad
from scardmgr.winscard.part10.dialogue import Key
from scardmgr.winscard.part10.features import Feature, feature_code, feature_list
from scardmgr.winscard.part10.structures import PINFormat, PINModification, PINVerification

NO_FEATURES = "the stock driver has no features of PC/SC part 10"
NO_SUCH_ATTRIBUTE = "the stock driver has no such attribute"

VERIFY, MODIFY = feature_code(Feature.VERIFY_PIN_DIRECT), feature_code(Feature.MODIFY_PIN_DIRECT)
_PIN = {"format": PINFormat(0x82, 0, 0), "minimum": 4, "maximum": 8}
VERIFICATION = PINVerification(apdu=bytes.fromhex("00200001"), **_PIN).to_bytes()  # type: ignore[arg-type]
MODIFICATION = PINModification(apdu=bytes.fromhex("00240001"), **_PIN).to_bytes()  # type: ignore[arg-type]


def _with_keys(bench: Any, *strokes: str | Key) -> int:
    """A handle to the card in a reader with keys, some of which have been pressed."""
    bench.insert_scripted()
    bench.slot.pin_pad = pad = PINPad()
    pad.press(*strokes)
    card: int = bench.connect()
    return card


def _direct_to_the_empty_reader(bench: Any) -> int:
    card: int = bench.rm.connect(bench.context, bench.empty_reader, ShareMode.DIRECT, Protocols.UNDEFINED).handle
    return card


# Control


@case("control", Code.SCARD_E_INSUFFICIENT_BUFFER)
def control_data_longer_than_any_buffer(bench: Any) -> Call:
    bench.insert_scripted()
    card = bench.connect()
    return lambda: bench.rm.control(card, 1, bytes(MAX_BUFFER_SIZE_EXTENDED + 1))


@case("control", Code.SCARD_E_UNSUPPORTED_FEATURE, windows="Codes that winerror.h has besides")
def unknown_control_code(bench: Any) -> Call:
    bench.insert_scripted()
    card = bench.connect()
    return lambda: bench.rm.control(card, control_code(1, "linux"))


@case("control", Code.SCARD_E_UNSUPPORTED_FEATURE)
def control_without_a_card(bench: Any) -> Call:
    card = _direct_to_the_empty_reader(bench)
    return lambda: bench.rm.control(card, 1, b"\1\2\3")


@case("control", Code.SCARD_E_UNSUPPORTED_FEATURE)
def control_does_not_mind_that_the_card_was_removed(bench: Any) -> Call:
    bench.insert_scripted()
    card = bench.connect()
    bench.remove()
    return lambda: bench.rm.control(card, 1)


@case("control", Code.SCARD_E_UNSUPPORTED_FEATURE)
def control_does_not_mind_that_the_card_was_reset(bench: Any) -> Call:
    bench.insert_scripted()
    card, other = bench.connect(), bench.connect_other()
    bench.rm.reconnect(other, initialization=Disposition.RESET)
    return lambda: bench.rm.control(card, 1)


# Attributes


@case("get_attribute", gives=bytes.fromhex("3B800181"))
def atr(bench: Any) -> Call:
    bench.insert_scripted()
    card = bench.connect()
    return lambda: bench.rm.get_attribute(card, Attribute.ATR_STRING)


@case("get_attribute", gives=True)
def friendly_name(bench: Any) -> Call:
    bench.insert_scripted()
    card = bench.connect()
    return lambda: bool(bench.rm.get_attribute(card, Attribute.DEVICE_FRIENDLY_NAME) == bench.reader.encode() + b"\0")


@case("get_attribute", gives=True)
def system_name_of_an_empty_reader(bench: Any) -> Call:
    card = _direct_to_the_empty_reader(bench)
    return lambda: bool(
        bench.rm.get_attribute(card, Attribute.DEVICE_SYSTEM_NAME) == bench.empty_reader.encode() + b"\0"
    )


@case("get_attribute", Code.SCARD_E_UNSUPPORTED_FEATURE, windows="Codes that winerror.h has besides")
def attribute_that_does_not_exist(bench: Any) -> Call:
    bench.insert_scripted()
    card = bench.connect()
    return lambda: bench.rm.get_attribute(card, 0x1234)


@case("get_attribute", Code.SCARD_E_NO_SMARTCARD)
def atr_of_an_empty_reader(bench: Any) -> Call:
    card = _direct_to_the_empty_reader(bench)
    return lambda: bench.rm.get_attribute(card, Attribute.ATR_STRING)


@case("set_attribute", Code.SCARD_E_NOT_TRANSACTED)
def setting_what_cannot_be_set(bench: Any) -> Call:
    bench.insert_scripted()
    card = bench.connect()
    return lambda: bench.rm.set_attribute(card, Attribute.DEVICE_FRIENDLY_NAME, b"\1")


@case("set_attribute", Code.SCARD_E_NOT_TRANSACTED)
def setting_an_attribute_that_does_not_exist(bench: Any) -> Call:
    bench.insert_scripted()
    card = bench.connect()
    return lambda: bench.rm.set_attribute(card, 0x1234, b"\1")


@case("set_attribute", Code.SCARD_E_INVALID_PARAMETER)
def empty_value_on_no_handle(bench: Any) -> Call:
    return lambda: bench.rm.set_attribute(NO_SUCH, Attribute.ATR_STRING, b"")


# Features of PC/SC part 10, and PINs keyed at the reader


@case(
    "control",
    gives=feature_list([Feature.GET_TLV_PROPERTIES]),
    windows="Control codes have two forms",
    embedded_only=NO_FEATURES,
)
def feature_request(bench: Any) -> Call:
    bench.insert_scripted()
    card = bench.connect()
    return lambda: bench.rm.control(card, control_code(GET_FEATURE_REQUEST))


@case("control", gives=feature_list(Feature), embedded_only=NO_FEATURES)
def feature_request_to_a_reader_with_keys(bench: Any) -> Call:
    card = _with_keys(bench)
    return lambda: bench.rm.control(card, control_code(GET_FEATURE_REQUEST))


@case("control", gives=True, embedded_only=NO_FEATURES)
def tlv_properties_hold_the_longest_data(bench: Any) -> Call:
    bench.insert_scripted()
    card = bench.connect()
    return lambda: bytes.fromhex("0A0400000100") in bench.rm.control(card, feature_code(Feature.GET_TLV_PROPERTIES))


@case("control", gives=bytes.fromhex("00000701"), embedded_only=NO_FEATURES)
def pin_properties(bench: Any) -> Call:
    card = _with_keys(bench)
    return lambda: bench.rm.control(card, feature_code(Feature.IFD_PIN_PROPERTIES))


@case("control", Code.SCARD_E_UNSUPPORTED_FEATURE)
def verify_a_pin_at_a_reader_without_keys(bench: Any) -> Call:
    bench.insert_scripted()
    card = bench.connect()
    return lambda: bench.rm.control(card, VERIFY, VERIFICATION)


@case("control", gives=b"\x90\x00", embedded_only=NO_FEATURES)
def verify_a_pin_keyed_at_the_reader(bench: Any) -> Call:
    card = _with_keys(bench, "1234", Key.ENTER)
    return lambda: bench.rm.control(card, VERIFY, VERIFICATION)


@case("control", gives=b"\x90\x00", embedded_only=NO_FEATURES)
def change_a_pin_keyed_at_the_reader(bench: Any) -> Call:
    card = _with_keys(bench, "1234", Key.ENTER, "5678", Key.ENTER, "5678", Key.ENTER)
    return lambda: bench.rm.control(card, MODIFY, MODIFICATION)


@case("control", gives=b"\x64\x00", embedded_only=NO_FEATURES)
def pin_that_nobody_keys_in_time(bench: Any) -> Call:
    card = _with_keys(bench)
    bench.slot.pin_pad.let_time_run_out()
    return lambda: bench.rm.control(card, VERIFY, VERIFICATION)


@case("control", gives=b"\x64\x01", embedded_only=NO_FEATURES)
def pin_that_is_cancelled_at_the_reader(bench: Any) -> Call:
    card = _with_keys(bench, "12", Key.CANCEL)
    return lambda: bench.rm.control(card, VERIFY, VERIFICATION)


@case("control", gives=b"\x64\x00", embedded_only=NO_FEATURES)
def new_pin_that_nobody_keys_in_time(bench: Any) -> Call:
    card = _with_keys(bench, "1234", Key.ENTER, "56")
    bench.slot.pin_pad.let_time_run_out()
    return lambda: bench.rm.control(card, MODIFY, MODIFICATION)


@case("control", gives=b"\x64\x01", embedded_only=NO_FEATURES)
def change_of_a_pin_that_is_cancelled_at_the_reader(bench: Any) -> Call:
    card = _with_keys(bench, "1234", Key.ENTER, "5678", Key.ENTER, "56", Key.CANCEL)
    return lambda: bench.rm.control(card, MODIFY, MODIFICATION)


@case("control", gives=b"\x64\x02", embedded_only=NO_FEATURES)
def new_pin_that_is_not_the_same_twice(bench: Any) -> Call:
    card = _with_keys(bench, "1234", Key.ENTER, "5678", Key.ENTER, "8765", Key.ENTER)
    return lambda: bench.rm.control(card, MODIFY, MODIFICATION)


@case("control", gives=b"\x64\x03", embedded_only=NO_FEATURES)
def pin_that_is_too_short(bench: Any) -> Call:
    card = _with_keys(bench, "123", Key.ENTER)
    return lambda: bench.rm.control(card, VERIFY, VERIFICATION)


@case("control", Code.SCARD_E_INVALID_PARAMETER, embedded_only=NO_FEATURES)
def pin_structure_cut_short(bench: Any) -> Call:
    card = _with_keys(bench)
    return lambda: bench.rm.control(card, VERIFY, VERIFICATION[:-1])


@case("control", Code.SCARD_E_NOT_TRANSACTED, embedded_only=NO_FEATURES)
def pin_for_a_card_that_falls_silent(bench: Any) -> Call:
    card = _with_keys(bench, "1234", Key.ENTER)
    bench.slot.inserted.mute = True
    return lambda: bench.rm.control(card, VERIFY, VERIFICATION)


@case("get_attribute", gives=bytes.fromhex("08000100"), embedded_only=NO_SUCH_ATTRIBUTE)
def longest_command(bench: Any) -> Call:
    bench.insert_scripted()
    card = bench.connect()
    return lambda: bench.rm.get_attribute(card, Attribute.MAXINPUT)


@case("get_attribute", gives=b"scardmgr\0", embedded_only=NO_SUCH_ATTRIBUTE)
def name_of_the_vendor(bench: Any) -> Call:
    bench.insert_scripted()
    card = bench.connect()
    return lambda: bench.rm.get_attribute(card, Attribute.VENDOR_NAME)


@case(
    "set_attribute", windows="SCardSetAttrib takes one attribute", embedded_only="the stock driver takes no attribute"
)
def suppress_the_ifs_request_of_t1(bench: Any) -> Call:
    bench.insert_scripted()
    card = bench.connect()
    return lambda: bench.rm.set_attribute(card, Attribute.SUPRESS_T1_IFS_REQUEST, b"\1\0\0\0")
