"""Selecting, creating, activating, deleting files; data objects in them, and who may read and write them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from gids_desk import EMPTY_FILES, FIRST, NAME, PIN, key_file
from hypothesis import given
from hypothesis import strategies as st

from emulator import Card
from iso7816.ber_tlv import TLV, decode_all, encode_all

FCI = "61124F0BA00000039742544659020173034001C0"
A020 = "620C8201398302A0208C03033000"


def test_selecting_the_application(desk: Any) -> None:
    assert desk.selected.hex().upper() == FCI
    assert desk.ok(0xA4, 0x0404, NAME, 256).hex().upper() == "620B8201388A01058C03033030"
    assert desk.ok(0xA4, 0x0408, NAME, 256).hex().upper() == "64045F2F0140"
    assert desk.ok(0xA4, 0x040C, NAME, 256) == b""
    assert desk.ok(0xA4, 0x0400, NAME + b"\x02", 256).hex().upper() == FCI
    assert desk.sw(0xA4, 0x0400, NAME + b"\x01") == "6A82"
    assert desk.sw(0xA4, 0x0400, bytes.fromhex("A000000308000010 00")) == "6A82"


def test_a_reset_selects_it(desk: Any) -> None:
    desk.card.reset()
    assert desk.get(0xA012, 0xDF20) == b"GIDS test card 1"


@pytest.mark.parametrize("data", [b"", b"\x3f\xff", b"\x3f\x00"])
def test_the_df_by_its_identifiers(desk: Any, data: bytes) -> None:
    assert desk.select(0xA010) == "9000"
    assert desk.ok(0xA4, 0x0000, data, 256).hex().upper() == FCI
    assert desk.sw(0xDB, 0x0000, bytes.fromhex("DF2200")) == "6986"


def test_selecting_files(desk: Any) -> None:
    fcp = desk.ok(0xA4, 0x0004, b"\xa0\x10", 256)
    assert fcp.hex().upper() == "620F8201398302A0108A01058C03033000"
    assert desk.ok(0xA4, 0x0000, b"\xa0\x10", 256) == TLV(0x6F, decode_all(fcp)[0].value).to_bytes()
    assert desk.ok(0xA4, 0x000C, b"\xb0\x80", 256) == b""
    assert desk.sw(0xA4, 0x0008, b"\xa0\x10", 256) == "6A86"
    assert desk.select(0xA0FF) == "6A82"
    assert desk.sw(0xA4, 0x000C, b"\xa0\x10\x00") == "6A87"
    assert desk.sw(0xA4, 0x080C, b"\xa0\x10") == "6A86"


def test_data_objects_are_read_by_tags(desk: Any) -> None:
    assert desk.get_word(0xA010, "DF21") == (bytes.fromhex("DF21086D73637000000000"), "9000")
    assert desk.get_word(0xA010, "DF23") == (bytes.fromhex("DF2300"), "9000")
    assert desk.get_word(0xA010, "DF23 DF21") == (bytes.fromhex("DF2300DF21086D73637000000000"), "9000")
    everything = bytes.fromhex("DF21086D73637000000000DF2206000000000000DF2300")
    assert desk.get_word(0xA010, "") == (everything, "9000")
    assert desk.get_word(0xA010, "5C") == (everything, "9000")
    assert desk.get_word(0xA013, "") == (b"", "6982")


def test_the_file_that_is_named_becomes_the_current_one(desk: Any) -> None:
    desk.get(0xA010, 0xDF22)
    assert desk.get_word(0x0000, "DF21")[1] == "9000"
    assert desk.select(0xA012) == "9000"
    desk.deauthenticate()
    assert desk.get_word(0x0000, "DF20")[1] == "9000"


@pytest.mark.parametrize(
    ("ins", "fid", "data", "sw"),
    [
        (0xCB, 0xA010, "5C02DF30", "6A88"),
        (0xCB, 0xA0FF, "5C02DF21", "6A82"),
        (0xCB, 0xFFFF, "5C02DF21", "6A86"),
        (0xCB, 0x0000, "5C02DF21", "6986"),
        (0xCB, 0xA010, "5D02DF21", "6A80"),
        (0xCB, 0xA010, "5C01DF", "6A80"),
        (0xCB, 0xA010, "5C00 5C00", "6A80"),
        (0xCB, 0xA010, "5C03DF21", "6A80"),
        (0xCB, 0xB080, "5C00", "6981"),
        (0xCB, 0x3FFF, "5C027F72", "6A88"),
        (0xCB, 0x3FFF, "5C00", "6A88"),
        (0xCB, 0x2F01, "5C0143", "6A88"),
        (0xCB, 0x2F01, "7000", "6A80"),
        (0xDB, 0xA0FF, "DF2100", "6A82"),
        (0xDB, 0xFFFF, "DF2100", "6A86"),
        (0xDB, 0x2F01, "DF2100", "6A82"),
        (0xDB, 0xA010, "DF2102", "6A80"),
        (0xDB, 0xB080, "DF2100", "6981"),
        (0xDB, 0x3FFF, "DF2100", "6A80"),
    ],
)
def test_what_is_refused(desk: Any, ins: int, fid: int, data: str, sw: str) -> None:
    assert desk.sw(ins, fid, bytes.fromhex(data), 256 if ins == 0xCB else None) == sw


def test_without_data_there_is_nothing_to_do(desk: Any) -> None:
    assert [desk.sw(0xCB, 0xA010), desk.sw(0xDB, 0xA010), desk.sw(0xE0, 0)] == ["6700", "6700", "6700"]


def test_long_data_come_and_go_in_parts(desk: Any) -> None:
    assert desk.verify() == "9000"
    value = bytes(range(256)) * 4
    data = TLV(0xDF30, value).to_bytes()
    parts = [data[start : start + 200] for start in range(0, len(data), 200)]
    for part in parts[:-1]:
        assert desk.card.transmit(bytes((0x10, 0xDB, 0xA0, 0x10, len(part))) + part) == b"\x90\x00"
    assert desk.card.transmit(bytes((0x00, 0xDB, 0xA0, 0x10, len(parts[-1]))) + parts[-1]) == b"\x90\x00"
    response = desk.card.transmit(bytes.fromhex("00CBA010045C02DF3000"))
    found = response[:-2]
    while response[-2] == 0x61:
        response = desk.card.transmit(bytes((0x00, 0xC0, 0x00, 0x00, response[-1])))
        found += response[:-2]
    assert found == data
    assert desk.sw(0xC0, 0, b"", 256) == "6985"


def test_an_empty_data_object_in_place_of_an_empty_one_removes_it(desk: Any) -> None:
    assert desk.verify() == "9000"
    assert [desk.put(0xA010, 0xDF30, b"1"), desk.get(0xA010, 0xDF30)] == ["9000", b"1"]
    assert [desk.put(0xA010, 0xDF30, b""), desk.get(0xA010, 0xDF30)] == ["9000", b""]
    assert desk.put(0xA010, 0xDF30, b"") == "9000"
    assert desk.get_word(0xA010, "DF30")[1] == "6A88"


def test_several_data_objects_at_once(desk: Any) -> None:
    assert desk.verify() == "9000"
    desk.ok(0xDB, 0xA010, encode_all([TLV(0xDF30, b"1"), TLV(0xDF31, b"2")]))
    assert [desk.get(0xA010, 0xDF30), desk.get(0xA010, 0xDF31)] == [b"1", b"2"]


ACCESS = [
    # file, then: nobody, the PIN, the administrator reads; and writes
    (0xA000, "RRR", "-WW"),
    (0xA010, "RRR", "-WW"),
    (0xA011, "---", "-WW"),
    (0xA012, "RRR", "--W"),
    (0xA013, "-RR", "-WW"),
    (0xA014, "--R", "--W"),
]


@pytest.mark.parametrize(("fid", "reads", "writes"), ACCESS)
def test_who_reads_and_writes(desk: Any, fid: int, reads: str, writes: str) -> None:
    assert desk.authenticate() == "9000"
    assert desk.put(fid, 0xDF50, b"value") == "9000"
    for role, (may_read, may_write) in enumerate(zip(reads, writes, strict=True)):
        desk.deauthenticate()
        assert [lambda: "9000", desk.verify, desk.authenticate][role]() == "9000"
        assert desk.get_word(fid, "DF50")[1] == ("9000" if may_read == "R" else "6982")
        assert desk.put(fid, 0xDF50, b"value") == ("9000" if may_write == "W" else "6982")


def test_all_of_several_conditions(desk: Any) -> None:
    assert desk.verify() == "9000"
    assert desk.create("620C8201398302A0208C0303B000") == "9000"
    assert desk.put(0xA020, 0xDF20, b"") == "6982"
    assert desk.authenticate() == "9000"
    assert desk.put(0xA020, 0xDF20, b"") == "9000"


def test_what_no_rule_speaks_of_is_never_allowed(desk: Any) -> None:
    assert desk.verify() == "9000"
    assert desk.create("620B8201398302A0208C020100") == "9000"
    assert [desk.put(0xA020, 0xDF20, b""), desk.authenticate(), desk.put(0xA020, 0xDF20, b"")] == [
        "6982",
        "9000",
        "6982",
    ]


def test_a_file_without_rules_is_free(desk: Any) -> None:
    assert desk.verify() == "9000"
    assert desk.create("62078201398302A020") == "9000"
    desk.deauthenticate()
    assert [desk.put(0xA020, 0xDF20, b"1"), desk.get(0xA020, 0xDF20)] == ["9000", b"1"]


def test_files_are_created_by_the_holder_or_the_administrator(desk: Any) -> None:
    assert desk.create(A020) == "6982"
    assert desk.verify() == "9000"
    assert [desk.create(A020), desk.create(A020)] == ["9000", "6A89"]
    desk.deauthenticate()
    assert desk.authenticate() == "9000"
    assert desk.create(A020.replace("A020", "A021")) == "9000"


def test_a_new_file_is_activated_before_it_is_used(desk: Any) -> None:
    assert desk.verify() == "9000"
    assert desk.create(A020, activate=False) == "9000"
    assert desk.put(0x0000, 0xDF20, b"1") == "6985"
    assert desk.ok(0xA4, 0x0004, b"\xa0\x20", 256).hex().upper() == "620F8201398302A0208A01018C03033000"
    desk.ok(0x44, 0)
    assert desk.put(0x0000, 0xDF20, b"1") == "9000"
    desk.ok(0x44, 0)


@pytest.mark.parametrize(
    "template",
    [
        "62098301 39 8302A020",  # no descriptor
        "6203820139",  # no identifier
        "62078201388302A020",  # a DF
        "62078201018302A020",  # a transparent EF
        "620782013983023F00",
        "62078201398302FFFF",
        "62078201398302B081",  # that of a key
        "64078201398302A020",
        "62078201398302A02000",
        "620B8201398302A02082013900",
        "620B8201398302A0208C020140",  # secure messaging
        "620B8201398302A0208C020121",  # a security environment
        "620B8201398302A0208C0203",
        "620A8201398302A0208C0103",
        "620A8201398302A020840141",  # a name
        "62078201188302B0A0",  # a key file without templates
        "62118201188302B080A508A406800103830180",  # a cipher that the card does not have
        "62118201188302B0A0A508A406800102830180",  # a second administrator's key
        "62118201188302B080A508B606800116830181",  # a key of RSA in the administrator's place
        "62118201188302B0A0A508B606800111830181",  # a kind of key that it does not have
        "62118201188302A0A0A508B606800116830181",  # not the identifier of a key file
        "62198201188302B0A0A510B606800116830181B606800117830181",  # two sizes
        "62198201188302B0A0A510A406800102830181B606800116830181",  # both kinds
        "620C8201188302B0A0A503B60180",
    ],
)
def test_files_that_are_none_of_this_card(desk: Any, template: str) -> None:
    assert desk.verify() == "9000"
    assert desk.create(template) == "6A80"


def test_identifiers_that_are_taken(desk: Any) -> None:
    assert desk.verify() == "9000"
    assert [desk.create("62078201398302A010"), desk.create("620782013983022F01")] == ["6A89", "6A89"]


def test_files_are_deleted_with_what_is_in_them(desk: Any) -> None:
    assert desk.sw(0xE4, 0) == "6985"
    assert desk.select(0xA010) == "9000"
    assert desk.sw(0xE4, 0) == "6982"
    assert desk.verify() == "9000"
    desk.ok(0xE4, 0)
    assert [desk.select(0xA010), desk.sw(0xE4, 0)] == ["6A82", "6985"]
    assert desk.create("620C8201398302A0108C03033000") == "9000"
    assert desk.get_word(0xA010, "") == (b"", "9000")


def test_the_holder_does_not_become_the_administrator_by_deleting(desk: Any) -> None:
    assert desk.verify() == "9000"
    assert [desk.sw(0xE4, 0, fid) for fid in (b"\xb0\x80", b"\xa0\x12", b"\xa0\x14")] == ["6982"] * 3
    assert desk.authenticate() == "9000"
    desk.ok(0xE4, 0, b"\xb0\x80")
    desk.deauthenticate()
    assert desk.verify() == "9000"
    assert desk.create(EMPTY_FILES[-1]) == "6982"


def test_a_file_that_nobody_writes_is_deleted_by_nobody(desk: Any) -> None:
    assert [desk.verify(), desk.authenticate()] == ["9000", "9000"]
    assert desk.create("620C8201398302A0208C0303FF00") == "9000"
    assert desk.sw(0xE4, 0) == "6982"
    assert desk.create("620B8201398302A0218C020100") == "9000"  # its rules do not speak of writing
    desk.ok(0xE4, 0)


def test_a_file_is_deleted_by_its_identifier(desk: Any) -> None:
    assert desk.verify() == "9000"
    desk.ok(0xE4, 0, b"\xa0\x11")
    words = [desk.sw(0xE4, 0, data) for data in (b"\xa0\x11", b"\x3f\xff", b"\x3f\x00", b"\xa0", b"\xa0\x10\x00")]
    assert words == ["6A82", "6985", "6985", "6A87", "6A87"]


@pytest.mark.parametrize("ins", [0xE0, 0x44, 0xE4, 0x47, 0x87])
def test_other_parameters(desk: Any, ins: int) -> None:
    data = b"\x00" if ins in (0xE0, 0x47, 0x87) else b""
    assert [desk.sw(ins, parameters, data) for parameters in (0x0100, 0x0001)] == ["6A86", "6A86"]


def test_one_tag_twice_in_a_command(desk: Any) -> None:
    assert desk.verify() == "9000"
    desk.ok(0xDB, 0xA010, encode_all([TLV(0xDF30, b"1"), TLV(0xDF30, b"2")]))
    assert desk.get(0xA010, 0xDF30) == b"2"
    desk.ok(0xDB, 0xA010, encode_all([TLV(0xDF30), TLV(0xDF30), TLV(0xDF31), TLV(0xDF31)]))
    assert [desk.get_word(0xA010, tag)[1] for tag in ("DF30", "DF31")] == ["6A88", "6A88"]


def test_what_is_replaced_takes_no_room(new_desk: Callable[..., Any]) -> None:
    small = new_desk(memory=1500)
    assert small.verify() == "9000"
    assert [small.put(0xA010, 0xDF30, bytes(800)) for _ in range(3)] == ["9000"] * 3
    assert small.put(0xA010, 0xDF31, bytes(800)) == "6A84"


def test_the_memory_has_an_end(new_desk: Callable[..., Any]) -> None:
    small = new_desk(memory=1500)
    assert small.verify() == "9000"
    assert small.put(0xA010, 0xDF30, bytes(2000)) == "6A84"
    assert small.put(0xA010, 0xDF30, bytes(500)) == "9000"
    words = [small.put(0xA010, 0xDF31 + place, bytes(100)) for place in range(10)]
    assert words[0] == "9000"
    assert words[-1] == "6A84"


def test_ef_atr_tells_what_the_atr_does(desk: Any) -> None:
    answer = desk.ok(0xCB, 0x2F01, bytes.fromhex("5C00"), 256)
    assert answer.hex().upper() == "4301F44703C021C0460447494453"


@pytest.mark.parametrize("head", ['[card]\nprotocols = ["T=0"]', "[contactless]\n[card]"])
def test_on_other_ways_to_the_card(new_card: Callable[..., Card], head: str) -> None:
    card = new_card(head=head)
    card.power_on()
    response = card.transmit(bytes.fromhex("00CBA010045C02DF21") + (b"" if "T=0" in head else b"\x00"))
    if response[0] == 0x61:
        response = card.transmit(bytes((0x00, 0xC0, 0x00, 0x00, response[1])))
    assert response.hex().upper() == "DF21086D7363700000000090" + "00"


def test_ef_atr_of_a_card_that_announces_nothing(new_card: Callable[..., Card]) -> None:
    from gids_desk import Desk

    for historical_bytes in ("", "01 02 03", "80 73"):
        desk = Desk(new_card(historical_bytes=historical_bytes))
        assert desk.ok(0xCB, 0x2F01, bytes.fromhex("5C00"), 256).hex().upper() == "4301F4460447494453"


def test_unknown_commands(desk: Any) -> None:
    assert [desk.sw(0xB0, 0, b"", 1), desk.sw(0xCA, 0x0101, b"", 1)] == ["6D00", "6D00"]
    assert desk.card.transmit(bytes.fromhex("80CBA010025C0000"))[-2:].hex() == "6e00"


def test_microsofts_way_to_set_a_card_up(blank: Any, tmp_path: Path) -> None:
    assert blank.ok(0xA4, 0x0404, NAME, 256).hex().upper() == "620B8201388A01038C03033030"
    blank.set_up()
    assert blank.ok(0xA4, 0x0404, NAME, 256).hex().upper() == "620B8201388A01058C03033030"
    assert blank.put(0xA000, 0xDF1F, b"\x01") == "6982"
    assert blank.verify() == "9000"
    assert blank.put(0xA000, 0xDF1F, b"\x01") == "9000"
    blank.card.save(tmp_path / "gids.card")
    with Card.open(tmp_path / "gids.card") as card:
        again = type(blank)(card)
        assert again.get(0xA000, 0xDF1F) == b"\x01"
        assert [again.verify(PIN), again.authenticate()] == ["9000", "9000"]


def test_who_was_authenticated_before_is_nobody_once_it_is_operational(blank: Any) -> None:
    blank.set_up_files()
    assert [blank.verify(), blank.select(0x3FFF)] == ["9000", "9000"]
    blank.ok(0x44, 0)
    assert [blank.sw(0x20, 0x0080), blank.put(0xA010, 0xDF20, b"")] == ["63C3", "6982"]


def test_before_the_application_is_operational_nobody_is_asked(blank: Any) -> None:
    blank.set_up_files()
    assert blank.put(0xA012, 0xDF20, bytes(16)) == "9000"
    assert blank.get_word(0xA011, "")[1] == "6982"  # nobody reads it, ever
    assert blank.create(key_file(FIRST)) == "9000"
    blank.ok(0xE4, 0)


@given(objects=st.dictionaries(st.integers(0xDF21, 0xDF7F), st.binary(max_size=300), max_size=5))
def test_what_is_written_is_read(module_desk: Any, objects: dict[int, bytes]) -> None:
    mark = module_desk.card.snapshot()
    assert module_desk.verify() == "9000"
    for tag, value in objects.items():
        assert module_desk.put(0xA013, tag, value) == "9000"
    answer, sw = module_desk.get_word(0xA013, "")
    assert sw == "9000"
    assert {tlv.tag: tlv.value for tlv in decode_all(answer)} == objects
    module_desk.card.restore(mark)


@pytest.fixture(scope="module")
def module_desk() -> Any:
    from gids_desk import Desk

    return Desk(Card.from_profile("gids"))
