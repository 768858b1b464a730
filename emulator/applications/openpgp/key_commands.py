"""GENERATE ASYMMETRIC KEY PAIR, and PUT DATA of a key (OpenPGP card 3.4.1, 4.4.3.12, 7.2.8, 7.2.14).

::

    47 80 00  B6, B8 or A4, empty or { 84 reference }: generate    response  7F49 { 81 modulus, 82 exponent }
    47 81 00  likewise: the public key that is there               or        7F49 { 86 point }
    DB 3F FF  4D { B6, B8 or A4; 7F48; 5F48 }: import (:mod:`iso7816.key_import`)

The algorithm attributes of the slot say what is generated and imported. The private key of X25519 is imported as the
number that OpenPGP makes of it, with its most significant byte first; numbers of other curves may lack leading zeros.
"""

from __future__ import annotations

from dataclasses import replace
from enum import IntEnum, unique
from typing import TYPE_CHECKING, Final, cast

from emulator.applications.openpgp.algorithm_attributes import AlgorithmAttributes
from emulator.applications.openpgp.data_objects import value_of
from emulator.applications.openpgp.key_slots import KeySlot, Origin, StoredKey
from emulator.applications.openpgp.passwords import PasswordReference, require
from emulator.applications.openpgp.templates import forget_signatures
from iso7816.asymmetric_keys import generate_private_key, load_private_key, private_key_bytes
from iso7816.ber_tlv import decode_one
from iso7816.control_reference import ControlReferenceTemplate
from iso7816.errors import Iso7816Error, KeyDataError
from iso7816.key_algorithms import KeyAlgorithm
from iso7816.key_import import KeyImport
from iso7816.public_key_template import public_key_template
from iso7816.status_words import SW, StatusWordError

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric import rsa

    from emulator.command import CardContext, Response
    from iso7816.apdu import CommandAPDU
    from iso7816.asymmetric_keys import PrivateKey

_PRIVATE, _PUBLIC = 0x92, 0x99
_X25519_SIZE: Final = 32
_NATIVE_POINT: Final = 0x40
"""OpenPGP's first byte of a point that is as its curve has it."""


@unique
class Generation(IntEnum):
    """P1 of GENERATE ASYMMETRIC KEY PAIR."""

    GENERATE = 0x80
    READ = 0x81


def parse_generation(p1: int, p2: int) -> Generation:
    """Raises StatusWordError 6B00 for another P1, or a P2 other than 00."""
    if p2 != 0 or p1 not in Generation.__members__.values():
        raise StatusWordError(SW.OFFSET_OUTSIDE_EF)
    return Generation(p1)


def attributes_of(card: CardContext, slot: KeySlot) -> AlgorithmAttributes:
    """What key a slot is for."""
    return AlgorithmAttributes.parse(value_of(card.values, slot.attributes))


def private_key(card: CardContext, slot: KeySlot) -> PrivateKey:
    """The key in a slot. Raises StatusWordError 6A88 where there is none."""
    value = card.values.get(slot.value_key)
    if value is None:
        raise StatusWordError(SW.REFERENCED_DATA_NOT_FOUND)
    return card.loaded_keys.private_key(StoredKey.from_bytes(value).der)


def generate_key_pair(card: CardContext, command: CommandAPDU, generation: Generation) -> Response:
    """GENERATE ASYMMETRIC KEY PAIR (47): 6A80 no template, 6982 PW3 is not verified, 6A88 no key to be read."""
    try:
        template, rest = decode_one(command.data)
        slot = KeySlot.named_by(ControlReferenceTemplate.from_tlv(template))
    except Iso7816Error:
        raise StatusWordError(SW.WRONG_DATA) from None
    if rest:
        raise StatusWordError(SW.WRONG_DATA)
    if generation is Generation.GENERATE:
        require(card, PasswordReference.ADMINISTRATION)
        attributes = attributes_of(card, slot)
        key = generate_private_key(attributes.key, attributes.bits)
        _put_key(card, slot, StoredKey(Origin.GENERATED, private_key_bytes(key)))
    else:
        key = private_key(card, slot)
    return public_key_template(key.public_key())


def parse_import(p1: int, p2: int) -> None:
    """Raises StatusWordError 6B00 unless P1 and P2 are 3F FF."""
    if (p1, p2) != (0x3F, 0xFF):
        raise StatusWordError(SW.OFFSET_OUTSIDE_EF)


def import_key(card: CardContext, command: CommandAPDU, _parameters: None) -> Response:
    """PUT DATA (DB) of a private key: 6982 PW3 is not verified, 6A80 it is none, or not as the attributes say."""
    require(card, PasswordReference.ADMINISTRATION)
    try:
        imported = KeyImport.parse(command.data)
        slot = KeySlot.named_by(imported.reference)
        attributes = attributes_of(card, slot)
        der = _as_on_the_curve(imported, attributes.key).value(attributes.key)
        _check(der, attributes, is_public=imported.is_public)
    except Iso7816Error:
        raise StatusWordError(SW.WRONG_DATA) from None
    _put_key(card, slot, StoredKey(Origin.IMPORTED, der))
    return b""


def _as_on_the_curve(imported: KeyImport, algorithm: KeyAlgorithm) -> KeyImport:
    """The parts as :class:`KeyImport` takes them: private keys whole, X25519 as RFC 7748 has it."""
    parts = []
    for tag, value in imported.parts:
        part = value
        if algorithm is KeyAlgorithm.X25519:
            if tag == _PRIVATE:
                part = value.rjust(_X25519_SIZE, b"\0")[::-1]
            elif tag == _PUBLIC and value[:1] == bytes((_NATIVE_POINT,)) and len(value) > _X25519_SIZE:
                part = value[1:]
        elif algorithm.is_weierstrass and tag == _PRIVATE:
            part = value.rjust((algorithm.sizes[0] + 7) // 8, b"\0")
        parts.append((tag, part))
    return replace(imported, parts=tuple(parts))


def _check(der: bytes, attributes: AlgorithmAttributes, *, is_public: bool) -> None:
    """Raises KeyDataError where a key is not as the attributes say."""
    if is_public:
        raise KeyDataError("a public key where a private one is imported")
    if attributes.exponent_bits is None:
        return
    key = cast("rsa.RSAPrivateKey", load_private_key(der))
    if key.key_size != attributes.bits:
        raise KeyDataError(f"the modulus has not {attributes.bits} bits")
    if key.public_key().public_numbers().e.bit_length() > attributes.exponent_bits:
        raise KeyDataError(f"the exponent has more than {attributes.exponent_bits} bits")


def _put_key(card: CardContext, slot: KeySlot, key: StoredKey) -> None:
    card.values.put(slot.value_key, key.to_bytes())
    if slot is KeySlot.SIGNATURE:
        forget_signatures(card)
