"""HASH, COMPUTE and VERIFY DIGITAL SIGNATURE (ISO/IEC 7816-8:2004, 5.4, 5.5, 5.7), by the template B6 (and AA).

::

    9E 9A  the input that is signed (:mod:`iso7816.digital_signature`); no data: the hash code that HASH left
    9E AC  data objects: the card hashes their values, one after the other, and signs
    9E BC  data objects: the card hashes them as they are, and signs
    00 A8  9E signature; with it 9A input, or AC or BC as above, or 90 hash code, or nothing: what HASH left
    90 80  a message, whose hash code is kept, and returned where there is an Le field
    90 A0  80 message, or 90 hash code that was computed outside

What HASH leaves serves one signature. Its hash is that of a template AA, else that of the mechanism of the template B6.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from emulator.command_rules import authorise_command
from emulator.current_environment import COMPUTE, VERIFY, current_environment
from emulator.key_in_use import Purpose
from emulator.keys import KeyOperation
from emulator.security_operations import data_objects, open_key, require_response, spend
from iso7816.ber_tlv import decode_all
from iso7816.control_reference import TemplateKind
from iso7816.digital_signature import (
    SIGNATURE_SCHEMES,
    compute_signature,
    hash_code,
    is_signature_right,
    signature_size,
    signed_input,
)
from iso7816.errors import MechanismError, TLVError
from iso7816.mechanisms import MECHANISMS, HashAlgorithm, Mechanism, Scheme
from iso7816.status_words import SW, StatusWordError

if TYPE_CHECKING:
    from emulator.command import CardContext, Response
    from iso7816.apdu import CommandAPDU
    from iso7816.asymmetric_keys import PublicKey

_PLAIN = 0x80
_HASH_CODE = 0x90
_INPUT = 0x9A
_SIGNATURE = 0x9E
_VALUES = 0xAC
_TEMPLATE = 0xBC
_SIGNING = Purpose(TemplateKind.SIGNATURE, COMPUTE, KeyOperation.SIGN, SIGNATURE_SCHEMES)
_VERIFYING = Purpose(TemplateKind.SIGNATURE, VERIFY, KeyOperation.VERIFY, SIGNATURE_SCHEMES)


def sign_input(card: CardContext, command: CommandAPDU) -> Response:
    """COMPUTE DIGITAL SIGNATURE (9E 9A)."""
    return _sign(card, command, None)


def sign_values(card: CardContext, command: CommandAPDU) -> Response:
    """COMPUTE DIGITAL SIGNATURE (9E AC)."""
    return _sign(card, command, _values_of(command.data))


def sign_template(card: CardContext, command: CommandAPDU) -> Response:
    """COMPUTE DIGITAL SIGNATURE (9E BC)."""
    _values_of(command.data)
    return _sign(card, command, command.data)


def _sign(card: CardContext, command: CommandAPDU, message: bytes | None) -> bytes:
    """Sign a message, or what the data are an input of."""
    used = open_key(card, command, _SIGNING)
    require_response(command, signature_size(used.mechanism, used.key.bits))
    try:
        if message is not None:
            data = signed_input(used.mechanism, message)
        elif command.data or used.mechanism.scheme is Scheme.EDDSA:
            data = command.data
        else:
            data = _hash_code_left(card, used.mechanism)
        spend(card, used)
        return compute_signature(used.mechanism, used.material.private_key(), data)
    except MechanismError:
        raise StatusWordError(SW.WRONG_DATA) from None


def verify(card: CardContext, command: CommandAPDU) -> Response:
    """VERIFY DIGITAL SIGNATURE (00 A8)."""
    objects = data_objects(command.data)
    signature = objects.pop(_SIGNATURE, None)
    if signature is None or len(objects) > 1:
        raise StatusWordError(SW.WRONG_DATA)
    mechanism, key = _verifying_key(card, command)
    try:
        right = is_signature_right(mechanism, key, _verified_input(card, mechanism, objects), signature)
    except MechanismError:
        raise StatusWordError(SW.WRONG_DATA) from None
    if not right:
        raise StatusWordError(SW.NV_CHANGED)
    return b""


def _verifying_key(card: CardContext, command: CommandAPDU) -> tuple[Mechanism, PublicKey]:
    """Mechanism and key of the environment, the use counted: a key of the card, or one of a certificate."""
    template = current_environment(card).get(TemplateKind.SIGNATURE << 8 | VERIFY)
    certified = None if template is None or template.key is None else card.channel.certified.get(template.key)
    if certified is not None:
        authorise_command(card, certified.root[0], command)
        return certified.mechanism, certified.key
    used = open_key(card, command, _VERIFYING)
    spend(card, used)
    return used.mechanism, used.material.public_key()


def _verified_input(card: CardContext, mechanism: Mechanism, objects: dict[int, bytes]) -> bytes:
    """What the signature should be of. Raises StatusWordError 6A80, 6985, and MechanismError."""
    if not objects:
        return _hash_code_left(card, mechanism)
    ((tag, value),) = objects.items()
    if tag == _INPUT:
        return value
    if tag == _HASH_CODE:
        return _input_of(mechanism, mechanism.hash, value)
    if tag == _VALUES:
        return signed_input(mechanism, _values_of(value))
    if tag == _TEMPLATE:
        return signed_input(mechanism, value)
    raise StatusWordError(SW.WRONG_DATA)


def _hash_code_left(card: CardContext, mechanism: Mechanism) -> bytes:
    """The input that HASH left, which it no longer does. Raises StatusWordError 6985 where it left none for this."""
    left, card.channel.hash_code = card.channel.hash_code, None
    if left is None or mechanism.hash not in (None, left[0]) or mechanism.scheme is Scheme.EDDSA:
        raise StatusWordError(SW.CONDITIONS_NOT_SATISFIED)
    return _input_of(mechanism, *left)


def _input_of(mechanism: Mechanism, algorithm: HashAlgorithm | None, code: bytes) -> bytes:
    """The input for a hash code: a DigestInfo, where RSA has no hash named."""
    if algorithm is not None and mechanism.hash is None and mechanism.scheme is Scheme.RSASSA_PKCS1:
        return algorithm.digest_info + code
    return code


def _values_of(data: bytes) -> bytes:
    """The values of data objects, one after the other. Raises StatusWordError 6A80 for what are none."""
    try:
        return b"".join(tlv.value for tlv in decode_all(data))
    except TLVError:
        raise StatusWordError(SW.WRONG_DATA) from None


def hash_message(card: CardContext, command: CommandAPDU) -> Response:
    """HASH (90 80)."""
    authorise_command(card, card.channel.df, command)
    algorithm = _hash_algorithm(card)
    return _keep(card, algorithm, hash_code(algorithm, command.data))


def hash_template(card: CardContext, command: CommandAPDU) -> Response:
    """HASH (90 A0). What an intermediate hash code would go on from, the card cannot: 6A80."""
    authorise_command(card, card.channel.df, command)
    algorithm = _hash_algorithm(card)
    objects = data_objects(command.data)
    if set(objects) == {_PLAIN}:
        return _keep(card, algorithm, hash_code(algorithm, objects[_PLAIN]))
    if set(objects) == {_HASH_CODE} and len(objects[_HASH_CODE]) == algorithm.size:
        return _keep(card, algorithm, objects[_HASH_CODE])
    raise StatusWordError(SW.WRONG_DATA)


def _keep(card: CardContext, algorithm: HashAlgorithm, code: bytes) -> bytes:
    card.channel.hash_code = algorithm, code
    return code


def _hash_algorithm(card: CardContext) -> HashAlgorithm:
    """The hash of the current environment. Raises StatusWordError 6985 where it names none."""
    environment = current_environment(card)
    for kind in (TemplateKind.HASH, TemplateKind.SIGNATURE):
        for use in (COMPUTE, VERIFY):
            template = environment.get(kind << 8 | use)
            if template is not None and template.mechanism is not None and len(template.mechanism) == 1:
                mechanism = MECHANISMS.get(template.mechanism[0])
                if mechanism is not None and mechanism.hash is not None:
                    return mechanism.hash
    raise StatusWordError(SW.CONDITIONS_NOT_SATISFIED)
