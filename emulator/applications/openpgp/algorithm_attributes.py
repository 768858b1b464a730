"""Algorithm attributes, the data objects C1 to C3: what key a slot is for (OpenPGP card 3.4.1, 4.4.3.9).

::

    RSA     01  bits of the modulus (2)  bits of the public exponent (2)  import format (1)
    ECDH    12  object identifier of the curve  [import format]
    ECDSA   13  likewise
    EdDSA   16  likewise

    import format  RSA: 00 e p q, 01 and the modulus, 02 and the parts of the Chinese remainder theorem, 03 and both;
                   curves: absent or 00 the private key, FF and the public key
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum, unique
from typing import Final

from iso7816.errors import KeyDataError
from iso7816.key_algorithms import KeyAlgorithm


@unique
class PublicKeyAlgorithm(IntEnum):
    """The first byte."""

    RSA = 0x01
    ECDH = 0x12
    ECDSA = 0x13
    EDDSA = 0x16


RSA_BITS: Final = range(2048, 4097, 256)
EXPONENT_BITS: Final = range(17, 33)
"""65537 has 17 bits; programs write 32 where the exponent takes four bytes."""

_IMPORT_FORMATS: Final = range(4)
_CURVE_IMPORT_FORMATS: Final = (b"", b"\x00", b"\xff")
_RSA_LENGTH: Final = 6

OBJECT_IDENTIFIERS: Final = {
    KeyAlgorithm.P_256: bytes.fromhex("2A8648CE3D030107"),
    KeyAlgorithm.P_384: bytes.fromhex("2B81040022"),
    KeyAlgorithm.P_521: bytes.fromhex("2B81040023"),
    KeyAlgorithm.SECP256K1: bytes.fromhex("2B8104000A"),
    KeyAlgorithm.BRAINPOOL_P256R1: bytes.fromhex("2B2403030208010107"),
    KeyAlgorithm.BRAINPOOL_P384R1: bytes.fromhex("2B240303020801010B"),
    KeyAlgorithm.BRAINPOOL_P512R1: bytes.fromhex("2B240303020801010D"),
    KeyAlgorithm.ED25519: bytes.fromhex("2B06010401DA470F01"),
    KeyAlgorithm.X25519: bytes.fromhex("2B060104019755010501"),
}
"""Of the curves; those of Ed25519 and X25519 are GnuPG's, which OpenPGP uses (RFC 9580, 9.2)."""


@dataclass(frozen=True, slots=True)
class AlgorithmAttributes:
    """What key a slot is for.

    Attributes:
        algorithm: the first byte.
        key: what it is a key of.
        bits: of the modulus, of the curve's field.
        exponent_bits: of the public exponent, ``None`` for a curve.
    """

    algorithm: PublicKeyAlgorithm
    key: KeyAlgorithm
    bits: int
    exponent_bits: int | None = None

    @classmethod
    def parse(cls, value: bytes) -> AlgorithmAttributes:
        """Read the value of a data object C1, C2 or C3.

        Raises:
            KeyDataError: no attributes, or of a key that this card cannot have.
        """
        if value[:1] == bytes((PublicKeyAlgorithm.RSA,)):
            return cls._of_rsa(value)
        for algorithm in (PublicKeyAlgorithm.ECDH, PublicKeyAlgorithm.ECDSA, PublicKeyAlgorithm.EDDSA):
            if value[:1] != bytes((algorithm,)):
                continue
            for key, identifier in OBJECT_IDENTIFIERS.items():
                rest = value[1 + len(identifier) :]
                if value[1:].startswith(identifier) and rest in _CURVE_IMPORT_FORMATS and _serves(algorithm, key):
                    return cls(algorithm, key, key.sizes[0])
        raise KeyDataError("algorithm attributes of no key that this card can have")

    @classmethod
    def _of_rsa(cls, value: bytes) -> AlgorithmAttributes:
        bits, exponent_bits = int.from_bytes(value[1:3], "big"), int.from_bytes(value[3:5], "big")
        if len(value) != _RSA_LENGTH or value[5] not in _IMPORT_FORMATS:
            raise KeyDataError("algorithm attributes of RSA have six bytes, the last one from 00 to 03")
        if bits not in RSA_BITS or exponent_bits not in EXPONENT_BITS:
            raise KeyDataError(f"this card has no key of RSA with {bits} bits and an exponent of {exponent_bits}")
        return cls(PublicKeyAlgorithm.RSA, KeyAlgorithm.RSA, bits, exponent_bits)

    @classmethod
    def of_rsa(cls, bits: int) -> AlgorithmAttributes:
        """A key of RSA, whose exponent may have 32 bits."""
        return cls(PublicKeyAlgorithm.RSA, KeyAlgorithm.RSA, bits, EXPONENT_BITS[-1])

    @classmethod
    def of_curve(cls, key: KeyAlgorithm, *, agrees: bool) -> AlgorithmAttributes:
        """A key on a curve.

        Args:
            key: the curve.
            agrees: whether it is for key agreement, else for signatures; Ed25519 and X25519 are for one of them only.
        """
        if key is KeyAlgorithm.ED25519:
            return cls(PublicKeyAlgorithm.EDDSA, key, key.sizes[0])
        agrees = agrees or key is KeyAlgorithm.X25519
        return cls(PublicKeyAlgorithm.ECDH if agrees else PublicKeyAlgorithm.ECDSA, key, key.sizes[0])

    def to_bytes(self) -> bytes:
        """The value of the data object; import format 00, which a curve leaves out."""
        first = bytes((self.algorithm,))
        if self.exponent_bits is not None:
            return first + self.bits.to_bytes(2, "big") + self.exponent_bits.to_bytes(2, "big") + b"\0"
        return first + OBJECT_IDENTIFIERS[self.key]


def _serves(algorithm: PublicKeyAlgorithm, key: KeyAlgorithm) -> bool:
    """Whether a curve is one of an algorithm."""
    if key is KeyAlgorithm.ED25519:
        return algorithm is PublicKeyAlgorithm.EDDSA
    if key is KeyAlgorithm.X25519:
        return algorithm is PublicKeyAlgorithm.ECDH
    return algorithm is not PublicKeyAlgorithm.EDDSA
