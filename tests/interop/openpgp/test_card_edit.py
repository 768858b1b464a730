"""``gpg --card-edit``: the holder, key attributes, PINs, the derivation of PINs, and a card that is as new again."""

from __future__ import annotations

from typing import Any

import pytest

from emulator import Card

pytestmark = pytest.mark.card("openpgp", via="pcscd")

SUCCESS, BAD_PIN = "[GNUPG:] SC_OP_SUCCESS", "[GNUPG:] SC_OP_FAILURE 2"


def test_the_holder(gnupg: Any) -> None:
    lines = ["admin", "name", "Doe", "Jane", "login", "jane", "lang", "deen", "sex", "f"]
    done = gnupg.edit_card(*lines, "url", "https://example.org/jane.asc")
    assert done.stdout.count(SUCCESS) == 5
    status = gnupg.card_status()
    assert status["name"] == ["Jane", "Doe"]
    assert (status["login"], status["lang"], status["sex"]) == (["jane"], ["deen"], ["f"])
    assert status["url"] == ["https\\x3a//example.org/jane.asc"]
    assert len(gnupg.asked()) == 1, "PW3 stays verified"


@pytest.mark.parametrize(
    ("answers", "attributes"),
    [
        # 1 is RSA, with its bits; 2 is ECC, with its curve
        (["1", "3072", "1", "4096", "1", "2048"], [["1", "3072"], ["1", "4096"], ["1", "2048"]]),
        (["2", "1", "2", "1", "2", "1"], [["22", "Ed25519"], ["18", "Curve25519"], ["22", "Ed25519"]]),
        (["2", "3", "2", "4", "2", "5"], [["19", "NIST P-256"], ["18", "NIST P-384"], ["19", "NIST P-521"]]),
        (
            ["2", "6", "2", "7", "2", "8"],
            [["19", "brainpoolP256r1"], ["18", "brainpoolP384r1"], ["19", "brainpoolP512r1"]],
        ),
        (["2", "9", "2", "9", "2", "9"], [["19", "secp256k1"], ["18", "secp256k1"], ["19", "secp256k1"]]),
    ],
)
def test_key_attributes(gnupg: Any, answers: list[str], attributes: list[list[str]]) -> None:
    gnupg.edit_card("admin", "key-attr", *answers, expert=True)
    status = gnupg.card_status()
    assert [status[f"keyattr{slot}"] for slot in (1, 2, 3)] == attributes


def test_pins_are_changed(gnupg: Any) -> None:
    gnupg.answer(("New Admin PIN", "87654321"), ("New PIN", "654321"), ("Admin PIN", "12345678"), ("PIN", "123456"))
    # 1 changes the PIN, 3 the Admin PIN
    assert gnupg.edit_card("admin", "passwd", "1", "3", "q").stdout.count(SUCCESS) == 2
    gnupg.answer(("New PIN", "123456"), ("Admin PIN", "87654321"), ("PIN", "654321"))
    assert gnupg.edit_card("passwd").stdout.count(SUCCESS) == 1
    assert gnupg.edit_card("admin", "login", "jane").stdout.count(SUCCESS) == 1


def test_three_wrong_pins_block_and_the_admin_pin_unblocks(gnupg: Any) -> None:
    gnupg.answer(("New PIN", "654321"), ("Admin PIN", "12345678"), ("PIN", "999999"))
    for left in (2, 1, 0):
        assert BAD_PIN in gnupg.edit_card("passwd").stdout
        assert gnupg.card_status()["pinretry"] == [str(left), "0", "3"]
    # 2 unblocks the PIN, with the Admin PIN
    assert SUCCESS in gnupg.edit_card("admin", "passwd", "2", "q").stdout
    assert gnupg.card_status()["pinretry"] == ["3", "0", "3"]
    gnupg.answer(("PIN", "654321"))
    gnupg.edit_card("verify")
    assert gnupg.card_status()["pinretry"] == ["3", "0", "3"]


def test_the_reset_code_unblocks(gnupg: Any) -> None:
    answers = [("New Reset Code", "resetting"), ("New PIN", "654321"), ("Reset Code", "resetting")]
    gnupg.answer(*answers, ("Admin PIN", "12345678"), ("PIN", "999999"))
    # 4 sets the Reset Code
    assert SUCCESS in gnupg.edit_card("admin", "passwd", "4", "q").stdout
    assert gnupg.card_status()["pinretry"] == ["3", "3", "3"]
    for _ in range(3):
        gnupg.edit_card("passwd")
    assert gnupg.card_status()["pinretry"] == ["0", "3", "3"]
    assert SUCCESS in gnupg.edit_card("unblock").stdout
    assert gnupg.card_status()["pinretry"] == ["3", "3", "3"]


def test_a_wrong_admin_pin_is_told_with_what_is_left(gnupg: Any) -> None:
    gnupg.answer(("Admin PIN", "00000000"), ("Admin PIN", "12345678"), ("PIN", "123456"))
    refused = gnupg.edit_card("admin", "login", "jane", check=False)
    assert "gpg: error setting login data: Bad PIN" in refused.stderr
    assert SUCCESS in gnupg.edit_card("admin", "login", "jane").stdout
    first, second = gnupg.asked()
    assert "Remaining attempts" not in first
    assert "Remaining attempts: 2" in second


@pytest.mark.parametrize("blocked", [False, True])
def test_factory_reset(gnupg: Any, blocked: bool) -> None:
    gnupg.edit_card("admin", "login", "jane", "key-attr", "2", "1", "2", "1", "2", "1")
    if blocked:
        gnupg.answer(("Admin PIN", "99999999"))
        for _ in range(3):
            gnupg.edit_card("admin", "login", "joe", check=False)
        assert gnupg.card_status()["pinretry"][2] == "0"
    gnupg.edit_card("admin", "factory-reset", "y", "yes")
    status = gnupg.card_status()
    assert status["login"] == [""]
    assert status["keyattr1"] == ["1", "2048"]
    assert status["pinretry"] == ["3", "0", "3"]


@pytest.mark.parametrize(("command", "shown"), [("kdf-setup", "on"), ("kdf-setup single", "single")])
def test_pins_are_derived(gnupg: Any, card: Card, command: str, shown: str) -> None:
    gnupg.edit_card("admin", command)
    assert gnupg.card_status()["kdf"] == [shown]
    gnupg.answer(("New PIN", "654321"), ("Admin PIN", "12345678"), ("PIN", "123456"))
    assert SUCCESS in gnupg.edit_card("passwd").stdout
    assert SUCCESS in gnupg.edit_card("admin", "login", "jane").stdout
    state = card.snapshot().state()
    kept = b"".join(state.application_values.values())
    assert b"654321" not in kept
    assert b"12345678" not in kept
    gnupg.answer(("PIN", "654321"))
    gnupg.edit_card("verify")
    assert gnupg.card_status()["pinretry"] == ["3", "0", "3"]


def test_the_signature_pin_may_be_good_for_several(gnupg: Any) -> None:
    assert gnupg.card_status()["forcepin"][0] == "1"
    gnupg.edit_card("admin", "forcesig")
    assert gnupg.card_status()["forcepin"][0] == "0"
