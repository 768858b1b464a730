"""What GET DATA and PUT DATA reach (OpenPGP card 3.4.1, 4.4, 7.2.5 to 7.2.8)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from emulator.applications.openpgp.data_objects import OBJECTS, Access
from iso7816.ber_tlv import decode_all

from .conftest import ADMINISTRATION, ED25519, OTHER_USES, PW3, SELECT, SIGNATURE

CERTIFICATE = 0x7F21


def test_select_answers_control_information(openpgp: Any) -> None:
    [fci] = decode_all(openpgp.send(SELECT + "00")[0])
    assert fci.tag == 0x6F
    assert bytes.fromhex("8410D276000124010304FFFF000000010000") in fci.value
    assert openpgp.sw("00A4040007D2760001240102") == "6A82"
    assert openpgp.get(0x4F).startswith(bytes.fromhex("D27600012401")), "a failed SELECT changes nothing"


def test_what_is_current_besides_it(openpgp: Any) -> None:
    assert openpgp.sw("00B0000000") == "6D00"
    assert openpgp.sw("80CA006E00") == "6E00"
    assert openpgp.sw("0CCA006E00") == "6882"
    assert openpgp.sw("10CA006E00") == "6884", "the ATR announces no chaining"


def test_single_data_objects_are_values(openpgp: Any) -> None:
    assert openpgp.get(0x4F).hex().upper() == "D276000124010304FFFF000000010000"
    assert openpgp.get(0x5F52).hex().upper() == "0031F573C00160059000", "as in the ATR, and in operation"
    assert openpgp.get(0xC4).hex().upper() == "007F7F7F030003"
    assert openpgp.get(0xC1) == openpgp.get(0xC2) == openpgp.get(0xC3) == bytes.fromhex("010800002000")
    assert openpgp.get(0xC5) == openpgp.get(0xC6) == bytes(60)
    assert openpgp.get(0xCD) == bytes(12)
    assert openpgp.get(0xDE).hex() == "010002000300"
    assert openpgp.get(0x93) == bytes(3)
    assert openpgp.get(0xF9).hex() == "810100"
    assert openpgp.get(0x5F35) == b"9"
    assert openpgp.get(0xD6).hex() == "0020"


def test_extended_capabilities_say_what_is_there(openpgp: Any) -> None:
    value = openpgp.get(0xC0)
    assert value[0] == 0x7F, "all but secure messaging, which is there by an option"
    assert value[1] == 0x00
    assert [int.from_bytes(value[start : start + 2], "big") for start in (2, 4, 6)] == [2048, 4096, 2048]
    assert value[8:] == bytes((0, 1))


def test_templates_have_their_tags(openpgp: Any) -> None:
    assert [tlv.tag for tlv in decode_all(openpgp.get(0x65))[0].children()] == [0x5B, 0x5F2D, 0x5F35]
    assert [tlv.tag for tlv in decode_all(openpgp.get(0x6E))[0].children()] == [0x4F, 0x5F52, 0x7F74, 0x7F66, 0x73]
    discretionary = [tlv.tag for tlv in decode_all(openpgp.get(0x73))[0].children()]
    assert discretionary == [0xC0, 0xC1, 0xC2, 0xC3, 0xC4, 0xC5, 0xC6, 0xCD, 0xDE, 0xD6, 0xD7, 0xD8]
    assert openpgp.found(0x6E, 0x73, 0xC4) == openpgp.get(0xC4)
    assert openpgp.found(0x7A, 0x93) == bytes(3)
    assert openpgp.get(0x7F66).hex().upper() == "7F66080202FFFF0202FFFF"
    assert openpgp.get(0x7F74).hex().upper() == "7F7403810120"


def test_algorithm_information_lists_what_can_be_put(administered: Any) -> None:
    [information] = decode_all(administered.get(0xFA))
    offered = decode_all(information.value)
    assert {tlv.tag for tlv in offered} == {0xC1, 0xC2, 0xC3}
    assert len(offered) == 3 * (3 + 7 + 1)
    for tlv in offered:
        assert administered.put(tlv.tag, tlv.value) == "9000"
        assert administered.get(tlv.tag) == tlv.value


def test_unknown_data_objects(administered: Any) -> None:
    for tag in (0x00, 0xC7, 0xD3, 0xD5, 0x7F22, 0xFFFF):
        assert administered.word(0xCA, tag >> 8, tag & 0xFF, le=True) == "6A88"
    for tag in (0x00, 0x4F, 0x5F52, 0x6E, 0x93, 0xC0, 0xC5, 0xD1, 0xD2, 0xF4, 0x7F22):
        assert administered.put(tag, b"x") == "6A88"


# Who may


READERS = {Access.ALWAYS: None, Access.USER: OTHER_USES, Access.ADMIN: ADMINISTRATION}


@pytest.mark.parametrize("tag", [tag for tag, each in OBJECTS.items() if each.read is not Access.NEVER])
def test_reading_wants_its_password(openpgp: Any, tag: int) -> None:
    password = READERS[OBJECTS[tag].read]
    if password is not None:
        for other in {0x81, 0x82, 0x83} - {password}:
            assert openpgp.verify(other) == "9000"
        assert openpgp.word(0xCA, tag >> 8, tag & 0xFF, le=True) == "6982"
        assert openpgp.verify(password) == "9000"
    assert openpgp.word(0xCA, tag >> 8, tag & 0xFF, le=True) == "9000"


@pytest.mark.parametrize("tag", OBJECTS)
def test_writing_wants_its_password(make: Callable[..., Any], tag: int) -> None:
    openpgp = make('secure_messaging = "aes-128"')
    password = READERS[OBJECTS[tag].write]
    assert password is not None
    for other in {0x81, 0x82, 0x83} - {password}:
        assert openpgp.verify(other) == "9000"
    assert openpgp.put(tag, bytes(2)) == "6982"
    assert openpgp.verify(password) == "9000"
    assert openpgp.put(tag, bytes(2)) != "6982"


def test_the_rules_are_those_of_the_specification() -> None:
    rules = {tag: (each.read, each.write) for tag, each in OBJECTS.items()}
    always, user, admin, never = Access
    assert rules[0x0101] == (always, user)
    assert rules[0x0102] == (always, admin)
    assert rules[0x0103] == (user, user)
    assert rules[0x0104] == (admin, admin)
    assert rules[0x7F21] == (always, admin)
    assert {tag for tag, (read, _write) in rules.items() if read is never} == {
        *range(0xC7, 0xCD), *range(0xCE, 0xD1), 0xC4, 0xD1, 0xD2, 0xD3, 0xD5, 0xF4,
    }  # fmt: skip
    assert {tag for tag, (_read, write) in rules.items() if write is not admin} == {0x0101, 0x0103}


# What is written


@pytest.mark.parametrize(
    ("tag", "right", "wrong_length", "wrong_value"),
    [
        (0x0101, "AA" * 2048, "AA" * 2049, None),
        (0x5B, b"Doe<<Jane".hex(), "41" * 40, None),
        (0x5E, b"jane".hex(), "41" * 2049, None),
        (0x5F2D, b"deen".hex(), b"deu".hex(), None),
        (0x5F35, "31", "3132", "33"),
        (0x5F50, "", "41" * 2049, None),
        (0xC4, "01", "0100", "02"),
        (0xC7, "AA" * 20, "AA" * 19, None),
        (0xCE, "5F000000", "5F0000", None),
        (0xD6, "0120", "01", "0320"),
        (0xD6, "0120", "012020", "0140"),
        (0xC1, "010C00001100", "01" * 14, "010400002000"),
        (0xC1, ED25519, "", "122B060104019755010501"),
        (0xC2, "122A8648CE3D030107", "", "132A8648CE3D030107"),
        (0xC3, "132B8104000A", "", "132B8104000B"),
        (0xD5, "00" * 32, "00" * 24, None),
        (0x7F21, "30" * 4096, "30" * 4097, None),
    ],
)
def test_values_have_their_lengths_and_forms(
    administered: Any, tag: int, right: str, wrong_length: str, wrong_value: str | None
) -> None:
    if wrong_value is not None:
        assert administered.put(tag, wrong_value) == "6A80"
    if wrong_length:
        assert administered.put(tag, wrong_length) == "6700"
    assert administered.put(tag, right) == "9000"
    if OBJECTS[tag].read is not Access.NEVER:
        assert administered.get(tag).hex().upper() == right.upper()


@pytest.mark.parametrize("tag", [0xD6, 0xD7, 0xD8])
def test_a_permanent_flag_stays(administered: Any, tag: int) -> None:
    assert administered.put(tag, "0120") == administered.put(tag, "0020") == "9000", "others may be taken back"
    assert administered.put(tag, "0220") == "9000"
    for flag in ("0020", "0120", "0220"):
        assert administered.put(tag, flag) == "6985"
    assert administered.get(tag).hex() == "0220"
    assert administered.found(0x6E, 0x73, tag).hex() == "0220"


def test_what_is_written_in_parts_is_read_together(administered: Any) -> None:
    for index, tag in enumerate((0xC7, 0xC8, 0xC9)):
        administered.put(tag, bytes((index + 1,)) * 20)
    for index, tag in enumerate((0xCE, 0xCF, 0xD0)):
        administered.put(tag, bytes((index + 1,)) * 4)
    administered.put(0xC4, "01")
    assert administered.get(0xC5) == b"\1" * 20 + b"\2" * 20 + b"\3" * 20
    assert administered.found(0x6E, 0x73, 0xCD) == b"\1" * 4 + b"\2" * 4 + b"\3" * 4
    assert administered.get(0xC4)[0] == 1


def test_the_cardholder_is_there_after_a_reset(administered: Any) -> None:
    administered.put(0x5B, b"Doe<<Jane")
    administered.card.reset()
    administered.sw(SELECT)
    assert administered.found(0x65, 0x5B) == b"Doe<<Jane"


def test_other_attributes_take_the_key_away(administered: Any) -> None:
    administered.put(0xC1, ED25519)
    administered.generate(SIGNATURE)
    assert administered.put(0xC1, ED25519 + "FF") == "9000"
    assert administered.get(0xDE)[1] == 1, "the same algorithm, another import format"
    assert administered.put(0xC1, "132A8648CE3D030107") == "9000"
    assert administered.get(0xDE)[1] == 0
    assert administered.word(0x47, 0x81, 0, bytes.fromhex(SIGNATURE), le=True) == "6A88"


# Certificates


def select_data(occurrence: int, data: str = "60045C027F21") -> str:
    return f"00A5{occurrence:02X}04{len(data) // 2:02X}{data}"


def test_three_certificates(administered: Any) -> None:
    for occurrence in (2, 1, 0):
        assert administered.sw(select_data(occurrence)) == "9000"
        assert administered.put(CERTIFICATE, bytes((occurrence,)) * 300) == "9000"
    assert administered.get(CERTIFICATE) == bytes(300)
    assert administered.ok(0xCC, 0x7F, 0x21) == b"\1" * 300
    assert administered.ok(0xCC, 0x7F, 0x21) == b"\2" * 300
    assert administered.word(0xCC, 0x7F, 0x21, le=True) == "6A88"
    assert administered.sw(select_data(1)) == "9000"
    assert administered.get(CERTIFICATE) == b"\1" * 300
    administered.sw(SELECT)
    assert administered.get(CERTIFICATE) == bytes(300), "the first, which is that of the authentication key"


def test_a_certificate_is_removed_by_an_empty_one(administered: Any) -> None:
    administered.put(CERTIFICATE, b"there")
    assert administered.put(CERTIFICATE, b"") == "9000"
    assert administered.get(CERTIFICATE) == b""


def test_get_next_data_with_a_wrong_length_on_t0_goes_no_further(make: Callable[..., Any]) -> None:
    card = make(before='[card]\nprotocols = ["T=0"]\nhistorical_bytes = "00 31 F5 73 C0 01 60 00 90 00"\n')
    assert card.sw("0020008308" + PW3.hex()) == "9000"
    for occurrence in range(3):
        assert card.sw(select_data(occurrence)) == "9000"
        assert card.sw(f"00DA7F2102{occurrence:02X}{occurrence:02X}") == "9000"
    assert card.sw(select_data(0)) == "9000"
    assert card.send("00CA7F2102") == (b"\0\0", 0x9000)
    assert card.sw("00CC7F2100") == "6C02"
    assert card.send("00CC7F2102") == (b"\1\1", 0x9000)


def test_get_next_data_goes_on_from_what_was_read(openpgp: Any) -> None:
    assert openpgp.word(0xCC, 0x7F, 0x21, le=True) == "6985"
    assert openpgp.word(0xCC, 0x00, 0x6E, le=True) == "6A88"
    openpgp.get(CERTIFICATE)
    assert openpgp.word(0xCC, 0x7F, 0x21, le=True) == "9000"
    assert openpgp.sw(select_data(0)) == "9000"
    assert openpgp.word(0xCC, 0x7F, 0x21, le=True) == "6985"


@pytest.mark.parametrize(
    ("command", "word"),
    [
        (select_data(3), "6A88"),
        ("00A5000006" + "60045C027F21", "6B00"),
        (select_data(0, "60045C027F22"), "6A88"),
        (select_data(0, "60045C017F21"), "6A80"),
        (select_data(0, "60044D027F21"), "6A80"),
        (select_data(0, "5C027F21"), "6A80"),
        (select_data(0, "60045C027F2100"), "6A80"),
        (select_data(0, "60085C027F215C027F21"), "6A80"),
        (select_data(0, "6000"), "6A80"),
    ],
)
def test_what_select_data_does_not_take(openpgp: Any, command: str, word: str) -> None:
    assert openpgp.sw(command) == word


# A card of another ATR


def test_historical_bytes_are_those_of_the_atr(make: Callable[..., Any]) -> None:
    own = make(before='[card]\nhistorical_bytes = "80 31 E0 73 F7 41 FF 83 05 90 00"\n')
    assert own.get(0x5F52).hex().upper() == "8031E073F741FF83059000"
    assert own.sw("10CA006E00") == "9000", "and it does what they announce"
    none = make(before='[card]\nprotocols = ["T=1"]\n')
    assert none.get(0x5F52).hex().upper() == "0031F573C00160059000"
