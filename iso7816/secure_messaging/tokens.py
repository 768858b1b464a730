"""What the tokens that begin a session have in common: a content, enciphered, and a checksum over the cryptogram.

::

    E(content) || MAC       E: CBC, initial value 0, no padding       MAC: over the padded cryptogram, no counter
"""

from __future__ import annotations

from typing import Final

from iso7816.authentication import KeyType
from iso7816.confidentiality import decipher_blocks, encipher_blocks
from iso7816.key_algorithms import KeyAlgorithm
from iso7816.padding import pad
from iso7816.secure_messaging.algorithms import CHECKSUM_LENGTH, SessionCipher, SessionKeys
from iso7816.secure_messaging.errors import SecureMessagingError

_ALGORITHMS: Final = {KeyType.AES: KeyAlgorithm.AES, KeyType.TRIPLE_DES: KeyAlgorithm.TRIPLE_DES}


def seal_token(keys: SessionKeys, content: bytes) -> bytes:
    """A token. Raises MechanismError: a content that is no whole blocks."""
    cryptogram = encipher_blocks(_ALGORITHMS[keys.key_type], keys.encryption, None, content)
    padded = pad(cryptogram, keys.block)
    return cryptogram + SessionCipher(keys).checksum(padded[: keys.block], padded[keys.block :])


def open_token(keys: SessionKeys, token: bytes, length: int) -> bytes:
    """The content of a token of ``length`` bytes.

    Raises:
        SecureMessagingError: another length, or a wrong MAC.
    """
    if len(token) != length:
        raise SecureMessagingError(f"a token has {length} bytes, not {len(token)}")
    cryptogram, mac = token[:-CHECKSUM_LENGTH], token[-CHECKSUM_LENGTH:]
    padded = pad(cryptogram, keys.block)
    if not SessionCipher(keys).is_checksum_right(padded[: keys.block], padded[keys.block :], mac):
        raise SecureMessagingError("the MAC of the token is wrong")
    return decipher_blocks(_ALGORITHMS[keys.key_type], keys.encryption, None, cryptogram)
