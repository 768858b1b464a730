"""Enciphering and deciphering: what PERFORM SECURITY OPERATION does by a confidentiality template.

::

    RSAES-PKCS1-v1_5, RSAES-OAEP  RFC 8017   a cryptogram as long as the modulus
    cipher block chaining         NIST SP 800-38A, initial value block: zeros, or as the template says
    padding                       ISO/IEC 7816-4: 80, then 00 up to the end of the block
"""

from __future__ import annotations

from enum import IntEnum, unique
from functools import cache
from typing import TYPE_CHECKING, cast

from iso7816.block_cipher import block_cipher, block_size
from iso7816.digital_signature import hash_function
from iso7816.errors import MechanismError
from iso7816.mechanisms import Mechanism, Scheme

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric import padding, rsa
    from cryptography.hazmat.primitives.ciphers import Cipher, modes

    from iso7816.asymmetric_keys import PrivateKey, PublicKey
    from iso7816.key_algorithms import KeyAlgorithm


@unique
class PaddingIndicator(IntEnum):
    """The byte in front of a cryptogram under tag 86 (ISO/IEC 7816-4:2005, 6.2.3.1)."""

    NONE_GIVEN = 0x00
    """No further indication: the mechanism has its own padding, as RSA does."""
    ISO_7816_4 = 0x01
    """80, then as many 00 as are needed."""
    NO_PADDING = 0x02


def encipher_blocks(algorithm: KeyAlgorithm, key: bytes, initial_value: bytes | None, data: bytes) -> bytes:
    """Encipher whole blocks in cipher block chaining.

    Raises:
        MechanismError: the data are no whole blocks, or the initial value is not one block.
    """
    encryptor = _chained(algorithm, key, initial_value, data).encryptor()
    cryptogram: bytes = encryptor.update(data) + encryptor.finalize()
    return cryptogram


def decipher_blocks(algorithm: KeyAlgorithm, key: bytes, initial_value: bytes | None, cryptogram: bytes) -> bytes:
    """Decipher whole blocks. Raises as :func:`encipher_blocks`."""
    decryptor = _chained(algorithm, key, initial_value, cryptogram).decryptor()
    data: bytes = decryptor.update(cryptogram) + decryptor.finalize()
    return data


def _chained(algorithm: KeyAlgorithm, key: bytes, initial_value: bytes | None, data: bytes) -> Cipher[modes.CBC]:
    from cryptography.hazmat.primitives.ciphers import Cipher, modes

    size = block_size(algorithm)
    if not data or len(data) % size:
        raise MechanismError(f"{len(data)} bytes are no whole blocks of {size}")
    if not initial_value:
        initial_value = bytes(size)
    if len(initial_value) != size:
        raise MechanismError(f"an initial value block has {size} bytes, not {len(initial_value)}")
    return Cipher(block_cipher(algorithm, key), modes.CBC(initial_value))


def encipher_by_rsa(mechanism: Mechanism, key: PublicKey, data: bytes) -> bytes:
    """Encipher by a public key of RSA.

    Raises:
        MechanismError: the data are too long for the key.
    """
    try:
        return cast("rsa.RSAPublicKey", key).encrypt(data, _padding(mechanism))
    except ValueError:
        raise MechanismError(f"{len(data)} bytes are too long for the key") from None


def decipher_by_rsa(mechanism: Mechanism, key: PrivateKey, cryptogram: bytes) -> bytes:
    """Decipher by a private key of RSA.

    Raises:
        MechanismError: the cryptogram is not as long as the modulus, or holds nothing for this key.
    """
    try:
        return cast("rsa.RSAPrivateKey", key).decrypt(cryptogram, _padding(mechanism))
    except ValueError:
        raise MechanismError("no cryptogram for this key") from None


@cache
def _padding(mechanism: Mechanism) -> padding.AsymmetricPadding:
    from cryptography.hazmat.primitives.asymmetric import padding

    if mechanism.scheme is Scheme.RSAES_PKCS1 or mechanism.hash is None:
        return padding.PKCS1v15()
    function = hash_function(mechanism.hash)
    return padding.OAEP(padding.MGF1(function), function, None)
