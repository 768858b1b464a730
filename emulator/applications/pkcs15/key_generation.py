"""GENERATE ASYMMETRIC KEY PAIR (46), after an environment for a new key.

::

    P1 P2   42 00 RSA, no data     00 00 a curve: data are its domain parameters (:mod:`iso7816.domain_parameters`)
    response  7F49  RSA     81 modulus, 82 public exponent
                    curves  81 to 85, 87 as they were sent, 86 point
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from emulator.applications.pkcs15.environment import Purpose, current_environment
from emulator.applications.pkcs15.interface import RSA_SIZES
from emulator.applications.pkcs15.reference_data import require_pin
from emulator.applications.pkcs15.stored_keys import store_key
from iso7816.ber_tlv import TLV, decode_all
from iso7816.domain_parameters import BASE_POINT, COEFFICIENT_A, COEFFICIENT_B, COFACTOR, ORDER, PRIME, curve_with
from iso7816.errors import Iso7816Error
from iso7816.key_algorithms import KeyAlgorithm
from iso7816.status_words import SW, StatusWordError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from emulator.command import CardContext, Response
    from iso7816.apdu import CommandAPDU

_RSA: Final = 0x4200
_CURVE: Final = 0x0000
_PUBLIC_KEY: Final = 0x7F49
_POINT: Final = 0x86
_PARAMETERS: Final = (PRIME, COEFFICIENT_A, COEFFICIENT_B, BASE_POINT, ORDER)


def parse_generation(p1: int, p2: int) -> bool:
    """Whether RSA is asked for. Raises StatusWordError 6A86 for P1 and P2 other than 4200 and 0000."""
    if p1 << 8 | p2 not in (_RSA, _CURVE):
        raise StatusWordError(SW.INCORRECT_P1_P2)
    return p1 << 8 | p2 == _RSA


def generate_key_pair(card: CardContext, command: CommandAPDU, is_rsa: bool) -> Response:
    """6985 no environment for it, 6982 the PIN is not verified, 6A80 the data, 6A81 a curve that is not known."""
    environment = current_environment(card, Purpose.NEW_KEY)
    require_pin(card)
    bits = RSA_SIZES.get(environment.algorithm)
    if is_rsa != (bits is not None) or is_rsa != (not command.data):
        raise StatusWordError(SW.WRONG_DATA)
    from iso7816.asymmetric_keys import generate_private_key
    from iso7816.public_key_template import public_key_template, public_point

    if bits is not None:
        key = generate_private_key(KeyAlgorithm.RSA, bits)
        store_key(card, environment.key, key)
        return public_key_template(key.public_key())
    parameters = curve_objects(command.data)
    algorithm = known_curve(parameters)
    key = generate_private_key(algorithm, algorithm.sizes[0])
    store_key(card, environment.key, key)
    tlvs = [TLV(tag, parameters[tag]) for tag in _PARAMETERS]
    tlvs += [TLV(_POINT, public_point(key.public_key())), TLV(COFACTOR, parameters[COFACTOR])]
    return TLV.constructed(_PUBLIC_KEY, tlvs).to_bytes()


def curve_objects(data: bytes) -> Mapping[int, bytes]:
    """Data objects by their tags. Raises StatusWordError 6A80."""
    try:
        return {tlv.tag: tlv.value for tlv in decode_all(data)}
    except Iso7816Error:
        raise StatusWordError(SW.WRONG_DATA) from None


def known_curve(parameters: Mapping[int, bytes]) -> KeyAlgorithm:
    """The curve of domain parameters. Raises StatusWordError 6A80 one is missing, 6A81 the curve is not known."""
    try:
        algorithm = curve_with(parameters)
    except Iso7816Error:
        raise StatusWordError(SW.WRONG_DATA) from None
    if algorithm is None:
        raise StatusWordError(SW.FUNCTION_UNSUPPORTED)
    return algorithm
