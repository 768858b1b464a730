"""A passphrase, and the key that scrypt makes of it."""

from __future__ import annotations

from typing import NoReturn, Self
from unicodedata import normalize

from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

from emulator.images.damage import NotAuthentic
from emulator.images.sealing.scrypt_cost import COST_SIZE, ScryptCost
from emulator.images.sealing.seal_record import KEY_SIZE, SALT_SIZE


class Passphrase:
    """What opens a sealed image. It is not shown anywhere, nor can it be pickled.

    The last key that was derived is kept: to open an image twice takes the time once. In hex digits that key can be
    handed to another process (:attr:`derived`, :meth:`from_derived`), which then can open that image and no other.

    Args:
        secret: text, which counts as UTF-8 in normalization form C, so that it is the same from every keyboard; or
            bytes, as they are.

    Raises:
        ValueError: it is empty, or text that no keyboard gives.
    """

    __slots__ = ("_derived", "_secret")

    _secret: bytes | None
    _derived: tuple[bytes, ScryptCost, bytes] | None

    def __init__(self, secret: str | bytes) -> None:
        try:
            octets = normalize("NFC", secret).encode() if isinstance(secret, str) else bytes(secret)
        except UnicodeEncodeError:  # it would tell a part of the passphrase
            octets = None
        del secret  # whoever shows the variables of this frame is shown none
        if octets is None:
            raise ValueError("a passphrase is text that UTF-8 can hold")
        if not octets:
            raise ValueError("a passphrase is not empty")
        self._secret = octets
        self._derived = None

    @classmethod
    def of(cls, secret: str | bytes | Passphrase) -> Passphrase:
        """The passphrase itself, or made of what it is. Raises ValueError."""
        return secret if isinstance(secret, Passphrase) else cls(secret)

    def key(self, salt: bytes, cost: ScryptCost) -> bytes:
        """The key of 32 bytes that it makes with a salt.

        Raises:
            NotAuthentic: there is only a key for another salt.
            MemoryError: scrypt has not enough.
        """
        if self._derived is None or self._derived[:2] != (salt, cost):
            if self._secret is None:
                raise NotAuthentic
            derived = Scrypt(salt=salt, length=KEY_SIZE, n=cost.n, r=cost.r, p=cost.p).derive(self._secret)
            self._derived = salt, cost, derived
        return self._derived[2]

    @property
    def derived(self) -> str:
        """The last key in hex digits, with salt and parameters, as secret as the passphrase; empty: none was derived.

        ::

            salt (16 bytes) | n, r, p (4 bytes each) | key (32 bytes)
        """
        if self._derived is None:
            return ""
        salt, cost, key = self._derived
        return (salt + cost.to_bytes() + key).hex()

    @classmethod
    def from_derived(cls, derived: str) -> Self:
        """What opens the image that :attr:`derived` was derived for. Raises ValueError for anything else."""
        try:
            octets = bytes.fromhex(derived)
            if len(octets) != SALT_SIZE + COST_SIZE + KEY_SIZE:
                raise ValueError
            cost = ScryptCost.from_bytes(octets[SALT_SIZE:-KEY_SIZE])
        except ValueError:
            octets = b""
        if not octets:
            raise ValueError("there is no key for a sealed image")
        passphrase = cls.__new__(cls)
        passphrase._secret = None  # noqa: SLF001 (of this class)
        passphrase._derived = octets[:SALT_SIZE], cost, octets[-KEY_SIZE:]  # noqa: SLF001
        return passphrase

    def __repr__(self) -> str:
        return "Passphrase(...)"

    def __reduce__(self) -> NoReturn:
        raise TypeError("a passphrase is not pickled")
