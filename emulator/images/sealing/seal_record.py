"""What an image keeps of its seal: the one row of its table ``seal``.

::

    salt, n, r, p   scrypt (RFC 7914) makes the wrapping key of the passphrase with them
    wrapped         the key of the values (32 bytes), sealed under the wrapping key for salt and parameters: 72 bytes
    checksum        SHA-256 over salt, parameters (4 bytes each) and wrapped: it tells damage from a wrong passphrase
"""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass
from typing import Final, Self

from emulator.images.sealing.scrypt_cost import ScryptCost

SALT_SIZE: Final = 16
KEY_SIZE: Final = 32
NONCE_SIZE: Final = 24
TAG_SIZE: Final = 16
OVERHEAD: Final = NONCE_SIZE + TAG_SIZE
"""What anything that is sealed has more than before."""

WRAPPED_SIZE: Final = KEY_SIZE + OVERHEAD
CHECKSUM_SIZE: Final = 32


@dataclass(frozen=True, slots=True)
class SealRecord:
    """What an image keeps of its seal; nothing of it is secret.

    Attributes:
        salt: 16 bytes.
        cost: the parameters of scrypt.
        wrapped: the wrapped key.
    """

    salt: bytes
    cost: ScryptCost
    wrapped: bytes

    @classmethod
    def from_row(cls, row: tuple[bytes, int, int, int, bytes, bytes]) -> Self:
        """From the one row of the table. Raises ValueError for one that nobody has written so."""
        salt, n, r, p, wrapped, checksum = row
        record = cls(salt, ScryptCost(n, r, p), wrapped)
        if not hmac.compare_digest(checksum, record.checksum):
            raise ValueError("a seal that is damaged")
        return record

    @property
    def row(self) -> tuple[bytes, int, int, int, bytes, bytes]:
        """The one row of the table."""
        return self.salt, self.cost.n, self.cost.r, self.cost.p, self.wrapped, self.checksum

    @property
    def checksum(self) -> bytes:
        """Of all the others."""
        return hashlib.sha256(self.context + self.wrapped).digest()

    @property
    def context(self) -> bytes:
        """What the wrapped key is bound to."""
        return self.salt + self.cost.to_bytes()
