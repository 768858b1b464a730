"""Keys, codes and settings as the card keeps them.

::

    key pair    algorithm  PIN policy  touch policy  origin (1 generated, 2 imported)  PKCS #8
    secret key  algorithm  touch policy  key
    settings    management commands (01: on)  version, 3 bytes  serial number, 4 bytes  tries kept from contactless use

Before cards had fingers to compare, a key had 02 or 03 for the rule of its slot, too; no such card has a finger.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import IntEnum, unique
from typing import TYPE_CHECKING, Final, Self

from emulator.applications.piv.algorithms import ALGORITHMS, Algorithm
from emulator.applications.piv.key_references import PINPolicy, ReferenceData, TouchPolicy

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from emulator.applications.contract import ApplicationValues
    from emulator.command import CardContext
    from iso7816.asymmetric_keys import PrivateKey

SETTINGS: Final = b"settings"
CODES: Final = {
    ReferenceData.PIN: b"pin",
    ReferenceData.PUK: b"puk",
    ReferenceData.GLOBAL_PIN: b"global pin",
    ReferenceData.PRIMARY_FINGER: b"primary finger",
    ReferenceData.SECONDARY_FINGER: b"secondary finger",
}
"""Keys of what has a retry counter: codes, and fingers."""

_KEY_PAIR: Final = b"key"
_SECRET: Final = b"secret"


@unique
class Origin(IntEnum):
    """Where a key comes from."""

    GENERATED = 1
    IMPORTED = 2


@dataclass(frozen=True, slots=True)
class Settings:
    """What the definition says once and for all.

    Attributes:
        extended: whether the management commands are there.
        version: major, minor and patch, as GET VERSION tells.
        serial: serial number.
        kept_tries: tries of a PIN that cannot be spent over the contactless interface.
    """

    extended: bool
    version: tuple[int, int, int]
    serial: int
    kept_tries: int

    @classmethod
    def read(cls, values: Mapping[bytes, bytes] | ApplicationValues) -> Self:
        """Those of the card."""
        data = values[SETTINGS]
        return cls(data[0] != 0, (data[1], data[2], data[3]), int.from_bytes(data[4:8], "big"), data[8])

    def to_bytes(self) -> bytes:
        """As they are kept."""
        return bytes((self.extended, *self.version)) + self.serial.to_bytes(4, "big") + bytes((self.kept_tries,))


def is_extended(values: ApplicationValues) -> bool:
    """Whether the management commands are there: what :class:`Settings` says, without the rest of it."""
    return values[SETTINGS][0] != 0


@dataclass(frozen=True, slots=True, repr=False)
class KeyPair:
    """A key pair in its slot; the repr shows no key.

    Attributes:
        algorithm: what it is a key of.
        pin_policy: what its use requires; never DEFAULT, but what that is.
        touch_policy: likewise.
        origin: where it comes from.
        pkcs8: the private key.
    """

    algorithm: Algorithm
    pin_policy: PINPolicy
    touch_policy: TouchPolicy
    origin: Origin
    pkcs8: bytes

    @classmethod
    def read(cls, values: Mapping[bytes, bytes] | ApplicationValues, reference: int) -> Self | None:
        """The key pair of a reference, ``None`` where there is none."""
        data = values.get(key_pair_key(reference))
        return None if data is None else cls.parse(data)

    @classmethod
    def parse(cls, data: bytes) -> Self:
        """From the value that keeps it."""
        return cls(ALGORITHMS[data[0]], PINPolicy(data[1]), TouchPolicy(data[2]), Origin(data[3]), data[4:])

    def to_bytes(self) -> bytes:
        """As it is kept."""
        header = (self.algorithm.identifier, self.pin_policy, self.touch_policy, self.origin)
        return bytes(header) + self.pkcs8

    def private_key(self, card: CardContext) -> PrivateKey:
        """The private key."""
        return card.loaded_keys.private_key(self.pkcs8)

    def __repr__(self) -> str:
        """Algorithm and policy only."""
        return f"KeyPair({self.algorithm.kind.value}, {self.algorithm.bits} bits, PIN {self.pin_policy.of_pin.name})"


@dataclass(frozen=True, slots=True, repr=False)
class SecretKey:
    """A secret key; the repr shows none.

    Attributes:
        algorithm: of the cipher.
        touch_policy: what its use waits for.
        key: the key.
    """

    algorithm: Algorithm
    touch_policy: TouchPolicy
    key: bytes

    @classmethod
    def read(cls, values: Mapping[bytes, bytes] | ApplicationValues, reference: int) -> Self | None:
        """The secret key of a reference, ``None`` where there is none."""
        data = values.get(secret_key_key(reference))
        return None if data is None else cls(ALGORITHMS[data[0]], TouchPolicy(data[1]), data[2:])

    def to_bytes(self) -> bytes:
        """As it is kept."""
        return bytes((self.algorithm.identifier, self.touch_policy)) + self.key

    def with_key(self, algorithm: Algorithm, touch_policy: TouchPolicy, key: bytes) -> Self:
        """Another key in its place."""
        return replace(self, algorithm=algorithm, touch_policy=touch_policy, key=key)

    def __repr__(self) -> str:
        """The cipher only."""
        return f"SecretKey({self.algorithm.kind.value}, {self.algorithm.bits} bits)"


def key_pair_key(reference: int) -> bytes:
    """By which the values of the application have a key pair."""
    return _KEY_PAIR + bytes((reference,))


def secret_key_key(reference: int) -> bytes:
    """By which the values of the application have a secret key."""
    return _SECRET + bytes((reference,))


def key_pair_references(values: ApplicationValues) -> Iterator[int]:
    """The references of the key pairs that there are."""
    return (key[-1] for key in values.keys(_KEY_PAIR))
