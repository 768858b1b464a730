"""Version 1 of the interface, which OpenSC speaks from 0.24 on: hash codes for ECDSA, PSS, RSA of 4096 bits."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import emulator
from emulator.definition.profiles import parse_definition
from emulator.storage import VolatileStorage

from ..opensc_version import opensc_version

PROFILE = Path(emulator.__file__).parent / "profiles" / "pkcs15.toml"
CURVES = {"ec/prime256v1": "ECDSA-SHA256", "ec/secp384r1": "ECDSA-SHA384", "ec/secp256k1": "ECDSA-SHA1"}


def card_of_version_1() -> emulator.Card:
    """The profile with the other version."""
    text = PROFILE.read_text(encoding="utf-8").replace("interface = 0", "interface = 1")
    return emulator.Card(parse_definition(text, "pkcs15"), VolatileStorage())


pytestmark = [
    pytest.mark.card(what=card_of_version_1, via="pcscd"),
    pytest.mark.skipif(opensc_version() < (0, 24), reason="needs OpenSC 0.24 or later"),
]


def sign(personalised: Any, number: str, mechanism: str, *more: str) -> None:
    """Sign the file ``message`` into ``signed``, and leave the public key in ``public.pem``."""
    personalised.write("message", b"what is signed")
    arguments = ("--sign", "--id", number, "--mechanism", mechanism, *more)
    personalised.pkcs11(*arguments, "--input-file", "message", "--output-file", "signed")
    personalised.run("pkcs15-tool", "--read-public-key", number, "--output", "public.pem")


@pytest.mark.parametrize(("key", "mechanism"), CURVES.items())
def test_signatures_on_curves(personalised: Any, openssl: Any, key: str, mechanism: str) -> None:
    personalised.init("--generate-key", key, "--id", "03")
    sign(personalised, "03", mechanism, "--signature-format", "openssl")
    digest = "-sha" + mechanism.removeprefix("ECDSA-SHA")
    assert "Verified OK" in openssl("dgst", digest, "-verify", "public.pem", "-signature", "signed", "message")


def test_a_key_of_4096_bits_signs_and_deciphers(personalised: Any, openssl: Any) -> None:
    personalised.init("--generate-key", "rsa/4096", "--id", "04", "--key-usage", "sign,decrypt")
    for mechanism, options in (
        ("SHA256-RSA-PKCS", ()),
        ("SHA256-RSA-PKCS-PSS", ("-sigopt", "rsa_padding_mode:pss", "-sigopt", "rsa_pss_saltlen:32")),
    ):
        sign(personalised, "04", mechanism)
        verify = ("-verify", "public.pem", "-signature", "signed", "message")
        assert "Verified OK" in openssl("dgst", "-sha256", *options, *verify)
    openssl("pkeyutl", "-encrypt", "-pubin", "-inkey", "public.pem", "-in", "message", "-out", "cryptogram")
    personalised.pkcs11(
        *("--decrypt", "--id", "04", "--mechanism", "RSA-PKCS"), *("--input-file", "cryptogram", "--output-file", "out")
    )
    assert personalised.read("out") == b"what is signed"


def test_the_programs_own_tests_pass(with_keys: Any) -> None:
    assert "No errors" in with_keys.pkcs11("--test").stdout
