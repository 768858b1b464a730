"""SCardControl and SCardGetAttrib where they are the reader's: features of PC/SC part 10, PINs keyed at the reader."""

from __future__ import annotations

from typing import Any

from parity_table import Call, case

from scardmgr.winscard.codes import SCardCode as Code
from scardmgr.winscard.constants import GET_FEATURE_REQUEST, Attribute, control_code
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
    bench.slot.icc.mute = True
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
