"""PUT DATA (DB) with P1-P2 3FFF: a private key from outside, after an environment for a new key.

::

    7F48  RSA     92 p   93 q   94 1/q mod p   95 d mod p-1   96 d mod q-1
    E0    curves  81 to 85, 87 domain parameters   88 private key
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from emulator.applications.pkcs15.environment import Purpose, current_environment
from emulator.applications.pkcs15.interface import RSA_SIZES, Algorithm
from emulator.applications.pkcs15.key_generation import curve_objects, known_curve
from emulator.applications.pkcs15.reference_data import require_pin
from emulator.applications.pkcs15.settings import allows_key_import
from emulator.applications.pkcs15.stored_keys import store_key
from iso7816.ber_tlv import decode_one
from iso7816.control_reference import ControlReferenceTemplate, TemplateKind
from iso7816.errors import KeyDataError, TLVError
from iso7816.key_algorithms import KeyAlgorithm
from iso7816.status_words import SW, StatusWordError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from emulator.command import CardContext, Response
    from iso7816.apdu import CommandAPDU
    from iso7816.asymmetric_keys import PrivateKey

_CURRENT_DF: Final = 0x3FFF
_RSA: Final = 0x7F48
_CURVE: Final = 0xE0
_PRIVATE_VALUE: Final = 0x88
_RSA_PARTS: Final = range(0x92, 0x97)
_PUBLIC_EXPONENT: Final = 0x91
_FIRST_PRIME: Final = 0x92
_EXPONENT_OF_FIRST: Final = 0x95
_MAX_PART_SIZE: Final = max(RSA_SIZES.values()) // 16


def parse_import(p1: int, p2: int) -> None:
    """Raises StatusWordError 6A86 unless P1 and P2 are 3FFF."""
    if p1 << 8 | p2 != _CURRENT_DF:
        raise StatusWordError(SW.INCORRECT_P1_P2)


def import_key(card: CardContext, command: CommandAPDU, _parameters: None) -> Response:
    """6900 keys are not imported here, 6985 no environment for it, 6982 the PIN is not verified, 6A80 the data are no
    key, 6A81 a curve or a length of RSA that the card does not have."""
    if not allows_key_import(card):
        raise StatusWordError(SW.COMMAND_NOT_ALLOWED)
    environment = current_environment(card, Purpose.NEW_KEY)
    require_pin(card)
    try:
        template, rest = decode_one(command.data)
    except TLVError:
        raise StatusWordError(SW.WRONG_DATA) from None
    if rest or template.tag != (_CURVE if environment.algorithm is Algorithm.GENERATE_EC else _RSA):
        raise StatusWordError(SW.WRONG_DATA)
    parts = curve_objects(template.value)
    key = _curve_key(parts) if template.tag == _CURVE else _rsa_key(parts)
    store_key(card, environment.key, key)
    return b""


def _rsa_key(parts: Mapping[int, bytes]) -> PrivateKey:
    from iso7816.asymmetric_keys import key_algorithm, load_private_key
    from iso7816.key_import import KeyImport

    if set(parts) != set(_RSA_PARTS) or max(map(len, parts.values())) > _MAX_PART_SIZE:
        raise StatusWordError(SW.WRONG_DATA)
    p, d_mod_p = (int.from_bytes(parts[tag], "big") for tag in (_FIRST_PRIME, _EXPONENT_OF_FIRST))
    try:
        # The public exponent does not come with the others: it is what d is the inverse of, modulo p - 1 as well.
        exponent = pow(d_mod_p, -1, p - 1)
        public = _PUBLIC_EXPONENT, exponent.to_bytes(_MAX_PART_SIZE, "big")
        whole = KeyImport(ControlReferenceTemplate(TemplateKind.SIGNATURE), (public, *parts.items()))
        key = load_private_key(whole.value(KeyAlgorithm.RSA), check=False)
    except (KeyDataError, ValueError, OverflowError):
        raise StatusWordError(SW.WRONG_DATA) from None
    if key_algorithm(key)[1] not in RSA_SIZES.values():
        raise StatusWordError(SW.FUNCTION_UNSUPPORTED)
    return key


def _curve_key(parts: Mapping[int, bytes]) -> PrivateKey:
    from cryptography.hazmat.primitives.asymmetric import ec

    from iso7816.asymmetric_keys import curves

    algorithm = known_curve(parts)
    try:
        value = int.from_bytes(parts[_PRIVATE_VALUE], "big")
        return ec.derive_private_key(value, curves()[algorithm])
    except (KeyError, ValueError, OverflowError):
        raise StatusWordError(SW.WRONG_DATA) from None
