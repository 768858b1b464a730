"""Challenge-response with a symmetric key: the tokens of INTERNAL, EXTERNAL and MUTUAL AUTHENTICATE.

ISO/IEC 9798-2, two-pass unilateral authentication: the verifier gives a challenge, the claimant
returns it enciphered. The distinguishing identifier is left out; so whoever takes part in both
directions with one key must not answer a challenge that it has itself given (a reflection).
Three-pass mutual authentication: a token holds both challenges, that of its sender first, in cipher block chaining.

::

    key                   challenge   token = one block of the cipher under the key
    AES-128, -192, -256   16 bytes    16 bytes
    3DES, 2 or 3 keys      8 bytes     8 bytes

    INTERNAL AUTHENTICATE    command: challenge of the outside    response: token
    EXTERNAL AUTHENTICATE    GET CHALLENGE first, then            command: token over the card's challenge
    MUTUAL AUTHENTICATE      GET CHALLENGE first, then            command: token of two blocks   response: likewise

By key pairs (ISO/IEC 9798-3) the token is a signature (:mod:`iso7816.digital_signature`) of the challenge; of MUTUAL
AUTHENTICATE it is the sender's own challenge and the signature of both challenges, that of its sender first.
"""

from __future__ import annotations

from enum import Enum, unique
from typing import TYPE_CHECKING

from iso7816.block_cipher import block_cipher
from iso7816.confidentiality import decipher_blocks, encipher_blocks
from iso7816.errors import Iso7816Error
from iso7816.key_algorithms import KeyAlgorithm

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


def mutual_token(key_type: KeyType, key: bytes, own: bytes, other: bytes) -> bytes:
    """The token of MUTUAL AUTHENTICATE: two blocks, the sender's own challenge and the other's.

    Raises:
        AuthenticationError: wrong length of key or challenges.
    """
    if len(key) not in key_type.key_lengths or {len(own), len(other)} != {key_type.challenge_length}:
        raise AuthenticationError(f"no key and challenges for {key_type.value}")
    return encipher_blocks(KeyAlgorithm(key_type.value), key, None, own + other)


def read_mutual_token(key_type: KeyType, key: bytes, token: bytes) -> tuple[bytes, bytes]:
    """The challenges in a token of MUTUAL AUTHENTICATE: that of its sender and the other.

    Raises:
        AuthenticationError: wrong length of key or token.
    """
    size = key_type.challenge_length
    if len(key) not in key_type.key_lengths or len(token) != 2 * size:
        raise AuthenticationError(f"no key and token for {key_type.value}")
    both = decipher_blocks(KeyAlgorithm(key_type.value), key, None, token)
    return both[:size], both[size:]


def is_same_secret(one: bytes, other: bytes) -> bool:
    """Whether two values are equal, in a time that does not tell where they differ."""
    from hmac import compare_digest

    return compare_digest(one, other)


def _cipher(key_type: KeyType, key: bytes) -> Cipher[modes.ECB]:
    # cryptography takes longer to load than the rest of a card: only when a key is used.
    from cryptography.hazmat.primitives.ciphers import Cipher, modes

    # One block: there is nothing to chain.
    return Cipher(block_cipher(KeyAlgorithm(key_type.value), key), modes.ECB())  # noqa: S305
