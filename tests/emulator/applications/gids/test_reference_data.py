"""The PIN and the PUK."""

from __future__ import annotations

import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from gids_desk import OTHER_PIN, PIN, PUK

from emulator import Card

WRONG = b"99999999"


@pytest.fixture
def with_puk(new_desk: Callable[..., Any]) -> Any:
    return new_desk(more=f'puk = "{PUK.decode()}"\n')


def test_verify_tells_whether_the_pin_is_verified(desk: Any) -> None:
    assert desk.sw(0x20, 0x0080) == "63C3"
    assert desk.verify() == "9000"
    assert desk.sw(0x20, 0x0080) == "9000"
    desk.deauthenticate()
    assert desk.sw(0x20, 0x0080) == "63C3"


def test_three_wrong_pins_block_and_a_right_one_gives_the_tries_back(desk: Any) -> None:
    assert [desk.verify(WRONG), desk.verify(WRONG), desk.verify()] == ["63C2", "63C1", "9000"]
    assert [desk.verify(WRONG) for _ in range(3)] == ["63C2", "63C1", "63C0"]
    assert [desk.verify(), desk.sw(0x20, 0x0080), desk.verify(b"1")] == ["6983", "6983", "6983"]


def test_a_wrong_pin_ends_what_the_right_one_began(desk: Any) -> None:
    assert [desk.verify(), desk.verify(WRONG)] == ["9000", "63C2"]
    assert desk.sw(0x20, 0x0080) == "63C2"


@pytest.mark.parametrize("pin", [b"123", b"1" * 17])
def test_a_length_that_no_pin_has_costs_no_try(desk: Any, pin: bytes) -> None:
    assert [desk.verify(pin), desk.verify(pin), desk.verify(pin), desk.verify()] == ["63C3"] * 3 + ["9000"]


@pytest.mark.parametrize(
    ("parameters", "data", "sw"),
    [
        (0x0180, PIN, "6A86"),
        (0x0000, PIN, "6A88"),
        (0x0081, PIN, "6A88"),
        (0x0082, PIN, "6700"),
    ],
)
def test_what_verify_refuses(desk: Any, parameters: int, data: bytes, sw: str) -> None:
    assert desk.sw(0x20, parameters, data) == sw


def test_selecting_the_application_anew_ends_what_was_verified(desk: Any) -> None:
    assert desk.verify() == "9000"
    assert type(desk)(desk.card).sw(0x20, 0x0080) == "63C3"


def test_the_pin_is_changed_by_the_old_one(desk: Any) -> None:
    desk.ok(0x24, 0x0080, PIN + OTHER_PIN)
    assert desk.sw(0x20, 0x0080) == "9000"
    desk.deauthenticate()
    assert [desk.verify(), desk.verify(OTHER_PIN)] == ["63C2", "9000"]


def test_a_wrong_old_pin_costs_a_try_whatever_is_behind_it(desk: Any) -> None:
    assert desk.sw(0x24, 0x0080, WRONG + OTHER_PIN) == "63C2"
    assert desk.sw(0x24, 0x0080, PIN[:4] + OTHER_PIN) == "63C1"
    assert desk.sw(0x24, 0x0080, b"1" * 7) == "63C1"
    assert desk.sw(0x24, 0x0080, PIN + b"123") == "6700"
    assert desk.sw(0x24, 0x0080, PIN + b"1" * 17) == "6700"
    assert desk.verify() == "9000"
    assert [desk.sw(0x24, 0x0080, WRONG + OTHER_PIN) for _ in range(3)] == ["63C2", "63C1", "63C0"]
    assert desk.sw(0x24, 0x0080, PIN + OTHER_PIN) == "6983"


def test_a_verified_pin_is_changed_without_the_old_one(desk: Any) -> None:
    assert desk.sw(0x24, 0x0180, OTHER_PIN) == "6982"
    assert desk.verify() == "9000"
    assert [desk.sw(0x24, 0x0180, b"1"), desk.sw(0x24, 0x0180, OTHER_PIN)] == ["6700", "9000"]
    assert [desk.verify(), desk.verify(OTHER_PIN)] == ["63C2", "9000"]


@pytest.mark.parametrize(("ins", "parameters", "sw"), [(0x24, 0x0280, "6A86"), (0x24, 0x0082, "6A88")])
def test_what_change_refuses(desk: Any, ins: int, parameters: int, sw: str) -> None:
    assert desk.sw(ins, parameters, PIN + OTHER_PIN) == sw


