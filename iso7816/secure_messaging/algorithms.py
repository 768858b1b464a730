"""The ciphers and checksums of secure messaging, and their keys.

::

            block   encipherment (padded 80 00 ..)               checksum: 8 bytes
    3DES     8      CBC, initial value 0                         retail MAC (ISO/IEC 9797-1, MAC algorithm 3)
    AES     16      CBC, initial value E(KEnc, counter)          CMAC (NIST SP 800-38B), first 8 bytes

Both checksums are over the send sequence counter, one block long, and then what is protected, which is padded
(ISO/IEC 9797-1, padding method 2) before either. Source: ICAO Doc 9303-11, 9.8.6 and 9.8.7.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Final

from cryptography.hazmat.primitives.ciphers import BlockCipherAlgorithm, Cipher, CipherContext, modes
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.cmac import CMAC

from iso7816.authentication import KeyType, is_same_secret
from iso7816.errors import MechanismError
from iso7816.padding import pad, unpad
from iso7816.secure_messaging.errors import SecureMessagingError
from iso7816.status_words import SW

try:
    from cryptography.hazmat.decrepit.ciphers.algorithms import TripleDES
except ImportError:  # before cryptography 43
    from cryptography.hazmat.primitives.ciphers.algorithms import TripleDES  # type: ignore[assignment,unused-ignore]

CHECKSUM_LENGTH: Final = 8


@dataclass(frozen=True, slots=True, repr=False)
class SessionKeys:
    """The keys of a session; the repr shows none of them.

    Attributes:
        key_type: 3DES or AES.
        encryption: KEnc: 16 or 24 bytes for 3DES; 16, 24 or 32 for AES.
        checksum: KMAC: 16 bytes for 3DES; 16, 24 or 32 for AES.

    Raises:
        SecureMessagingError: a key of another length.
    """

    key_type: KeyType
    encryption: bytes
    checksum: bytes

    def __post_init__(self) -> None:
        if len(self.encryption) not in self.key_type.key_lengths:
            raise SecureMessagingError(f"KEnc has {len(self.encryption)} bytes")
        lengths = (16,) if self.key_type is KeyType.TRIPLE_DES else self.key_type.key_lengths
        if len(self.checksum) not in lengths:
            raise SecureMessagingError(f"KMAC has {len(self.checksum)} bytes")

    @property
    def block(self) -> int:
        """Bytes in a block of the cipher, and in the send sequence counter."""
        return self.key_type.challenge_length

    def __repr__(self) -> str:
        """The cipher only."""
        return f"SessionKeys({self.key_type.value}, {8 * len(self.encryption)} bits)"


class SessionCipher:
    """Enciphers, deciphers and makes checksums under the keys of one session.

    Args:
        keys: its keys.

    Attributes:
        WRONG: what a card answers where a checksum or a cryptogram is wrong.
    """

    WRONG: ClassVar[SW] = SW.SM_OBJECTS_INCORRECT

    def __init__(self, keys: SessionKeys) -> None:
        self.block = keys.block
        if keys.key_type is KeyType.AES:
            self._algorithm: BlockCipherAlgorithm = AES(keys.encryption)
            self._of_counter: CipherContext | None = _one_by_one(self._algorithm)
            self._checksums: _CMACs | _RetailMACs = _CMACs(keys.checksum)
        else:
            self._algorithm = TripleDES(_three_keys(keys.encryption))
            self._of_counter = None
            self._checksums = _RetailMACs(keys.checksum)

    def encipher(self, counter: bytes, data: bytes) -> bytes:
        """The data, padded and enciphered."""
        encryptor = Cipher(self._algorithm, modes.CBC(self._initial_value(counter))).encryptor()
        return encryptor.update(pad(data, self.block))

    def decipher(self, counter: bytes, cryptogram: bytes) -> bytes:
        """What :meth:`encipher` enciphered.

        Raises:
            SecureMessagingError: not whole blocks, or no padding in the last one.
        """
        if len(cryptogram) == 0 or len(cryptogram) % self.block:
            reason = f"a cryptogram of {len(cryptogram)} bytes is not whole blocks of {self.block}"
            raise SecureMessagingError(reason, self.WRONG)
        decryptor = Cipher(self._algorithm, modes.CBC(self._initial_value(counter))).decryptor()
        try:
            return unpad(decryptor.update(cryptogram))
        except MechanismError:
            raise SecureMessagingError("a cryptogram has no padding", self.WRONG) from None

    def checksum(self, counter: bytes, padded: bytes) -> bytes:
        """The cryptographic checksum over the counter and what is protected, which is whole blocks."""
        return self._checksums.of(self._chained(counter, padded))

    def is_checksum_right(self, counter: bytes, padded: bytes, given: bytes) -> bool:
        """Whether it is; the comparison takes the same time wherever they differ."""
        return is_same_secret(self.checksum(counter, padded), given)

    def check(self, counter: bytes, padded: bytes, given: bytes) -> None:
        """Raises SecureMessagingError unless :meth:`is_checksum_right`."""
        if not self.is_checksum_right(counter, padded, given):
            raise SecureMessagingError("the checksum (8E) is wrong", self.WRONG)

    def _initial_value(self, counter: bytes) -> bytes:
        """That of the encipherment."""
        return bytes(self.block) if self._of_counter is None else self._of_counter.update(counter)

    def _chained(self, counter: bytes, padded: bytes) -> bytes:
        """What the checksum is computed over, from an initial value of zeros."""
        return counter + padded


class _CMACs:
    """AES-CMAC, its first 8 bytes."""

    def __init__(self, key: bytes) -> None:
        self._fresh = CMAC(AES(key))

    def of(self, data: bytes) -> bytes:
        mac = self._fresh.copy()
        mac.update(data)
        return mac.finalize()[:CHECKSUM_LENGTH]


class _RetailMACs:
    """DES in CBC mode under the first half of the key; the last block once more, as 3DES, under both halves."""

    def __init__(self, key: bytes) -> None:
        # The library knows 3DES only: DES is 3DES with one key three times.
        self._first = TripleDES(key[:8] * 3)
        self._encrypt_first = _one_by_one(self._first)
        self._decrypt_second = Cipher(TripleDES(key[8:] * 3), modes.ECB()).decryptor()  # noqa: S305 (single blocks)

    def of(self, data: bytes) -> bytes:
        last = Cipher(self._first, modes.CBC(bytes(8))).encryptor().update(data)[-8:]
        return self._encrypt_first.update(self._decrypt_second.update(last))


def _one_by_one(algorithm: BlockCipherAlgorithm) -> CipherContext:
    """Enciphers single blocks: what went before makes no difference."""
    return Cipher(algorithm, modes.ECB()).encryptor()  # noqa: S305 (single blocks: there is nothing to chain)


def _three_keys(key: bytes) -> bytes:
    return key if len(key) == 24 else key + key[:8]
