"""Private keys in key files, in PKCS #8, and their public halves.

::

    GET DATA 3FFF  70 { 84 reference, A5 { 7F49 80 } }  ->  7F49 { 81 modulus, 82 exponent }
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, cast

from emulator.applications.gids.interface import KEY_FILES, KEY_REFERENCE, KEY_VALUE_TEMPLATE, KeyAccess
from emulator.applications.gids.stored_files import key_key, open_key_file
from emulator.applications.gids.templates import one_byte
from iso7816.status_words import SW, StatusWordError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cryptography.hazmat.primitives.asymmetric import rsa

    from emulator.command import CardContext

_PUBLIC_KEY_WANTED: Final = bytes.fromhex("7F4980")


def private_key(card: CardContext, reference: int) -> rsa.RSAPrivateKey:
    """The key of RSA with a reference. Raises StatusWordError 6A88 where there is none."""
    from iso7816.asymmetric_keys import load_private_key

    name = key_key(KEY_FILES | reference)
    value = card.values.get(name)
    if value is None:
        raise StatusWordError(SW.REFERENCED_DATA_NOT_FOUND)
    # Reading a key takes longer than what is around a signature: it is kept until another selection.
    state = card.channel.application_state
    read: tuple[bytes, rsa.RSAPrivateKey] | None = state.get(repr(name))
    if read is None or read[0] is not value:
        read = state[repr(name)] = value, cast("rsa.RSAPrivateKey", load_private_key(value, check=False))
    return read[1]


def get_public_key(card: CardContext, template: Mapping[int, bytes]) -> bytes:
    """The public half, by the value of template 70. Raises StatusWordError 6A80, 6A88, 6985, 6982."""
    from iso7816.public_key_template import public_key_template

    if template.get(KEY_VALUE_TEMPLATE) != _PUBLIC_KEY_WANTED:
        raise StatusWordError(SW.WRONG_DATA)
    reference = one_byte(template, KEY_REFERENCE)
    file = open_key_file(card, reference, KeyAccess.GET_PUBLIC_KEY)
    if file.rsa_bits is None:
        raise StatusWordError(SW.REFERENCED_DATA_NOT_FOUND)
    return public_key_template(private_key(card, reference).public_key())
