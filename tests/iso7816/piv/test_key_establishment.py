"""Key establishment of PIV (SP 800-73-5, part 2, 4.1): computed once more from the text, with pycryptodome."""

from __future__ import annotations

from hashlib import sha256, sha384
from typing import Any

import pytest
from Crypto.Cipher import AES
from Crypto.Hash import CMAC
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import given
from hypothesis import strategies as st

from iso7816.errors import CertificateError, Iso7816Error
from iso7816.piv.card_certificate import CardCertificate
from iso7816.piv.cipher_suites import CS2, CS7, CipherSuite
from iso7816.piv.key_establishment import HostKeyEstablishment, KeyEstablishmentError, answer_challenge

SUITES = pytest.mark.parametrize("suite", [CS2, CS7], ids=lambda suite: suite.name)


def point(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)


def certified(suite: CipherSuite) -> tuple[ec.EllipticCurvePrivateKey, CardCertificate]:
    key, signer = (ec.generate_private_key(suite.elliptic_curve()) for _ in range(2))
    return key, CardCertificate(bytes(8), bytes(16), suite, point(key)).signed_by(signer)


@SUITES
def test_both_ends_come_to_the_same_keys(suite: CipherSuite) -> None:
    key, certificate = certified(suite)
    host = HostKeyEstablishment(suite, b"terminal")
    response, keys = answer_challenge(suite, key, certificate.to_bytes(), host.challenge)
    found, of_host = host.finish(response)
    assert found == certificate
    assert of_host == keys
    assert len(keys.mac) == len(keys.encryption) == len(keys.response_mac) == suite.key_length
    assert repr(keys) == f"SecureChannelKeys({8 * suite.key_length} bits)"
    assert "SECP" not in repr(host)


@SUITES
def test_the_derivation_is_that_of_the_text(suite: CipherSuite) -> None:
    key, certificate = certified(suite)
    encoded = certificate.to_bytes()
    host = HostKeyEstablishment(suite, b"terminal")
    response, keys = answer_challenge(suite, key, encoded, host.challenge)
    nonce_length, function, label = (16, sha256, b"\x09") if suite is CS2 else (24, sha384, b"\x0d")
    nonce, cryptogram = response[1 : 1 + nonce_length], response[1 + nonce_length : 17 + nonce_length]
    assert response[0] == 0
    assert response[17 + nonce_length :] == encoded
    z = host.ephemeral.exchange(ec.ECDH(), key.public_key())
    coordinates, card = host.challenge[10:], sha256(encoded).digest()[:8]
    other = b"\x04" + label * 4 + b"\x08terminal" + b"\x01\x00" + b"\x10" + coordinates[:16] + b"\x08" + card
    other += bytes((nonce_length,)) + nonce + b"\x01\x00"
    material = b"".join(function(bytes((0, 0, 0, counter)) + z + other).digest() for counter in range(1, 5))
    size = suite.key_length
    confirmation, mac, encryption, response_mac = (material[at : at + size] for at in range(0, 4 * size, size))
    assert (keys.mac, keys.encryption, keys.response_mac) == (mac, encryption, response_mac)
    code = CMAC.new(confirmation, b"KC_1_V" + card + b"terminal" + coordinates, ciphermod=AES)
    assert cryptogram == code.digest()


@SUITES
def test_a_card_without_the_key_is_found_out(suite: CipherSuite) -> None:
    _key, certificate = certified(suite)
    host = HostKeyEstablishment(suite)
    other = ec.generate_private_key(suite.elliptic_curve())
    response, _keys = answer_challenge(suite, other, certificate.to_bytes(), host.challenge)
    with pytest.raises(KeyEstablishmentError, match="does not have the key"):
        host.finish(response)


