"""What is done with the keys (OpenPGP card 3.4.1, 7.2.10 to 7.2.13, 7.2.15, 7.2.18).

::

    2A 9E 9A  COMPUTE DIGITAL SIGNATURE   DigestInfo, hash code, message of Ed25519       PW1 by reference 81
    2A 80 86  DECIPHER                    00 RSA; 02 AES; A6 { 7F49 { 86 point } }        PW1 by reference 82
    2A 86 80  ENCIPHER                    blocks of AES                                   PW1 by reference 82
    88 00 00  INTERNAL AUTHENTICATE       as to sign                                      PW1 by reference 82
    22 41 A4  MANAGE SECURITY ENVIRONMENT 83 { 02 or 03 }: the key that INTERNAL AUTHENTICATE uses
    22 41 B8                              likewise for DECIPHER
    84 00 00  GET CHALLENGE

RSA signs whatever it is given, up to 40 % of the modulus, with the padding of RSASSA-PKCS1-v1_5. A signature by a curve
is r and s. AES is in cipher block chaining from an initial value of zeros, without padding.
"""

from __future__ import annotations

import os
from enum import IntEnum, unique
from typing import TYPE_CHECKING, Final, cast

from emulator.applications.openpgp.data_objects import AES_KEY, PASSWORD_STATUS, value_of
from emulator.applications.openpgp.key_commands import private_key
from emulator.applications.openpgp.key_slots import KeySlot
from emulator.applications.openpgp.passwords import PasswordReference, require, verified
from emulator.applications.openpgp.secure_messaging import keep_challenge
from emulator.applications.openpgp.templates import MAX_CHALLENGE, count_signature
from emulator.applications.openpgp.user_interaction import require_interaction
from emulator.command import expected, is_all
from iso7816.asymmetric_keys import key_algorithm
from iso7816.ber_tlv import decode_one
from iso7816.confidentiality import PaddingIndicator, decipher_blocks, decipher_by_rsa, encipher_blocks
from iso7816.digital_signature import compute_signature, sign_padded
from iso7816.errors import Iso7816Error, MechanismError
from iso7816.key_agreement import shared_secret
from iso7816.key_algorithms import KeyAlgorithm
from iso7816.mechanisms import MECHANISMS
from iso7816.public_key_template import public_key_from_template
from iso7816.status_words import SW, StatusWordError

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric import rsa

    from emulator.command import CardContext, Response
    from iso7816.apdu import CommandAPDU
    from iso7816.asymmetric_keys import PrivateKey

_ECDSA, _EDDSA, _RSAES = MECHANISMS[0x04], MECHANISMS[0x08], MECHANISMS[0x0A]
_KEY_AGREEMENT: Final = 0xA6
_SEVERAL_SIGNATURES: Final = b"\x01"
_AUTHENTICATION_TEMPLATE, _CONFIDENTIALITY_TEMPLATE = 0xA4, 0xB8
_ENVIRONMENT: Final = "environment"
_KEY_REFERENCES: Final = {
    bytes((0x83, 0x01, slot.reference)): slot for slot in (KeySlot.DECRYPTION, KeySlot.AUTHENTICATION)
}


@unique
class SecurityOperation(IntEnum):
    """P1 and P2 of PERFORM SECURITY OPERATION."""

    COMPUTE_DIGITAL_SIGNATURE = 0x9E9A
    DECIPHER = 0x8086
    ENCIPHER = 0x8680


def parse_operation(p1: int, p2: int) -> SecurityOperation:
    """Raises StatusWordError 6B00 for another operation."""
    try:
        return SecurityOperation(p1 << 8 | p2)
    except ValueError:
        raise StatusWordError(SW.OFFSET_OUTSIDE_EF) from None


def perform(card: CardContext, command: CommandAPDU, operation: SecurityOperation) -> Response:
    """PERFORM SECURITY OPERATION (2A).

    6982 PW1 is not verified, 6600 the button is not pressed, 6A88 there is no key, 6985 a key that does something else,
    6A80 data that it does not take.
    """
    try:
        match operation:
            case SecurityOperation.COMPUTE_DIGITAL_SIGNATURE:
                return _compute_digital_signature(card, command.data)
            case SecurityOperation.DECIPHER:
                return _decipher(card, command.data)
            case SecurityOperation.ENCIPHER:
                require(card, PasswordReference.OTHER_USES)
                cryptogram = encipher_blocks(KeyAlgorithm.AES, _aes_key(card), None, command.data)
                return bytes((PaddingIndicator.NO_PADDING,)) + cryptogram
    except Iso7816Error:
        raise StatusWordError(SW.WRONG_DATA) from None


