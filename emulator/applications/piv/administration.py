"""Authentication by a secret key: 9B, the administrator's, and 9E where a card has one (SP 800-73-5, part 2, A.1, A.2).

One block of the cipher, each way. External: the card gives a challenge, the outside returns it enciphered. Mutual: the
card gives a witness enciphered, the outside returns it deciphered and a challenge, which the card returns enciphered.
Internal: the outside gives a challenge, which the card returns enciphered; the card's own challenge is then no longer
waited for, so that nobody can have it answered by the card itself.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from emulator.applications.piv.authentication_template import CHALLENGE, RESPONSE, WITNESS, template_of
from emulator.applications.piv.key_references import ADMINISTRATION_KEY
from emulator.applications.piv.security import Exchange, is_contactless, status_of
from iso7816.authentication import is_same_secret
from iso7816.confidentiality import encipher_blocks
from iso7816.status_words import SW, StatusWordError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from emulator.applications.piv.stored_keys import SecretKey
    from emulator.command import CardContext


def authenticate(
    card: CardContext, reference: int, key: SecretKey, objects: Mapping[int, bytes], exchange: Exchange | None
) -> bytes:
    """The response to the data objects of GENERAL AUTHENTICATE.

    Args:
        card: the card.
        reference: of the key.
        key: the key.
        objects: the data objects that have come, by their tags.
        exchange: what was begun by the command before.

    Raises:
        StatusWordError: 6982 over the contactless interface, or the outside does not have the key; 6A80 other data
            objects; 6985 nothing was begun.
    """
    if reference == ADMINISTRATION_KEY and is_contactless(card):
        raise StatusWordError(SW.SECURITY_STATUS_NOT_SATISFIED)
    size = key.algorithm.block_bytes
    if objects in ({CHALLENGE: b""}, {WITNESS: b""}):
        return _begin(card, reference, key, is_witness=WITNESS in objects)
    tags = frozenset(objects) - ({RESPONSE} if objects.get(RESPONSE) == b"" else set())
    if any(len(objects[tag]) != size for tag in tags):
        raise StatusWordError(SW.WRONG_DATA)
    if tags == {CHALLENGE} and RESPONSE in objects:
        return template_of(RESPONSE, _one_block(key, objects[CHALLENGE]))
    if tags == {RESPONSE}:
        _check(card, reference, exchange, objects[RESPONSE], is_witness=False)
        return b""
    if tags == {WITNESS, CHALLENGE}:
        _check(card, reference, exchange, objects[WITNESS], is_witness=True)
        return template_of(RESPONSE, _one_block(key, objects[CHALLENGE]))
    raise StatusWordError(SW.WRONG_DATA)


def _begin(card: CardContext, reference: int, key: SecretKey, *, is_witness: bool) -> bytes:
    number = os.urandom(key.algorithm.block_bytes)
    status_of(card).exchange = Exchange(reference, key, number, is_witness)
    # Programs draw random numbers as challenges, many of them: what would answer one is computed when an answer comes.
    return template_of(WITNESS, _one_block(key, number)) if is_witness else template_of(CHALLENGE, number)


def _check(card: CardContext, reference: int, exchange: Exchange | None, given: bytes, *, is_witness: bool) -> None:
    if exchange is None or exchange.reference != reference or exchange.is_witness != is_witness:
        raise StatusWordError(SW.CONDITIONS_NOT_SATISFIED)
    expected = exchange.number if is_witness else _one_block(exchange.key, exchange.number)
    right = is_same_secret(expected, given)
    if reference == ADMINISTRATION_KEY:
        status_of(card).administrator = right
    if not right:
        raise StatusWordError(SW.SECURITY_STATUS_NOT_SATISFIED)


def _one_block(key: SecretKey, block: bytes) -> bytes:
    # One block in cipher block chaining with the initial value 0 is the cipher itself.
    return encipher_blocks(key.algorithm.kind, key.key, None, block)
