"""The administrator's key: external and mutual authentication, and what they are good for."""

from __future__ import annotations

import os
from typing import Any

import pytest
from gids_desk import ADMIN_KEY, OTHER_KEY, PIN, key_template

from iso7816.ber_tlv import TLV
from iso7816.confidentiality import encipher_blocks
from iso7816.key_algorithms import KeyAlgorithm

CARD_CHALLENGE = bytes(range(0x10, 0x20))
HOST_CHALLENGE = bytes(range(0x10))
# Made by openssl enc -des-ede3-cbc -nopad under OTHER_KEY, from zeros: of R2 || R1 || A0..A6 80, and of R1 || R2 ||
# B0..B6 80, where R1 is 00 to 0F and R2 10 to 1F; of 20 to 27.
FROM_HOST = bytes.fromhex("398c0e06c0096ae836a466cb607c0250560e552d5293c50486aed4a45c34733e8101c4c387f378fd")
FROM_CARD = bytes.fromhex("30329253bd29654072a1c27a3b483ebc4c34960fe4330515024d6fdf62f9b2448b2ec685a84d76dd")
EXTERNAL = bytes.fromhex("1707e4c496ccf330")


@pytest.fixture
def with_other_key(desk: Any) -> Any:
    """The administrator's key is that of the vectors, and nobody is authenticated."""
    assert desk.authenticate() == "9000"
    desk.ok(0xDB, 0x3FFF, key_template(0x80, OTHER_KEY, ""))
    desk.deauthenticate()
    return desk


def draw(monkeypatch: pytest.MonkeyPatch, *numbers: bytes) -> None:
    """Have the card draw these random numbers, and no others."""
    waiting = list(numbers)

    def drawn(size: int) -> bytes:
        number = waiting.pop(0)
        assert len(number) == size
        return number

    monkeypatch.setattr(os, "urandom", drawn)


