"""Fingerprints of OpenPGP keys of version 4, which a host writes to C7, C8, C9 (RFC 4880, 12.2; RFC 6637, 9).

::

    SHA-1 of  99  length (2)  04  generation date (4)  algorithm (1)  key
    key       RSA            MPI modulus, MPI exponent
              ECDSA, EdDSA   length (1) object identifier, MPI point
              ECDH           likewise, then 03 01 hash cipher
    point     04 || x || y; of Ed25519 and X25519 40 || point
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Final, cast

from emulator.applications.openpgp.algorithm_attributes import (
    OBJECT_IDENTIFIERS,
    AlgorithmAttributes,
    PublicKeyAlgorithm,
)
from iso7816.public_key_template import public_point

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric import rsa

    from iso7816.asymmetric_keys import PublicKey
    from iso7816.key_algorithms import KeyAlgorithm

_OPENPGP_ALGORITHM: Final = {
    PublicKeyAlgorithm.RSA: 1,
    PublicKeyAlgorithm.ECDH: 18,
    PublicKeyAlgorithm.ECDSA: 19,
    PublicKeyAlgorithm.EDDSA: 22,
}
_SHA_256_AES_128, _SHA_384_AES_192, _SHA_512_AES_256 = b"\x08\x07", b"\x09\x08", b"\x0a\x09"


def fingerprint(public: PublicKey, attributes: AlgorithmAttributes, generation_date: int) -> bytes:
    """The fingerprint of a key that is used as the attributes say.

    Args:
        public: the key.
        attributes: those of its slot.
        generation_date: seconds since 1970.
    """
    if attributes.algorithm is PublicKeyAlgorithm.RSA:
        numbers = cast("rsa.RSAPublicKey", public).public_numbers()
        key = _mpi(numbers.n) + _mpi(numbers.e)
    else:
        identifier = OBJECT_IDENTIFIERS[attributes.key]
        key = bytes((len(identifier),)) + identifier + _mpi(int.from_bytes(_point(public, attributes.key), "big"))
        if attributes.algorithm is PublicKeyAlgorithm.ECDH:
            key += b"\x03\x01" + _derivation(attributes.bits)
    body = b"\x04" + generation_date.to_bytes(4, "big") + bytes((_OPENPGP_ALGORITHM[attributes.algorithm],)) + key
    # SHA-1 is what version 4 is made with.
    return hashlib.sha1(b"\x99" + len(body).to_bytes(2, "big") + body, usedforsecurity=False).digest()


def _point(public: PublicKey, algorithm: KeyAlgorithm) -> bytes:
    point = public_point(public)
    return point if algorithm.is_weierstrass else b"\x40" + point


def _derivation(bits: int) -> bytes:
    """Hash and cipher of ECDH by the size of the curve (RFC 6637, 13)."""
    if bits <= 256:
        return _SHA_256_AES_128
    return _SHA_384_AES_192 if bits <= 384 else _SHA_512_AES_256


def _mpi(number: int) -> bytes:
    bits = number.bit_length()
    return bits.to_bytes(2, "big") + number.to_bytes((bits + 7) // 8, "big")
