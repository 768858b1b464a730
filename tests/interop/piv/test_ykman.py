"""ykman, of PyPI's yubikey-manager, personalises the card by all that version 5.7 has; tox installs it by itself."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.card("piv", via="pcscd")

KEY = "010203040506070801020304050607080102030405060708"
AES_KEY = "000102030405060708090A0B0C0D0E0F"

Ykman = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def ykman(run: Any) -> Ykman:
    """Run ``ykman piv`` on the reader, which it does not take for a YubiKey by its name."""
    program = os.environ.get("SCARDMGR_YKMAN", "")
    if not Path(program).is_file():
        program = shutil.which("ykman") or pytest.skip("ykman is not installed: run these tests with tox")

    def done(*arguments: str, **more: Any) -> subprocess.CompletedProcess[str]:
        finished: subprocess.CompletedProcess[str] = run(program, "--reader", "00 00", "piv", *arguments, **more)
        return finished

    return done


def test_info_tells_what_there_is(ykman: Ykman) -> None:
    said = ykman("info").stdout
    for line in ("PIV version:              5.7.1", "PIN tries remaining:      3/3", "PUK tries remaining:      3/3",
                 "Management key algorithm: TDES"):  # fmt: skip
        assert line in said
    assert "Using default PIN" in said


@pytest.mark.parametrize(
    ("slot", "algorithm"),
    [("9a", "RSA2048"), ("9a", "RSA3072"), ("9c", "ECCP256"), ("9e", "ECCP384"), ("9a", "ED25519")],
)
def test_keys_are_generated_and_certified_by_themselves(ykman: Ykman, run: Any, slot: str, algorithm: str) -> None:
    ykman("keys", "generate", "-m", KEY, "-P", "123456", "-a", algorithm, slot, "public.pem")
    ykman("certificates", "generate", "-m", KEY, "-P", "123456", "-s", "CN=on card", slot, "public.pem")
    ykman("certificates", "export", slot, "certificate.pem")
    run("openssl", "verify", "-CAfile", "certificate.pem", "certificate.pem")
    ykman("certificates", "request", "-P", "123456", "-s", "CN=wish", slot, "public.pem", "request.pem")
    run("openssl", "req", "-in", "request.pem", "-verify", "-noout")
    assert f"Private key type: {algorithm}" in ykman("info").stdout


def test_keys_are_moved_told_and_deleted(ykman: Ykman) -> None:
    ykman("keys", "generate", "-m", KEY, "-P", "123456", "-a", "X25519", "--pin-policy", "ALWAYS", "82", "public.pem")
    ykman("keys", "move", "-m", KEY, "82", "95")
    told = ykman("keys", "info", "95").stdout
    assert "X25519" in told
    assert "GENERATED" in told
    assert "ALWAYS" in told
    ykman("keys", "delete", "-m", KEY, "95")
    assert "95" not in ykman("info").stdout.partition("CCC")[2]


def test_keys_are_imported_and_attested(ykman: Ykman, run: Any) -> None:
    run("openssl", "genrsa", "-out", "key.pem", "3072")
    ykman("keys", "import", "-m", KEY, "-P", "123456", "9d", "key.pem")
    assert "Private key type: RSA3072" in ykman("info").stdout
    assert ykman("keys", "attest", "9d", "-", check=False).returncode != 0
    ykman("keys", "generate", "-m", KEY, "-P", "123456", "-a", "ECCP256", "9a", "public.pem")
    ykman("keys", "attest", "9a", "attested.pem")
    ykman("certificates", "export", "f9", "f9.pem")
    run("openssl", "verify", "-CAfile", "f9.pem", "attested.pem")


def test_codes_are_changed(ykman: Ykman) -> None:
    ykman("access", "change-pin", "-P", "123456", "-n", "654321")
    ykman("access", "change-puk", "-p", "12345678", "-n", "87654321")
    ykman("access", "unblock-pin", "-p", "87654321", "-n", "123456")
    ykman("access", "set-retries", "-m", KEY, "-P", "123456", "-f", "4", "5")
    said = ykman("info").stdout
    assert "PIN tries remaining:      4/4" in said
    assert "PUK tries remaining:      5/5" in said


@pytest.mark.parametrize(("algorithm", "key"), [("AES128", AES_KEY), ("AES192", KEY), ("AES256", AES_KEY * 2)])
def test_the_management_key_is_of_aes(ykman: Ykman, algorithm: str, key: str) -> None:
    ykman("access", "change-management-key", "-m", KEY, "-a", algorithm, "-n", key)
    assert f"Management key algorithm: {algorithm}" in ykman("info").stdout
    ykman("objects", "generate", "-m", key, "CHUID")


def test_the_management_key_is_kept_behind_the_pin(ykman: Ykman) -> None:
    ykman("access", "change-management-key", "-m", KEY, "-P", "123456", "--generate", "--protect")
    ykman("keys", "generate", "-P", "123456", "-a", "ECCP256", "9a", "public.pem")
    assert "Management key is stored on the YubiKey, protected by PIN." in ykman("info").stdout


def test_three_wrong_pins_block_and_the_puk_unblocks(ykman: Ykman) -> None:
    change = ("access", "change-pin", "-P", "999999", "-n", "111111")
    said = [ykman(*change, check=False).stderr for _ in range(3)]
    assert "PIN change failed - 2 tries left." in said[0]
    assert "PIN change failed - 1 tries left." in said[1]
    assert "PIN is blocked." in said[2]
    ykman("access", "unblock-pin", "-p", "12345678", "-n", "123456")
    assert "PIN tries remaining:      3/3" in ykman("info").stdout


def test_the_card_is_reset(ykman: Ykman) -> None:
    ykman("keys", "generate", "-m", KEY, "-P", "123456", "-a", "ECCP256", "9a", "public.pem")
    assert "Reset complete." in ykman("reset", "-f").stdout
    assert "Slot 9A" not in ykman("info").stdout