def test_mutual_authentication_by_vectors(with_other_key: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    draw(monkeypatch, CARD_CHALLENGE, bytes(range(0xB0, 0xB7)))
    assert with_other_key.name_admin_key() == "9000"
    answer = with_other_key.ok(0x87, 0, bytes.fromhex("7C128110") + HOST_CHALLENGE, 256)
    assert answer == bytes.fromhex("7C128110") + CARD_CHALLENGE
    answer = with_other_key.ok(0x87, 0, bytes.fromhex("7C2A8228") + FROM_HOST, 256)
    assert answer == bytes.fromhex("7C2A8228") + FROM_CARD


def test_external_authentication_by_vectors(with_other_key: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    draw(monkeypatch, bytes(range(0x20, 0x28)))
    assert with_other_key.name_admin_key() == "9000"
    assert with_other_key.ok(0x87, 0, bytes.fromhex("7C028100"), 256).hex() == "7c0a81082021222324252627"
    with_other_key.ok(0x87, 0, bytes.fromhex("7C0A8208") + EXTERNAL)


def test_both_authenticate(desk: Any) -> None:
    for way in (desk.authenticate, lambda: desk.authenticate_mutually()[1]):
        assert desk.put(0xA012, 0xDF20, bytes(16)) == "6982"
        assert way() == "9000"
        assert desk.put(0xA012, 0xDF20, bytes(16)) == "9000"
        desk.deauthenticate()


def test_the_card_draws_its_half_anew(desk: Any) -> None:
    one, other = (desk.authenticate_mutually()[0] for _ in range(2))
    assert one[32:] != other[32:]
    assert one[-1] == other[-1] == 0x80


def test_a_wrong_key_authenticates_nobody(desk: Any) -> None:
    assert desk.authenticate(OTHER_KEY) == "6982"
    assert desk.authenticate_mutually(OTHER_KEY) == (b"", "6982")
    assert desk.put(0xA012, 0xDF20, bytes(16)) == "6982"
    assert desk.authenticate(ADMIN_KEY) == "9000"


def test_a_wrong_answer_ends_what_a_right_one_began(desk: Any) -> None:
    assert [desk.authenticate(), desk.authenticate(OTHER_KEY)] == ["9000", "6982"]
    assert desk.put(0xA012, 0xDF20, bytes(16)) == "6982"


def test_a_challenge_serves_one_answer(desk: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    # Even if the card drew the same number again, an answer would not be taken without a challenge before it.
    assert desk.name_admin_key() == "9000"
    assert desk.sw(0x87, 0, bytes.fromhex("7C0A8208") + bytes(8)) == "6985"
    desk.ok(0x87, 0, bytes.fromhex("7C028100"), 256)
    assert desk.sw(0x87, 0, bytes.fromhex("7C0A8208") + bytes(8)) == "6982"
    assert desk.sw(0x87, 0, bytes.fromhex("7C0A8208") + bytes(8)) == "6985"


@pytest.mark.parametrize("size", [0, 8, 39, 48])
def test_an_answer_of_another_length_is_wrong(desk: Any, size: int) -> None:
    assert desk.name_admin_key() == "9000"
    desk.ok(0x87, 0, bytes.fromhex("7C128110") + HOST_CHALLENGE, 256)
    assert desk.sw(0x87, 0, bytes((0x7C, size + 2, 0x82, size)) + bytes(size)) == "6982"


def test_the_order_of_the_challenges_counts(desk: Any) -> None:
    assert desk.name_admin_key() == "9000"
    theirs = desk.ok(0x87, 0, bytes.fromhex("7C128110") + HOST_CHALLENGE, 256)[4:]
    token = encipher_blocks(KeyAlgorithm.TRIPLE_DES, ADMIN_KEY, None, HOST_CHALLENGE + theirs + bytes(7) + b"\x80")
    assert desk.sw(0x87, 0, bytes.fromhex("7C2A8228") + token) == "6982"


def test_the_padding_of_the_hosts_half_counts(desk: Any) -> None:
    assert desk.name_admin_key() == "9000"
    theirs = desk.ok(0x87, 0, bytes.fromhex("7C128110") + HOST_CHALLENGE, 256)[4:]
    token = encipher_blocks(KeyAlgorithm.TRIPLE_DES, ADMIN_KEY, None, theirs + HOST_CHALLENGE + bytes(8))
    assert desk.sw(0x87, 0, bytes.fromhex("7C2A8228") + token) == "6982"


@pytest.mark.parametrize(
    ("data", "sw"),
    [
        ("7C0481020000", "6A80"),
        ("7C028300", "6A80"),
        ("7C00", "6A80"),
        ("7D028100", "6A80"),
        ("7C0481008200", "6A80"),
        ("7C0281", "6A80"),
        ("00", "6A80"),
    ],
)
def test_what_is_refused(desk: Any, data: str, sw: str) -> None:
    assert desk.name_admin_key() == "9000"
    assert desk.sw(0x87, 0, bytes.fromhex(data), 256) == sw


def test_the_key_is_named_first(desk: Any) -> None:
    assert desk.sw(0x87, 0, bytes.fromhex("7C028100"), 256) == "6985"
    assert desk.sw(0x87, 0x0001, bytes.fromhex("7C028100"), 256) == "6A86"
    assert desk.name_admin_key(0x81) == "9000"
    assert desk.sw(0x87, 0, bytes.fromhex("7C028100"), 256) == "9000"
    desk.ok(0x22, 0xF301)
    assert desk.sw(0x87, 0, bytes.fromhex("7C028100"), 256) == "6985"


def test_a_key_file_without_a_key_authenticates_nobody(blank: Any) -> None:
    blank.set_up_files()
    blank.ok(0xA4, 0x000C)
    blank.ok(0x44, 0)
    assert blank.name_admin_key() == "9000"
    assert blank.sw(0x87, 0, bytes.fromhex("7C028100"), 256) == "6A88"


def test_nobody_authenticates_before_the_application_is_operational(blank: Any) -> None:
    blank.set_up_files()
    blank.ok(0xDB, 0x3FFF, key_template(0x80, ADMIN_KEY, ""))
    assert blank.name_admin_key() == "9000"
    assert blank.sw(0x87, 0, bytes.fromhex("7C028100"), 256) == "6985"


def test_the_administrators_key_is_changed_by_the_administrator(desk: Any) -> None:
    new = key_template(0x80, OTHER_KEY, "")
    assert desk.sw(0xDB, 0x3FFF, new) == "6982"
    assert desk.verify() == "9000"
    assert desk.sw(0xDB, 0x3FFF, new) == "6982"
    assert desk.authenticate() == "9000"
    desk.ok(0xDB, 0x3FFF, new)
    desk.deauthenticate()
    assert [desk.authenticate(), desk.authenticate(OTHER_KEY)] == ["6982", "9000"]


def test_any_check_value_comes_with_a_key(desk: Any) -> None:
    assert desk.authenticate() == "9000"
    for check_value in ("8803B073DC", "8803000000", "8800"):
        inner = TLV(0x87, OTHER_KEY).to_bytes() + bytes.fromhex(check_value)
        desk.ok(0xDB, 0x3FFF, TLV(0x70, bytes.fromhex("840180") + TLV(0xA5, inner).to_bytes()).to_bytes())
        assert desk.authenticate(OTHER_KEY) == "9000"


def test_the_administrators_key_is_never_read(desk: Any) -> None:
    assert [desk.authenticate(), desk.verify(PIN)] == ["9000", "9000"]
    assert desk.sw(0xCB, 0x3FFF, bytes.fromhex("70088401 80A5037F4980"), 256) == "6982"
    assert desk.get_word(0xB080, "87")[1] == "6981"
