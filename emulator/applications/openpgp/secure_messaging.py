"""Secure messaging with static keys (OpenPGP card 3.4.1, 4.4.2, 5, 7.5): who has the keys administers the card.

::

    D1  SM-Key-ENC     16 bytes for AES-128 or 32 for AES-256, as the extended capabilities say; empty: none
    D2  SM-Key-MAC     likewise
    F4                 both at once: { D1 key, D2 key }; { D1, D2 } or empty: none

A protected command is taken under both keys and the last challenge, if that had 16 bytes (:mod:`iso7816.openpgp`). It
counts as one after VERIFY of PW3. The challenge is gone then, whether the command was right or wrong.
"""

from __future__ import annotations

from enum import IntEnum, unique
from typing import TYPE_CHECKING, Final

from emulator.applications.openpgp.data_objects import CHECKSUM_KEY, ENCRYPTION_KEY, MESSAGING_KEYS, OBJECTS, value_of
from iso7816.authentication import KeyType
from iso7816.ber_tlv import decode_all
from iso7816.errors import Iso7816Error
from iso7816.status_words import SW, StatusWordError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from emulator.applications.contract import ApplicationValues
    from emulator.applications.openpgp.passwords import Values
    from emulator.command import CardContext
    from emulator.session import Session

ALGORITHM: Final = b"setting secure messaging"
"""The value that says which algorithm the card has; without it there is no secure messaging."""

_KEYS: Final = (ENCRYPTION_KEY, CHECKSUM_KEY)
_CHALLENGE: Final = "challenge"


@unique
class MessagingAlgorithm(IntEnum):
    """The second byte of the extended capabilities."""

    AES_128 = 0x01
    AES_256 = 0x02

    @property
    def label(self) -> str:
        """By which card definitions name it: ``aes-128``."""
        return self.name.lower().replace("_", "-")

    @property
    def key_length(self) -> int:
        """Bytes in each of the two keys."""
        return 16 if self is MessagingAlgorithm.AES_128 else 32


def algorithm_of(values: Values) -> MessagingAlgorithm | None:
    """The algorithm of the card that has these values, ``None`` where it has no secure messaging."""
    value = values.get(ALGORITHM)
    return None if value is None else MessagingAlgorithm(value[0])


def new_keys(encryption: bytes, checksum: bytes) -> Mapping[bytes, bytes]:
    """The values of both keys."""
    return {OBJECTS[tag].value_key: key for tag, key in zip(_KEYS, (encryption, checksum), strict=True)}


def has_keys(values: Values) -> bool:
    """Whether both keys are there, so that protected commands are taken."""
    return algorithm_of(values) is not None and all(value_of(values, tag) for tag in _KEYS)


def is_there(card: CardContext, tag: int) -> bool:
    """Whether the card has a data object: those of secure messaging only where it has that."""
    return tag not in (*_KEYS, MESSAGING_KEYS) or algorithm_of(card.values) is not None


def put_key(tag: int, card: CardContext, value: bytes) -> None:
    """PUT DATA D1, D2; an empty value is none. Raises StatusWordError 6700 a key of another algorithm."""
    _check_length(card, value, SW.WRONG_LENGTH)
    _set(card.values, tag, value)


def put_keys(card: CardContext, value: bytes) -> None:
    """PUT DATA F4: both keys, or none. Raises StatusWordError 6A80 anything else."""
    keys = _both_keys(value) if value else dict.fromkeys(_KEYS, b"")
    for tag, key in keys.items():
        _check_length(card, key, SW.WRONG_DATA)
        _set(card.values, tag, key)


def _both_keys(value: bytes) -> Mapping[int, bytes]:
    """The keys in F4, in either order. Raises StatusWordError 6A80 unless both are there, or both are empty."""
    try:
        found = decode_all(value)
    except Iso7816Error:
        raise StatusWordError(SW.WRONG_DATA) from None
    if sorted(each.tag for each in found) != list(_KEYS) or len({len(each.value) for each in found}) != 1:
        raise StatusWordError(SW.WRONG_DATA)
    return {each.tag: each.value for each in found}


def _check_length(card: CardContext, key: bytes, word: SW) -> None:
    algorithm = algorithm_of(card.values)
    if key and (algorithm is None or len(key) != algorithm.key_length):
        raise StatusWordError(word)


def _set(values: ApplicationValues, tag: int, key: bytes) -> None:
    if key:
        values.put(OBJECTS[tag].value_key, key)
    else:
        values.remove(OBJECTS[tag].value_key)


def keep_challenge(card: CardContext, challenge: bytes) -> None:
    """The last challenge, for the next protected command; one of another length serves none."""
    if len(challenge) == KeyType.AES.challenge_length:
        card.channel.application_state[_CHALLENGE] = challenge
    else:
        card.channel.application_state.pop(_CHALLENGE, None)


def session_of_one_command(card: CardContext) -> Session:
    """The card's end for one protected command; the challenge has served with that.

    Raises:
        StatusWordError: 6882 the card has no secure messaging, 6987 it has no keys, or gave no challenge before.
    """
    if algorithm_of(card.values) is None:
        raise StatusWordError(SW.SECURE_MESSAGING_UNSUPPORTED)
    challenge: bytes | None = card.channel.application_state.pop(_CHALLENGE, None)
    if challenge is None or not has_keys(card.values):
        raise StatusWordError(SW.SM_OBJECTS_MISSING)
    from iso7816.openpgp.session import OpenPGPCardSession
    from iso7816.secure_messaging import SessionKeys

    encryption, checksum = (value_of(card.values, tag) for tag in _KEYS)
    return OpenPGPCardSession(SessionKeys(KeyType.AES, encryption, checksum), challenge)
