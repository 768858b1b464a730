"""TERMINATE DF and ACTIVATE FILE (OpenPGP card 3.4.1, 7.2.16, 7.2.17)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from .conftest import ADMINISTRATION, ED25519, SELECT, SIGNATURE, SIGNATURES, OpenPGPTerminal

TERMINATE, ACTIVATE = "00E60000", "00440000"
WRONG = b"99999999"


def block(card: OpenPGPTerminal, *references: int) -> None:
    for reference in references:
        for _ in range(3):
            card.verify(reference, WRONG)


def test_terminated_by_administration(openpgp: Any) -> None:
    assert openpgp.sw(TERMINATE) == "6982"
    openpgp.verify(ADMINISTRATION)
    assert openpgp.sw(TERMINATE) == "9000"


def test_terminated_where_pw3_is_blocked(openpgp: Any) -> None:
    block(openpgp, SIGNATURES)
    assert openpgp.sw(TERMINATE) == "6982"
    block(openpgp, ADMINISTRATION)
    assert openpgp.sw(TERMINATE) == "9000"


def test_whether_pw1_is_blocked_or_not(openpgp: Any) -> None:
    block(openpgp, ADMINISTRATION)
    assert openpgp.sw(TERMINATE) == "9000"


def test_a_terminated_card_can_be_selected_and_activated(openpgp: Any) -> None:
    openpgp.verify(ADMINISTRATION)
    openpgp.sw(TERMINATE)
    for command in ("00CA006E00", "00200083", "0084000008", TERMINATE, "002A9E9A0100" + "00", "00DA005E0141"):
        assert openpgp.sw(command) == "6285"
    openpgp.card.reset()
    assert openpgp.sw(SELECT) == "6285"
    assert openpgp.send(SELECT + "00")[0][:1] == b"\x6f"
    assert openpgp.sw(ACTIVATE) == "9000"
    assert openpgp.sw(SELECT) == "9000"
    assert openpgp.get(0x5F52)[-3] == 0x05


def test_an_activated_card_is_as_new(make: Callable[..., Any]) -> None:
    card = make('pw1 = "abcdef"\nname = "Doe<<Jane"\n')
    new = make()
    card.verify(ADMINISTRATION)
    card.put(0xC1, ED25519)
    card.generate(SIGNATURE)
    for tag, value in ((0x5E, b"jane"), (0xD3, b"resetting"), (0xC7, b"x" * 20), (0x7F21, b"certificate")):
        assert card.put(tag, value) == "9000"
    card.sw(TERMINATE)
    assert card.sw(ACTIVATE) == "9000"
    assert card.get(0x6E) == new.get(0x6E)
    assert card.get(0x65) == new.get(0x65)
    for tag in (0x5E, 0x7F21, 0x0101, 0xF9):
        assert card.get(tag) == new.get(tag)
    assert card.verify(SIGNATURES) == card.verify(ADMINISTRATION) == "9000"


def test_activating_a_card_in_operation_does_nothing(administered: Any) -> None:
    administered.put(0x5E, b"jane")
    assert administered.sw(ACTIVATE) == "9000"
    assert administered.get(0x5E) == b"jane"
    assert administered.sw("00200083") == "9000"


def test_nobody_is_verified_after_it(administered: Any) -> None:
    administered.sw(TERMINATE)
    administered.sw(ACTIVATE)
    assert administered.sw("00200083") == "63C3"


def test_the_button_of_a_card_outlives_it(make: Callable[..., Any]) -> None:
    card = make("touch = false")
    for _ in range(2):
        card.verify_all()
        card.put(0xC1, ED25519)
        card.generate(SIGNATURE)
        card.put(0xD6, "0220")
        assert card.word(0x2A, 0x9E, 0x9A, b"message", le=True) == "6600"
        assert card.put(0xD6, "0020") == "6985"
        card.sw(TERMINATE)
        card.sw(ACTIVATE)


@pytest.mark.parametrize("command", ["00E60100", "00440001"])
def test_other_parameters(administered: Any, command: str) -> None:
    assert administered.sw(command) == "6B00"