def test_the_administrator_sets_a_new_pin_and_is_out_then(desk: Any) -> None:
    assert [desk.verify(WRONG) for _ in range(4)][-1] == "6983"
    assert desk.sw(0x2C, 0x0280, OTHER_PIN) == "6982"
    assert desk.authenticate() == "9000"
    assert desk.sw(0x2C, 0x0280, b"123") == "6700"
    assert desk.sw(0x2C, 0x0280, OTHER_PIN) == "9000"
    assert desk.sw(0x2C, 0x0280, OTHER_PIN) == "6982"
    assert [desk.sw(0x20, 0x0080), desk.verify(OTHER_PIN)] == ["63C3", "9000"]


def test_the_pin_does_not_unblock_itself(desk: Any) -> None:
    assert desk.verify() == "9000"
    assert desk.sw(0x2C, 0x0280, OTHER_PIN) == "6982"


def test_a_card_without_a_puk_has_none(desk: Any) -> None:
    assert desk.sw(0x2C, 0x0080, PUK + OTHER_PIN) == "6984"
    assert desk.sw(0x24, 0x0081, PUK + PUK) == "6984"
    assert desk.get_word(0x3FFF, "7F73")[1] == "6A88"


def test_the_puk_unblocks(with_puk: Any) -> None:
    assert [with_puk.verify(WRONG) for _ in range(4)][-1] == "6983"
    assert with_puk.sw(0x2C, 0x0080, WRONG + OTHER_PIN) == "63C4"
    assert with_puk.sw(0x2C, 0x0080, PUK + OTHER_PIN) == "9000"
    assert [with_puk.sw(0x20, 0x0080), with_puk.verify(OTHER_PIN)] == ["63C3", "9000"]


def test_five_wrong_puks_block_it(with_puk: Any) -> None:
    words = [with_puk.sw(0x2C, 0x0080, WRONG + OTHER_PIN) for _ in range(5)]
    assert words == ["63C4", "63C3", "63C2", "63C1", "63C0"]
    assert with_puk.sw(0x2C, 0x0080, PUK + OTHER_PIN) == "6983"
    assert with_puk.verify() == "9000"


def test_the_puk_is_changed_by_itself_and_set_by_the_administrator(with_puk: Any) -> None:
    with_puk.ok(0x24, 0x0081, PUK + WRONG)
    assert with_puk.sw(0x2C, 0x0080, PUK + PIN) == "63C4"
    assert with_puk.sw(0x24, 0x0181, PUK) == "6982"
    assert with_puk.verify() == "9000"
    assert with_puk.sw(0x24, 0x0181, PUK) == "6982"
    assert with_puk.authenticate() == "9000"
    with_puk.ok(0x24, 0x0181, PUK)
    with_puk.ok(0x2C, 0x0080, PUK + OTHER_PIN)


@pytest.mark.parametrize(("parameters", "sw"), [(0x0180, "6A86"), (0x0281, "6A88")])
def test_what_reset_refuses(desk: Any, parameters: int, sw: str) -> None:
    assert desk.sw(0x2C, parameters, PIN) == sw


def test_the_tries_are_told(with_puk: Any) -> None:
    with_puk.verify(WRONG)
    assert with_puk.get_word(0x3FFF, "7F71") == (bytes.fromhex("7F7106970102930103"), "9000")
    assert with_puk.get_word(0x3FFF, "7F73") == (bytes.fromhex("7F7306970105930105"), "9000")


def test_before_the_application_is_operational(blank: Any) -> None:
    assert [blank.sw(0x20, 0x0080), blank.verify()] == ["9000", "6984"]
    assert [blank.sw(0x2C, 0x0280, PIN), blank.sw(0x87, 0, bytes.fromhex("7C028100"))] == ["6985", "6985"]
    assert blank.get_word(0x3FFF, "7F71")[1] == "6A88"
    blank.ok(0x24, 0x0180, OTHER_PIN)
    blank.ok(0x24, 0x0180, PIN)
    blank.ok(0x24, 0x0181, PUK)
    blank.ok(0x44, 0)
    assert [blank.verify(OTHER_PIN), blank.verify()] == ["63C2", "9000"]
    blank.ok(0x2C, 0x0080, PUK + OTHER_PIN)


def test_tries_last(desk: Any, tmp_path: Path) -> None:
    desk.verify(WRONG)
    desk.card.save(tmp_path / "gids.card")
    with Card.open(tmp_path / "gids.card") as card:
        assert type(desk)(card).verify(WRONG) == "63C1"
    with Card.open(tmp_path / "gids.card") as card:
        assert type(desk)(card).sw(0x20, 0x0080) == "63C1"


def test_no_code_is_in_the_log(desk: Any, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    desk.verify(WRONG)
    desk.sw(0x24, 0x0080, PIN + OTHER_PIN)
    assert not [code for code in (PIN, WRONG, OTHER_PIN) if code.decode() in caplog.text or code.hex() in caplog.text]
