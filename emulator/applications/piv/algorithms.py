"""Algorithm identifiers (SP 800-78-5, table 9; the last four are of the management commands).

::

    00, 03  3DES, three keys   05  RSA-3072   11  P-256   27  cipher suite 2 (secure messaging)
    08      AES-128            06  RSA-1024   14  P-384   2E  cipher suite 7
    0A      AES-192            07  RSA-2048               16  RSA-4096
    0C      AES-256                                       E0  Ed25519
                                                          E1  X25519
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from iso7816.key_algorithms import KeyAlgorithm

if TYPE_CHECKING:
    from iso7816.asymmetric_keys import PrivateKey


@dataclass(frozen=True, slots=True)
class Algorithm:
    """An algorithm with its key size.

    Attributes:
        identifier: P1 of GENERAL AUTHENTICATE.
        kind: what its keys are keys of.
        bits: their size.
        is_standard: whether it is one of SP 800-78-5, or of an earlier edition.
    """

    identifier: int
    kind: KeyAlgorithm
    bits: int
    is_standard: bool = True

    @property
    def key_bytes(self) -> int:
        """Bytes in a secret key."""
        return self.bits // 8

    @property
    def block_bytes(self) -> int:
        """Bytes in a block of a cipher."""
        return 16 if self.kind is KeyAlgorithm.AES else 8


TRIPLE_DES: Final = 0x03
ALGORITHMS: Final = {
    each.identifier: each
    for each in (
        Algorithm(TRIPLE_DES, KeyAlgorithm.TRIPLE_DES, 192),
        Algorithm(0x05, KeyAlgorithm.RSA, 3072),
        Algorithm(0x06, KeyAlgorithm.RSA, 1024),
        Algorithm(0x07, KeyAlgorithm.RSA, 2048),
        Algorithm(0x08, KeyAlgorithm.AES, 128),
        Algorithm(0x0A, KeyAlgorithm.AES, 192),
        Algorithm(0x0C, KeyAlgorithm.AES, 256),
        Algorithm(0x11, KeyAlgorithm.P_256, 256),
        Algorithm(0x14, KeyAlgorithm.P_384, 384),
        Algorithm(0x16, KeyAlgorithm.RSA, 4096, is_standard=False),
        Algorithm(0xE0, KeyAlgorithm.ED25519, 255, is_standard=False),
        Algorithm(0xE1, KeyAlgorithm.X25519, 255, is_standard=False),
    )
}
"""By their identifiers, but 00, which is 03."""


def canonical(identifier: int) -> int:
    """An identifier as keys are kept with it: 00 is another name of 03."""
    return identifier or TRIPLE_DES


def key_pair_algorithm(identifier: int, *, extended: bool) -> Algorithm | None:
    """The algorithm of key pairs with an identifier, ``None`` where there is none.

    Args:
        identifier: as in P1, or under tag 80 of a control reference template.
        extended: whether those of the management commands count.
    """
    found = ALGORITHMS.get(identifier)
    if found is None or found.kind.is_secret or not (found.is_standard or extended):
        return None
    return found


def algorithm_of(key: PrivateKey) -> Algorithm | None:
    """The algorithm of a private key, ``None`` where PIV has none for it."""
    from iso7816.asymmetric_keys import key_algorithm

    kind, bits = key_algorithm(key)
    return next((each for each in ALGORITHMS.values() if (each.kind, each.bits) == (kind, bits)), None)
