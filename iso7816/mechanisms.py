"""Cryptographic mechanisms, and the references by which control reference templates name them (tag 80).

ISO/IEC 7816-4 leaves the values to the card. Here the low four bits are the scheme and the high four the hash::

    x0  hash alone                 1x  SHA-1       01  3DES, one block (authentication)
    x3  RSASSA-PKCS1-v1_5          3x  SHA-224     02  AES, one block (authentication)
    x4  ECDSA                      4x  SHA-256     0D  cipher block chaining (AES, 3DES)
    x5  RSASSA-PSS                 5x  SHA-384     0F  CMAC (AES, 3DES)
    08  Ed25519                    6x  SHA-512     xE  HMAC
    0A  RSAES-PKCS1-v1_5                           xB  RSAES-OAEP
    0C  ECDH, X25519

Without a hash, RSASSA-PKCS1-v1_5 (03) signs a DigestInfo, which says what the hash is, and ECDSA (04) whatever hash
it is given. PSS and OAEP use MGF1 with the same hash, PSS a salt as long as the hash.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, unique
from typing import Final

from iso7816.key_algorithms import CURVE_BITS, KeyAlgorithm


@unique
class HashAlgorithm(Enum):
    """A hash, by the high four bits of its references.

    Attributes:
        size: bytes in a hash code.
        digest_info: what stands before the hash code in a DigestInfo (RFC 8017, 9.2).
    """

    SHA_1 = (0x10, "sha1", 20, "3021300906052B0E03021A05000414")
    SHA_224 = (0x30, "sha224", 28, "302D300D06096086480165030402040500041C")
    SHA_256 = (0x40, "sha256", 32, "3031300D060960864801650304020105000420")
    SHA_384 = (0x50, "sha384", 48, "3041300D060960864801650304020205000430")
    SHA_512 = (0x60, "sha512", 64, "3051300D060960864801650304020305000440")

    def __init__(self, reference: int, label: str, size: int, digest_info: str) -> None:
        self.reference = reference
        self.label = label
        self.size = size
        self.digest_info = bytes.fromhex(digest_info)

    # Members are one of a kind; the hash that Enum has takes longer than most of what a signature needs besides.
    __hash__ = object.__hash__


@unique
class Scheme(Enum):
    """What is done with a key, or without one."""

    HASH = "hash"
    BLOCK = "block"
    RSASSA_PKCS1 = "rsassa-pkcs1"
    RSASSA_PSS = "rsassa-pss"
    ECDSA = "ecdsa"
    EDDSA = "eddsa"
    RSAES_PKCS1 = "rsaes-pkcs1"
    RSAES_OAEP = "rsaes-oaep"
    ECDH = "ecdh"
    CBC = "cbc"
    CMAC = "cmac"
    HMAC = "hmac"

    __hash__ = object.__hash__


@dataclass(frozen=True, slots=True)
class Mechanism:
    """One way to use a key.

    Attributes:
        reference: the byte under tag 80 of a control reference template.
        name: as in a card definition, ``"ecdsa-sha256"``.
        scheme: what is done.
        hash: the hash of the message, ``None`` where the scheme has none, or the data say.
        keys: the algorithms of keys that take it.
    """

    reference: int
    name: str
    scheme: Scheme
    hash: HashAlgorithm | None
    keys: frozenset[KeyAlgorithm]


_CIPHERS: Final = frozenset((KeyAlgorithm.AES, KeyAlgorithm.TRIPLE_DES))
_RSA: Final = frozenset((KeyAlgorithm.RSA,))
_CURVES: Final = frozenset(CURVE_BITS)
_WITH_HASH: Final = (
    (0x0, Scheme.HASH, frozenset[KeyAlgorithm]()),
    (0x3, Scheme.RSASSA_PKCS1, _RSA),
    (0x4, Scheme.ECDSA, _CURVES),
    (0x5, Scheme.RSASSA_PSS, _RSA),
    (0xB, Scheme.RSAES_OAEP, _RSA),
    (0xE, Scheme.HMAC, frozenset((KeyAlgorithm.HMAC,))),
)
_WITHOUT_HASH: Final = (
    (0x01, "block-3des", Scheme.BLOCK, frozenset((KeyAlgorithm.TRIPLE_DES,))),
    (0x02, "block-aes", Scheme.BLOCK, frozenset((KeyAlgorithm.AES,))),
    (0x03, "rsassa-pkcs1", Scheme.RSASSA_PKCS1, _RSA),
    (0x04, "ecdsa", Scheme.ECDSA, _CURVES),
    (0x08, "eddsa", Scheme.EDDSA, frozenset((KeyAlgorithm.ED25519,))),
    (0x0A, "rsaes-pkcs1", Scheme.RSAES_PKCS1, _RSA),
    (0x0C, "ecdh", Scheme.ECDH, _CURVES | {KeyAlgorithm.X25519}),
    (0x0D, "cbc", Scheme.CBC, _CIPHERS),
    (0x0F, "cmac", Scheme.CMAC, _CIPHERS),
)

MECHANISMS: Final[dict[int, Mechanism]] = {
    mechanism.reference: mechanism
    for mechanism in sorted(
        (
            *(Mechanism(reference, name, scheme, None, keys) for reference, name, scheme, keys in _WITHOUT_HASH),
            *(
                Mechanism(each.reference | low, f"{scheme.value}-{each.label}", scheme, each, keys)
                for low, scheme, keys in _WITH_HASH
                for each in HashAlgorithm
            ),
        ),
        key=lambda mechanism: mechanism.reference,
    )
}
"""Every mechanism by its reference."""
