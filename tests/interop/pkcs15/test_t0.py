"""The profile on T=0: OpenSC makes the structure, generates and brings in keys, signs and deciphers."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import emulator
from emulator.definition.profiles import parse_definition
from emulator.storage import VolatileStorage

PROFILE = Path(emulator.__file__).parent / "profiles" / "pkcs15.toml"


def card_on_t0() -> emulator.Card:
    """The profile, whose ATR offers T=0 alone."""
    text = PROFILE.read_text(encoding="utf-8")
    assert 'protocols = ["T=1"]' in text
    text = text.replace('protocols = ["T=1"]', 'protocols = ["T=0"]')
    return emulator.Card(parse_definition(text, "pkcs15"), VolatileStorage())


pytestmark = pytest.mark.card(what=card_on_t0, via="pcscd")


def test_the_atr_offers_t0(run_program: Any) -> None:
    said = run_program("opensc-tool", "--atr", "--name").stdout
    # T0 says that there is no TD1, and with it that the protocol is T=0.
    assert said.startswith("3b:0e:80:")
    assert "Javacard with IsoApplet" in said


@pytest.mark.parametrize("algorithm", ["rsa/2048", "ec/prime256v1", "ec/secp384r1"])
def test_keys_are_generated(personalised: Any, openssl: Any, algorithm: str) -> None:
    is_rsa = algorithm.startswith("rsa")
    personalised.init("--generate-key", algorithm, "--id", "03")
    personalised.write("message", b"what is signed")
    mechanism = "SHA256-RSA-PKCS" if is_rsa else "ECDSA-SHA1"
    more = () if is_rsa else ("--signature-format", "openssl")
    use = ("--input-file", "message", "--output-file", "signed")
    personalised.pkcs11("--sign", "--id", "03", "--mechanism", mechanism, *more, *use)
    personalised.run("pkcs15-tool", "--read-public-key", "03", "--output", "public.pem")
    digest = "-sha256" if is_rsa else "-sha1"
    assert "Verified OK" in openssl("dgst", digest, "-verify", "public.pem", "-signature", "signed", "message")


def test_keys_and_certificates_are_brought_in(with_keys: Any, openssl: Any) -> None:
    openssl("req", "-new", "-x509", "-key", "rsa.pem", "-subj", "/CN=somebody", "-out", "certificate.pem")
    with_keys.init("--store-certificate", "certificate.pem", "--id", "01")
    with_keys.run("pkcs15-tool", "--read-certificate", "01", "--output", "read.pem")
    assert with_keys.read("read.pem") == with_keys.read("certificate.pem")
    with_keys.write("secret", b"a secret")
    openssl("pkeyutl", "-encrypt", "-pubin", "-inkey", "rsa.pub.pem", "-in", "secret", "-out", "cryptogram")
    use = ("--input-file", "cryptogram", "--output-file", "deciphered")
    with_keys.pkcs11("--decrypt", "--id", "01", "--mechanism", "RSA-PKCS", *use)
    assert with_keys.read("deciphered") == b"a secret"


def test_the_pin_is_blocked_and_unblocked(personalised: Any) -> None:
    verify = ("pkcs15-tool", "--verify-pin", "--pin")
    for _ in range(3):
        assert personalised.run(*verify, "999999", check=False).returncode != 0
    blocked = personalised.run(*verify, "123456", check=False)
    assert "Authentication method blocked" in blocked.stderr
    personalised.run("pkcs15-tool", "--unblock-pin", "--puk", "0123456789abcdef", "--new-pin", "654321")
    personalised.run(*verify, "654321")