def test_what_the_outside_refuses() -> None:
    key, certificate = certified(CS2)
    host = HostKeyEstablishment(CS2)
    response, _keys = answer_challenge(CS2, key, certificate.to_bytes(), host.challenge)
    for wrong in (b"", b"\x01" + response[1:], response[:33], response[:-1], response + b"\0"):
        with pytest.raises(Iso7816Error):
            host.finish(wrong)
    _key, of_other_suite = certified(CS7)
    with pytest.raises(KeyEstablishmentError, match="another curve"):
        host.finish(bytes(33) + of_other_suite.to_bytes())
    with pytest.raises(KeyEstablishmentError, match="8 bytes"):
        HostKeyEstablishment(CS2, b"short")


@given(challenge=st.binary(max_size=120))
def test_no_challenge_raises_anything_else(challenge: bytes) -> None:
    with pytest.raises(KeyEstablishmentError):
        answer_challenge(CS2, KEY, b"", challenge)


@given(response=st.binary(max_size=300))
def test_no_response_raises_anything_else(response: bytes) -> None:
    with pytest.raises(Iso7816Error):
        HOST.finish(response)


KEY, CERTIFICATE = certified(CS2)
HOST = HostKeyEstablishment(CS2)


# Certificates


@SUITES
def test_a_certificate_reads_back_and_is_verified(suite: CipherSuite) -> None:
    signer, other = (ec.generate_private_key(suite.elliptic_curve()) for _ in range(2))
    certificate = CardCertificate(b"issuer 8", b"subject of 16 by", suite, point(other)).signed_by(signer)
    encoded = certificate.to_bytes()
    assert CardCertificate.parse(encoded) == certificate
    assert encoded[:2].hex() == "7f21"
    assert certificate.body.hex().startswith("5f290180" + "4208" + b"issuer 8".hex() + "5f2010")
    assert certificate.is_signed_by(signer.public_key())
    assert not certificate.is_signed_by(other.public_key())
    assert certificate.public_key() == other.public_key()
    oid = "2a8648ce3d030107" if suite is CS2 else "2b81040022"
    assert f"06{len(oid) // 2:02x}{oid}86" in certificate.body.hex()


def test_an_intermediate_certificate_is_signed_by_rsa() -> None:
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import padding, rsa

    from iso7816.ber_tlv import TLV

    signer = rsa.generate_private_key(65537, 2048)
    plain = CardCertificate(bytes(8), bytes(8), CS2, point(KEY), 0x12)
    value = signer.sign(plain.body, padding.PKCS1v15(), hashes.SHA256())
    algorithm = TLV(0x30, bytes.fromhex("06092A864886F70D01010B0500"))
    signature = TLV(0x30, algorithm.to_bytes() + TLV(0x03, b"\0" + value).to_bytes()).to_bytes()
    certificate = CardCertificate(bytes(8), bytes(8), CS2, point(KEY), 0x12, signature)
    assert CardCertificate.parse(certificate.to_bytes()).is_signed_by(signer.public_key())
    with pytest.raises(CertificateError, match="ECDSA"):
        certificate.is_signed_by(KEY.public_key())
    with pytest.raises(CertificateError, match="RSA"):
        CERTIFICATE.is_signed_by(signer.public_key())


@pytest.mark.parametrize(
    "change",
    [
        {"issuer": bytes(7)},
        {"subject": bytes(15)},
        {"point": bytes(65)},
        {"point": b"\x04" + bytes(63)},
        {"role": 256},
    ],
)
def test_fields_have_their_lengths(change: dict[str, Any]) -> None:
    fields = {"issuer": bytes(8), "subject": bytes(16), "suite": CS2, "point": point(KEY)}
    with pytest.raises(CertificateError):
        CardCertificate(**{**fields, **change})


@given(data=st.binary(max_size=80), at=st.integers(0, 300), byte=st.integers(0, 255))
def test_hostile_certificates_raise_our_errors_only(data: bytes, at: int, byte: int) -> None:
    encoded = bytearray(CERTIFICATE.to_bytes())
    encoded[at % len(encoded)] = byte
    for each in (data, bytes(encoded), bytes(encoded[:at])):
        try:
            parsed = CardCertificate.parse(each)
            parsed.public_key()
            parsed.is_signed_by(KEY.public_key())
        except Iso7816Error:
            pass
