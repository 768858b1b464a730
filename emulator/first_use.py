"""What commands do at their first use: import ``cryptography``, and have OpenSSL look for algorithms.

``cryptography`` takes 30 ms of a processor to be imported, more than a command should take; and a card whose files are
looked at does without. So it is imported by the first command that needs it, or ahead, where there is time for that.
OpenSSL takes up to 1 ms to find an algorithm that a process uses for the first time, whatever the key; then it has it.
"""

from __future__ import annotations

import os
from contextlib import suppress
from importlib import import_module
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from emulator.persistent import PersistentState

_MODULES: Final = (
    "hmac",
    "cryptography.hazmat.primitives.asymmetric.x25519",
    "cryptography.hazmat.primitives.serialization",  # and with it the other kinds of keys, paddings and ciphers
    "iso7816.confidentiality",
    "iso7816.rsa_primitive",
)


def prepare(state: PersistentState) -> None:
    """Do now what the commands of a card may need. What cannot be done is told by the command that needs it.

    The card's own keys are not used, nor does anything of the card become another.
    """
    from emulator.applications.registry import application_type

    own = (name for each in sorted({*state.applications.values()}) for name in application_type(each).FIRST_USE)
    with suppress(ImportError):
        for name in (*_MODULES, *own):
            import_module(name)
        from cryptography.exceptions import UnsupportedAlgorithm
        from cryptography.hazmat.backends import default_backend

        default_backend()  # which imports what curves need
        for use in (_use_cipher, _use_curve, _use_rsa):
            with suppress(UnsupportedAlgorithm, ValueError):
                use()


def _use_cipher() -> None:
    from iso7816.confidentiality import encipher_blocks
    from iso7816.key_algorithms import KeyAlgorithm

    encipher_blocks(KeyAlgorithm.TRIPLE_DES, os.urandom(24), None, bytes(8))


def _use_curve() -> None:
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import ec

    ec.generate_private_key(ec.SECP256R1()).sign(b"", ec.ECDSA(hashes.SHA256()))


def _use_rsa() -> None:
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import padding, rsa

    # To look for a key's factors is nobody's business: the modulus is any odd number.
    key = rsa.RSAPublicNumbers(65537, (1 << 2048) - 1).public_key()
    with suppress(InvalidSignature):
        key.verify(bytes(256), b"", padding.PKCS1v15(), hashes.SHA256())
