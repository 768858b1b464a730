"""Certificates of whoever's making, of a version that nobody reads, too: cryptography's error for that is its own."""

from __future__ import annotations

import datetime
from base64 import encodebytes

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding

from emulator import Card, CardDefinitionError
from emulator.applications.piv.personalisation import slot_values
from emulator.applications.x509_certificates import is_of_key, load_certificate
from emulator.definition.profiles import load_profile, parse_definition
from emulator.persistent import Table
from iso7816.errors import KeyDataError

KEY = ec.derive_private_key(99, ec.SECP256R1())


def certificate() -> bytes:
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "Ada")])
    begins = datetime.datetime(2020, 1, 1, tzinfo=datetime.UTC)
    builder = x509.CertificateBuilder(name, name, KEY.public_key(), 1, begins, begins + datetime.timedelta(days=9))
    return builder.sign(KEY, SHA256()).public_bytes(Encoding.DER)


VERSION_2 = certificate().replace(bytes.fromhex("A003020102"), bytes.fromhex("A003020101"), 1)
"""Of a version that X.509 has, and that nobody reads."""


def test_one_that_can_be_read() -> None:
    loaded = load_certificate(certificate())
    assert is_of_key(loaded, KEY)
    assert not is_of_key(loaded, ed25519.Ed25519PrivateKey.generate())


@pytest.mark.parametrize("data", [b"", b"nonsense", certificate()[:-1], VERSION_2], ids=["none", "text", "cut", "v2"])
def test_what_is_none(data: bytes) -> None:
    with pytest.raises(KeyDataError, match="not a certificate"):
        load_certificate(data)


def test_in_a_card_definition() -> None:
    pem = f"-----BEGIN CERTIFICATE-----\n{encodebytes(VERSION_2).decode()}-----END CERTIFICATE-----\n"
    definition = f"""
[files."3F00"]
type = "DF"
[files."3F00/7F50"]
type = "DF"
[[applications]]
name = "A000000308000010000100"
path = "3F00/7F50"
type = "piv"
[[applications.options.keys]]
reference = 0x9A
certificate = '''{pem}'''
"""
    with pytest.raises(CardDefinitionError, match=r"certificate: expected one PEM block: a CERTIFICATE"):
        parse_definition(definition, "test")


def test_as_that_of_a_piv_cards_attestation_key() -> None:
    state = load_profile("piv")
    (df,) = state.applications
    values = {**slot_values(0xF9, KEY, VERSION_2), **slot_values(0x9A, KEY)}
    for key, value in values.items():
        # Only keys that were generated are vouched for.
        generated = value[:3] + b"\1" + value[4:] if key == b"key\x9a" else value
        state.write(Table.APPLICATION_VALUES, (df, key), generated)
    card = Card.from_state(state)
    card.power_on()
    assert card.transmit(bytes.fromhex("00F99A0000")) == b"\x69\x85"
