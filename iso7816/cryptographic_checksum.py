"""Cryptographic checksums: CMAC (NIST SP 800-38B) and HMAC (RFC 2104), in full length."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from iso7816.block_cipher import block_cipher
from iso7816.digital_signature import hash_function
from iso7816.mechanisms import Mechanism, Scheme

if TYPE_CHECKING:
    from iso7816.key_algorithms import KeyAlgorithm

CHECKSUM_SCHEMES: Final = frozenset((Scheme.CMAC, Scheme.HMAC))
"""The schemes that compute checksums."""


def compute_checksum(mechanism: Mechanism, algorithm: KeyAlgorithm, key: bytes, data: bytes) -> bytes:
    """The checksum of data under a secret key: one block of the cipher, or as long as the hash."""
    from cryptography.hazmat.primitives.cmac import CMAC
    from cryptography.hazmat.primitives.hmac import HMAC

    if mechanism.hash is not None:
        hmac = HMAC(key, hash_function(mechanism.hash))
        hmac.update(data)
        return hmac.finalize()
    cmac = CMAC(block_cipher(algorithm, key))
    cmac.update(data)
    return cmac.finalize()
