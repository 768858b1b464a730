"""Block ciphers: AES and 3DES."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from iso7816.key_algorithms import KeyAlgorithm

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.ciphers import BlockCipherAlgorithm


def block_size(algorithm: KeyAlgorithm) -> int:
    """Bytes in a block of a block cipher."""
    return 16 if algorithm is KeyAlgorithm.AES else 8


def block_cipher(algorithm: KeyAlgorithm, key: bytes) -> BlockCipherAlgorithm:
    """AES or 3DES under a key, as ``cryptography`` has it; two keys of 3DES K1 K2 are used as K1 K2 K1."""
    # cryptography takes longer to load than the rest of a card: only when a key is used.
    from cryptography.hazmat.primitives.ciphers import algorithms

    if algorithm is KeyAlgorithm.AES:
        return algorithms.AES(key)
    try:
        from cryptography.hazmat.decrepit.ciphers.algorithms import TripleDES as triple_des  # noqa: N813
    except ImportError:  # before cryptography 43
        triple_des = algorithms.TripleDES  # type: ignore[misc,assignment,unused-ignore]
    # The library is about to give up two-key 3DES: K1 K2 is the same as K1 K2 K1.
    return cast("BlockCipherAlgorithm", triple_des(key if len(key) == 24 else key + key[:8]))
