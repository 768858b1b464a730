"""``pkcs15-init`` brings keys and certificates to the card and generates keys; the private data objects are read."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, load_pem_public_key

from emulator import Card
from emulator.applications.openpgp.key_slots import Origin
from emulator.applications.openpgp.personalisation import contents, values_of

pytestmark = pytest.mark.card("openpgp", via="pcscd")

ADMIN = ("--auth-id", "3", "--pin", "12345678", "--verify-pin")


def slots(card: Card) -> Any:
    return contents(values_of(card.snapshot().state())).slots


def write_key(path: Path, key: Any) -> None:
    path.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption()))


def test_keys_are_brought_to_the_card(opensc: Any, card: Card, tmp_path: Path) -> None:
    keys = (ec.generate_private_key(ec.SECP256R1()), rsa.generate_private_key(65537, 2048))
    for number, key in zip((2, 3), keys, strict=True):
        write_key(tmp_path / "key.pem", key)
        opensc("pkcs15-init", "--store-private-key", "key.pem", *ADMIN, "--id", str(number))
    signature, *others = slots(card)
    assert signature.origin is Origin.NONE
    for slot, key in zip(others, keys, strict=True):
        assert slot.origin is Origin.IMPORTED
        assert slot.public_key == key.public_key()


def test_keys_are_generated(opensc: Any, card: Card) -> None:
    opensc("pkcs15-init", "--generate-key", "rsa/3072", *ADMIN, "--id", "1")
    [slot, *_others] = slots(card)
    assert slot.origin is Origin.GENERATED
    shown = opensc("pkcs15-tool", "--read-public-key", "1").stdout
    assert load_pem_public_key(shown.encode()) == slot.public_key


def test_a_certificate_is_brought_to_the_card(opensc: Any, card: Card, tmp_path: Path) -> None:
    write_key(tmp_path / "key.pem", rsa.generate_private_key(65537, 2048))
    opensc("openssl", "req", "-new", "-x509", "-key", "key.pem", "-subj", "/CN=Jane Doe", "-out", "certificate.pem")
    opensc("pkcs15-init", "--store-private-key", "key.pem", *ADMIN, "--id", "3")
    opensc("pkcs15-init", "--store-certificate", "certificate.pem", *ADMIN, "--id", "3")
    read = opensc("pkcs15-tool", "--read-certificate", "3").stdout
    assert read == (tmp_path / "certificate.pem").read_text()
