"""A card that ``scard new`` made, in the eyes of GnuPG and OpenSC."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from emulator import Card
from emulator.applications.issuing import applications_of

BOUND = 60
SLOTS = ("signature", "decryption", "authentication")
PINS = ("--pin", "654321", "--admin-pin", "87654321")
KEYS = tuple(
    word
    for slot, kind in zip(SLOTS, ("rsa2048", "p256", "rsa2048"), strict=True)
    for word in ("--slot", slot, "--generate", kind, "--subject", f"CN=Ada's {slot} key")
)


@cache
def image() -> bytes:
    """A card with three keys and PINs of its own."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "my.card"
        main = [sys.executable, "-c", "from sandbox.command_line import main; main()"]
        subprocess.run([*main, "new", "openpgp", str(path), *KEYS, *PINS], check=True, timeout=BOUND)
        return path.read_bytes()


def made() -> Card:
    with tempfile.NamedTemporaryFile() as file:
        file.write(image())
        file.flush()
        return Card.open(file.name, "copy")


pytestmark = pytest.mark.card(what=made, via="pcscd")


def keys() -> dict[str, Any]:
    """What is in the slots, by their names."""
    state = made().snapshot().state()
    (application,) = applications_of(state)
    return {held.slot: held for held in application.contents(state).keys}


def test_gpg_shows_its_fingerprints(gnupg: Any) -> None:
    made_of = keys()
    status = gnupg.card_status()
    assert status["fpr"] == [made_of[slot].facts["fingerprint"] for slot in SLOTS]
    assert status["keyattr1"] == ["1", "2048"]
    assert status["keyattr2"] == ["18", "NIST P-256"]


def test_gpg_takes_its_keys_and_signs_by_the_pin_that_was_given(
    gnupg: Any, eventually: Callable[[Callable[[], object]], None]
) -> None:
    gnupg.answer(("Admin PIN", "87654321"), ("PIN", "654321"))
    gnupg.card_status()
    # The date is a part of the fingerprint, and gpg 2.2 takes the present one. A time that is the present one it takes
    # for none, and goes on from it; what second it is, its clock (libc's time) may learn later than others.
    date = int(x509.load_der_x509_certificate(keys()["signature"].certificate).not_valid_before_utc.timestamp())
    then = ("--faked-system-time", f"{date}!")
    eventually(lambda: "running with faked system time" in gnupg.gpg(*then, "--list-keys").stderr)
    gnupg.gpg(*then, "--quick-gen-key", "ada@example.org", "card", "default", "never")
    assert f":{keys()['signature'].facts['fingerprint']}:" in gnupg.gpg("--list-keys", "--with-colons").stdout
    signed = gnupg.gpg("--clearsign", text="to be signed").stdout
    assert "Good signature" in gnupg.gpg("--verify", text=signed).stderr
    assert gnupg.gpg("--verify", text=signed.replace("signed", "sighed", 1), check=False).returncode == 1


def test_a_pkcs11_program_signs_by_its_authentication_key(run_program: Any, tmp_path: Path) -> None:
    certificate = x509.load_der_x509_certificate(keys()["authentication"].certificate)
    (tmp_path / "key.pem").write_bytes(
        certificate.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    )
    (tmp_path / "message").write_bytes(b"to be signed")
    message, signature = str(tmp_path / "message"), str(tmp_path / "signature")
    run_program("pkcs11-tool", "--login", "--pin", "654321", "--sign", "--id", "03", "--mechanism", "SHA256-RSA-PKCS",
                "--input-file", message, "--output-file", signature)  # fmt: skip
    verify = ("openssl", "dgst", "-sha256", "-verify", str(tmp_path / "key.pem"), "-signature", signature)
    assert run_program(*verify, message).stdout == "Verified OK\n"
    assert "Ada's authentication key" in run_program("pkcs11-tool", "--list-objects", "--type", "cert").stdout
