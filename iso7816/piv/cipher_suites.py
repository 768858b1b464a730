"""The cipher suites (SP 800-73-5, part 2, 4.1.4)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from iso7816.key_algorithms import KeyAlgorithm
from iso7816.mechanisms import HashAlgorithm

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric import ec


@dataclass(frozen=True, slots=True)
class CipherSuite:
    """A cipher suite.

    Attributes:
        name: as in the standard.
        identifier: algorithm identifier, P1 of GENERAL AUTHENTICATE.
        curve: of the card's key, of the outside's ephemeral key and of the key that signs the card's certificate.
        curve_oid: its object identifier, the value of tag 06 in a certificate.
        key_length: bytes in each AES key.
        nonce_length: bytes in the card's nonce.
        hash: of key derivation and of signatures.
        key_identifier: what the derivation calls keys of this length.
        signature_oid: object identifier of ECDSA with that hash.
    """

    name: str
    identifier: int
    curve: KeyAlgorithm
    curve_oid: bytes
    key_length: int
    nonce_length: int
    hash: HashAlgorithm
    key_identifier: int
    signature_oid: bytes

    @property
    def coordinate_length(self) -> int:
        """Bytes in a coordinate of a point."""
        return self.curve.sizes[0] // 8

    @property
    def point_length(self) -> int:
        """Bytes in a point: 04, x, y."""
        return 1 + 2 * self.coordinate_length

    def elliptic_curve(self) -> ec.EllipticCurve:
        """The curve as ``cryptography`` has it."""
        from iso7816.asymmetric_keys import curves

        return curves()[self.curve]


CS2: Final = CipherSuite(
    "CS2",
    0x27,
    KeyAlgorithm.P_256,
    bytes.fromhex("2A8648CE3D030107"),
    16,
    16,
    HashAlgorithm.SHA_256,
    0x09,
    bytes.fromhex("2A8648CE3D040302"),
)
CS7: Final = CipherSuite(
    "CS7",
    0x2E,
    KeyAlgorithm.P_384,
    bytes.fromhex("2B81040022"),
    32,
    24,
    HashAlgorithm.SHA_384,
    0x0D,
    bytes.fromhex("2A8648CE3D040303"),
)
CIPHER_SUITES: Final = {suite.identifier: suite for suite in (CS2, CS7)}
"""By their algorithm identifiers."""


def suite_of_curve(curve: KeyAlgorithm) -> CipherSuite | None:
    """The suite whose keys are on a curve, ``None`` where there is none."""
    return next((suite for suite in CIPHER_SUITES.values() if suite.curve is curve), None)
