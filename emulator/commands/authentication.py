"""GET CHALLENGE, INTERNAL and EXTERNAL AUTHENTICATE (ISO/IEC 7816-4:2005, 7.5).

P1 names the cipher (00: the one of the key, 01: 3DES, 02: AES); P2 refers to the key as it does to a
CHV. The cryptograms are those of :mod:`iso7816.authentication`. MUTUAL AUTHENTICATE has its place here.
"""

from __future__ import annotations

import os
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from emulator.command import CardContext, Response, expected, is_all
from emulator.key_use import authorise_use, spend_use
from emulator.keys import KeyOperation
from emulator.references import find_key
from emulator.requirement import is_reference
from iso7816.authentication import KeyType, authentication_token, is_token_right
from iso7816.key_algorithms import KeyAlgorithm
from iso7816.status_words import SW, StatusWordError, counter_word

if TYPE_CHECKING:
    from emulator.keys import Key
    from emulator.persistent import ReferenceId
    from iso7816.apdu import CommandAPDU

MAX_CHALLENGE = 256
"""Bytes in the longest challenge."""

_ALGORITHMS: dict[int, KeyType | None] = {
    0x00: None,
    **{key_type.algorithm_reference: key_type for key_type in KeyType},
}


def parse_challenge(p1: int, p2: int) -> None:
    """Raises StatusWordError 6A86 unless P1 and P2 are 00."""
    if p1 != 0 or p2 != 0:
        raise StatusWordError(SW.INCORRECT_P1_P2)


def parse_authentication(p1: int, p2: int) -> tuple[KeyType | None, int]:
    """Cipher and key reference. Raises StatusWordError 6A86 for another cipher, or bits 7 and 6 set in P2."""
    if p1 not in _ALGORITHMS or p2 & 0x60:
        raise StatusWordError(SW.INCORRECT_P1_P2)
    return _ALGORITHMS[p1], p2


def get_challenge(card: CardContext, command: CommandAPDU, _parameters: None) -> Response:
    """GET CHALLENGE (84): Ne random bytes, which serve one EXTERNAL AUTHENTICATE; 6700 for more than 256."""
    ne = expected(command)
    if ne > MAX_CHALLENGE and not is_all(ne):
        raise StatusWordError(SW.WRONG_LENGTH)
    challenge = os.urandom(min(ne, MAX_CHALLENGE))
    card.volatile.challenge = challenge
    return challenge


_CIPHERS: Final = {KeyAlgorithm.AES: KeyType.AES, KeyAlgorithm.TRIPLE_DES: KeyType.TRIPLE_DES}


def _find(card: CardContext, parameters: tuple[KeyType | None, int]) -> tuple[ReferenceId, Key]:
    """The key that P2 refers to. Raises StatusWordError 6A88, also where P1 names another cipher."""
    key_type, reference = parameters
    where = find_key(card.state, card.channel.df, reference) if is_reference(reference) else None
    if where is None or key_type not in (None, _CIPHERS.get(card.state.keys[where].algorithm)):
        raise StatusWordError(SW.REFERENCED_DATA_NOT_FOUND)
    return where, card.state.keys[where]


def _cipher(key: Key) -> KeyType:
    """The cipher of a key. Raises StatusWordError 6984 for a key of another kind."""
    cipher = _CIPHERS.get(key.algorithm)
    if cipher is None:
        raise StatusWordError(SW.REFERENCE_DATA_NOT_USABLE)
    return cipher


def internal_authenticate(card: CardContext, command: CommandAPDU, parameters: tuple[KeyType | None, int]) -> Response:
    """INTERNAL AUTHENTICATE (88): the card shows that it has a key.

    6984 the key is not for this, 6982 its condition of use is not met, 6700 the challenge is not one block, 6985
    the challenge is the one that the card gave itself and waits to see answered, or the key's DF is closed.
    """
    where, key = _find(card, parameters)
    material = authorise_use(card, where, key, KeyOperation.INTERNAL)
    cipher = _cipher(key)
    if len(command.data) != cipher.challenge_length:
        raise StatusWordError(SW.WRONG_LENGTH)
    if command.data == card.volatile.challenge:
        raise StatusWordError(SW.CONDITIONS_NOT_SATISFIED)
    spend_use(card, where, key)
    return authentication_token(cipher, material.value, command.data)


def external_authenticate(card: CardContext, command: CommandAPDU, parameters: tuple[KeyType | None, int]) -> Response:
    """EXTERNAL AUTHENTICATE (82): the outside shows that it has a key; without data it asks for the state.

    6984 the key is not for this, 6983 it is blocked, 6985 there is no challenge of its length, 6700 the token is
    not one block, 63CX (a counted key) or 6300 wrong. Every attempt uses the challenge up.
    """
    where, key = _find(card, parameters)
    material = key.material
    if KeyOperation.EXTERNAL not in key.operations or material is None:
        raise StatusWordError(SW.REFERENCE_DATA_NOT_USABLE)
    cipher = _cipher(key)
    authenticated = card.channel.authenticated
    blocked = key.tries_left == 0
    if not command.data:
        if where in authenticated:
            return b""
        raise StatusWordError(SW.AUTHENTICATION_METHOD_BLOCKED if blocked else _wrong(key))
    challenge, card.volatile.challenge = card.volatile.challenge, None
    if len(command.data) != cipher.challenge_length:
        raise StatusWordError(SW.WRONG_LENGTH)
    if blocked:
        raise StatusWordError(SW.AUTHENTICATION_METHOD_BLOCKED)
    if challenge is None or len(challenge) != cipher.challenge_length:
        raise StatusWordError(SW.CONDITIONS_NOT_SATISFIED)
    if key.tries_left is not None:
        key = replace(key, tries_left=key.tries_left - 1)
        card.work.put_key(where, key)
        card.work.commit()
    if not is_token_right(cipher, material.value, challenge, command.data):
        authenticated.discard(where)
        raise StatusWordError(_wrong(key))
    if key.tries_left is not None:
        card.work.put_key(where, replace(key, tries_left=key.max_tries))
        card.work.commit()
    authenticated.add(where)
    return b""


def _wrong(key: Key) -> int:
    return SW.NV_CHANGED if key.tries_left is None else counter_word(key.tries_left)
