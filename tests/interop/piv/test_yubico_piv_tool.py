"""yubico-piv-tool (Debian's 2.2.0) personalises the card and uses it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from emulator import Card

pytestmark = pytest.mark.card("piv", via="pcscd")

OTHER_KEY = "0102030405060708" * 2 + "A1A2A3A4A5A6A7A8"


def test_status_tells_what_there_is(tool: Any) -> None:
    said = tool("--action", "version", "--action", "status").stdout
    assert "Application version 5.7.1 found." in said
    assert "PIN tries left:\t3" in said
    assert "CHUID:\t3019d4e739" in said


@pytest.mark.parametrize(
    ("slot", "algorithm", "said"),
    [
        ("9a", "RSA2048", "RSA"),
        ("9a", "ECCP256", "ECDSA"),
        ("9a", "ECCP384", "ECDSA"),
        ("9c", "RSA2048", "RSA"),
        ("9c", "ECCP256", "ECDSA"),
        ("9c", "ECCP384", "ECDSA"),
        ("9e", "RSA2048", "RSA"),
        ("9e", "ECCP256", "ECDSA"),
        ("9e", "ECCP384", "ECDSA"),
    ],
)
def test_generate_certify_and_sign(
    tool: Any, run: Any, personalise: Callable[..., Path], slot: str, algorithm: str, said: str
) -> None:
    certificate = str(personalise(slot, algorithm))
    run("openssl", "verify", "-CAfile", certificate, certificate)
    assert f"CN=on the card, {slot}" in tool("--action", "status").stdout
    done = tool(
        *("--action", "verify-pin", "--pin", "123456", "--slot", slot),
        *("--action", "test-signature", "--input", certificate),
    )
    assert f"Successful {said} verification." in done.stderr + done.stdout


@pytest.mark.parametrize(
    ("algorithm", "said"),
    [
        ("RSA2048", "Successfully performed RSA decryption!"),
        ("ECCP256", "Successfully performed ECDH exchange with card."),
        ("ECCP384", "Successfully performed ECDH exchange with card."),
    ],
)
def test_generate_and_decipher(tool: Any, personalise: Callable[..., Path], algorithm: str, said: str) -> None:
    certificate = str(personalise("9d", algorithm, signs=False))
    done = tool(
        *("--action", "verify-pin", "--pin", "123456", "--slot", "9d"),
        *("--action", "test-decipher", "--input", certificate),
    )
    assert said in done.stderr + done.stdout


def test_without_the_pin_nothing_is_signed(tool: Any, personalise: Callable[..., Path]) -> None:
    certificate = str(personalise("9a", "ECCP256"))
    done = tool("--slot", "9a", "--action", "test-signature", "--input", certificate, check=False)
    assert done.returncode != 0


def test_three_wrong_pins_block_and_the_puk_unblocks(tool: Any) -> None:
    said = [tool("--action", "verify-pin", "--pin", "999999", check=False).stderr for _ in range(4)]
    assert "2 tries left before pin is blocked" in said[0]
    assert "1 tries left before pin is blocked" in said[1]
    assert "Pin code blocked, use unblock-pin action to unblock." in said[2]
    assert "Pin code blocked, use unblock-pin action to unblock." in said[3]
    assert "blocked" in tool("--action", "verify-pin", "--pin", "123456", check=False).stderr
    done = tool("--action", "unblock-pin", "--pin", "12345678", "--new-pin", "654321")
    assert "Successfully unblocked the pin code." in done.stderr + done.stdout
    assert "Successfully verified PIN." in tool("--action", "verify-pin", "--pin", "654321").stderr


def test_pin_and_puk_are_changed(tool: Any) -> None:
    for action, old, new, said in (
        ("change-pin", "123456", "87654321", "Successfully changed the pin code."),
        ("change-puk", "12345678", "11223344", "Successfully changed the puk code."),
    ):
        done = tool("--action", action, "--pin", old, "--new-pin", new)
        assert said in done.stderr + done.stdout
        assert tool("--action", action, "--pin", old, "--new-pin", new, check=False).returncode != 0
    tool("--action", "unblock-pin", "--pin", "11223344", "--new-pin", "123456")
    tool("--action", "verify-pin", "--pin", "123456")


def test_the_management_key_is_set(tool: Any) -> None:
    tool("--action", "set-mgm-key", "--new-key", OTHER_KEY)
    assert "Failed authentication" in tool("--action", "set-chuid", check=False).stderr
    tool(f"--key={OTHER_KEY}", "--action", "set-chuid", "--action", "set-ccc")


def test_data_objects_are_written_and_read(tool: Any, tmp_path: Path) -> None:
    (tmp_path / "object").write_text("0102030405", encoding="ascii")
    tool("--action", "write-object", "--id", "0x5fc10a", "--input", "object")
    assert tool("--action", "read-object", "--id", "0x5fc10a").stdout.strip() == "0102030405"


@pytest.mark.parametrize(
    ("make", "slot"),
    [
        (("genrsa", "-out", "key.pem", "2048"), "82"),
        (("ecparam", "-genkey", "-name", "prime256v1", "-noout", "-out", "key.pem"), "95"),
        (("ecparam", "-genkey", "-name", "secp384r1", "-noout", "-out", "key.pem"), "9a"),
    ],
)
def test_a_key_is_imported_and_signs(tool: Any, run: Any, make: tuple[str, ...], slot: str) -> None:
    run("openssl", *make)
    run("openssl", "req", "-new", "-x509", "-key", "key.pem", "-subj", "/CN=imported", "-out", "certificate.pem")
    tool("--slot", slot, "--action", "import-key", "--input", "key.pem", "--pin-policy", "once")
    tool("--slot", slot, "--action", "import-certificate", "--input", "certificate.pem")
    done = tool(
        *("--action", "verify-pin", "--pin", "123456", "--slot", slot),
        *("--action", "test-signature", "--input", "certificate.pem"),
    )
    assert "Successful" in done.stderr + done.stdout
    assert "Failed to attest data." in tool("--slot", slot, "--action", "attest", check=False).stderr


def test_a_generated_key_is_attested(tool: Any, run: Any, tmp_path: Path) -> None:
    tool("--slot", "9a", "--algorithm", "ECCP256", "--action", "generate", "--output", "public.pem")
    (tmp_path / "f9.pem").write_text(tool("--slot", "f9", "--action", "read-certificate").stdout, encoding="ascii")
    (tmp_path / "9a.pem").write_text(tool("--slot", "9a", "--action", "attest").stdout, encoding="ascii")
    run("openssl", "verify", "-CAfile", "f9.pem", "9a.pem")
    shown = run("openssl", "x509", "-in", "9a.pem", "-noout", "-pubkey").stdout
    assert shown == (tmp_path / "public.pem").read_text(encoding="ascii")


def test_tries_are_set_and_the_card_is_reset(tool: Any, card: Card, personalise: Callable[..., Path]) -> None:
    personalise("9e", "ECCP256")
    tool(
        "--action",
        "verify-pin",
        "--pin",
        "123456",
        "--action",
        "pin-retries",
        "--pin-retries",
        "4",
        "--puk-retries",
        "2",
    )
    assert "PIN tries left:\t4" in tool("--action", "status").stdout
    assert "Reset failed, are pincodes blocked?" in tool("--action", "reset", check=False).stderr
    for _ in range(4):
        tool("--action", "verify-pin", "--pin", "999999", check=False)
    for _ in range(2):
        tool("--action", "change-puk", "--pin", "99999999", "--new-pin", "11111111", check=False)
    done = tool("--action", "reset")
    assert "Successfully reset the application." in done.stderr + done.stdout
    said = tool("--action", "status").stdout
    assert "PIN tries left:\t3" in said
    assert "Slot 9e" not in said
    assert isinstance(card, Card)
