"""PERFORM SECURITY OPERATION (2A): signatures, deciphering, key agreement, with the key of the environment.

::

    9E 9A  signing
           RSA, PKCS #1   data: what is padded, mostly a DigestInfo; at most 11 bytes shorter than the modulus
           RSA, PSS       data: a hash code, whose length tells the hash of MGF1; a salt as long
           curves         version 0: a message, of which the card signs the SHA-1; version 1: a hash code
                          the signature is DER (RFC 3279, 2.2.3)
    80 86  RSA            data: 00, cryptogram; its padding (PKCS #1, block type 2) is taken away
           curves         data: A6 { 7F49 { 86 point } }; the shared secret (x coordinate of the common point)
"""

from __future__ import annotations

from enum import Enum, unique
from typing import TYPE_CHECKING, Final, cast

from emulator.applications.pkcs15.environment import Purpose, current_environment
from emulator.applications.pkcs15.interface import Algorithm, InterfaceVersion
from emulator.applications.pkcs15.reference_data import require_pin
from emulator.applications.pkcs15.settings import interface_version
from emulator.applications.pkcs15.stored_keys import stored_key
from iso7816.ber_tlv import decode_one
from iso7816.errors import Iso7816Error, MechanismError
from iso7816.mechanisms import MECHANISMS, HashAlgorithm, Scheme
from iso7816.status_words import SW, StatusWordError

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric import ec, rsa

    from emulator.command import CardContext, Response
    from iso7816.apdu import CommandAPDU
    from iso7816.asymmetric_keys import PrivateKey

_NO_INDICATION: Final = 0x00
_KEY_AGREEMENT: Final = 0xA6


@unique
class Operation(Enum):
    """P1 and P2."""

    SIGN = 0x9E9A
    DECIPHER = 0x8086


_OPERATIONS: Final = {operation.value: operation for operation in Operation}


def parse_operation(p1: int, p2: int) -> Operation:
    """Raises StatusWordError 6A86 for another combination than those of :class:`Operation`."""
    operation = _OPERATIONS.get(p1 << 8 | p2)
    if operation is None:
        raise StatusWordError(SW.INCORRECT_P1_P2)
    return operation


def perform(card: CardContext, command: CommandAPDU, operation: Operation) -> Response:
    """6985 no environment for it, 6982 the PIN is not verified, 6A88 there is no such key, 6984 it is none of the
    algorithm, 6A80 the algorithm does not take the data."""
    environment = current_environment(card, Purpose.SIGN if operation is Operation.SIGN else Purpose.DECIPHER)
    require_pin(card)
    key = stored_key(card, environment.key)
    if (environment.algorithm is Algorithm.EC) != _is_curve_key(key):
        raise StatusWordError(SW.REFERENCE_DATA_NOT_USABLE)
    try:
        if operation is Operation.DECIPHER:
            return _agree(key, command.data) if environment.algorithm is Algorithm.EC else _decipher(key, command.data)
        if environment.algorithm is Algorithm.EC:
            return _sign_on_curve(card, cast("ec.EllipticCurvePrivateKey", key), command.data)
        return _sign_by_rsa(environment.algorithm, cast("rsa.RSAPrivateKey", key), command.data)
    except Iso7816Error:
        raise StatusWordError(SW.WRONG_DATA) from None


def _is_curve_key(key: PrivateKey) -> bool:
    from cryptography.hazmat.primitives.asymmetric import ec

    return isinstance(key, ec.EllipticCurvePrivateKey)


def _sign_by_rsa(algorithm: Algorithm, key: rsa.RSAPrivateKey, data: bytes) -> bytes:
    from iso7816.digital_signature import compute_signature, sign_padded

    if algorithm is Algorithm.RSA_PKCS1:
        return sign_padded(key, data)
    mechanism = next(
        (
            each
            for each in MECHANISMS.values()
            if each.scheme is Scheme.RSASSA_PSS and each.hash is not None and each.hash.size == len(data)
        ),
        None,
    )
    if mechanism is None:
        raise MechanismError("no hash code of a hash that is known here")
    return compute_signature(mechanism, key, data)


def _sign_on_curve(card: CardContext, key: ec.EllipticCurvePrivateKey, data: bytes) -> bytes:
    from iso7816.digital_signature import hash_code, sign_hash_code

    if interface_version(card) is InterfaceVersion.V0:
        data = hash_code(HashAlgorithm.SHA_1, data)
    return sign_hash_code(key, data)


def _decipher(key: PrivateKey, data: bytes) -> bytes:
    from iso7816.confidentiality import decipher_by_rsa

    if not data or data[0] != _NO_INDICATION:
        raise MechanismError("a cryptogram comes behind the padding indicator 00")
    mechanism = next(each for each in MECHANISMS.values() if each.scheme is Scheme.RSAES_PKCS1)
    return decipher_by_rsa(mechanism, key, data[1:])


def _agree(key: PrivateKey, data: bytes) -> bytes:
    from iso7816.asymmetric_keys import key_algorithm
    from iso7816.key_agreement import shared_secret
    from iso7816.public_key_template import public_key_from_template

    outer, rest = decode_one(data)
    if outer.tag != _KEY_AGREEMENT or rest:
        raise MechanismError("the other public key comes in a template A6")
    return shared_secret(key, public_key_from_template(key_algorithm(key)[0], outer.value))
