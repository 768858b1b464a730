"""ENCIPHER and DECIPHER (ISO/IEC 7816-8:2004, 5.9, 5.10), by the template B8; key agreement, by A6 or B8.

::

    86 80  the response is a padding indicator and the cryptogram: 00 of RSA, 01 of a block cipher
    84 80, 82 80  the response is the cryptogram
    80 86  padding indicator and cryptogram: 00 of RSA, 01 padded and 02 not padded blocks
           A6 { 7F49 { 86 point } }, or a template 7F49: key agreement; the response is the shared secret
    80 84, 80 82  cryptogram, padded blocks

Blocks are enciphered in cipher block chaining; the template's 87 is the initial value block, without it it is zeros.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from emulator.current_environment import COMPUTE, VERIFY, current_environment
from emulator.key_in_use import KeyInUse, Purpose
from emulator.keys import KeyOperation
from emulator.security_operations import open_key, require_response, spend
from iso7816.ber_tlv import decode_one
from iso7816.block_cipher import block_size
from iso7816.confidentiality import (
    PaddingIndicator,
    decipher_blocks,
    decipher_by_rsa,
    encipher_blocks,
    encipher_by_rsa,
)
from iso7816.control_reference import TemplateKind
from iso7816.errors import Iso7816Error, MechanismError
from iso7816.key_agreement import shared_secret
from iso7816.mechanisms import Scheme
from iso7816.padding import pad, unpad
from iso7816.public_key_template import public_key_from_template
from iso7816.status_words import SW, StatusWordError

if TYPE_CHECKING:
    from emulator.command import CardContext, Response
    from iso7816.apdu import CommandAPDU

_CIPHER_SCHEMES: Final = frozenset((Scheme.RSAES_PKCS1, Scheme.RSAES_OAEP, Scheme.CBC))
_AGREEMENT_SCHEMES: Final = frozenset((Scheme.ECDH,))
_ENCIPHERING: Final = Purpose(TemplateKind.CONFIDENTIALITY, VERIFY, KeyOperation.ENCIPHER, _CIPHER_SCHEMES)
_DECIPHERING: Final = Purpose(TemplateKind.CONFIDENTIALITY, COMPUTE, KeyOperation.DECIPHER, _CIPHER_SCHEMES)
_AGREEING: Final = tuple(
    Purpose(TemplateKind.KEY_AGREEMENT, use, KeyOperation.AGREE, _AGREEMENT_SCHEMES) for use in (VERIFY, COMPUTE)
)
_AGREEING_AS_DECIPHERING: Final = Purpose(TemplateKind.CONFIDENTIALITY, COMPUTE, KeyOperation.AGREE, _AGREEMENT_SCHEMES)
_KEY_AGREEMENT: Final = 0xA6
_FIRST_TEMPLATE_BYTES: Final = (b"\xa6", b"\x7f\x49")


def encipher_with_indicator(card: CardContext, command: CommandAPDU) -> Response:
    """ENCIPHER (86 80)."""
    used, cryptogram = _encipher(card, command)
    return bytes((_indicator(used),)) + cryptogram


def encipher(card: CardContext, command: CommandAPDU) -> Response:
    """ENCIPHER (84 80, 82 80)."""
    return _encipher(card, command)[1]


def _encipher(card: CardContext, command: CommandAPDU) -> tuple[KeyInUse, bytes]:
    used = open_key(card, command, _ENCIPHERING)
    require_response(command)
    spend(card, used)
    try:
        if used.mechanism.scheme is not Scheme.CBC:
            return used, encipher_by_rsa(used.mechanism, used.material.public_key(), command.data)
        algorithm = used.key.algorithm
        padded = pad(command.data, block_size(algorithm))
        return used, encipher_blocks(algorithm, used.material.value, used.template.initial_value, padded)
    except MechanismError:
        raise StatusWordError(SW.WRONG_DATA) from None


def decipher_with_indicator(card: CardContext, command: CommandAPDU) -> Response:
    """DECIPHER (80 86), and key agreement."""
    if not command.data:
        raise StatusWordError(SW.WRONG_DATA)
    if command.data.startswith(_FIRST_TEMPLATE_BYTES):
        return _agree(card, command)
    return _decipher(card, command, command.data[0], command.data[1:])


def decipher(card: CardContext, command: CommandAPDU) -> Response:
    """DECIPHER (80 84, 80 82)."""
    return _decipher(card, command, None, command.data)


def _decipher(card: CardContext, command: CommandAPDU, indicator: int | None, cryptogram: bytes) -> bytes:
    used = open_key(card, command, _DECIPHERING)
    require_response(command)
    padded = indicator != PaddingIndicator.NO_PADDING
    if indicator not in (None, _indicator(used)) and (padded or used.mechanism.scheme is not Scheme.CBC):
        raise StatusWordError(SW.WRONG_DATA)
    spend(card, used)
    try:
        if used.mechanism.scheme is not Scheme.CBC:
            return decipher_by_rsa(used.mechanism, used.material.private_key(), cryptogram)
        initial_value = used.template.initial_value
        data = decipher_blocks(used.key.algorithm, used.material.value, initial_value, cryptogram)
        return unpad(data) if padded else data
    except MechanismError:
        raise StatusWordError(SW.WRONG_DATA) from None


def _indicator(used: KeyInUse) -> PaddingIndicator:
    """The padding indicator of a mechanism."""
    is_block_cipher = used.mechanism.scheme is Scheme.CBC
    return PaddingIndicator.ISO_7816_4 if is_block_cipher else PaddingIndicator.NONE_GIVEN


def _agree(card: CardContext, command: CommandAPDU) -> bytes:
    """Key agreement: a template A6 in either use, else B8."""
    environment = current_environment(card)
    purpose = next((each for each in _AGREEING if each.kind << 8 | each.use in environment), _AGREEING_AS_DECIPHERING)
    used = open_key(card, command, purpose)
    require_response(command)
    try:
        outer, rest = decode_one(command.data)
        if rest:
            raise StatusWordError(SW.WRONG_DATA)
        template = outer.value if outer.tag == _KEY_AGREEMENT else command.data
        public = public_key_from_template(used.key.algorithm, template)
        spend(card, used)
        return shared_secret(used.material.private_key(), public)
    except Iso7816Error:
        raise StatusWordError(SW.WRONG_DATA) from None
