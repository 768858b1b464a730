"""Keys generated on the card, and brought to it: gpg signs, decrypts and tells of a blocked card."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from emulator import Card
from emulator.applications.openpgp.fingerprints import fingerprint
from emulator.applications.openpgp.personalisation import contents, values_of

pytestmark = pytest.mark.card("openpgp", via="pcscd")

JANE = "jane@example.org"
ON_T0 = Path(__file__).parent / "cards" / "on_t0.toml"
# Answers to key-attr: 1 is RSA, with its bits; 2 is ECC, with its curve.
GENERATED = {
    "rsa2048": ("1", "2048", "1", "2048", "1", "2048"),
    "nistp256": ("2", "3", "2", "3", "2", "3"),
    "ed25519": ("2", "1", "2", "1", "2", "1"),
    "nistp384": ("2", "4", "2", "4", "2", "4"),
    "nistp521": ("2", "5", "2", "5", "2", "5"),
    "brainpoolP256r1": ("2", "6", "2", "6", "2", "6"),
    "brainpoolP384r1": ("2", "7", "2", "7", "2", "7"),
    "brainpoolP512r1": ("2", "8", "2", "8", "2", "8"),
    "secp256k1": ("2", "9", "2", "9", "2", "9"),
}
MESSAGE = "To whom it may concern\n"


def sign_and_verify(gnupg: Any) -> None:
    signed = gnupg.gpg("--local-user", JANE, "--clearsign", text=MESSAGE).stdout
    verified = gnupg.gpg("--verify", text=signed)
    assert "Good signature" in verified.stderr
    broken = gnupg.gpg("--verify", text=signed.replace("whom", "who"), check=False)
    assert broken.returncode == 1


def encrypt_and_decrypt(gnupg: Any) -> None:
    encrypted = gnupg.gpg("--armor", "--recipient", JANE, "--encrypt", text=MESSAGE).stdout
    assert MESSAGE not in encrypted
    assert gnupg.gpg("--decrypt", text=encrypted).stdout == MESSAGE


@pytest.mark.parametrize("algorithm", GENERATED)
def test_generated_keys_sign_and_decrypt(gnupg: Any, card: Card, algorithm: str) -> None:
    gnupg.generate(*GENERATED[algorithm])
    assert algorithm in gnupg.gpg("--list-secret-keys").stdout
    status = gnupg.card_status()
    assert len({fingerprint for fingerprint in status["fpr"] if len(fingerprint) == 40}) == 3
    # GnuPG computes and writes them: what a definition gives keys that it brings is the same.
    for slot, written in zip(contents(values_of(card.snapshot().state())).slots, status["fpr"], strict=True):
        assert slot.public_key is not None
        assert fingerprint(slot.public_key, slot.attributes, slot.generation_date).hex().upper() == written
    count = int(status["sigcount"][0])
    sign_and_verify(gnupg)
    assert int(gnupg.card_status()["sigcount"][0]) == count + 1
    encrypt_and_decrypt(gnupg)


@pytest.mark.parametrize(
    ("primary", "encryption", "authentication"),
    [("rsa2048", "rsa2048", "rsa2048"), ("rsa4096", "rsa3072", "rsa2048"), ("nistp256", "nistp256", None),
     ("ed25519", "cv25519", "ed25519"), ("brainpoolP384r1", "nistp521", None)],
)  # fmt: skip
def test_keys_are_brought_to_the_card(gnupg: Any, primary: str, encryption: str, authentication: str | None) -> None:
    no_passphrase = ("--passphrase", "", "--pinentry-mode", "loopback")
    gnupg.gpg(*no_passphrase, "--quick-generate-key", f"Jane <{JANE}>", primary, "cert,sign", "never")
    listed = gnupg.gpg("--with-colons", "--list-keys", JANE).stdout
    fingerprint = re.findall(r"^fpr:+([0-9A-F]{40}):", listed, flags=re.MULTILINE)[0]
    gnupg.gpg(*no_passphrase, "--quick-add-key", fingerprint, encryption, "encr", "never")
    # keytocard; y: the primary key, too; the number of the slot
    lines = ["keytocard", "y", "1", "key 1", "keytocard", "2"]
    if authentication is not None:
        gnupg.gpg(*no_passphrase, "--quick-add-key", fingerprint, authentication, "auth", "never")
        lines += ["key 1", "key 2", "keytocard", "3"]
    gnupg.edit_key(JANE, *lines)
    secret = gnupg.gpg("--list-secret-keys").stdout
    assert len(re.findall(r"^(?:sec|ssb)>", secret, flags=re.MULTILINE)) == (2 if authentication is None else 3)
    assert gnupg.card_status()["fpr"][0] == fingerprint
    sign_and_verify(gnupg)
    encrypt_and_decrypt(gnupg)


def test_a_wrong_pin_is_told_until_the_card_is_blocked_and_unblocked(gnupg: Any) -> None:
    gnupg.generate(*GENERATED["ed25519"])
    encrypted = gnupg.gpg("--armor", "--recipient", JANE, "--encrypt", text=MESSAGE).stdout
    gnupg.answer(("New PIN", "654321"), ("Admin PIN", "12345678"), ("PIN", "999999"))
    for _ in range(3):
        refused = gnupg.gpg("--decrypt", text=encrypted, check=False)
        assert refused.returncode == 2
        assert "public key decryption failed: Bad PIN" in refused.stderr
    assert gnupg.card_status()["pinretry"][0] == "0"
    gnupg.answer(("New PIN", "654321"), ("Admin PIN", "12345678"), ("PIN", "123456"))
    refused = gnupg.gpg("--decrypt", text=encrypted, check=False)
    assert "public key decryption failed: PIN blocked" in refused.stderr
    gnupg.edit_card("admin", "passwd", "2", "q")
    gnupg.answer(("PIN", "654321"))
    assert gnupg.gpg("--decrypt", text=encrypted).stdout == MESSAGE


@pytest.mark.card(ON_T0, via="pcscd")
@pytest.mark.parametrize("algorithm", ["rsa2048", "ed25519"])
def test_keys_are_generated_and_used_on_t0(gnupg: Any, algorithm: str) -> None:
    gnupg.generate(*GENERATED[algorithm])
    sign_and_verify(gnupg)
    encrypt_and_decrypt(gnupg)
