"""Cards that are made with keys and a holder, and what is told of a card without commands."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from emulator import Card, CardDefinitionError
from emulator.applications.openpgp.algorithm_attributes import AlgorithmAttributes
from emulator.applications.openpgp.fingerprints import fingerprint
from emulator.applications.openpgp.key_derivation import KeyDerivation
from emulator.applications.openpgp.key_slots import KeySlot, Origin, StoredKey
from emulator.applications.openpgp.personalisation import contents, slot_values, values_of
from iso7816.errors import KeyDataError
from iso7816.key_algorithms import KeyAlgorithm
from iso7816.public_key_template import public_key_from_point

from .conftest import ED25519, SIGNATURES, OpenPGPTerminal

DATE = 1_600_000_000
CURVE_KEY = ec.generate_private_key(ec.SECP256R1())


def pem(key: Any) -> str:
    return str(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode())


def certificate_of(key: Any, signer: Any = None) -> x509.Certificate:
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "Jane Doe")])
    builder = x509.CertificateBuilder().subject_name(name).issuer_name(name).serial_number(1)
    builder = builder.not_valid_before(datetime(2020, 1, 1, tzinfo=UTC)).not_valid_after(
        datetime(2040, 1, 1, tzinfo=UTC)
    )
    digest = None if isinstance(key, ed25519.Ed25519PrivateKey) else hashes.SHA256()
    return builder.public_key(key.public_key()).sign(signer or key, digest)


def slot(label: str, key: Any, *lines: str) -> str:
    return "\n".join((f"[applications.options.{label}]", f'pem = """{pem(key)}"""', *lines, ""))


def test_a_card_is_made_with_keys(make: Callable[..., OpenPGPTerminal]) -> None:
    key, agreement = ed25519.Ed25519PrivateKey.generate(), ec.generate_private_key(ec.SECP384R1())
    certificate = certificate_of(key)
    text = f'certificate = """{certificate.public_bytes(Encoding.PEM).decode()}"""'
    card = make(
        'name = "Doe<<Jane"\nlanguage = "deen"\nsex = "2"\nlogin = "jane"\nurl = "https://example.org"\n'
        + slot("signature", key, f"generation_date = {DATE}", text)
        + slot("decryption", agreement)
        + '[applications.options.authentication]\nalgorithm = "rsa-4096"\n'
    )
    assert card.found(0x65, 0x5B) == b"Doe<<Jane"
    assert (card.found(0x65, 0x5F2D), card.found(0x65, 0x5F35)) == (b"deen", b"2")
    assert (card.get(0x5E), card.get(0x5F50)) == (b"jane", b"https://example.org")
    assert card.get(0xC1).hex().upper() == ED25519
    assert card.get(0xC2) == b"\x12" + bytes.fromhex("2B81040022")
    assert card.get(0xC3).hex() == "011000002000"
    assert card.get(0xDE).hex() == "010202020300"
    assert card.get(0xCD)[:4] == DATE.to_bytes(4, "big")
    assert any(card.get(0xC5)[:20])
    assert card.sw("00A502040660045C027F21") == "9000"
    assert card.get(0x7F21) == certificate.public_bytes(Encoding.DER)
    card.verify(SIGNATURES)
    key.public_key().verify(card.ok(0x2A, 0x9E, 0x9A, b"message"), b"message")


def test_what_is_on_a_card_is_told_without_its_secrets(make: Callable[..., OpenPGPTerminal]) -> None:
    key = ed25519.Ed25519PrivateKey.generate()
    card = make(slot("authentication", key, f"generation_date = {DATE}"))
    found = contents(values_of(card.card.snapshot().state()))
    assert found.tries_left == (3, 3, 0)
    signature, decryption, authentication = found.slots
    assert (signature.origin, decryption.origin, authentication.origin) == (Origin.NONE, Origin.NONE, Origin.IMPORTED)
    assert signature.public_key is None
    assert authentication.public_key == key.public_key()
    assert authentication.generation_date == DATE
    assert authentication.fingerprint == card.get(0xC5)[40:]
    assert authentication.attributes.key is KeyAlgorithm.ED25519
    assert key.private_bytes_raw().hex() not in repr(found)
    assert values_of(Card.from_profile("iso7816").snapshot().state()) == {}


def test_it_survives_in_an_image(make: Callable[..., OpenPGPTerminal], tmp_path: Path) -> None:
    card = make('name = "Doe<<Jane"\n')
    card.card.save(tmp_path / "openpgp.card")
    with Card.open(tmp_path / "openpgp.card") as again:
        assert OpenPGPTerminal(again).get(0x6E) == card.get(0x6E)


@pytest.mark.parametrize(
    ("options", "key"),
    [
        ('pw1 = "12345"', "pw1"),
        ('pw3 = "1234567"', "pw3"),
        ('resetting_code = "1234567"', "resetting_code"),
        (f'name = "{"x" * 40}"', "name"),
        ('language = "deu"', "language"),
        ('language = "d"', "language"),
        ('sex = "3"', "sex"),
        ('touch = "yes"', "touch"),
        ("several_signatures = 1", "several_signatures"),
        ('colour = "red"', "colour"),
        ("signature = 1", "signature"),
        ("[applications.options.signature]", "signature.pem"),
        ('[applications.options.signature]\npem = "x"', "signature.pem"),
        ('[applications.options.signature]\nalgorithm = "x25519"', "signature.algorithm"),
        ('[applications.options.decryption]\nalgorithm = "ed25519"', "decryption.algorithm"),
        ('[applications.options.decryption]\nalgorithm = "rsa-1024"', "decryption.algorithm"),
        ('[applications.options.decryption]\nalgorithm = "x25519"\ncolour = 1', "decryption.colour"),
        (slot("decryption", ed25519.Ed25519PrivateKey.generate()), "decryption"),
        (slot("signature", rsa.generate_private_key(65537, 2304 + 8)), "signature"),
        (slot("signature", CURVE_KEY, 'certificate = "x"'), "signature.certificate"),
        (slot("signature", CURVE_KEY, "generation_date = -1"), "signature.generation_date"),
    ],
)
def test_what_is_wrong_is_told_by_its_key(make: Callable[..., OpenPGPTerminal], options: str, key: str) -> None:
    with pytest.raises(CardDefinitionError) as caught:
        make(options)
    assert caught.value.key == f"applications[0].options.{key}"


def test_a_certificate_of_another_key_is_refused(make: Callable[..., OpenPGPTerminal]) -> None:
    key, other = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))
    text = f'certificate = """{certificate_of(other).public_bytes(Encoding.PEM).decode()}"""'
    with pytest.raises(CardDefinitionError, match="of another key"):
        make(slot("signature", key, text))


def test_what_is_no_certificate_is_refused() -> None:
    with pytest.raises(KeyDataError, match="not a certificate"):
        slot_values(KeySlot.SIGNATURE, CURVE_KEY, generation_date=0, certificate=b"\x30\x00")


def test_no_repr_shows_a_secret() -> None:
    key = slot_values(KeySlot.SIGNATURE, CURVE_KEY, generation_date=0)[KeySlot.SIGNATURE.value_key]
    assert repr(StoredKey.from_bytes(key)) == "StoredKey(IMPORTED)"
    derivation = "810103 820108 830400010000 8408" + "01" * 8 + "8720" + "AA" * 32
    assert repr(KeyDerivation.parse(bytes.fromhex(derivation))) == "KeyDerivation(SHA_256)"


# Fingerprints


def test_fingerprint_of_a_published_key() -> None:
    # draft-koch-eddsa-for-openpgp-04, appendix A ("Sample key"): Ed25519, generated 2014-08-19 14:28:27 UTC.
    point = bytes.fromhex("3F098994BDD916ED4053197934E4A87C80733A1280D62F8010992E43EE3B2406")
    key = public_key_from_point(KeyAlgorithm.ED25519, point)
    attributes = AlgorithmAttributes.parse(bytes.fromhex(ED25519))
    assert fingerprint(key, attributes, 0x53F35F0B).hex().upper() == "C959BDBAFA32A2F89A153B678CFDE12197965A9A"


@pytest.mark.parametrize("slot_", KeySlot)
def test_the_attributes_of_every_key_that_is_offered_are_read_again(slot_: KeySlot) -> None:
    for offered in slot_.offered():
        assert AlgorithmAttributes.parse(offered.to_bytes()) == offered
        assert slot_.takes(offered)
