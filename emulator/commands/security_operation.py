"""PERFORM SECURITY OPERATION (ISO/IEC 7816-8:2004, 5.2): P1 is the tag of what comes out, P2 of what goes in.

::

    P1 P2  9E  9A AC BC  COMPUTE DIGITAL SIGNATURE       00  A8     VERIFY DIGITAL SIGNATURE
           90  80 A0     HASH                            00  AE BE  VERIFY CERTIFICATE
           8E  80        COMPUTE CRYPTOGRAPHIC CHECKSUM  00  A2     VERIFY CRYPTOGRAPHIC CHECKSUM
           86 84 82  80  ENCIPHER                        80  86 84 82  DECIPHER, and key agreement

An operation that gives something needs an Le field, of a signature one that it fits (6700), HASH excepted; one that
gives nothing does not look at it.
"""

from __future__ import annotations

from enum import Enum, unique
from typing import TYPE_CHECKING, Final, TypeAlias

from emulator.commands import certificate, checksum, confidentiality, digital_signature
from iso7816.status_words import SW, StatusWordError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from emulator.command import CardContext, Response
    from iso7816.apdu import CommandAPDU

    Handler: TypeAlias = Callable[[CardContext, CommandAPDU], Response]


@unique
class SecurityOperation(Enum):
    """P1 and P2."""

    SIGN = 0x9E9A
    """Sign an input, or what HASH left."""
    SIGN_VALUES = 0x9EAC
    """Sign the values of data objects, one after the other."""
    SIGN_TEMPLATE = 0x9EBC
    """Sign data objects."""
    VERIFY_SIGNATURE = 0x00A8
    HASH = 0x9080
    HASH_TEMPLATE = 0x90A0
    COMPUTE_CHECKSUM = 0x8E80
    VERIFY_CHECKSUM = 0x00A2
    VERIFY_CERTIFICATE_VALUES = 0x00AE
    VERIFY_CERTIFICATE = 0x00BE
    ENCIPHER_WITH_INDICATOR = 0x8680
    ENCIPHER_TLV = 0x8480
    ENCIPHER_PROTECTED_TLV = 0x8280
    DECIPHER_WITH_INDICATOR = 0x8086
    DECIPHER_TLV = 0x8084
    DECIPHER_PROTECTED_TLV = 0x8082


_HANDLERS: Final[Mapping[SecurityOperation, Handler]] = {
    SecurityOperation.SIGN: digital_signature.sign_input,
    SecurityOperation.SIGN_VALUES: digital_signature.sign_values,
    SecurityOperation.SIGN_TEMPLATE: digital_signature.sign_template,
    SecurityOperation.VERIFY_SIGNATURE: digital_signature.verify,
    SecurityOperation.HASH: digital_signature.hash_message,
    SecurityOperation.HASH_TEMPLATE: digital_signature.hash_template,
    SecurityOperation.COMPUTE_CHECKSUM: checksum.compute,
    SecurityOperation.VERIFY_CHECKSUM: checksum.verify,
    SecurityOperation.VERIFY_CERTIFICATE_VALUES: certificate.verify_values,
    SecurityOperation.VERIFY_CERTIFICATE: certificate.verify,
    SecurityOperation.ENCIPHER_WITH_INDICATOR: confidentiality.encipher_with_indicator,
    SecurityOperation.ENCIPHER_TLV: confidentiality.encipher,
    SecurityOperation.ENCIPHER_PROTECTED_TLV: confidentiality.encipher,
    SecurityOperation.DECIPHER_WITH_INDICATOR: confidentiality.decipher_with_indicator,
    SecurityOperation.DECIPHER_TLV: confidentiality.decipher,
    SecurityOperation.DECIPHER_PROTECTED_TLV: confidentiality.decipher,
}
_OPERATIONS: Final = {operation.value: handle for operation, handle in _HANDLERS.items()}


def parse_operation(p1: int, p2: int) -> Handler:
    """What executes the operation. Raises StatusWordError 6A86 for another pair of tags."""
    handle = _OPERATIONS.get(p1 << 8 | p2)
    if handle is None:
        raise StatusWordError(SW.INCORRECT_P1_P2)
    return handle


def perform(card: CardContext, command: CommandAPDU, handle: Handler) -> Response:
    """PERFORM SECURITY OPERATION (2A).

    What the operations have in common: 6985 the environment has no template for it, its mechanism is for another
    operation or another key, the key's uses are spent or its DF is closed; 6A88 the template names no key; 6984 the
    key's usage does not include it, or it has no value; 6982 its rules, or those of its DF, are not met; 6A80 the
    data are not what the mechanism takes; 6300 what was to be verified is wrong.
    """
    return handle(card, command)
