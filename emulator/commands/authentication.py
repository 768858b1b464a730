"""GET CHALLENGE, INTERNAL, EXTERNAL and MUTUAL AUTHENTICATE (ISO/IEC 7816-4:2005, 7.5.2 to 7.5.5).

P1 names the mechanism (00: that of the environment, else that of the key), P2 refers to the key as it does to a CHV
(00: the authentication template of the environment names it). The tokens are those of :mod:`iso7816.authentication`.

EXTERNAL and MUTUAL AUTHENTICATE share an instruction; how long the data are tells them apart, on T=0 too, and whether
MUTUAL AUTHENTICATE begins a secure messaging session (:mod:`emulator.sessions`).
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from emulator.authentication_keys import (
    AuthenticationKey,
    AuthenticationParameters,
    attempt,
    authentication_key,
    require_external,
    wrong_word,
)
from emulator.command import CardContext, Response, expected, is_all
from emulator.current_environment import COMPUTE, VERIFY
from emulator.key_use import authorise_use, spend_use
from emulator.keys import KeyOperation
from emulator.sessions import answer_establishment, establishment_length, is_between_devices
from iso7816.authentication import (
    KeyType,
    authentication_token,
    is_same_secret,
    is_token_right,
    mutual_token,
    read_mutual_token,
)
from iso7816.digital_signature import compute_signature, is_signature_right, signature_size, signed_input
from iso7816.errors import MechanismError
from iso7816.mechanisms import Scheme
from iso7816.status_words import SW, StatusWordError

if TYPE_CHECKING:
    from emulator.keys import KeyMaterial
    from iso7816.apdu import CommandAPDU

MAX_CHALLENGE = 256
"""Bytes in the longest challenge."""

MIN_CHALLENGE = 8
"""Bytes in the shortest challenge that a signature may answer."""


def parse_challenge(p1: int, p2: int) -> None:
    """Raises StatusWordError 6A86 unless P1 and P2 are 00."""
    if p1 != 0 or p2 != 0:
        raise StatusWordError(SW.INCORRECT_P1_P2)


def get_challenge(card: CardContext, command: CommandAPDU, _parameters: None) -> Response:
    """GET CHALLENGE (84): Ne random bytes, which serve one EXTERNAL AUTHENTICATE; 6700 for more than 256."""
    ne = expected(command)
    if ne > MAX_CHALLENGE and not is_all(ne):
        raise StatusWordError(SW.WRONG_LENGTH)
    challenge = os.urandom(min(ne, MAX_CHALLENGE))
    card.volatile.challenge = challenge
    return challenge


def _cipher(found: AuthenticationKey) -> KeyType | None:
    """The block cipher of the tokens, ``None`` where they are signatures."""
    return KeyType(found.key.algorithm.value) if found.mechanism.scheme is Scheme.BLOCK else None


def internal_authenticate(card: CardContext, command: CommandAPDU, parameters: AuthenticationParameters) -> Response:
    """INTERNAL AUTHENTICATE (88): the card shows that it has a key.

    6984 the key is not for this, 6982 its condition of use is not met, 6700 the challenge is not one block, 6A80 it is
    no input of the mechanism, 6985 the challenge is the one that the card gave itself and waits to see answered, the
    key's uses are spent, or its DF is closed.
    """
    found = authentication_key(card, command, parameters, COMPUTE)
    if found.certified is not None:
        raise StatusWordError(SW.REFERENCE_DATA_NOT_USABLE)
    material = authorise_use(card, found.where, found.key, KeyOperation.INTERNAL)
    cipher = _cipher(found)
    if cipher is not None and len(command.data) != cipher.challenge_length:
        raise StatusWordError(SW.WRONG_LENGTH)
    if command.data == card.volatile.challenge:
        raise StatusWordError(SW.CONDITIONS_NOT_SATISFIED)
    spend_use(card, found.where, found.key)
    if cipher is not None:
        return authentication_token(cipher, material.value, command.data)
    try:
        return _signed(found, material, command.data)
    except MechanismError:
        raise StatusWordError(SW.WRONG_DATA) from None


def _signed(found: AuthenticationKey, material: KeyMaterial, challenge: bytes) -> bytes:
    data = signed_input(found.mechanism, challenge) if found.takes_messages else challenge
    return compute_signature(found.mechanism, material.private_key(), data)


def external_authenticate(card: CardContext, command: CommandAPDU, parameters: AuthenticationParameters) -> Response:
    """EXTERNAL AUTHENTICATE (82): the outside shows that it has a key; without data it asks for the state.

    6984 the key is not for this, 6983 it is blocked, 6985 there is no challenge of its length, or the uses of the key
    are spent, 6700 the token is of no length that one has, 63CX (a counted key) or 6300 wrong. Every attempt uses the
    challenge up. With a token of the other length it is MUTUAL AUTHENTICATE, whose refusals are those of both sides.
    """
    found = authentication_key(card, command, parameters, VERIFY)
    require_external(found)
    if not command.data:
        if found.where in card.channel.authenticated:
            return b""
        blocked = found.key.tries_left == 0
        raise StatusWordError(SW.AUTHENTICATION_METHOD_BLOCKED if blocked else wrong_word(found.key))
    challenge, card.volatile.challenge = card.volatile.challenge, None
    cipher = _cipher(found)
    if cipher is not None:
        return _external_by_block(card, command, found, cipher, challenge)
    return _external_by_signature(card, command, parameters, found, challenge)


def _external_by_block(
    card: CardContext, command: CommandAPDU, found: AuthenticationKey, cipher: KeyType, challenge: bytes | None
) -> bytes:
    token, size = command.data, cipher.challenge_length
    establishes = len(token) == establishment_length(found, cipher)
    if not establishes and (is_between_devices(found) or len(token) not in (size, 2 * size)):
        raise StatusWordError(SW.WRONG_LENGTH)
    if len(token) != size and command.ne is None:
        raise StatusWordError(SW.WRONG_LENGTH)
    if found.key.tries_left == 0:
        raise StatusWordError(SW.AUTHENTICATION_METHOD_BLOCKED)
    if challenge is None or len(challenge) != size:
        raise StatusWordError(SW.CONDITIONS_NOT_SATISFIED)
    if len(token) == size:
        secret = _secret(found)
        attempt(card, found, lambda: is_token_right(cipher, secret, challenge, token))
        return b""
    if establishes:
        return answer_establishment(card, found, cipher, challenge, token)
    secret = authorise_use(card, found.where, found.key, KeyOperation.INTERNAL).value
    theirs, ours = read_mutual_token(cipher, secret, token)
    # With twice the same challenge the answer would be the token that was sent: it would prove nothing.
    attempt(card, found, lambda: is_same_secret(ours, challenge) and not is_same_secret(theirs, challenge))
    return mutual_token(cipher, secret, challenge, theirs)


def _secret(found: AuthenticationKey) -> bytes:
    material = found.key.material
    return b"" if material is None else material.value


def _external_by_signature(
    card: CardContext,
    command: CommandAPDU,
    parameters: AuthenticationParameters,
    found: AuthenticationKey,
    challenge: bytes | None,
) -> bytes:
    public = found.public_key()
    size = signature_size(found.mechanism, getattr(public, "key_size", 0))
    token, signature = command.data[:-size], command.data[-size:]
    if found.key.tries_left == 0:
        raise StatusWordError(SW.AUTHENTICATION_METHOD_BLOCKED)
    if challenge is None or len(challenge) < MIN_CHALLENGE:
        raise StatusWordError(SW.CONDITIONS_NOT_SATISFIED)
    if len(signature) != size or len(token) not in (0, len(challenge)) or (token and command.ne is None):
        raise StatusWordError(SW.WRONG_LENGTH)
    if not token:
        data = signed_input(found.mechanism, challenge)
        attempt(card, found, lambda: is_signature_right(found.mechanism, public, data, signature))
        return b""
    own = authentication_key(card, command, parameters, COMPUTE)
    if own.certified is not None or not own.takes_messages or _cipher(own) is not None or token == challenge:
        raise StatusWordError(SW.CONDITIONS_NOT_SATISFIED)
    material = authorise_use(card, own.where, own.key, KeyOperation.INTERNAL)
    data = signed_input(found.mechanism, token + challenge)
    attempt(card, found, lambda: is_signature_right(found.mechanism, public, data, signature), own.where)
    return challenge + _signed(own, material, challenge + token)
