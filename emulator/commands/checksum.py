"""COMPUTE and VERIFY CRYPTOGRAPHIC CHECKSUM (ISO/IEC 7816-8:2004, 5.3, 5.6), by the template B4.

::

    8E 80  data; the response is their checksum (:mod:`iso7816.cryptographic_checksum`)
    00 A2  80 data, 8E checksum
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from emulator.current_environment import COMPUTE, VERIFY
from emulator.key_in_use import Purpose
from emulator.keys import KeyOperation
from emulator.security_operations import data_objects, open_key, require_response, spend
from iso7816.authentication import is_same_secret
from iso7816.control_reference import TemplateKind
from iso7816.cryptographic_checksum import CHECKSUM_SCHEMES, compute_checksum
from iso7816.status_words import SW, StatusWordError

if TYPE_CHECKING:
    from emulator.command import CardContext, Response
    from iso7816.apdu import CommandAPDU

_DATA = 0x80
_CHECKSUM = 0x8E
_COMPUTING = Purpose(TemplateKind.CHECKSUM, COMPUTE, KeyOperation.COMPUTE_CHECKSUM, CHECKSUM_SCHEMES)
_VERIFYING = Purpose(TemplateKind.CHECKSUM, VERIFY, KeyOperation.VERIFY_CHECKSUM, CHECKSUM_SCHEMES)


def compute(card: CardContext, command: CommandAPDU) -> Response:
    """COMPUTE CRYPTOGRAPHIC CHECKSUM (8E 80)."""
    used = open_key(card, command, _COMPUTING)
    require_response(command)
    spend(card, used)
    return compute_checksum(used.mechanism, used.key.algorithm, used.material.value, command.data)


def verify(card: CardContext, command: CommandAPDU) -> Response:
    """VERIFY CRYPTOGRAPHIC CHECKSUM (00 A2)."""
    objects = data_objects(command.data)
    if set(objects) != {_DATA, _CHECKSUM}:
        raise StatusWordError(SW.WRONG_DATA)
    used = open_key(card, command, _VERIFYING)
    spend(card, used)
    right = compute_checksum(used.mechanism, used.key.algorithm, used.material.value, objects[_DATA])
    if not is_same_secret(right, objects[_CHECKSUM]):
        raise StatusWordError(SW.NV_CHANGED)
    return b""
