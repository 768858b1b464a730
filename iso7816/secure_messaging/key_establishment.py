"""MUTUAL AUTHENTICATE that begins a session (ICAO Doc 9303-11, 4.3 and appendix D.3; ISO/IEC 11770-2, mechanism 6).

Both ends have a key; keys for this dialogue are derived from it as session keys are. Each end has a challenge and key
material of its own::

    command   E(RND.IFD || RND.ICC || K.IFD)  || MAC        E: CBC, initial value 0, no padding
    response  E(RND.ICC || RND.IFD || K.ICC)  || MAC        MAC: over the padded cryptogram

    3DES              challenges of 8 bytes, material of 16: 40 bytes
    AES-128           16 and 16: 56 bytes
    AES-192, AES-256  16 and 32: 72 bytes

The session's keys are derived from K.IFD xor K.ICC; its counter begins with the last halves of RND.ICC and RND.IFD.
Tokens with serial numbers, under two keys: :mod:`iso7816.secure_messaging.device_authentication`.
"""

from __future__ import annotations

from dataclasses import dataclass

from iso7816.authentication import KeyType
from iso7816.secure_messaging.algorithms import CHECKSUM_LENGTH, SessionKeys
from iso7816.secure_messaging.key_derivation import derive_session_keys
from iso7816.secure_messaging.tokens import open_token, seal_token

_SHORT = 16
_LONG = 32


@dataclass(frozen=True, slots=True, repr=False)
class Contribution:
    """What is in a token; the repr shows none of it.

    Attributes:
        own: the challenge of who made the token.
        other: the challenge of the other end.
        material: the key material of who made the token.
    """

    own: bytes
    other: bytes
    material: bytes


def material_length(key_type: KeyType, key: bytes) -> int:
    """Bytes of key material that go with a key."""
    return _SHORT if key_type is KeyType.TRIPLE_DES or len(key) == _SHORT else _LONG


def token_length(key_type: KeyType, key: bytes) -> int:
    """Bytes in a token."""
    return 2 * key_type.challenge_length + material_length(key_type, key) + CHECKSUM_LENGTH


def make_token(key_type: KeyType, key: bytes, contribution: Contribution) -> bytes:
    """The token of one end.

    Raises:
        SecureMessagingError: a key of another length. MechanismError: a contribution that is no whole blocks.
    """
    content = contribution.own + contribution.other + contribution.material
    return seal_token(_dialogue_keys(key_type, key), content)


def read_token(key_type: KeyType, key: bytes, token: bytes) -> Contribution:
    """What the other end's token holds.

    Raises:
        SecureMessagingError: another length, or a wrong MAC.
    """
    content = open_token(_dialogue_keys(key_type, key), token, token_length(key_type, key))
    size = key_type.challenge_length
    return Contribution(content[:size], content[size : 2 * size], content[2 * size :])


def agreed_session(
    key_type: KeyType, key: bytes, outside: Contribution, card: Contribution
) -> tuple[SessionKeys, bytes]:
    """Keys and counter of the session that the two tokens begin."""
    secret = bytes(a ^ b for a, b in zip(outside.material, card.material, strict=True))
    length = _SHORT if key_type is KeyType.TRIPLE_DES else len(key)
    half = key_type.challenge_length // 2
    return derive_session_keys(key_type, secret, length), card.own[half:] + outside.own[half:]


def _dialogue_keys(key_type: KeyType, key: bytes) -> SessionKeys:
    return derive_session_keys(key_type, key, _SHORT if key_type is KeyType.TRIPLE_DES else len(key))
