"""GENERATE ASYMMETRIC KEY PAIR (47), into a key file that is there.

::

    AC { 80 mechanism, 83 reference }  ->  7F49 { 81 modulus, 82 exponent }
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from emulator.applications.gids.interface import RSA_BITS, KeyAccess
from emulator.applications.gids.stored_files import key_key, open_key_file, put_values
from emulator.applications.gids.templates import one_byte, template_in
from iso7816.status_words import SW, StatusWordError

if TYPE_CHECKING:
    from emulator.command import CardContext, Response
    from iso7816.apdu import CommandAPDU

_GENERATION: Final = 0xAC
_MECHANISM: Final = 0x80
_REFERENCE: Final = 0x83


def generate_key_pair(card: CardContext, command: CommandAPDU, _parameters: None) -> Response:
    """GENERATE ASYMMETRIC KEY PAIR (47): 6A80 other data, 6A88 there is no such file, 6985 it is not activated, 6982
    its rules do not allow it, 6A81 another mechanism than the file is for, 6A84 no room."""
    from iso7816.asymmetric_keys import generate_private_key, private_key_bytes
    from iso7816.key_algorithms import KeyAlgorithm
    from iso7816.public_key_template import public_key_template

    template = template_in(command.data, _GENERATION)
    mechanism, reference = one_byte(template, _MECHANISM), one_byte(template, _REFERENCE)
    file = open_key_file(card, reference, KeyAccess.GENERATE)
    bits = RSA_BITS.get(mechanism)
    if bits is None or bits != file.rsa_bits:
        raise StatusWordError(SW.FUNCTION_UNSUPPORTED)
    key = generate_private_key(KeyAlgorithm.RSA, bits)
    stored = private_key_bytes(key)
    put_values(card, {key_key(file.fid): stored})
    return public_key_template(key.public_key())
