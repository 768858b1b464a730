"""The seal of one image: a key for its values, wrapped under a key that a passphrase makes.

Every image has its own key of values. So a value that is sealed can be opened in its image only, and there
(:mod:`~emulator.images.sealing.sealed_rows`) in its place only.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Final, Self

from emulator.images.damage import NotAuthentic
from emulator.images.sealing import scrypt_cost
from emulator.images.sealing.extended_nonce import ExtendedNonceCipher
from emulator.images.sealing.seal_record import KEY_SIZE, SALT_SIZE, SealRecord
from iso7816.errors import MechanismError
from iso7816.padding import pad, unpad

if TYPE_CHECKING:
    from emulator.images.sealing.key_derivation import Passphrase
    from emulator.images.sealing.scrypt_cost import ScryptCost

_KEY_PLACE: Final = b"scardmgr card image: key of the values\0"
_STEP: Final = 32


class Seal:
    """The opened seal of an image. It has no ``repr`` that tells a key.

    Attributes:
        record: what the image keeps of it.
    """

    __slots__ = ("_values", "_wrapping", "record")

    def __init__(self, record: SealRecord, wrapping: ExtendedNonceCipher, values: ExtendedNonceCipher) -> None:
        self.record = record
        self._wrapping = wrapping
        self._values = values

    @classmethod
    def new(cls, passphrase: Passphrase) -> Self:
        """The seal of a new image. Raises MemoryError."""
        salt, cost = os.urandom(SALT_SIZE), scrypt_cost.DEFAULT_COST
        return cls._with_new_key(salt, cost, ExtendedNonceCipher(passphrase.key(salt, cost)))

    def renewed(self) -> Self:
        """The seal of another image that the same passphrase opens."""
        return self._with_new_key(self.record.salt, self.record.cost, self._wrapping)

    @classmethod
    def _with_new_key(cls, salt: bytes, cost: ScryptCost, wrapping: ExtendedNonceCipher) -> Self:
        key = os.urandom(KEY_SIZE)
        wrapped = wrapping.seal(key, _KEY_PLACE + SealRecord(salt, cost, b"").context)
        return cls(SealRecord(salt, cost, wrapped), wrapping, ExtendedNonceCipher(key))

    @classmethod
    def opened(cls, record: SealRecord, passphrase: Passphrase) -> Self:
        """The seal that an image keeps.

        Raises:
            NotAuthentic: it was closed with another passphrase.
            MemoryError: scrypt has not enough.
        """
        wrapping = ExtendedNonceCipher(passphrase.key(record.salt, record.cost))
        return cls(record, wrapping, ExtendedNonceCipher(wrapping.open(record.wrapped, _KEY_PLACE + record.context)))

    def close_value(self, value: bytes, place: bytes) -> bytes:
        """A value sealed for a place. Its length is told in steps of 32 bytes only."""
        return self._values.seal(pad(value, _STEP), place)

    def open_value(self, sealed: bytes, place: bytes) -> bytes:
        """The value that was sealed for this place. Raises NotAuthentic."""
        try:
            return unpad(self._values.open(sealed, place))
        except MechanismError:  # nobody but who has the key can have sealed that
            raise NotAuthentic from None
