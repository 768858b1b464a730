"""The files of the application: its DF is the MF to those outside."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from pkcs15_desk import VERSION_1, df, ef

from emulator import Card
from emulator.applications.pkcs15.interface import APPLICATION_IDENTIFIER
from iso7816.file_control import FileControlParameters


def parameters(desk: Any, p1: int, data: str) -> FileControlParameters:
    """The file control parameters that SELECT answers."""
    return FileControlParameters.parse_template(desk.ok(0xA4, p1 << 8, bytes.fromhex(data), 256))


@pytest.fixture
def filled(desk: Any) -> Any:
    """An EF 2F00, and a DF 5015 with an EF 5031 and a DF 7F01 with an EF 6F01 in it; the MF is current."""
    desk.ok(0xE0, 0, ef("2F00"))
    desk.ok(0xE0, 0, df("5015"))
    desk.ok(0xE0, 0, ef("5031", 32))
    desk.ok(0xE0, 0, df("7F01"))
    desk.ok(0xE0, 0, ef("6F01"))
    desk.file()
    return desk


def test_version_and_features_are_told_at_selection(desk: Any) -> None:
    # Without an Le field, as OpenSC 0.23 asks: the runtimes of Java Cards answer all the same.
    assert desk.selected == bytes.fromhex("000607")
    assert desk.ok(0xA4, 0x0400, APPLICATION_IDENTIFIER, 256) == bytes.fromhex("000607")
    assert desk.sw(0xCA, 0x0101, b"", 3) == "6D00"


def test_version_1_tells_them_as_a_data_object(new_desk: Callable[..., Any]) -> None:
    desk = new_desk(VERSION_1)
    assert desk.selected == b""
    assert desk.ok(0xCA, 0x0101, b"", 3) == bytes.fromhex("01002F")
    assert desk.sw(0xCA, 0x0102, b"", 3) == "6A88"


def test_a_card_without_extended_lengths_does_not_promise_them(new_desk: Callable[..., Any]) -> None:
    assert new_desk(("73 F4 C1 FF", "73 F4 C1 B0")).selected == bytes.fromhex("000606")


@pytest.mark.parametrize("protocols", ['"T=0"', '"T=0", "T=1"'])
def test_a_card_that_may_be_used_on_t0_does_not_promise_them_either(
    new_desk: Callable[..., Any], protocols: str
) -> None:
    # OpenSC from 0.24 on would send it commands with extended lengths, cut to one byte.
    assert new_desk(('"T=1"', protocols)).selected == bytes.fromhex("000606")


def test_the_df_of_the_application_is_the_mf(filled: Any) -> None:
    for p1, data in ((0x00, "3F00"), (0x00, "")):
        filled.file("5015")
        mf = parameters(filled, p1, data)
        assert (mf.fid, mf.df_name) == (0x3F00, APPLICATION_IDENTIFIER)
    assert filled.sw(0xA4, 0x030C) == "6A82"
    assert filled.sw(0xA4, 0x080C, bytes.fromhex("7F15")) == "6A82"


@pytest.mark.parametrize(
    ("p1", "data", "fid"),
    [
        (0x00, "5015", 0x5015),
        (0x01, "5015", 0x5015),
        (0x02, "2F00", 0x2F00),
        (0x08, "50155031", 0x5031),
        (0x08, "50157F016F01", 0x6F01),
        (0x09, "50155031", 0x5031),
    ],
)
def test_files_are_selected_from_there(filled: Any, p1: int, data: str, fid: int) -> None:
    assert parameters(filled, p1, data).fid == fid


def test_and_from_within(filled: Any) -> None:
    filled.file("5015", "7F01")
    assert parameters(filled, 0x00, "5015").fid == 0x5015
    assert parameters(filled, 0x00, "5031").fid == 0x5031
    assert parameters(filled, 0x00, "2F00").fid == 0x2F00
    filled.file("5015", "7F01")
    assert parameters(filled, 0x03, "").fid == 0x5015
    assert parameters(filled, 0x03, "").fid == 0x3F00


def test_what_lies_outside_is_not_reached(desk: Any) -> None:
    # The EF.DIR of the card, which names the application, is beside its DF.
    assert desk.sw(0xA4, 0x000C, bytes.fromhex("2F00")) == "6A82"
    desk.card.reset()
    desk.ok(0xA4, 0x000C, bytes.fromhex("2F00"))
    assert APPLICATION_IDENTIFIER in desk.ok(0xB0, 0, b"", 256)


def test_nothing_can_be_made_outside(desk: Any) -> None:
    desk.card.reset()
    assert desk.sw(0xE0, 0, bytes.fromhex("620B800200108201018302" + "6F01")) == "6982"


def test_another_application_is_selected_by_its_name(new_desk: Callable[..., Any]) -> None:
    desk = new_desk(
        ('[files."3F00/7F15"]', '[files."3F00/7F20"]\ntype = "DF"\nname = "F0 01 02 03 04"\n[files."3F00/7F15"]')
    )
    desk.ok(0xA4, 0x040C, bytes.fromhex("F001020304"))
    assert desk.sw(0xA4, 0x000C, bytes.fromhex("3F00")) == "9000"
    desk.ok(0xA4, 0x000C, bytes.fromhex("7F20"))
    assert desk.select() == bytes.fromhex("000607")
    assert desk.sw(0xA4, 0x000C, bytes.fromhex("7F20")) == "6A82"


def test_a_df_with_a_name_is_found_by_it(desk: Any) -> None:
    name = bytes.fromhex("A000000063504B43532D3135")
    desk.ok(0xE0, 0, bytes.fromhex("6F15 820138 83025015 840C") + name)
    desk.file()
    answer = desk.ok(0xA4, 0x0400, name, 256)
    assert FileControlParameters.parse_template(answer).df_name == name
    assert parameters(desk, 0x03, "").fid == 0x3F00


def test_a_short_response_is_not_answered_by_halves(filled: Any) -> None:
    assert filled.sw(0xA4, 0x0000, bytes.fromhex("5015"), 4) == "6700"


def test_fcp_and_fmd(filled: Any) -> None:
    assert filled.ok(0xA4, 0x0004, bytes.fromhex("5015"), 256)[0] == 0x62
    assert filled.ok(0xA4, 0x0008, bytes.fromhex("3F00"), 256)[0] == 0x64


def test_a_file_holds_what_is_written_into_it(filled: Any) -> None:
    filled.file("5015", "5031")
    filled.ok(0xD6, 4, b"hello")
    assert filled.ok(0xB0, 0, b"", 32) == b"\0\0\0\0hello".ljust(32, b"\0")
    assert parameters(filled, 0x00, "5031").data_size == 32
    assert filled.sw(0xD6, 30, b"hello") == "6A84"
    assert filled.sw(0xB0, 32, b"", 1) == "6B00"


def test_a_file_of_the_same_identifier_is_refused(filled: Any) -> None:
    assert filled.sw(0xE0, 0, ef("2F00")) == "6A89"


@pytest.mark.parametrize(
    "template",
    [
        "6F",
        "6F00",
        "6F00 00",
        "820101 83026F01",
        "6F0B 81020010 820101 83023F00",
        "6F0B 81020010 820101 83026F01 00",
        # Rules in the formats of the card itself, which would not be told again.
        "6F0E 81020010 820101 83026F01 8C0100",
        "6F0F 81020010 820101 83026F01 8D025E00",
        "6F12 81020010 820101 83026F01 AB0580017F9000",
    ],
)
def test_no_template(desk: Any, template: str) -> None:
    assert desk.sw(0xE0, 0, bytes.fromhex(template)) == "6A80"
    assert desk.file("6F01") == "6A82"


def test_a_file_without_rules_is_free(issued: Any) -> None:
    issued.ok(0xE0, 0, bytes.fromhex("6F0B 81020010 820101 83026F01"))
    issued.ok(0xD6, 0, b"anybody")
    assert b"\x86" not in issued.ok(0xA4, 0x0000, bytes.fromhex("6F01"), 256)


def test_files_are_deleted_with_what_is_in_them(filled: Any) -> None:
    filled.ok(0xE4, 0, bytes.fromhex("5015"))
    assert filled.file("5015") == "6A82"
    assert filled.file("2F00") == "9000"
    filled.ok(0xE4, 0)
    assert filled.file("2F00") == "6A82"


def test_the_df_of_the_application_is_not_deleted(filled: Any) -> None:
    assert filled.sw(0xE4, 0) == "6985"
    filled.file("5015")
    assert filled.sw(0xE4, 0, bytes.fromhex("3F00")) == "6985"
    assert filled.file("5015") == "9000"


@pytest.mark.parametrize("ins", [0x04, 0x0E, 0x26, 0x28, 0x44, 0x82, 0x88, 0xB2, 0xD0, 0xDA, 0xDC, 0xE2])
def test_commands_of_the_card_that_the_interface_does_not_have(desk: Any, ins: int) -> None:
    assert desk.sw(ins, 0x0001, b"12345678") == "6D00"


def test_files_last(desk: Any, tmp_path: Any) -> None:
    desk.ok(0xE0, 0, ef("6F01"))
    desk.ok(0xD6, 0, b"kept")
    desk.set_pin()
    path = tmp_path / "image.card"
    desk.card.save(path)
    with Card.open(path) as card:
        again = type(desk)(card)
        again.file("6F01")
        assert again.ok(0xB0, 0, b"", 4) == b"kept"
        assert again.verify() == "9000"


def test_each_channel_has_a_selection_and_a_status_of_its_own(issued: Any) -> None:
    assert issued.verify() == "9000"
    channel = issued.ok(0x70, 0x0000, b"", 1)[0]
    select = bytes((channel, 0xA4, 0x04, 0x00, len(APPLICATION_IDENTIFIER))) + APPLICATION_IDENTIFIER
    assert issued.card.transmit(select)[-2:] == b"\x90\x00"
    assert issued.card.transmit(bytes((channel, 0x20, 0x00, 0x01))) == b"\x63\xc3"
    assert issued.verify(b"") == "9000"
