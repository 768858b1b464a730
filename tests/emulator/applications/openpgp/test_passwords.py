"""PW1, PW3 and the resetting code (OpenPGP card 3.4.1, 4.3, 7.2.2 to 7.2.4)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from .conftest import ADMINISTRATION, ED25519, OTHER_USES, PW1, PW3, SELECT, SIGNATURE, SIGNATURES

WRONG = b"99999999"
HASH = bytes(32)


def test_each_reference_has_a_status_of_its_own(openpgp: Any) -> None:
    for reference in (SIGNATURES, OTHER_USES, ADMINISTRATION):
        assert openpgp.sw(f"002000{reference:02X}") == "63C3"
        assert openpgp.verify(reference) == "9000"
        assert openpgp.sw(f"002000{reference:02X}") == "9000"
    assert openpgp.sw("0020FF82") == "9000"
    assert [openpgp.sw(f"002000{reference:02X}") for reference in (0x81, 0x82, 0x83)] == ["9000", "63C3", "9000"]
    assert openpgp.sw(SELECT) == "9000"
    assert openpgp.sw("00200081") == "63C3", "another selection begins anew"


def test_a_wrong_password_spends_a_try_and_ends_the_status(openpgp: Any) -> None:
    openpgp.verify_all()
    assert openpgp.verify(SIGNATURES, WRONG) == "6982"
    assert openpgp.tries() == (2, 0, 3)
    assert [openpgp.sw(f"002000{reference:02X}") for reference in (0x81, 0x82, 0x83)] == ["63C2", "63C2", "9000"]
    assert openpgp.verify(OTHER_USES) == "9000"
    assert openpgp.tries() == (3, 0, 3), "a right one gives all tries back"


@pytest.mark.parametrize(("reference", "counter"), [(SIGNATURES, 0), (OTHER_USES, 0), (ADMINISTRATION, 2)])
def test_three_wrong_ones_block(openpgp: Any, reference: int, counter: int) -> None:
    for left in (2, 1, 0):
        assert openpgp.verify(reference, WRONG) == "6982"
        assert openpgp.tries()[counter] == left
    assert openpgp.verify(reference) == "6983"
    assert openpgp.sw(f"002000{reference:02X}") == "6983"
    openpgp.card.reset()
    openpgp.sw(SELECT)
    assert openpgp.verify(reference) == "6983"


@pytest.mark.parametrize("value", [b"1", b"12345", b"1234567", bytes(300)])
def test_a_password_of_another_length_is_another(openpgp: Any, value: bytes) -> None:
    assert openpgp.verify(SIGNATURES, value) == "6982"
    assert openpgp.tries()[0] == 2


def test_change_reference_data(openpgp: Any) -> None:
    assert openpgp.word(0x24, 0, SIGNATURES, PW1 + b"a longer one") == "9000"
    assert openpgp.verify(SIGNATURES) == "6982"
    assert openpgp.verify(OTHER_USES, b"a longer one") == "9000"
    assert openpgp.word(0x24, 0, SIGNATURES, b"a longer one" + PW1) == "9000"
    assert openpgp.word(0x24, 0, ADMINISTRATION, PW3 + b"x" * 127) == "9000"
    assert openpgp.verify(ADMINISTRATION, b"x" * 127) == "9000"


@pytest.mark.parametrize(
    ("reference", "data", "word", "left"),
    [
        (SIGNATURES, PW1 + b"12345", "6A80", (3, 0, 3)),
        (SIGNATURES, PW1 + b"x" * 128, "6A80", (3, 0, 3)),
        (SIGNATURES, PW1, "6A80", (3, 0, 3)),
        (SIGNATURES, WRONG + PW1, "6982", (2, 0, 3)),
        (SIGNATURES, b"12345", "6982", (2, 0, 3)),
        (ADMINISTRATION, PW3 + b"1234567", "6A80", (3, 0, 3)),
        (ADMINISTRATION, WRONG + PW3, "6982", (3, 0, 2)),
        (OTHER_USES, PW1 + b"654321", "6B00", (3, 0, 3)),
    ],
)
def test_what_is_no_change(openpgp: Any, reference: int, data: bytes, word: str, left: tuple[int, ...]) -> None:
    assert openpgp.word(0x24, 0, reference, data) == word
    assert openpgp.tries() == left
    assert openpgp.verify(SIGNATURES) == openpgp.verify(ADMINISTRATION) == "9000", "what they are has not changed"


def test_administration_resets_pw1(openpgp: Any) -> None:
    for _ in range(3):
        openpgp.verify(SIGNATURES, WRONG)
    assert openpgp.word(0x2C, 2, SIGNATURES, b"654321") == "6982"
    openpgp.verify(ADMINISTRATION)
    assert openpgp.word(0x2C, 2, SIGNATURES, b"54321") == "6A80"
    assert openpgp.word(0x2C, 2, SIGNATURES, b"654321") == "9000"
    assert openpgp.tries() == (3, 0, 3)
    assert openpgp.verify(SIGNATURES, b"654321") == "9000"


def test_the_resetting_code_resets_pw1(openpgp: Any) -> None:
    assert openpgp.word(0x2C, 0, SIGNATURES, b"resetting654321") == "6983", "there is none"
    openpgp.verify(ADMINISTRATION)
    assert openpgp.put(0xD3, b"1234567") == "6A80"
    assert openpgp.put(0xD3, b"resetting") == "9000"
    assert openpgp.tries() == (3, 3, 3)
    assert openpgp.word(0x2C, 0, SIGNATURES, b"resettinh654321") == "6982"
    assert openpgp.tries() == (3, 2, 3)
    assert openpgp.word(0x2C, 0, SIGNATURES, b"resetting654321") == "9000"
    assert openpgp.tries() == (3, 3, 3)
    assert openpgp.verify(SIGNATURES, b"654321") == "9000"
    for _ in range(3):
        assert openpgp.word(0x2C, 0, SIGNATURES, b"resettinh654321") == "6982"
    assert openpgp.word(0x2C, 0, SIGNATURES, b"resetting654321") == "6983"
    openpgp.verify(ADMINISTRATION)
    assert openpgp.put(0xD3, b"") == "9000"
    assert openpgp.tries() == (3, 0, 3)


@pytest.mark.parametrize(
    "command",
    [
        "0020018106313233343536",
        "0020008006313233343536",
        "002401810C313233343536313233343536",
        "002C018106313233343536",
        "002C028306313233343536",
    ],
)
def test_other_parameters(openpgp: Any, command: str) -> None:
    assert openpgp.sw(command) == "6B00"


def test_ending_a_status_takes_no_data(openpgp: Any) -> None:
    openpgp.verify(SIGNATURES)
    assert openpgp.sw("0020FF8106" + PW1.hex()) == "6700"
    assert openpgp.sw("00200081") == "9000"


# How long PW1 lasts


def test_pw1_is_valid_for_one_signature(administered: Any) -> None:
    administered.put(0xC1, ED25519)
    administered.generate(SIGNATURE)
    assert len(administered.ok(0x2A, 0x9E, 0x9A, b"message")) == 64
    assert administered.word(0x2A, 0x9E, 0x9A, b"message", le=True) == "6982"
    assert administered.sw("00200082") == "9000", "the other reference is as it was"
    administered.verify(SIGNATURES)
    assert administered.word(0x2A, 0x9E, 0x9A, b"message", le=True) == "9000"


def test_or_for_several(administered: Any) -> None:
    administered.put(0xC1, ED25519)
    administered.generate(SIGNATURE)
    administered.put(0xC4, "01")
    for _ in range(3):
        assert administered.word(0x2A, 0x9E, 0x9A, b"message", le=True) == "9000"
    assert administered.get(0x93) == bytes((0, 0, 3))


# KDF-DO


def derivation(*parts: str) -> bytes:
    return bytes.fromhex("".join(parts))


HASHED = ("810103", "820108", "830400010000", "8408" + "01" * 8, "8508" + "02" * 8, "8608" + "03" * 8)
INITIAL = ("8720" + "AA" * 32, "8820" + "BB" * 32)


def test_a_derivation_sets_the_passwords(administered: Any) -> None:
    administered.put(0xD3, b"resetting")
    assert administered.put(0xF9, derivation(*HASHED, *INITIAL)) == "9000"
    assert administered.get(0xF9) == derivation(*HASHED, *INITIAL)
    assert administered.tries() == (3, 0, 3), "the resetting code was not derived, either"
    assert administered.verify(SIGNATURES) == "6982"
    assert administered.verify(SIGNATURES, b"\xaa" * 32) == "9000"
    assert administered.verify(ADMINISTRATION, b"\xbb" * 32) == "9000"
    assert administered.put(0xF9, "810100") == "9000"
    assert administered.verify(SIGNATURES) == administered.verify(ADMINISTRATION) == "9000"


def test_no_derivation_where_there_was_none_changes_nothing(administered: Any) -> None:
    administered.word(0x24, 0, SIGNATURES, PW1 + b"654321")
    administered.put(0xD3, b"resetting")
    assert administered.put(0xF9, "810100") == "9000"
    assert administered.verify(SIGNATURES, b"654321") == "9000"
    assert administered.tries() == (3, 3, 3)


def test_without_their_hashes_the_passwords_stay(administered: Any) -> None:
    assert administered.put(0xF9, derivation(*HASHED)) == "9000"
    assert administered.verify(SIGNATURES) == administered.verify(ADMINISTRATION) == "9000"


@pytest.mark.parametrize(
    "value",
    [
        "810101",
        "810103",
        "810103820109",
        "".join(HASHED[1:]),
        "".join(HASHED[:3]),
        "".join((*HASHED, HASHED[1])),
        "".join((*HASHED, "8920" + "00" * 32)),
        "".join((*HASHED, "8740" + "00" * 64)),
        "".join((*HASHED[:2], "8303000100", *HASHED[3:])),
        "81010082",
        "000000",
    ],
)
def test_what_is_no_derivation(administered: Any, value: str) -> None:
    assert administered.put(0xF9, value) == "6A80"
    assert administered.get(0xF9).hex() == "810100"


# Options


def test_a_card_can_be_made_with_other_passwords(make: Callable[..., Any]) -> None:
    card = make(
        'pw1 = "abcdef"\npw3 = "abcdefgh"\nresetting_code = { hex = "0102030405060708" }\nseveral_signatures = true'
    )
    assert card.tries() == (3, 3, 3)
    assert card.get(0xC4)[0] == 1
    assert card.verify(SIGNATURES, b"abcdef") == card.verify(ADMINISTRATION, b"abcdefgh") == "9000"
    assert card.word(0x2C, 0, SIGNATURES, bytes(range(1, 9)) + PW1) == "9000"
    assert card.verify(SIGNATURES) == "9000"
