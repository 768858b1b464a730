"""What an HCRYPTKEY stands for: a key of the card, and how it is used by one handle."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from scardmgr.com.errors import HRESULT, HResultError
from scardmgr.interfaces.crypto_numbers import ALG_ID
from scardmgr.providers.iso.crypto.mechanism_choice import BLOCK_SIZES, RSA, SECRET_KEYS
from scardmgr.providers.iso.crypto.security_operations import KeyInUse

_LONG: Final = RSA | {ALG_ID.CALG_CARD}


@dataclass(slots=True, eq=False)
class KeyUse:
    """A key, and how it is used.

    Attributes:
        reference: the card's reference.
        algorithm: what it is for.
        public_key: the public key in SubjectPublicKeyInfo, once the card told it.
        initial_value: of the first block of a message; ``None``: zeros.
        oaep_hash: the hash of RSAES-OAEP.
    """

    reference: int
    algorithm: ALG_ID
    public_key: bytes | None = None
    initial_value: bytes | None = None
    oaep_hash: ALG_ID = ALG_ID.CALG_SHA1
    _running_value: bytes | None = None

    @property
    def block_size(self) -> int | None:
        """Bytes in a block, ``None`` where it is no block cipher."""
        return BLOCK_SIZES.get(self.algorithm)

    @property
    def is_secret(self) -> bool:
        """Whether both sides have the same key."""
        return self.algorithm in SECRET_KEYS

    def set_initial_value(self, value: bytes) -> None:
        """Begin messages with another block. Raises HResultError E_INVALIDARG: not of the length of a block."""
        if len(value) != self.block_size:
            raise HResultError(HRESULT.E_INVALIDARG, f"pbData has {len(value)} bytes: a block has {self.block_size}")
        self.initial_value, self._running_value = value, None

    def in_use(self) -> KeyInUse:
        """What a template says of it."""
        return KeyInUse(self.reference, self.is_secret, self.algorithm in _LONG)

    def in_chaining(self) -> KeyInUse:
        """What a template says of it, with the block that the next one is chained to."""
        first = bytes(self.block_size or 0) if self.initial_value is None else self.initial_value
        value = first if self._running_value is None else self._running_value
        return KeyInUse(self.reference, secret=True, long=False, initial_value=value)

    def go_on(self, cryptogram: bytes, *, is_last: bool) -> None:
        """Remember where a message in parts goes on: behind the last block of its cryptogram so far."""
        if is_last:
            self._running_value = None
        elif cryptogram:
            self._running_value = cryptogram[-(self.block_size or 0) :]