def _compute_digital_signature(card: CardContext, data: bytes) -> bytes:
    require(card, PasswordReference.SIGNATURES)
    key = private_key(card, KeySlot.SIGNATURE)
    require_interaction(card, KeySlot.SIGNATURE)
    signature = _sign(key, data)
    count_signature(card)
    if value_of(card.values, PASSWORD_STATUS) != _SEVERAL_SIGNATURES:
        verified(card).discard(PasswordReference.SIGNATURES)
    return signature


def _sign(key: PrivateKey, data: bytes) -> bytes:
    """Raises MechanismError, StatusWordError 6985."""
    algorithm, bits = key_algorithm(key)
    if algorithm is KeyAlgorithm.RSA:
        if len(data) * 8 * 10 > bits * 4:
            raise MechanismError("more than 40 % of the modulus")
        return sign_padded(cast("rsa.RSAPrivateKey", key), data)
    if algorithm is KeyAlgorithm.X25519:
        raise StatusWordError(SW.CONDITIONS_NOT_SATISFIED)
    return compute_signature(_EDDSA if algorithm is KeyAlgorithm.ED25519 else _ECDSA, key, data)


def _aes_key(card: CardContext) -> bytes:
    """Raises StatusWordError 6A88 where there is none."""
    key = value_of(card.values, AES_KEY)
    if not key:
        raise StatusWordError(SW.REFERENCED_DATA_NOT_FOUND)
    return key


def _decipher(card: CardContext, data: bytes) -> bytes:
    require(card, PasswordReference.OTHER_USES)
    indicator, cryptogram = data[0], data[1:]
    if indicator == PaddingIndicator.NO_PADDING:
        return decipher_blocks(KeyAlgorithm.AES, _aes_key(card), None, cryptogram)
    if indicator not in (PaddingIndicator.NONE_GIVEN, _KEY_AGREEMENT):
        raise StatusWordError(SW.WRONG_DATA)
    slot = _environment(card).get(_CONFIDENTIALITY_TEMPLATE, KeySlot.DECRYPTION)
    key = private_key(card, slot)
    algorithm, _bits = key_algorithm(key)
    agrees = indicator == _KEY_AGREEMENT
    if agrees == (algorithm is KeyAlgorithm.RSA) or algorithm is KeyAlgorithm.ED25519:
        raise StatusWordError(SW.CONDITIONS_NOT_SATISFIED)
    require_interaction(card, slot)
    if not agrees:
        return decipher_by_rsa(_RSAES, key, cryptogram)
    template, rest = decode_one(data)
    if rest:
        raise StatusWordError(SW.WRONG_DATA)
    return shared_secret(key, public_key_from_template(algorithm, template.value))


def internal_authenticate(card: CardContext, command: CommandAPDU, _parameters: None) -> Response:
    """INTERNAL AUTHENTICATE (88): as :func:`perform`."""
    require(card, PasswordReference.OTHER_USES)
    slot = _environment(card).get(_AUTHENTICATION_TEMPLATE, KeySlot.AUTHENTICATION)
    key = private_key(card, slot)
    require_interaction(card, slot)
    try:
        return _sign(key, command.data)
    except MechanismError:
        raise StatusWordError(SW.WRONG_DATA) from None


def parse_environment(p1: int, p2: int) -> int:
    """The template in P2. Raises StatusWordError 6B00 for another one, or another P1 than 41."""
    if p1 != 0x41 or p2 not in (_AUTHENTICATION_TEMPLATE, _CONFIDENTIALITY_TEMPLATE):
        raise StatusWordError(SW.OFFSET_OUTSIDE_EF)
    return p2


def manage_environment(card: CardContext, command: CommandAPDU, template: int) -> Response:
    """MANAGE SECURITY ENVIRONMENT (22), until the application is selected again. 6A80 data that name neither key."""
    slot = _KEY_REFERENCES.get(command.data)
    if slot is None:
        raise StatusWordError(SW.WRONG_DATA)
    card.channel.application_state[_ENVIRONMENT] = {**_environment(card), template: slot}
    return b""


def _environment(card: CardContext) -> dict[int, KeySlot]:
    """From a template to the slot that it names."""
    return cast("dict[int, KeySlot]", card.channel.application_state.get(_ENVIRONMENT, {}))


def get_challenge(card: CardContext, command: CommandAPDU, _parameters: None) -> Response:
    """GET CHALLENGE (84): Ne random bytes, the last of which secure messaging uses; 6700 more than C0 says."""
    ne = expected(command)
    if ne > MAX_CHALLENGE and not is_all(ne):
        raise StatusWordError(SW.WRONG_LENGTH)
    challenge = os.urandom(min(ne, MAX_CHALLENGE))
    keep_challenge(card, challenge)
    return challenge
