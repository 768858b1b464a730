"""Control reference templates: what key and mechanism a security operation uses (ISO/IEC 7816-4:2005, 6.3).

::

    A4  authentication          80  cryptographic mechanism reference
    A6  key agreement           83  reference of a secret key or of a public key
    AA  hash                    84  reference of a private key
    B4  cryptographic checksum  87  initial value block
    B6  digital signature       95  usage qualifier
    B8  confidentiality         every other data object is kept as it is

MANAGE SECURITY ENVIRONMENT carries the value of one template, and its tag in P2.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from enum import IntEnum, unique
from typing import Final

from iso7816.access_rules import UsageQualifier
from iso7816.ber_tlv import TLV, decode_all, encode_all
from iso7816.errors import ControlReferenceError

MECHANISM: Final = 0x80
SECRET_OR_PUBLIC_KEY: Final = 0x83
PRIVATE_KEY: Final = 0x84
INITIAL_VALUE: Final = 0x87
USAGE: Final = 0x95
_OWN_FIELDS: Final = (MECHANISM, SECRET_OR_PUBLIC_KEY, PRIVATE_KEY, INITIAL_VALUE, USAGE)


@unique
class TemplateKind(IntEnum):
    """What a template is for: its tag."""

    AUTHENTICATION = 0xA4
    KEY_AGREEMENT = 0xA6
    HASH = 0xAA
    CHECKSUM = 0xB4
    SIGNATURE = 0xB6
    CONFIDENTIALITY = 0xB8


@dataclass(frozen=True, slots=True)
class ControlReferenceTemplate:
    """One control reference template.

    Attributes:
        kind: its tag.
        mechanism: tag 80, ``None`` where absent; most cards have one byte.
        key: tag 83, reference of a secret or public key, ``None`` where absent.
        private_key: tag 84, reference of a private key, ``None`` where absent.
        initial_value: tag 87, the initial value block, ``None`` where absent.
        usage: tag 95, ``None`` where absent.
        others: every other data object, in its order.

    Raises:
        ControlReferenceError: one of ``others`` has a field of its own, a usage qualifier of more than a byte.
    """

    kind: TemplateKind
    mechanism: bytes | None = None
    key: bytes | None = None
    private_key: bytes | None = None
    initial_value: bytes | None = None
    usage: UsageQualifier | None = None
    others: tuple[TLV, ...] = field(default=())

    def __post_init__(self) -> None:
        if self.usage is not None and not 0 <= self.usage <= 0xFF:
            raise ControlReferenceError(f"usage qualifier {self.usage:#x} is not one byte")
        for tlv in self.others:
            if tlv.tag in _OWN_FIELDS:
                raise ControlReferenceError(f"data object {tlv.tag:X} has a field of its own")

    @classmethod
    def parse(cls, kind: TemplateKind, value: bytes) -> ControlReferenceTemplate:
        """Read the value of a template.

        Raises:
            TLVError: it is not a sequence of data objects.
            ControlReferenceError: a data object occurs twice, or the usage qualifier is not one byte.
        """
        return cls._of(kind, decode_all(value))

    @classmethod
    def from_tlv(cls, template: TLV) -> ControlReferenceTemplate:
        """Read a template. Raises as :meth:`parse`, and ControlReferenceError for another tag."""
        if template.tag not in TemplateKind.__members__.values():
            raise ControlReferenceError(f"{template.tag:X} is not the tag of a control reference template")
        return cls._of(TemplateKind(template.tag), template.children())

    @classmethod
    def _of(cls, kind: TemplateKind, tlvs: Iterable[TLV]) -> ControlReferenceTemplate:
        found: dict[int, bytes] = {}
        others = []
        for tlv in tlvs:
            if tlv.tag not in _OWN_FIELDS:
                others.append(tlv)
            elif tlv.tag in found:
                raise ControlReferenceError(f"data object {tlv.tag:X} occurs twice")
            else:
                found[tlv.tag] = tlv.value
        usage = found.get(USAGE)
        if usage is not None and len(usage) != 1:
            raise ControlReferenceError(f"a usage qualifier has one byte, not {len(usage)}")
        return cls(
            kind,
            found.get(MECHANISM),
            found.get(SECRET_OR_PUBLIC_KEY),
            found.get(PRIVATE_KEY),
            found.get(INITIAL_VALUE),
            None if usage is None else UsageQualifier(usage[0]),
            tuple(others),
        )

    def used_for(self, usage: UsageQualifier) -> ControlReferenceTemplate:
        """The same with another usage qualifier."""
        return replace(self, usage=usage)

    def to_bytes(self) -> bytes:
        """The value of the template, as MANAGE SECURITY ENVIRONMENT carries it."""
        fields = zip(_OWN_FIELDS, (self.mechanism, self.key, self.private_key, self.initial_value), strict=False)
        tlvs = [TLV(tag, value) for tag, value in fields if value is not None]
        if self.usage is not None:
            tlvs.append(TLV(USAGE, bytes((self.usage,))))
        return encode_all((*tlvs, *self.others))

    def to_tlv(self) -> TLV:
        """The template."""
        return TLV(self.kind, self.to_bytes())
