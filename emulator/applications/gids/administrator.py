"""GENERAL AUTHENTICATE (87): whoever is outside proves to have the administrator's key, and so does the card.

MANAGE SECURITY ENVIRONMENT names the key first. The cipher is 3DES with three keys, chained from zeros::

    external   7C { 81 {} }          ->  7C { 81 challenge, 8 bytes }
               7C { 82 cryptogram }      of the challenge
    mutual     7C { 81 R1, 16 }      ->  7C { 81 R2, 16 bytes }
               7C { 82 cryptogram }  ->  7C { 82 cryptogram }
                  of R2 || R1 || Z1         of R1 || R2 || Z2

Z1 and Z2 have seven random bytes, and 80 as padding; there is no session that they might make a key for. A challenge
serves one answer.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Final, NamedTuple

from emulator.applications.gids.environment import Purpose, current_environment
from emulator.applications.gids.interface import KEY_FILES
from emulator.applications.gids.life_cycle import is_operational
from emulator.applications.gids.security_status import Role, authenticated
from emulator.applications.gids.stored_files import key_key
from iso7816.authentication import is_same_secret
from iso7816.ber_tlv import TLV, decode_all
from iso7816.confidentiality import decipher_blocks, encipher_blocks
from iso7816.errors import Iso7816Error
from iso7816.key_algorithms import KeyAlgorithm
from iso7816.padding import pad
from iso7816.status_words import SW, StatusWordError

if TYPE_CHECKING:
    from emulator.command import CardContext, Response
    from iso7816.apdu import CommandAPDU

_TEMPLATE: Final = 0x7C
_CHALLENGE: Final = 0x81
_RESPONSE: Final = 0x82
_EXTERNAL_SIZE: Final = 8
_MUTUAL_SIZE: Final = 16
_BLOCK: Final = 8
_HALF_SIZE: Final = 7
_CRYPTOGRAM_SIZE: Final = 2 * _MUTUAL_SIZE + _BLOCK
_STATE: Final = "challenge"


class Challenge(NamedTuple):
    """What waits for an answer.

    Attributes:
        ours: the challenge of the card.
        theirs: that of the outside, empty: authentication is of the outside alone.
    """

    ours: bytes
    theirs: bytes


def general_authenticate(card: CardContext, command: CommandAPDU, _parameters: None) -> Response:
    """6985 the application is not operational, no environment names the key, or no challenge waits; 6A80 other data
    objects; 6A88 the key has no value; 6982 the answer is wrong."""
    if not is_operational(card.values):
        raise StatusWordError(SW.CONDITIONS_NOT_SATISFIED)
    tag, value = _object_in(command.data)
    reference = current_environment(card, Purpose.AUTHENTICATE).key
    key = card.values.get(key_key(KEY_FILES | reference))
    if key is None:
        raise StatusWordError(SW.REFERENCED_DATA_NOT_FOUND)
    if tag == _CHALLENGE:
        return _give_challenge(card, value)
    challenge = card.channel.application_state.pop(_STATE, None)
    if not isinstance(challenge, Challenge):
        raise StatusWordError(SW.CONDITIONS_NOT_SATISFIED)
    authenticated(card).discard(Role.ADMINISTRATOR)
    answer = _answer_mutual(key, challenge, value) if challenge.theirs else _check_external(key, challenge, value)
    authenticated(card).add(Role.ADMINISTRATOR)
    return answer


def _object_in(data: bytes) -> tuple[int, bytes]:
    """The one data object in the template. Raises StatusWordError 6A80."""
    try:
        (template,) = decode_all(data)
        (tlv,) = template.children()
    except (Iso7816Error, ValueError):
        raise StatusWordError(SW.WRONG_DATA) from None
    if template.tag != _TEMPLATE or tlv.tag not in (_CHALLENGE, _RESPONSE):
        raise StatusWordError(SW.WRONG_DATA)
    return tlv.tag, tlv.value


def _give_challenge(card: CardContext, theirs: bytes) -> bytes:
    if len(theirs) not in (0, _MUTUAL_SIZE):
        raise StatusWordError(SW.WRONG_DATA)
    ours = os.urandom(_MUTUAL_SIZE if theirs else _EXTERNAL_SIZE)
    card.channel.application_state[_STATE] = Challenge(ours, theirs)
    return _template(_CHALLENGE, ours)


def _check_external(key: bytes, challenge: Challenge, cryptogram: bytes) -> bytes:
    if not is_same_secret(encipher_blocks(KeyAlgorithm.TRIPLE_DES, key, None, challenge.ours), cryptogram):
        raise StatusWordError(SW.SECURITY_STATUS_NOT_SATISFIED)
    return b""


def _answer_mutual(key: bytes, challenge: Challenge, cryptogram: bytes) -> bytes:
    ours, theirs = challenge
    if len(cryptogram) != _CRYPTOGRAM_SIZE:
        raise StatusWordError(SW.SECURITY_STATUS_NOT_SATISFIED)
    plain = decipher_blocks(KeyAlgorithm.TRIPLE_DES, key, None, cryptogram)
    both, last = plain[: 2 * _MUTUAL_SIZE], plain[-1:]
    if not is_same_secret(both + last, ours + theirs + pad(b"", _BLOCK)[:1]):
        raise StatusWordError(SW.SECURITY_STATUS_NOT_SATISFIED)
    answer = theirs + ours + pad(os.urandom(_HALF_SIZE), _BLOCK)
    return _template(_RESPONSE, encipher_blocks(KeyAlgorithm.TRIPLE_DES, key, None, answer))


def _template(tag: int, value: bytes) -> bytes:
    return TLV.constructed(_TEMPLATE, [TLV(tag, value)]).to_bytes()
