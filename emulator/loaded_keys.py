"""Private keys of applications, as ``cryptography`` has them.

An application keeps a key in PKCS #8. To read it, and what its first use sets up (for RSA as much as a signature
takes), is done once: the last keys used are kept, by their values, over resets and restored snapshots.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from iso7816.asymmetric_keys import PrivateKey

_MOST: Final = 32


class LoadedKeys:
    """The keys of one card; the repr shows none."""

    __slots__ = ("_keys",)

    def __init__(self) -> None:
        self._keys: dict[bytes, PrivateKey] = {}

    def private_key(self, der: bytes) -> PrivateKey:
        """The key of a value that the card keeps: its numbers were tried when it came in.

        Raises:
            KeyDataError: it is no private key in PKCS #8.
        """
        key = self._keys.pop(der, None)
        if key is None:
            from iso7816.asymmetric_keys import load_private_key

            key = load_private_key(der, check=False)
            if len(self._keys) == _MOST:
                del self._keys[next(iter(self._keys))]
        self._keys[der] = key
        return key
