"""How much work it is to try a passphrase: the parameters of scrypt (RFC 7914)."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import Final, Self

_MOST_MEMORY: Final = 1 << 28
MOST_N: Final = 1 << 20
MOST_R: Final = 32
MOST_P: Final = 4

_PARAMETERS: Final = struct.Struct(">III")
COST_SIZE: Final = _PARAMETERS.size


@dataclass(frozen=True, slots=True)
class ScryptCost:
    """Parameters that are worth their time: 128 * n * r bytes of memory, p times one after the other.

    An image that comes from anywhere asks for 256 MiB at most, four times.

    Attributes:
        n: a power of 2; memory and time grow with it.
        r: size of a block in 128 bytes.
        p: how often.

    Raises:
        ValueError: what no image of ours asks for.
    """

    n: int
    r: int
    p: int

    def __post_init__(self) -> None:
        if self.n < 2 or self.n & (self.n - 1) or not 1 <= self.r <= MOST_R or not 1 <= self.p <= MOST_P:
            raise ValueError("parameters that no image has")
        if self.n >> (16 * self.r):
            raise ValueError("parameters that scrypt does not take")
        if self.memory > _MOST_MEMORY:
            raise ValueError("parameters that ask for too much memory")

    @classmethod
    def from_bytes(cls, octets: bytes) -> Self:
        """From n, r and p, 4 bytes each. Raises ValueError."""
        return cls(*_PARAMETERS.unpack(octets))

    def to_bytes(self) -> bytes:
        """n, r and p, 4 bytes each."""
        return _PARAMETERS.pack(self.n, self.r, self.p)

    @property
    def memory(self) -> int:
        """Bytes."""
        return 128 * self.n * self.r


DEFAULT_COST: Final = ScryptCost(1 << 17, 8, 1)
"""128 MiB, and some tenths of a second. (OWASP, Password Storage Cheat Sheet: the first of its settings for scrypt.)"""
