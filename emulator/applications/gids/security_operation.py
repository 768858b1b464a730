"""PERFORM SECURITY OPERATION (2A): signatures and deciphering with the key of the environment.

::

    9E 9A  mechanism 1X  data: a padded block, as long as the modulus
                     5X  data: what is padded (PKCS #1, block type 1), mostly a DigestInfo
    80 86  mechanism 0X  cryptogram; its padding is left to the host
                     4X  cryptogram; padding of PKCS #1 v1.5 is taken away
                     8X  cryptogram; OAEP with SHA-1 is taken away

A cryptogram comes as it is, or with the padding indicator 00 in front.
"""

from __future__ import annotations

from enum import Enum, unique
from typing import TYPE_CHECKING, Final

from emulator.applications.gids.environment import Environment, Purpose, current_environment
from emulator.applications.gids.interface import KeyAccess, Padding
from emulator.applications.gids.stored_files import open_key_file
from emulator.applications.gids.stored_keys import private_key
from iso7816.errors import MechanismError
from iso7816.mechanisms import MECHANISMS, HashAlgorithm, Scheme
from iso7816.status_words import SW, StatusWordError

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric import rsa

    from emulator.command import CardContext, Response
    from iso7816.apdu import CommandAPDU


@unique
class Operation(Enum):
    """P1 and P2."""

    SIGN = 0x9E9A
    DECIPHER = 0x8086


_OPERATIONS: Final = {operation.value: operation for operation in Operation}
_NO_INDICATION: Final = b"\x00"
_RSAES_PKCS1: Final = next(each for each in MECHANISMS.values() if each.scheme is Scheme.RSAES_PKCS1)
_RSAES_OAEP: Final = next(
    each for each in MECHANISMS.values() if each.scheme is Scheme.RSAES_OAEP and each.hash is HashAlgorithm.SHA_1
)


def parse_operation(p1: int, p2: int) -> Operation:
    """Raises StatusWordError 6A86 for another combination than those of :class:`Operation`."""
    operation = _OPERATIONS.get(p1 << 8 | p2)
    if operation is None:
        raise StatusWordError(SW.INCORRECT_P1_P2)
    return operation


def perform(card: CardContext, command: CommandAPDU, operation: Operation) -> Response:
    """6985 no environment for it, 6982 the use of the key is not allowed, 6A88 there is no key, 6A81 a mechanism that
    is not for this, 6A80 the mechanism does not take the data."""
    environment = current_environment(card, Purpose.SIGN if operation is Operation.SIGN else Purpose.DECIPHER)
    open_key_file(card, environment.key, KeyAccess.USE)
    key = private_key(card, environment.key)
    compute = _sign if operation is Operation.SIGN else _decipher
    try:
        return compute(environment, key, command.data)
    except MechanismError:
        raise StatusWordError(SW.WRONG_DATA) from None


def _sign(environment: Environment, key: rsa.RSAPrivateKey, data: bytes) -> bytes:
    from iso7816.digital_signature import sign_padded
    from iso7816.rsa_primitive import private_operation

    padding = environment.mechanism & 0xF0
    if padding == Padding.BY_THE_HOST:
        return private_operation(key, data)
    if padding == Padding.RSASSA_PKCS1:
        return sign_padded(key, data)
    raise StatusWordError(SW.FUNCTION_UNSUPPORTED)


def _decipher(environment: Environment, key: rsa.RSAPrivateKey, data: bytes) -> bytes:
    from iso7816.confidentiality import decipher_by_rsa
    from iso7816.rsa_primitive import private_operation

    if len(data) == (key.key_size + 7) // 8 + 1:
        data = data.removeprefix(_NO_INDICATION)
    padding = environment.mechanism & 0xF0
    if padding == Padding.NONE:
        return private_operation(key, data)
    if padding == Padding.RSAES_PKCS1:
        return decipher_by_rsa(_RSAES_PKCS1, key, data)
    if padding == Padding.RSAES_OAEP:
        return decipher_by_rsa(_RSAES_OAEP, key, data)
    raise StatusWordError(SW.FUNCTION_UNSUPPORTED)
