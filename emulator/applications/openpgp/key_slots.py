"""The three keys of an OpenPGP card: what belongs to each, and how it is kept.

::

    slot               template  attributes  fingerprint  CA's  date  UIF  certificate
    1  signature       B6        C1          C7           CA    CE    D6   third
    2  decryption      B8        C2          C8           CB    CF    D7   second
    3  authentication  A4        C3          C9           CC    D0    D8   first

Among the values of the application a private key is ``origin (1 byte) || PKCS #8``.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, IntEnum, unique
from typing import TYPE_CHECKING, Final

from emulator.applications.openpgp.algorithm_attributes import AlgorithmAttributes, PublicKeyAlgorithm
from iso7816.control_reference import ControlReferenceTemplate, TemplateKind
from iso7816.errors import ControlReferenceError
from iso7816.key_algorithms import KeyAlgorithm

if TYPE_CHECKING:
    from collections.abc import Iterator

DEFAULT_ATTRIBUTES: Final = AlgorithmAttributes.of_rsa(2048).to_bytes()
_SIGNING: Final = frozenset((PublicKeyAlgorithm.RSA, PublicKeyAlgorithm.ECDSA, PublicKeyAlgorithm.EDDSA))
_DECIPHERING: Final = frozenset((PublicKeyAlgorithm.RSA, PublicKeyAlgorithm.ECDH))
_RSA_OFFERED: Final = (2048, 3072, 4096)


@unique
class Origin(IntEnum):
    """Where a key came from, as the key information (DE) tells it."""

    NONE = 0
    GENERATED = 1
    IMPORTED = 2


@unique
class KeySlot(Enum):
    """A place for a key. The first of each row is the key reference, the last the occurrence of the certificate."""

    SIGNATURE = (1, TemplateKind.SIGNATURE, 0xC1, 0xC7, 0xCA, 0xCE, 0xD6, 2)
    DECRYPTION = (2, TemplateKind.CONFIDENTIALITY, 0xC2, 0xC8, 0xCB, 0xCF, 0xD7, 1)
    AUTHENTICATION = (3, TemplateKind.AUTHENTICATION, 0xC3, 0xC9, 0xCC, 0xD0, 0xD8, 0)

    def __init__(
        self,
        reference: int,
        template: TemplateKind,
        attributes: int,
        fingerprint: int,
        ca_fingerprint: int,
        generation_date: int,
        user_interaction: int,
        certificate: int,
    ) -> None:
        self.reference = reference
        self.template = template
        self.attributes = attributes
        self.fingerprint = fingerprint
        self.ca_fingerprint = ca_fingerprint
        self.generation_date = generation_date
        self.user_interaction = user_interaction
        self.certificate = certificate

    @property
    def value_key(self) -> bytes:
        """The key of the private key among the values of the application."""
        return b"key %d" % self.reference

    @property
    def label(self) -> str:
        """``"signature"``."""
        return self.name.lower()

    def takes(self, attributes: AlgorithmAttributes) -> bool:
        """Whether a key with such attributes can be here."""
        return attributes.algorithm in (_DECIPHERING if self is KeySlot.DECRYPTION else _SIGNING)

    def attributes_for(self, key: KeyAlgorithm, bits: int) -> AlgorithmAttributes:
        """The attributes with which a key of an algorithm is here; whether it can be, :meth:`takes` says."""
        if key is KeyAlgorithm.RSA:
            return AlgorithmAttributes.of_rsa(bits)
        return AlgorithmAttributes.of_curve(key, agrees=self is KeySlot.DECRYPTION)

    def offered(self) -> Iterator[AlgorithmAttributes]:
        """What the algorithm information (FA) lists for it."""
        for bits in _RSA_OFFERED:
            yield AlgorithmAttributes.of_rsa(bits)
        for key in KeyAlgorithm:
            if key.is_weierstrass or key is (
                KeyAlgorithm.X25519 if self is KeySlot.DECRYPTION else KeyAlgorithm.ED25519
            ):
                yield self.attributes_for(key, key.sizes[0])

    @classmethod
    def named_by(cls, template: ControlReferenceTemplate) -> KeySlot:
        """The slot that a control reference template means: by its tag, empty or with the reference of the key.

        Raises:
            ControlReferenceError: it names no key, or another one.
        """
        for slot in cls:
            if slot.template is template.kind and template.private_key in (None, bytes((slot.reference,))):
                return slot
        raise ControlReferenceError("a template that names none of the three keys")


@dataclass(frozen=True, slots=True, repr=False)
class StoredKey:
    """A private key as it is kept; the repr shows none of it.

    Attributes:
        origin: where it came from.
        der: PKCS #8.
    """

    origin: Origin
    der: bytes

    @classmethod
    def from_bytes(cls, value: bytes) -> StoredKey:
        """Read the value that keeps it."""
        return cls(Origin(value[0]), value[1:])

    def to_bytes(self) -> bytes:
        """The value that keeps it."""
        return bytes((self.origin,)) + self.der

    def __repr__(self) -> str:
        """Where it came from."""
        return f"StoredKey({self.origin.name})"
