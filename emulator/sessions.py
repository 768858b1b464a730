"""Beginning a secure messaging session: by MUTUAL AUTHENTICATE, or with static keys of the card.

With static keys MANAGE SECURITY ENVIRONMENT SET names them for secure messaging in commands and responses (P1 = 31): a
checksum template (B4) and a confidentiality template (B8), in either order. The session begins with the second of the
two, and its counter with the challenge that GET CHALLENGE has given before: so no dialogue can be said twice.

By MUTUAL AUTHENTICATE the tokens are those of ICAO Doc 9303-11, or those of a device authentication
(:mod:`emulator.device_authentication`); how keys and counter come of them is the same.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Final

from emulator.current_environment import key_in
from emulator.key_use import authorise_use, spend_use
from emulator.keys import KeyOperation
from iso7816.authentication import KeyType, is_same_secret
from iso7816.control_reference import TemplateKind
from iso7816.key_algorithms import KeyAlgorithm
from iso7816.secure_messaging.errors import SecureMessagingError
from iso7816.status_words import SW, StatusWordError

if TYPE_CHECKING:
    from emulator.authentication_keys import AuthenticationKey
    from emulator.command import CardContext
    from emulator.keys import Key
    from emulator.persistent import ReferenceId
    from emulator.volatile import Environment

IN_RESPONSES: Final = 0x20
IN_COMMANDS: Final = 0x10
BOTH_WAYS: Final = IN_RESPONSES | IN_COMMANDS
_CIPHERS: Final = {KeyAlgorithm.AES: KeyType.AES, KeyAlgorithm.TRIPLE_DES: KeyType.TRIPLE_DES}


def establishment_length(found: AuthenticationKey, key_type: KeyType) -> int | None:
    """Bytes in a token that begins a session; ``None`` for a key that begins none."""
    material = found.key.material
    if is_between_devices(found):
        from iso7816.secure_messaging.device_authentication import DEVICE_TOKEN_LENGTH

        return DEVICE_TOKEN_LENGTH
    if material is None or KeyOperation.SECURE_MESSAGING not in found.key.operations:
        return None
    from iso7816.secure_messaging.key_establishment import token_length

    return token_length(key_type, material.value)


def is_between_devices(found: AuthenticationKey) -> bool:
    """Whether a key is for device authentication, and so has no other tokens."""
    return KeyOperation.DEVICE_AUTHENTICATION in found.key.operations


def answer_establishment(
    card: CardContext, found: AuthenticationKey, key_type: KeyType, challenge: bytes, token: bytes
) -> bytes:
    """The card's token for that of the outside; the session begins behind it.

    Raises:
        StatusWordError: 6984, 6985, 6982 as every use of a key; 6983, 63CX, 6300 as every authentication.
    """
    from emulator.authentication_keys import attempt
    from emulator.device_authentication import answer_device_authentication
    from iso7816.secure_messaging import CardSession
    from iso7816.secure_messaging.key_establishment import (
        Contribution,
        agreed_session,
        make_token,
        material_length,
        read_token,
    )

    if is_between_devices(found):
        return answer_device_authentication(card, found, challenge, token)
    key = authorise_use(card, found.where, found.key, KeyOperation.SECURE_MESSAGING).value
    outside: Contribution | None = None

    def is_right() -> bool:
        nonlocal outside
        try:
            outside = read_token(key_type, key, token)
        except SecureMessagingError:
            return False
        # With twice the same challenge the answer would be the token that was sent: it would prove nothing.
        return is_same_secret(outside.other, challenge) and not is_same_secret(outside.own, challenge)

    attempt(card, found, is_right)
    if outside is None:
        raise StatusWordError(SW.CONDITIONS_NOT_SATISFIED)
    own = Contribution(challenge, outside.own, os.urandom(material_length(key_type, key)))
    keys, counter = agreed_session(key_type, key, outside, own)
    card.begin_session(CardSession(keys, counter), found.where)
    return make_token(key_type, key, own)


def begin_with_static_keys(card: CardContext, environment: Environment) -> Environment:
    """Begin a session where the environment names both keys for secure messaging, both ways; else do nothing.

    Returns:
        The environment; without the two templates where a session has begun, so that the next one names them anew.

    Raises:
        StatusWordError: 6985 there was no challenge, the keys are not of one cipher, or their uses are spent; 6984 a
            key is not for this, 6982 its condition of use is not met.
    """
    for_checksum = environment.get(TemplateKind.CHECKSUM << 8 | IN_COMMANDS)
    for_encryption = environment.get(TemplateKind.CONFIDENTIALITY << 8 | IN_COMMANDS)
    if for_checksum is None or for_encryption is None:
        return environment
    found = [key_in(card, for_encryption.key), key_in(card, for_checksum.key)]
    encryption, checksum = (
        authorise_use(card, where, key, KeyOperation.SECURE_MESSAGING).value for where, key in found
    )
    key_type = _CIPHERS[found[0][1].algorithm]
    challenge, card.volatile.challenge = card.volatile.challenge, None
    size = key_type.challenge_length
    if _CIPHERS[found[1][1].algorithm] is not key_type or challenge is None or len(challenge) != size:
        raise StatusWordError(SW.CONDITIONS_NOT_SATISFIED)
    _spend(card, found)
    from iso7816.secure_messaging import CardSession, SessionKeys

    keys = SessionKeys(key_type, encryption, checksum[: _longest_checksum(key_type)])
    card.begin_session(CardSession(keys, challenge))
    return {key: template for key, template in environment.items() if not key & BOTH_WAYS}


def is_both_ways(uses: int) -> bool:
    """Whether a template is set for secure messaging in commands and responses."""
    return uses & BOTH_WAYS == BOTH_WAYS


def is_one_way(uses: int) -> bool:
    """Whether it is set for secure messaging in one of them only, which this card does not do."""
    return bool(uses & BOTH_WAYS) and not is_both_ways(uses)


def _spend(card: CardContext, found: list[tuple[ReferenceId, Key]]) -> None:
    for where in dict(found):
        spend_use(card, where, card.state.keys[where])


def _longest_checksum(key_type: KeyType) -> int:
    """The retail MAC has keys of 16 bytes: of a longer one of 3DES its first two."""
    return 16 if key_type is KeyType.TRIPLE_DES else 32
