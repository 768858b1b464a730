"""The algorithms that a key can be for, by the names that documents give them."""

from __future__ import annotations

from enum import Enum, unique
from typing import Final


@unique
class KeyAlgorithm(Enum):
    """What a key is a key of.

    Block ciphers and HMAC have secret keys, all others key pairs. Curves are those of FIPS 186-5 (P-256, P-384,
    P-521), SEC 2 (secp256k1), RFC 5639 (brainpool), RFC 8032 (Ed25519) and RFC 7748 (X25519).
    """

    AES = "aes"
    TRIPLE_DES = "3des"
    HMAC = "hmac"
    RSA = "rsa"
    P_256 = "p-256"
    P_384 = "p-384"
    P_521 = "p-521"
    SECP256K1 = "secp256k1"
    BRAINPOOL_P256R1 = "brainpoolP256r1"
    BRAINPOOL_P384R1 = "brainpoolP384r1"
    BRAINPOOL_P512R1 = "brainpoolP512r1"
    ED25519 = "ed25519"
    X25519 = "x25519"

    # Members are one of a kind; the hash that Enum has takes longer than most of what a signature needs besides.
    __hash__ = object.__hash__

    @property
    def is_secret(self) -> bool:
        """Whether both sides have the same key; else there is a private and a public one."""
        return self in _SECRET

    @property
    def is_weierstrass(self) -> bool:
        """Whether it is a curve of ECDSA and ECDH, whose points have two coordinates."""
        return self in CURVE_BITS

    @property
    def sizes(self) -> tuple[int, ...]:
        """Bits that a key may have, in order: of the modulus, of the curve's field, of the secret."""
        if self is KeyAlgorithm.RSA:
            return RSA_SIZES
        if self is KeyAlgorithm.AES:
            return (128, 192, 256)
        if self is KeyAlgorithm.TRIPLE_DES:
            return (128, 192)
        if self is KeyAlgorithm.HMAC:
            return tuple(range(64, 1032, 8))
        return (CURVE_BITS.get(self, 255),)


_SECRET: Final = frozenset((KeyAlgorithm.AES, KeyAlgorithm.TRIPLE_DES, KeyAlgorithm.HMAC))
RSA_SIZES: Final = tuple(range(1024, 4097, 256))
MAX_EXPONENT_BITS: Final = 64
"""The longest public exponent of RSA."""

CURVE_BITS: Final = {
    KeyAlgorithm.P_256: 256,
    KeyAlgorithm.P_384: 384,
    KeyAlgorithm.P_521: 521,
    KeyAlgorithm.SECP256K1: 256,
    KeyAlgorithm.BRAINPOOL_P256R1: 256,
    KeyAlgorithm.BRAINPOOL_P384R1: 384,
    KeyAlgorithm.BRAINPOOL_P512R1: 512,
}
"""Bits of the field, for the curves whose points have two coordinates."""
