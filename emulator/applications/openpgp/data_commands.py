"""SELECT DATA, GET DATA, GET NEXT DATA, PUT DATA (OpenPGP card 3.4.1, 7.2.5 to 7.2.8).

The data object 7F21, a certificate, occurs three times: for the authentication key first, then for decryption, then for
signatures. SELECT DATA says which one is meant from then on, GET NEXT DATA goes on from the one that was read.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import TYPE_CHECKING, Final

from emulator.applications.openpgp.algorithm_attributes import AlgorithmAttributes
from emulator.applications.openpgp.data_objects import (
    CERTIFICATE,
    CHECKSUM_KEY,
    ENCRYPTION_KEY,
    KEY_DERIVATION,
    MESSAGING_KEYS,
    OBJECTS,
    PASSWORD_STATUS,
    RESETTING_CODE,
    SEX,
    SEXES,
    value_of,
)
from emulator.applications.openpgp.key_derivation import put_key_derivation
from emulator.applications.openpgp.key_slots import KeySlot
from emulator.applications.openpgp.passwords import put_resetting_code
from emulator.applications.openpgp.secure_messaging import is_there, put_key, put_keys
from emulator.applications.openpgp.templates import made
from emulator.applications.openpgp.user_interaction import put_user_interaction
from iso7816.ber_tlv import decode_all
from iso7816.errors import Iso7816Error, KeyDataError
from iso7816.status_words import SW, StatusWordError

if TYPE_CHECKING:
    from emulator.command import CardContext, Response
    from iso7816.apdu import CommandAPDU

OCCURRENCES: Final = len(KeySlot)
_SELECTED, _READ = "certificate selected", "certificate read"
_GENERAL_REFERENCE, _TAG_LIST = 0x60, 0x5C


def certificate_key(occurrence: int) -> bytes:
    """The key of a certificate among the values of the application."""
    return b"certificate %d" % occurrence


def parse_tag(p1: int, p2: int) -> int:
    """The tag in P1 and P2."""
    return p1 << 8 | p2


def parse_occurrence(p1: int, p2: int) -> int:
    """Raises StatusWordError 6B00 for a P2 other than 04, 6A88 for a fourth occurrence."""
    if p2 != 0x04:
        raise StatusWordError(SW.OFFSET_OUTSIDE_EF)
    if p1 >= OCCURRENCES:
        raise StatusWordError(SW.REFERENCED_DATA_NOT_FOUND)
    return p1


def select_data(card: CardContext, command: CommandAPDU, occurrence: int) -> Response:
    """SELECT DATA (A5): 60 { 5C 7F21 }. 6A80 other data, 6A88 another tag."""
    try:
        [reference] = decode_all(command.data)
        [tags] = reference.children() if reference.tag == _GENERAL_REFERENCE else ()
    except (Iso7816Error, ValueError):
        raise StatusWordError(SW.WRONG_DATA) from None
    if tags.tag != _TAG_LIST:
        raise StatusWordError(SW.WRONG_DATA)
    if tags.value != CERTIFICATE.to_bytes(2, "big"):
        raise StatusWordError(SW.REFERENCED_DATA_NOT_FOUND)
    card.channel.application_state[_SELECTED] = occurrence
    card.channel.application_state.pop(_READ, None)
    return b""


def _selected(card: CardContext) -> int:
    return int(card.channel.application_state.get(_SELECTED, 0))


def get_data(card: CardContext, _command: CommandAPDU, tag: int) -> Response:
    """GET DATA (CA). 6A88 there is no such data object, 6982 its password is not verified."""
    if tag == CERTIFICATE:
        occurrence = card.channel.application_state[_READ] = _selected(card)
        return card.values.get(certificate_key(occurrence)) or b""
    # What is written in parts and read together (C4) is among those that are made.
    answer = made(card, tag)
    if answer is not None:
        return answer
    known = OBJECTS.get(tag)
    if known is None:
        raise StatusWordError(SW.REFERENCED_DATA_NOT_FOUND)
    known.read.require(card)
    return value_of(card.values, tag)


def get_next_data(card: CardContext, _command: CommandAPDU, tag: int) -> Response:
    """GET NEXT DATA (CC): the certificate behind the one that was read. 6A88 there is none, 6985 none was read."""
    if tag != CERTIFICATE:
        raise StatusWordError(SW.REFERENCED_DATA_NOT_FOUND)
    before = card.channel.application_state.get(_READ)
    if before is None:
        raise StatusWordError(SW.CONDITIONS_NOT_SATISFIED)
    occurrence = int(before) + 1
    if occurrence == OCCURRENCES:
        raise StatusWordError(SW.REFERENCED_DATA_NOT_FOUND)
    card.channel.application_state[_READ] = occurrence
    return card.values.get(certificate_key(occurrence)) or b""


def put_data(card: CardContext, command: CommandAPDU, tag: int) -> Response:
    """PUT DATA (DA).

    6A88 no such data object, 6982 its password is not verified, 6700 a wrong length, 6A80 a wrong value.
    """
    known = OBJECTS.get(tag)
    if known is None or not is_there(card, tag):
        raise StatusWordError(SW.REFERENCED_DATA_NOT_FOUND)
    known.write.require(card)
    if len(command.data) not in known.lengths:
        raise StatusWordError(SW.WRONG_LENGTH)
    write = _WRITERS.get(tag)
    if write is None:
        card.values.put(known.value_key, command.data)
    else:
        write(card, command.data)
    return b""


def _put_certificate(card: CardContext, value: bytes) -> None:
    card.values.put(certificate_key(_selected(card)), value)


def _put_one_of(values: tuple[bytes, ...], tag: int, card: CardContext, value: bytes) -> None:
    if value not in values:
        raise StatusWordError(SW.WRONG_DATA)
    card.values.put(OBJECTS[tag].value_key, value)


def _put_attributes(slot: KeySlot, card: CardContext, value: bytes) -> None:
    """A key with other attributes than those in force is gone."""
    try:
        attributes = AlgorithmAttributes.parse(value)
    except KeyDataError:
        raise StatusWordError(SW.WRONG_DATA) from None
    if not slot.takes(attributes):
        raise StatusWordError(SW.WRONG_DATA)
    before = AlgorithmAttributes.parse(value_of(card.values, slot.attributes))
    if (attributes.algorithm, attributes.key, attributes.bits) != (before.algorithm, before.key, before.bits):
        card.values.remove(slot.value_key)
    card.values.put(OBJECTS[slot.attributes].value_key, value)


def _put_interaction(slot: KeySlot, card: CardContext, value: bytes) -> None:
    put_user_interaction(card, slot, value)


_WRITERS: Final[Mapping[int, Callable[[CardContext, bytes], None]]] = {
    SEX: partial(_put_one_of, SEXES, SEX),
    PASSWORD_STATUS: partial(_put_one_of, (b"\0", b"\1"), PASSWORD_STATUS),
    RESETTING_CODE: put_resetting_code,
    KEY_DERIVATION: put_key_derivation,
    CERTIFICATE: _put_certificate,
    ENCRYPTION_KEY: partial(put_key, ENCRYPTION_KEY),
    CHECKSUM_KEY: partial(put_key, CHECKSUM_KEY),
    MESSAGING_KEYS: put_keys,
    **{slot.attributes: partial(_put_attributes, slot) for slot in KeySlot},
    **{slot.user_interaction: partial(_put_interaction, slot) for slot in KeySlot},
}
"""What is more than a value that is kept."""
