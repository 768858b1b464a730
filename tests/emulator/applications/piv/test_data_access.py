"""SELECT, GET DATA and PUT DATA (SP 800-73-5, part 2, 3.1 and 3.3.1)."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from emulator import Card

from .conftest import AID, PUK, SELECT, PIVTerminal, tlv

DISCOVERY = "7E124F0B" + AID + "5F2F02"


def test_it_is_selected_by_a_reset(piv: PIVTerminal) -> None:
    assert piv.verify() == "9000"
    piv.card.reset()
    assert piv.sw("00200080") == "63C3"


@pytest.mark.parametrize("name", [AID, AID[:18], AID[:10]])
def test_select_by_its_name_also_truncated_returns_the_property_template(piv: PIVTerminal, name: str) -> None:
    data = piv.ok(0xA4, 0x04, 0x00, bytes.fromhex(name))
    assert data.hex().upper().startswith("612C4F0B" + AID + "7907" + "4F05A000000308" + "5014")


def test_select_anew_keeps_what_is_verified(piv: PIVTerminal) -> None:
    assert piv.verify() == "9000"
    assert piv.sw(SELECT) == "9000"
    assert piv.sw("00200080") == "9000"


def test_what_is_not_there_leaves_it_selected(piv: PIVTerminal) -> None:
    assert piv.verify() == "9000"
    for other in ("00A4040006D27600012401", "00A4040008A000000308000099"):
        assert piv.sw(other) == "6A82"
    assert piv.sw("00200080") == "9000"


@pytest.mark.parametrize("command", ["00A4000C023F00", "00A4040C05A000000308", "00A40400"])
def test_it_is_selected_by_name_only(piv: PIVTerminal, command: str) -> None:
    assert piv.sw(command) in ("6A86", "6700")


def test_another_application_takes_its_place_and_its_status(make: Callable[..., PIVTerminal]) -> None:
    other = '[[applications]]\nname = "F0 01 02 03 04"\npath = "3F00/7F60"\n[files."3F00/7F60"]\ntype = "DF"\n'
    piv = make(other)
    assert piv.verify() == "9000"
    assert piv.sw("00A4040005F001020304") == "9000"
    assert piv.sw("00FD000000") == "6D00"
    assert piv.sw(SELECT) == "9000"
    assert piv.sw("00200080") == "63C3"


def test_it_has_the_card_to_itself(piv: PIVTerminal) -> None:
    for command in ("00B0000000", "0084000008", "00700000 01", "0022F301"):
        assert piv.sw(command) == "6D00"
    assert piv.sw("80CA000000") == "6E00"


# GET DATA


def test_the_discovery_object_is_a_template_of_its_own(piv: PIVTerminal) -> None:
    assert piv.get("7E").hex().upper() == DISCOVERY + "4000"


def test_other_data_objects_come_under_53(piv: PIVTerminal) -> None:
    assert piv.get("5FC107")[:6].hex().upper() == "531BF000F100"


@pytest.mark.parametrize(
    ("command", "word"),
    [
        ("00CB3FFF055C035FC10500", "6A82"),  # no certificate yet
        ("00CB3FFF055C035FC1FF00", "6A82"),
        ("00CB3FFF035C018000", "6A82"),
        ("00CB3FFE055C035FC10200", "6A86"),
        ("00CB3FFF045C025FC100", "6A82"),
        ("00CB3FFF035C037E00", "6A80"),
        ("00CB3FFF025C0000", "6A80"),
        ("00CB3FFF0353017E00", "6A80"),
        ("00CB3FFF065C017E5C017E00", "6A80"),
        ("00CB3FFF", "6700"),
    ],
)
def test_what_get_data_refuses(piv: PIVTerminal, command: str, word: str) -> None:
    assert piv.sw(command) == word


@pytest.mark.parametrize("tag", ["5FC103", "5FC108", "5FC109", "5FC121"])
def test_some_are_read_with_the_pin_only(piv: PIVTerminal, tag: str) -> None:
    piv.administrate()
    assert piv.put_word(tag, b"personal") == "9000"
    assert piv.get_word(tag) == "6982"
    assert piv.verify() == "9000"
    assert piv.get(tag) == tlv(0x53, b"personal")


def test_without_le_all_comes_and_less_than_all_is_no_error(piv: PIVTerminal) -> None:
    whole = piv.get("5FC102")
    assert piv.card.transmit(bytes.fromhex("00CB3FFF055C035FC102")) == whole + b"\x90\x00"
    first = piv.card.transmit(bytes.fromhex("00CB3FFF055C035FC10208"))
    assert first == whole[:8] + bytes((0x61, len(whole) - 8))


# PUT DATA


def test_a_data_object_is_replaced_and_removed(piv: PIVTerminal) -> None:
    content = bytes(range(256)) * 9
    assert piv.put_word("5FC105", content) == "6982"
    piv.administrate()
    assert piv.put_word("5FC105", content) == "9000"
    assert piv.get("5FC105") == tlv(0x53, content)
    assert piv.put_word("5FC105", b"short") == "9000"
    assert piv.get("5FC105") == tlv(0x53, b"short")
    assert piv.put_word("5FC105", b"") == "9000"
    assert piv.get_word("5FC105") == "6A82"


def test_it_is_kept(piv: PIVTerminal, tmp_path: object) -> None:
    image = f"{tmp_path}/piv.card"
    piv.administrate()
    assert piv.put_word("5FC105", b"kept") == "9000"
    piv.card.save(image)
    with Card.open(image) as card:
        assert PIVTerminal(card).get("5FC105") == tlv(0x53, b"kept")


@pytest.mark.parametrize(
    ("data", "word"),
    [
        (DISCOVERY + "4000", "9000"),
        (DISCOVERY + "6010", "9000"),
        (DISCOVERY + "6000", "6A80"),  # which PIN is preferred
        (DISCOVERY + "4010", "6A80"),
        (DISCOVERY + "4400", "6A80"),  # no pairing code for no virtual contact interface
        (DISCOVERY + "0000", "6A80"),
        (DISCOVERY + "5000", "6A80"),  # on-card comparison is not there
        ("7E0F4F08A0000003080000105F2F024000", "6A80"),
        ("7F610302 0100", "9000"),
        ("5C015FC105 530100", "6A80"),
        ("5C017E 530100", "6A80"),
        ("5C035FC1FF 530100", "9000"),  # of one's own, where the management commands are
        ("5C02C1FF 530100", "6A81"),
        ("5301005C035FC105", "6A80"),
        ("5C035FC10553020102 8001", "6A80"),
    ],
)
def test_what_put_data_takes(piv: PIVTerminal, data: str, word: str) -> None:
    piv.administrate()
    assert piv.word(0xDB, 0x3F, 0xFF, bytes.fromhex(data), None) == word


def test_data_objects_of_ones_own_belong_to_the_management_commands(make: Callable[..., PIVTerminal]) -> None:
    piv = make(extended=False)
    piv.administrate()
    assert piv.put_word("5FFF10", b"own") == "6A81"
    assert piv.get_word("5FFF10") == "6A82"
    assert piv.put_word("5FC105", b"standard") == "9000"


def test_there_is_an_end_to_the_room(make: Callable[..., PIVTerminal]) -> None:
    piv = make(before="[card]\nmemory = 1000\n")
    piv.administrate()
    assert piv.put_word("5FC105", bytes(900)) == "9000"
    assert piv.put_word("5FC10A", bytes(90)) == "6A84"
    assert piv.put_word("5FC105", bytes(970)) == "9000"
    assert piv.get_word("5FC10A") == "6A82"


def test_a_code_is_no_data_object(piv: PIVTerminal) -> None:
    # Whatever is asked for, no answer holds the PUK.
    for tag in range(0x100):
        data, _sw = piv.command(0xCB, 0x3F, 0xFF, tlv(0x5C, bytes((0x5F, 0xC1, tag))))
        assert PUK not in data
