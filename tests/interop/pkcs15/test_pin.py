"""The PIN and the PUK, as pkcs15-tool and pkcs11-tool use them, with what these programs say."""

from __future__ import annotations

from typing import Any

import pytest

pytestmark = pytest.mark.card("pkcs15", via="pcscd")

PIN, NEW_PIN, WRONG_PIN = "123456", "654321", "000000"
PUK, WRONG_PUK = "0123456789abcdef", "fedcba9876543210"


def verify(personalised: Any, pin: str) -> str:
    """What pkcs15-tool says to a PIN; empty where it is right."""
    done = personalised.run("pkcs15-tool", "--verify-pin", "--pin", pin, check=False)
    said = "\n".join(line for line in done.stderr.splitlines() if not line.startswith("Using reader"))
    assert (done.returncode == 0) == (said == "")
    return said


def test_the_pin_is_changed(personalised: Any) -> None:
    personalised.run("pkcs15-tool", "--change-pin", "--pin", PIN, "--new-pin", NEW_PIN)
    assert verify(personalised, NEW_PIN) == ""
    assert verify(personalised, PIN) == "Operation failed: PIN code or key incorrect"


def test_the_pin_is_not_changed_without_the_old_one(personalised: Any) -> None:
    done = personalised.run("pkcs15-tool", "--change-pin", "--pin", WRONG_PIN, "--new-pin", NEW_PIN, check=False)
    assert "PIN code incorrect; tries left: 2" in done.stderr
    assert verify(personalised, PIN) == ""


def test_three_wrong_pins_block_and_the_puk_unblocks(personalised: Any) -> None:
    for _ in range(3):
        assert verify(personalised, WRONG_PIN) == "Operation failed: PIN code or key incorrect"
    assert verify(personalised, PIN) == "Operation failed: Authentication method blocked"
    done = personalised.run("pkcs11-tool", "--login", "--pin", PIN, "--list-objects", check=False)
    assert "C_Login failed: rv = CKR_PIN_LOCKED" in done.stderr
    unblock = ("pkcs15-tool", "--unblock-pin", "--new-pin", NEW_PIN, "--puk")
    assert "PUK code incorrect; tries left: 4" in personalised.run(*unblock, WRONG_PUK, check=False).stderr
    personalised.run(*unblock, PUK)
    assert verify(personalised, NEW_PIN) == ""


def test_five_wrong_puks_block_the_puk(personalised: Any) -> None:
    unblock = ("pkcs15-tool", "--unblock-pin", "--new-pin", NEW_PIN, "--puk")
    for left in (4, 3, 2, 1, 0):
        said = personalised.run(*unblock, WRONG_PUK, check=False).stderr
        assert f"PUK code incorrect; tries left: {left}" in said
    assert "Authentication method blocked" in personalised.run(*unblock, PUK, check=False).stderr
    assert verify(personalised, PIN) == ""


def test_pkcs11_tool_says_so_too(personalised: Any) -> None:
    for said in ("CKR_PIN_INCORRECT", "CKR_PIN_INCORRECT", "CKR_PIN_INCORRECT", "CKR_PIN_LOCKED"):
        done = personalised.run("pkcs11-tool", "--login", "--pin", WRONG_PIN, "--list-objects", check=False)
        assert f"C_Login failed: rv = {said}" in done.stderr


def test_the_pin_is_changed_through_the_pkcs11_module(personalised: Any) -> None:
    personalised.run("pkcs11-tool", "--login", "--change-pin", "--pin", PIN, "--new-pin", NEW_PIN)
    assert verify(personalised, NEW_PIN) == ""


def test_nothing_is_written_without_the_pin(personalised: Any) -> None:
    done = personalised.run(
        *("pkcs15-init", "--generate-key", "ec/prime256v1", "--auth-id", "FF", "--pin", WRONG_PIN), check=False
    )
    assert done.returncode != 0
    assert "Private" not in personalised.run("pkcs15-tool", "--dump").stdout
