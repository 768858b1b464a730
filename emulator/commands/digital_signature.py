"""COMPUTE DIGITAL SIGNATURE (ISO/IEC 7816-8:2004, 5.4), by the digital signature template of the environment."""

from __future__ import annotations

from typing import TYPE_CHECKING

from emulator.command import expected
from emulator.current_environment import COMPUTE, key_in, mechanism_in, template_for
from emulator.key_use import authorise_use, spend_use
from emulator.keys import KeyOperation
from iso7816.control_reference import TemplateKind
from iso7816.digital_signature import SIGNATURE_SCHEMES, compute_signature, signature_size
from iso7816.errors import MechanismError
from iso7816.status_words import SW, StatusWordError

if TYPE_CHECKING:
    from emulator.command import CardContext, Response
    from iso7816.apdu import CommandAPDU


def compute(card: CardContext, command: CommandAPDU) -> Response:
    """COMPUTE DIGITAL SIGNATURE (9E 9A) of an input (:mod:`iso7816.digital_signature`).

    6985 without a template, or with a mechanism that the key does not take; 6A88 it names no key; 6984, 6982 and 6985
    as the key's rules say; 6700 Ne is less than the signature; 6A80 the data are no input of the mechanism.
    """
    template = template_for(card, TemplateKind.SIGNATURE, COMPUTE)
    where, key = key_in(card, template.private_key or template.key)
    mechanism = mechanism_in(template, key, SIGNATURE_SCHEMES)
    material = authorise_use(card, where, key, KeyOperation.SIGN)
    if expected(command) < signature_size(mechanism, key.bits):
        raise StatusWordError(SW.WRONG_LENGTH)
    spend_use(card, where, key)
    try:
        return compute_signature(mechanism, material.private_key(), command.data)
    except MechanismError:
        raise StatusWordError(SW.WRONG_DATA) from None
