"""Keys as the tests of an OpenPGP card have them: attributes, templates, points, signatures."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa, x25519
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed, encode_dss_signature
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from emulator.applications.openpgp.algorithm_attributes import OBJECT_IDENTIFIERS
from iso7816.ber_tlv import decode_all
from iso7816.control_reference import ControlReferenceTemplate, TemplateKind
from iso7816.key_algorithms import KeyAlgorithm
from iso7816.key_import import KeyImport

from .conftest import AUTHENTICATION, DECRYPTION, ED25519, SIGNATURE, SIGNATURES, tlv

DIGEST = bytes(range(32))
DIGEST_INFO = bytes.fromhex("3031300D060960864801650304020105000420") + DIGEST
CURVES = [each for each in KeyAlgorithm if each.is_weierstrass]
ATTRIBUTES = {SIGNATURE: 0xC1, DECRYPTION: 0xC2, AUTHENTICATION: 0xC3}
KINDS = {
    SIGNATURE: TemplateKind.SIGNATURE,
    DECRYPTION: TemplateKind.CONFIDENTIALITY,
    AUTHENTICATION: TemplateKind.AUTHENTICATION,
}


def attributes(template: str, algorithm: KeyAlgorithm, bits: int = 2048) -> bytes:
    if algorithm is KeyAlgorithm.RSA:
        return b"\x01" + bits.to_bytes(2, "big") + bytes.fromhex("002000")
    if algorithm is KeyAlgorithm.ED25519:
        return bytes.fromhex(ED25519)
    return (b"\x12" if template == DECRYPTION else b"\x13") + OBJECT_IDENTIFIERS[algorithm]


def parts(template: bytes) -> dict[int, bytes]:
    """What is in a template 7F49."""
    [public] = decode_all(template)
    assert public.tag == 0x7F49
    return {each.tag: each.value for each in public.children()}


def rsa_key(template: bytes) -> rsa.RSAPublicKey:
    found = {tag: int.from_bytes(value, "big") for tag, value in parts(template).items()}
    return rsa.RSAPublicNumbers(found[0x82], found[0x81]).public_key()


def sign(card: Any, template: str, data: bytes) -> bytes:
    """A signature by the signature key or the authentication key."""
    if template == SIGNATURE:
        assert card.verify(SIGNATURES) == "9000"
        return bytes(card.ok(0x2A, 0x9E, 0x9A, data))
    return bytes(card.ok(0x88, 0, 0, data))


def check_ecdsa(key: ec.EllipticCurvePublicKey, signature: bytes, digest: bytes) -> None:
    size = (key.key_size + 7) // 8
    assert len(signature) == 2 * size
    r, s = int.from_bytes(signature[:size], "big"), int.from_bytes(signature[size:], "big")
    hashed: hashes.HashAlgorithm = hashes.SHA256() if len(digest) == 32 else hashes.SHA512()
    key.verify(encode_dss_signature(r, s), digest, ec.ECDSA(Prehashed(hashed)))


def point(key: Any) -> bytes:
    if isinstance(key, ec.EllipticCurvePublicKey):
        return key.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    return bytes(key.public_bytes_raw())


def cipher_text(public: bytes) -> bytes:
    """Command data of DECIPHER: the public key of the other side."""
    return tlv(0xA6, tlv(0x7F49, tlv(0x86, public)))


def import_of(template: str, key: Any, *, reference: bytes | None = None) -> bytes:
    """Command data of PUT DATA, as programs send them: X25519 with its most significant byte first."""
    made = KeyImport.of_private_key(ControlReferenceTemplate(KINDS[template], private_key=reference), key)
    if isinstance(key, x25519.X25519PrivateKey):
        made = replace(made, parts=((0x92, made.parts[0][1][::-1]),))
    return made.to_bytes()
