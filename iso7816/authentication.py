"""Challenge-response with a symmetric key: the cryptograms of INTERNAL and EXTERNAL AUTHENTICATE.

ISO/IEC 9798-2, two-pass unilateral authentication: the verifier gives a challenge, the claimant
returns it enciphered. The distinguishing identifier is left out; so whoever takes part in both
directions with one key must not answer a challenge that it has itself given (a reflection).

::

    key                   challenge   token = one block of the cipher under the key
    AES-128, -192, -256   16 bytes    16 bytes
    3DES, 2 or 3 keys      8 bytes     8 bytes

    INTERNAL AUTHENTICATE    command: challenge of the outside    response: token
    EXTERNAL AUTHENTICATE    GET CHALLENGE first, then            command: token over the card's challenge
"""

from __future__ import annotations

from enum import Enum, unique
from typing import TYPE_CHECKING

from iso7816.errors import Iso7816Error

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.ciphers import Cipher, modes


class AuthenticationError(Iso7816Error):
    """A key or a challenge has a length that its cipher does not take."""


@unique
class KeyType(Enum):
    """The ciphers."""

    AES = "aes"
    TRIPLE_DES = "3des"

    @property
    def algorithm_reference(self) -> int:
        """P1 that names the cipher expressly (00 leaves it to the key): 01 for 3DES, 02 for AES."""
        return 0x02 if self is KeyType.AES else 0x01

    @property
    def challenge_length(self) -> int:
        """Bytes in a challenge and in a token: the block of the cipher."""
        return 16 if self is KeyType.AES else 8

    @property
    def key_lengths(self) -> tuple[int, ...]:
        """Bytes that a key may have."""
        return (16, 24, 32) if self is KeyType.AES else (16, 24)


def authentication_token(key_type: KeyType, key: bytes, challenge: bytes) -> bytes:
    """The challenge enciphered: response of INTERNAL AUTHENTICATE, command data of EXTERNAL AUTHENTICATE.

    Raises:
        AuthenticationError: wrong length of key or challenge.
    """
    if len(key) not in key_type.key_lengths:
        raise AuthenticationError(f"a key for {key_type.value} has {key_type.key_lengths} bytes, not {len(key)}")
    if len(challenge) != key_type.challenge_length:
        raise AuthenticationError(
            f"a challenge for {key_type.value} has {key_type.challenge_length} bytes, not {len(challenge)}"
        )
    encryptor = _cipher(key_type, key).encryptor()
    token: bytes = encryptor.update(challenge) + encryptor.finalize()
    return token


def is_token_right(key_type: KeyType, key: bytes, challenge: bytes, token: bytes) -> bool:
    """Whether ``token`` answers ``challenge``; the comparison takes the same time wherever they differ.

    Raises:
        AuthenticationError: wrong length of key or challenge.
    """
    return is_same_secret(authentication_token(key_type, key, challenge), token)


def is_same_secret(one: bytes, other: bytes) -> bool:
    """Whether two values are equal, in a time that does not tell where they differ."""
    from hmac import compare_digest

    return compare_digest(one, other)


def _cipher(key_type: KeyType, key: bytes) -> Cipher[modes.ECB]:
    # cryptography takes longer to load than the rest of a card: only when a key is used.
    from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

    if key_type is KeyType.AES:
        return Cipher(algorithms.AES(key), modes.ECB())  # noqa: S305 (one block: there is nothing to chain)
    try:
        from cryptography.hazmat.decrepit.ciphers.algorithms import TripleDES as triple_des  # noqa: N813
    except ImportError:  # before cryptography 43
        triple_des = algorithms.TripleDES  # type: ignore[misc,assignment,unused-ignore]
    # The library is about to give up two-key 3DES: K1 K2 is the same as K1 K2 K1.
    return Cipher(triple_des(key if len(key) == 24 else key + key[:8]), modes.ECB())  # noqa: S305
