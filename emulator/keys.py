"""Keys of a card: what they are, what they may be used for, and how often."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Flag
from typing import TYPE_CHECKING, Final

from emulator.requirement import Requirement
from iso7816.key_algorithms import KeyAlgorithm

if TYPE_CHECKING:
    from iso7816.asymmetric_keys import PrivateKey, PublicKey


class KeyOperation(Flag):
    """What a key may be used for."""

    INTERNAL = 1
    """INTERNAL AUTHENTICATE, and the card's part of MUTUAL AUTHENTICATE."""
    EXTERNAL = 2
    """EXTERNAL AUTHENTICATE, and the outside's part of MUTUAL AUTHENTICATE."""
    SIGN = 4
    VERIFY = 8
    ENCIPHER = 16
    DECIPHER = 32
    AGREE = 64
    """Key agreement, which PERFORM SECURITY OPERATION has as deciphering."""
    COMPUTE_CHECKSUM = 128
    VERIFY_CHECKSUM = 256
    VERIFY_CERTIFICATE = 512
    SECURE_MESSAGING = 1024
    """Beginning a session: by MUTUAL AUTHENTICATE, or as a static key of it."""
    DEVICE_AUTHENTICATION = 2048
    """Beginning a session by MUTUAL AUTHENTICATE between devices; the key is two then, K.ENC and K.MAC."""

    @property
    def words(self) -> tuple[str, ...]:
        """The names in a card definition and in an image."""
        return tuple(name for name, operation in OPERATION_NAMES.items() if operation in self)


OPERATION_NAMES: Final = {
    operation.name.lower().replace("_", " "): operation for operation in KeyOperation if operation.name
}
"""``"sign"``, ``"compute checksum"`` ... and what they stand for."""

SESSIONS: Final = KeyOperation.SECURE_MESSAGING | KeyOperation.DEVICE_AUTHENTICATION
"""What begins a session."""
BETWEEN_DEVICES: Final = KeyOperation.EXTERNAL | KeyOperation.DEVICE_AUTHENTICATION
"""What a key for device authentication is for, and nothing else."""

_PUBLIC: Final = KeyOperation.EXTERNAL | KeyOperation.VERIFY | KeyOperation.ENCIPHER | KeyOperation.VERIFY_CERTIFICATE
_AUTHENTICATION: Final = KeyOperation.INTERNAL | KeyOperation.EXTERNAL
_SIGNATURE: Final = KeyOperation.SIGN | KeyOperation.VERIFY | KeyOperation.VERIFY_CERTIFICATE
_CONFIDENTIALITY: Final = KeyOperation.ENCIPHER | KeyOperation.DECIPHER
_CHECKSUM: Final = KeyOperation.COMPUTE_CHECKSUM | KeyOperation.VERIFY_CHECKSUM
_POSSIBLE: Final = {
    KeyAlgorithm.AES: _AUTHENTICATION | _CONFIDENTIALITY | _CHECKSUM | KeyOperation.SECURE_MESSAGING,
    KeyAlgorithm.TRIPLE_DES: _AUTHENTICATION | _CONFIDENTIALITY | _CHECKSUM | SESSIONS,
    KeyAlgorithm.HMAC: _CHECKSUM,
    KeyAlgorithm.RSA: _AUTHENTICATION | _SIGNATURE | _CONFIDENTIALITY,
    KeyAlgorithm.ED25519: _AUTHENTICATION | _SIGNATURE,
    KeyAlgorithm.X25519: KeyOperation.AGREE,
}


def possible_operations(algorithm: KeyAlgorithm, *, public: bool = False) -> KeyOperation:
    """What a key can do at all; ``public``: one that has its public half alone."""
    possible = _POSSIBLE.get(algorithm, _AUTHENTICATION | _SIGNATURE | KeyOperation.AGREE)
    return possible & _PUBLIC if public else possible


class KeyMaterial:
    """The value of a key.

    Attributes:
        value: a secret key as it is; a private key in PKCS #8, a public key in a SubjectPublicKeyInfo, both in DER.
        is_public: whether a key pair has its public half here only.
    """

    __slots__ = ("_private", "_public", "is_public", "value")

    def __init__(self, value: bytes, *, is_public: bool = False) -> None:
        self.value = value
        self.is_public = is_public
        self._private: PrivateKey | None = None
        self._public: PublicKey | None = None

    def private_key(self) -> PrivateKey:
        """The private key, read once and kept for as long as any record of the key is."""
        if self._private is None:
            from iso7816.asymmetric_keys import load_private_key

            # What is kept here was tried when it came in.
            self._private = load_private_key(self.value, check=False)
        return self._private

    def public_key(self) -> PublicKey:
        """The public key, likewise."""
        if self._public is None:
            from iso7816.asymmetric_keys import load_public_key

            self._public = load_public_key(self.value) if self.is_public else self.private_key().public_key()
        return self._public


@dataclass(frozen=True, slots=True, repr=False, eq=False)
class Key:
    """A key.

    Attributes:
        algorithm: what it is a key of.
        bits: its size, also of the key to come where there is none yet; each of the two for device authentication.
        material: its value, ``None`` for a key that is to be generated or imported.
        operations: what it may be used for.
        mechanisms: references of the mechanisms it may be used with; empty: all that its algorithm has.
        max_tries: retry counter after a success, ``None``: authentication by it is not counted.
        tries_left: retry counter.
        max_uses: what a new value of the key sets the usage counter to, ``None``: uses are not counted.
        uses_left: usage counter.
        chv_each_time: whether the CHVs that ``use`` names must be verified anew for each use.
        use: what every use requires.
        generate: what GENERATE ASYMMETRIC KEY PAIR requires.
        update: what the import of a value requires.
        read: what reading the public key requires.
    """

    algorithm: KeyAlgorithm
    bits: int
    material: KeyMaterial | None
    operations: KeyOperation = field(default=KeyOperation(0))
    mechanisms: frozenset[int] = field(default=frozenset())
    max_tries: int | None = None
    tries_left: int | None = None
    max_uses: int | None = None
    uses_left: int | None = None
    chv_each_time: bool = False
    use: Requirement = Requirement.ALWAYS
    generate: Requirement = Requirement.NEVER
    update: Requirement = Requirement.NEVER
    read: Requirement = Requirement.ALWAYS

    @property
    def secret_length(self) -> int:
        """Bytes in the value of a secret key: of a key for device authentication those of both."""
        return self.bits // 8 * (2 if KeyOperation.DEVICE_AUTHENTICATION in self.operations else 1)
