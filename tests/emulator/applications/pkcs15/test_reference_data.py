"""The PIN and the PUK."""

from __future__ import annotations

import logging
from typing import Any

import pytest
from pkcs15_desk import OTHER_PIN, PIN, PUK

from emulator import Card

WRONG = b"999999".ljust(16, b"\0")


def test_no_verification_is_needed_before_the_pin_is_set(desk: Any) -> None:
    assert desk.sw(0x20, 0x0001) == "9000"
    assert desk.verify() == "6984"
    desk.ok(0x24, 0x0102, PUK)
    assert desk.sw(0x20, 0x0001) == "9000"
    desk.ok(0x24, 0x0101, PIN)
    assert desk.sw(0x20, 0x0001) == "9000"
    desk.select()
    assert desk.sw(0x20, 0x0001) == "63C3"


def test_a_card_without_a_pin_can_be_kept(desk: Any, tmp_path: Any) -> None:
    path = tmp_path / "image.card"
    desk.card.save(path)
    with Card.open(path) as card:
        again = type(desk)(card)
        assert again.sw(0x20, 0x0001) == "9000"
        assert again.verify(b"\xff" * 16) == "6984"
        again.set_pin()


def test_the_puk_is_set_once_and_before_the_pin(desk: Any) -> None:
    desk.ok(0x24, 0x0102, PUK)
    assert desk.sw(0x24, 0x0102, PUK[::-1]) == "6985"
    desk.ok(0x24, 0x0101, PIN)
    assert desk.sw(0x24, 0x0102, PUK[::-1]) == "6985"
    assert desk.sw(0x24, 0x0101, OTHER_PIN) == "6985"
    desk.ok(0x2C, 0x0001, PUK + OTHER_PIN)


def test_a_card_may_have_no_puk(desk: Any) -> None:
    desk.ok(0x24, 0x0101, PIN)
    assert desk.sw(0x24, 0x0102, PUK) == "6985"
    assert desk.sw(0x2C, 0x0001, PUK + PIN) == "6984"


def test_the_pin_is_verified_padded_or_not(issued: Any) -> None:
    assert issued.verify(b"123456") == "9000"
    assert issued.verify(PIN) == "9000"
    assert issued.verify(b"1234567") == "63C2"


def test_three_wrong_pins_block_and_a_right_one_gives_the_tries_back(issued: Any) -> None:
    assert [issued.verify(WRONG), issued.verify(WRONG), issued.verify(), issued.verify(WRONG)] == [
        "63C2",
        "63C1",
        "9000",
        "63C2",
    ]
    assert [issued.verify(WRONG), issued.verify(WRONG), issued.verify(), issued.verify(b"")] == [
        "63C1",
        "63C0",
        "6983",
        "6983",
    ]


def test_a_wrong_pin_takes_the_status_away(issued: Any) -> None:
    assert issued.verify() == "9000"
    assert issued.verify(WRONG) == "63C2"
    assert issued.verify(b"") == "63C2"


def test_another_selection_takes_the_status_away(issued: Any) -> None:
    assert issued.verify() == "9000"
    issued.file("")
    assert issued.verify(b"") == "9000"
    issued.select()
    assert issued.verify(b"") == "63C3"


def test_the_pin_is_changed(issued: Any) -> None:
    assert issued.sw(0x24, 0x0001, WRONG + OTHER_PIN) == "63C2"
    issued.ok(0x24, 0x0001, PIN + OTHER_PIN)
    assert issued.verify() == "63C2"
    assert issued.verify(OTHER_PIN) == "9000"


def test_the_puk_unblocks_with_a_new_pin(issued: Any) -> None:
    for _ in range(3):
        issued.verify(WRONG)
    assert issued.sw(0x2C, 0x0001, PUK[::-1] + OTHER_PIN) == "63C4"
    issued.ok(0x2C, 0x0001, PUK + b"654321")
    assert issued.verify(OTHER_PIN) == "9000"


def test_five_wrong_puks_block_the_puk(issued: Any) -> None:
    words = [issued.sw(0x2C, 0x0001, PUK[::-1] + OTHER_PIN) for _ in range(5)]
    assert words == ["63C4", "63C3", "63C2", "63C1", "63C0"]
    assert issued.sw(0x2C, 0x0001, PUK + OTHER_PIN) == "6983"
    assert issued.verify() == "9000"


def test_nothing_is_unblocked_before_the_pin_is_set(desk: Any) -> None:
    desk.ok(0x24, 0x0102, PUK)
    assert desk.sw(0x2C, 0x0001, PUK + PIN) == "6985"


@pytest.mark.parametrize("length", [1, 3, 17])
def test_lengths_of_a_pin(desk: Any, length: int) -> None:
    pin = b"1" * length
    assert desk.sw(0x24, 0x0101, pin) == "6700"
    desk.set_pin()
    assert desk.verify(pin) == "6700"
    assert desk.sw(0x2C, 0x0001, PUK + pin) == "6700"
    assert desk.sw(0x24, 0x0001, PIN + pin) == "6700"
    assert desk.verify() == "9000"


@pytest.mark.parametrize("length", [0, 4, 16])
def test_lengths_of_a_pin_that_are_one(desk: Any, length: int) -> None:
    if length:
        desk.ok(0x24, 0x0101, b"1" * length)
        desk.select()
        assert desk.verify(b"1" * length) == "9000"
    else:
        assert desk.sw(0x24, 0x0101) == "6700"


@pytest.mark.parametrize("length", [15, 17])
def test_lengths_of_a_puk(desk: Any, length: int) -> None:
    assert desk.sw(0x24, 0x0102, b"1" * length) == "6700"
    desk.set_pin()
    # What is taken for the PUK is wrong, and what is behind it no PIN.
    assert desk.sw(0x2C, 0x0001, b"1" * (length - 14)) == "6700"


def test_a_pin_of_padding_is_none(desk: Any) -> None:
    short = b"123".ljust(16, b"\0")
    assert desk.sw(0x24, 0x0101, short) == "6A80"
    desk.set_pin()
    assert desk.sw(0x24, 0x0001, PIN + short) == "6A80"
    assert desk.sw(0x2C, 0x0001, PUK + short) == "6A80"
    assert desk.verify() == "9000"


@pytest.mark.parametrize(
    ("ins", "parameters"),
    [(0x20, 0x0002), (0x20, 0x0081), (0x20, 0xFF01), (0x24, 0x0002), (0x24, 0x0081), (0x2C, 0x0101), (0x2C, 0x0002)],
)
def test_other_references(issued: Any, ins: int, parameters: int) -> None:
    assert issued.sw(ins, parameters, PIN + PIN) == "6A86"


def test_no_secret_is_logged(issued: Any, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        issued.verify(WRONG)
        issued.ok(0x2C, 0x0001, PUK + OTHER_PIN)
        issued.ok(0x24, 0x0001, OTHER_PIN + PIN)
    assert not any(secret.hex() in caplog.text or repr(secret) in caplog.text for secret in (PIN, PUK, OTHER_PIN))


def test_tries_last(issued: Any, tmp_path: Any) -> None:
    issued.verify(WRONG)
    path = tmp_path / "image.card"
    issued.card.save(path)
    with Card.open(path) as card:
        again = type(issued)(card)
        assert again.verify(WRONG) == "63C1"
    with Card.open(path, mode="copy") as card:
        assert type(issued)(card).verify(b"") == "63C1"
