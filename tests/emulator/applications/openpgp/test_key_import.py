"""PUT DATA of private keys (OpenPGP card 3.4.1, 4.4.3.12, 7.2.8)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa, x25519
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed

from iso7816.control_reference import ControlReferenceTemplate, TemplateKind
from iso7816.key_algorithms import KeyAlgorithm
from iso7816.key_import import KeyImport

from .conftest import AUTHENTICATION, DECRYPTION, ED25519, SIGNATURE, X25519, tlv
from .key_material import (
    ATTRIBUTES,
    DIGEST,
    DIGEST_INFO,
    attributes,
    check_ecdsa,
    cipher_text,
    import_of,
    parts,
    point,
    sign,
)


@pytest.mark.parametrize("template", [SIGNATURE, AUTHENTICATION])
@pytest.mark.parametrize(
    "make_key",
    [
        lambda: rsa.generate_private_key(65537, 2048),
        lambda: ec.generate_private_key(ec.SECP256R1()),
        lambda: ec.generate_private_key(ec.SECP521R1()),
        ed25519.Ed25519PrivateKey.generate,
    ],
)
def test_what_is_imported_signs(administered: Any, template: str, make_key: Callable[[], Any]) -> None:
    from iso7816.asymmetric_keys import key_algorithm

    key = make_key()
    administered.put(ATTRIBUTES[template], attributes(template, *key_algorithm(key)))
    assert administered.word(0xDB, 0x3F, 0xFF, import_of(template, key)) == "9000"
    assert administered.found(0x6E, 0x73, 0xDE)[1 if template == SIGNATURE else 5] == 2, "imported"
    public, data = key.public_key(), DIGEST_INFO if isinstance(key, rsa.RSAPrivateKey) else DIGEST
    signature = sign(administered, template, data)
    if isinstance(public, rsa.RSAPublicKey):
        public.verify(signature, DIGEST, padding.PKCS1v15(), Prehashed(hashes.SHA256()))
    elif isinstance(public, ec.EllipticCurvePublicKey):
        check_ecdsa(public, signature, DIGEST)
    else:
        public.verify(signature, DIGEST)


def test_what_is_imported_deciphers(administered: Any) -> None:
    key = x25519.X25519PrivateKey.generate()
    administered.put(0xC2, X25519)
    assert administered.word(0xDB, 0x3F, 0xFF, import_of(DECRYPTION, key, reference=b"\2")) == "9000"
    assert parts(administered.public_key(DECRYPTION))[0x86] == point(key.public_key())
    other = x25519.X25519PrivateKey.generate()
    assert administered.ok(0x2A, 0x80, 0x86, cipher_text(point(other.public_key()))) == key.exchange(other.public_key())


def test_an_import_of_a_signature_key_begins_the_counter_anew(administered: Any) -> None:
    administered.put(0xC1, ED25519)
    administered.generate(SIGNATURE)
    sign(administered, SIGNATURE, b"m")
    administered.word(0xDB, 0x3F, 0xFF, import_of(SIGNATURE, ed25519.Ed25519PrivateKey.generate()))
    assert administered.get(0x93) == bytes(3)


def test_the_public_key_may_come_too(administered: Any) -> None:
    key = x25519.X25519PrivateKey.from_private_bytes(bytes(31) + b"\x40")
    public = point(key.public_key())
    administered.put(0xC2, X25519 + "FF")
    short = tlv(0x5F48, b"\x40" + bytes(31) + public)
    data = tlv(0x4D, bytes.fromhex("B800") + tlv(0x7F48, bytes.fromhex("92209920")) + short)
    assert administered.word(0xDB, 0x3F, 0xFF, data) == "9000"
    with_prefix = tlv(0x5F48, b"\x40" + bytes(31) + b"\x40" + public)
    data = tlv(0x4D, bytes.fromhex("B800") + tlv(0x7F48, bytes.fromhex("92209921")) + with_prefix)
    assert administered.word(0xDB, 0x3F, 0xFF, data) == "9000", "with the byte that OpenPGP puts before it"
    assert parts(administered.public_key(DECRYPTION))[0x86] == public


def test_numbers_may_lack_their_leading_zeros(administered: Any) -> None:
    administered.put(0xC1, attributes(SIGNATURE, KeyAlgorithm.P_256))
    data = tlv(0x4D, bytes.fromhex("B600") + tlv(0x7F48, bytes.fromhex("9201")) + tlv(0x5F48, b"\x05"))
    assert administered.word(0xDB, 0x3F, 0xFF, data) == "9000"
    expected = ec.derive_private_key(5, ec.SECP256R1()).public_key()
    assert parts(administered.public_key(SIGNATURE))[0x86] == point(expected)


def test_what_does_not_fit_the_attributes_is_refused(administered: Any) -> None:
    curve_key, long_key = ec.generate_private_key(ec.SECP256R1()), rsa.generate_private_key(65537, 3072)
    for key in (curve_key, long_key):
        assert administered.word(0xDB, 0x3F, 0xFF, import_of(SIGNATURE, key)) == "6A80"
    administered.put(0xC1, ED25519)
    assert administered.word(0xDB, 0x3F, 0xFF, import_of(SIGNATURE, long_key)) == "6A80"
    administered.put(0xC3, "010C00001100")
    assert administered.word(0xDB, 0x3F, 0xFF, import_of(AUTHENTICATION, long_key)) == "9000"
    assert administered.get(0xDE).hex() == "010002000302"


def test_a_public_key_is_not_imported(administered: Any) -> None:
    administered.put(0xC1, attributes(SIGNATURE, KeyAlgorithm.P_256))
    public = ec.generate_private_key(ec.SECP256R1()).public_key()
    data = KeyImport.of_public_key(ControlReferenceTemplate(TemplateKind.SIGNATURE), public).to_bytes()
    assert administered.word(0xDB, 0x3F, 0xFF, data) == "6A80"
    assert administered.get(0xDE).hex() == "010002000300"


@pytest.mark.parametrize(("bits", "word"), [(17, "6A80"), (18, "9000"), (32, "9000")])
def test_an_exponent_is_as_long_as_the_attributes_say(administered: Any, bits: int, word: str) -> None:
    exponent = 0x2001D  # a prime of 18 bits
    administered.put(0xC1, b"\x01\x08\x00" + bits.to_bytes(2, "big") + b"\x00")
    numbers = rsa.generate_private_key(65537, 2048).private_numbers()
    while (numbers.p - 1) % exponent == 0 or (numbers.q - 1) % exponent == 0:
        numbers = rsa.generate_private_key(65537, 2048).private_numbers()
    values = exponent.to_bytes(3, "big"), numbers.p.to_bytes(128, "big"), numbers.q.to_bytes(128, "big")
    headers = tlv(0x7F48, bytes.fromhex("9103 928180 938180"))
    data = tlv(0x4D, bytes.fromhex("B600") + headers + tlv(0x5F48, b"".join(values)))
    assert administered.word(0xDB, 0x3F, 0xFF, data) == word


@pytest.mark.parametrize(
    "data",
    [
        "4D00",
        "4D02B600",
        "4D0AB6007F48019292 5F4801",
        "4D0BB6007F4802920A5F480105",
        "4D0BA6007F480292015F480105",
        "4D0EB6038401027F480292015F480105",
        "4D0BB6007F490286015F490105",
        "5D0BB6007F480292015F480105",
        "4D0BB6007F480292015F48010500",
    ],
)
def test_what_is_no_import(administered: Any, data: str) -> None:
    administered.put(0xC1, attributes(SIGNATURE, KeyAlgorithm.P_256))
    administered.put(0xC3, attributes(AUTHENTICATION, KeyAlgorithm.P_256))
    assert administered.word(0xDB, 0x3F, 0xFF, bytes.fromhex(data)) == "6A80"
    assert administered.get(0xDE).hex() == "010002000300"


@pytest.mark.parametrize("data", ["B6", "B601", "A600", "B603840102", "B600B800", "6F00", "B6038401"])
def test_what_names_no_key_to_generate(administered: Any, data: str) -> None:
    assert administered.word(0x47, 0x81, 0, bytes.fromhex(data), le=True) == "6A80"


def test_a_key_may_be_named_by_its_reference(administered: Any) -> None:
    administered.put(0xC1, ED25519)
    assert len(administered.generate("B603840101")) == len(bytes.fromhex("7F49228620")) + 32
