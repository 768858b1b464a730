"""What an HCRYPTHASH stands for: a hash or a checksum in the making."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from scardmgr.com.errors import HRESULT, HResultError
from scardmgr.providers.iso.crypto.mechanism_choice import HASHES

if TYPE_CHECKING:
    from scardmgr.interfaces.crypto_numbers import ALG_ID
    from scardmgr.providers.iso.crypto.key_uses import KeyUse


@dataclass(slots=True, eq=False)
class HashObject:
    """A hash, data to be signed as they are, or a checksum.

    Attributes:
        algorithm: which.
        key: the key of a checksum.
        hmac_hash: the hash of an HMAC; ``None``: the card decides by the key.
        data: what was added so far.
        value: the result, once it was asked for or set; no data can be added from then on.
    """

    algorithm: ALG_ID
    key: KeyUse | None = None
    hmac_hash: ALG_ID | None = None
    data: bytearray = field(default_factory=bytearray, repr=False)
    value: bytes | None = field(default=None, repr=False)

    @property
    def size(self) -> int | None:
        """Bytes of the value, where the algorithm tells."""
        found = HASHES.get(self.algorithm)
        return None if found is None else found.size

    def add(self, data: bytes) -> None:
        """Add data. Raises HResultError E_UNEXPECTED: there is a value."""
        if self.value is not None:
            raise HResultError(HRESULT.E_UNEXPECTED, "the hash has a value: no data can be added")
        self.data += data

    def set_value(self, value: bytes) -> None:
        """Take a value that was computed elsewhere.

        Raises:
            HResultError: E_INVALIDARG: of another length. E_UNEXPECTED: there are data or a value.
        """
        if self.size not in (None, len(value)):
            raise HResultError(
                HRESULT.E_INVALIDARG, f"pbData has {len(value)} bytes: {self.algorithm.name} has {self.size}"
            )
        self._require_untouched()
        self.value = value

    def set_hmac_hash(self, algorithm: ALG_ID) -> None:
        """Name the hash of an HMAC. Raises HResultError E_UNEXPECTED: there are data or a value."""
        self._require_untouched()
        self.hmac_hash = algorithm

    def finish(self, value: bytes) -> bytes:
        """Keep the value that the data have; those of a checksum are needed to verify another one, others are not."""
        self.value = value
        if self.key is None:
            self.data.clear()
        return value

    def _require_untouched(self) -> None:
        if self.data or self.value is not None:
            raise HResultError(HRESULT.E_UNEXPECTED, "the hash has data or a value already")
