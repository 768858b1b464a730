"""Session keys from a secret that both ends have (ICAO Doc 9303-11, 9.7.1.1 and 9.7.4).

::

    key = H(secret || counter)      counter: 4 bytes, 1 for KEnc, 2 for KMAC

    3DES, 16 bytes      SHA-1, its first 16 bytes, parity bits set
    AES-128             SHA-1, its first 16 bytes
    AES-192, AES-256    SHA-256, its first 24 or 32 bytes
"""

from __future__ import annotations

from hashlib import sha1, sha256
from typing import Final

from iso7816.authentication import KeyType
from iso7816.secure_messaging.algorithms import SessionKeys
from iso7816.secure_messaging.errors import SecureMessagingError

_FOR_ENCRYPTION: Final = 1
_FOR_CHECKSUM: Final = 2
_SHORT: Final = 16


def derive_session_keys(key_type: KeyType, secret: bytes, key_length: int = _SHORT) -> SessionKeys:
    """KEnc and KMAC.

    Args:
        key_type: 3DES or AES.
        secret: what both ends have; its length does not matter.
        key_length: bytes in each key: 16, for AES also 24 or 32.

    Raises:
        SecureMessagingError: another length.
    """
    if key_length != _SHORT and not (key_type is KeyType.AES and key_length in key_type.key_lengths):
        raise SecureMessagingError(f"no keys of {key_length} bytes can be derived for {key_type.value}")
    return SessionKeys(
        key_type,
        _derive(key_type, secret, key_length, _FOR_ENCRYPTION),
        _derive(key_type, secret, key_length, _FOR_CHECKSUM),
    )


def _derive(key_type: KeyType, secret: bytes, key_length: int, counter: int) -> bytes:
    message = secret + counter.to_bytes(4, "big")
    # SHA-1 is what the document has for keys of this length; nothing rests on its collision resistance.
    digest = sha1(message).digest() if key_length == _SHORT else sha256(message).digest()  # noqa: S324
    key = digest[:key_length]
    return bytes(map(_with_odd_parity, key)) if key_type is KeyType.TRIPLE_DES else key


def _with_odd_parity(byte: int) -> int:
    return byte ^ 1 if byte.bit_count() % 2 == 0 else byte
