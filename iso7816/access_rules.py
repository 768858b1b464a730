"""Access rules in compact format, and security environments (ISO/IEC 7816-4:2020, 9.3.3 and 10.3).

Compact format (tag 8C): one access mode byte, then one security condition byte for each of its bits
7 to 1 that is set, from bit 7 down::

    AM  SC ... SC          b8 of AM set: bits 7 to 4 are proprietary, bits 3 to 1 as ever

Several such rules may follow each other; an operation is allowed when one of the rules for it is met.

Security condition byte::

    00         always
    FF         never
    b8         1: all of the conditions in b7 to b5, 0: at least one of them
    b7 b6 b5   secure messaging, external authentication, user authentication (CHV)
    b4..b1     number of the security environment that names key and CHV; 0: none named
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import IntFlag
from typing import ClassVar, Final

from iso7816.ber_tlv import TLV, decode_one, encode_all
from iso7816.errors import FileControlError

SE_TEMPLATE: Final = 0x7B
AUTHENTICATION_TEMPLATE: Final = 0xA4

_PROPRIETARY_MODES = 0x80
_MAX_SE_ID = 14


class AccessModeDF(IntFlag):
    """Bits of the access mode byte of a DF."""

    DELETE_CHILD = 0x01
    CREATE_EF = 0x02
    CREATE_DF = 0x04
    DEACTIVATE = 0x08
    ACTIVATE = 0x10
    TERMINATE = 0x20
    DELETE_SELF = 0x40


class AccessModeEF(IntFlag):
    """Bits of the access mode byte of an EF.

    WRITE covers WRITE BINARY, WRITE RECORD and APPEND RECORD; UPDATE covers UPDATE and ERASE BINARY and
    RECORD; READ covers READ BINARY, READ RECORD and SEARCH.
    """

    READ = 0x01
    UPDATE = 0x02
    WRITE = 0x04
    DEACTIVATE = 0x08
    ACTIVATE = 0x10
    TERMINATE = 0x20
    DELETE = 0x40


@dataclass(frozen=True, slots=True)
class SecurityCondition:
    """A security condition byte.

    Raises:
        FileControlError: outside 00..FF.
    """

    byte: int

    ALWAYS: ClassVar[SecurityCondition]
    NEVER: ClassVar[SecurityCondition]

    def __post_init__(self) -> None:
        if not 0 <= self.byte <= 0xFF:
            raise FileControlError(f"{self.byte:#x} is not a security condition byte")

    @classmethod
    def build(
        cls,
        *,
        user_authentication: bool = False,
        external_authentication: bool = False,
        secure_messaging: bool = False,
        all_of: bool = False,
        se_id: int | None = None,
    ) -> SecurityCondition:
        """The byte for at least one (``all_of=False``) or all of the conditions given.

        Raises:
            FileControlError: no condition at all, or ``se_id`` outside 1..14.
        """
        if not (user_authentication or external_authentication or secure_messaging):
            raise FileControlError("a security condition needs user authentication, external authentication or SM")
        if se_id is not None and not 1 <= se_id <= _MAX_SE_ID:
            raise FileControlError(f"security environment {se_id} is not 1 to {_MAX_SE_ID}")
        return cls(
            (0x80 if all_of else 0)
            | (0x40 if secure_messaging else 0)
            | (0x20 if external_authentication else 0)
            | (0x10 if user_authentication else 0)
            | (0 if se_id is None else se_id)
        )

    @property
    def always(self) -> bool:
        """Whether the operation is free."""
        return self.byte == 0x00

    @property
    def never(self) -> bool:
        """Whether the operation is never allowed."""
        return self.byte == 0xFF

    @property
    def all_of(self) -> bool:
        """Whether all conditions must hold (b8); never true of ``NEVER``."""
        return bool(self.byte & 0x80) and not self.never

    @property
    def secure_messaging(self) -> bool:
        """Whether the command must come under secure messaging (b7)."""
        return bool(self.byte & 0x40) and not self.never

    @property
    def external_authentication(self) -> bool:
        """Whether the outside must have authenticated itself by a key (b6)."""
        return bool(self.byte & 0x20) and not self.never

    @property
    def user_authentication(self) -> bool:
        """Whether a CHV must have been verified (b5)."""
        return bool(self.byte & 0x10) and not self.never

    @property
    def se_id(self) -> int | None:
        """The security environment that names key and CHV, 1 to 14; ``None`` where none is named."""
        number = self.byte & 0x0F
        return number if 1 <= number <= _MAX_SE_ID else None

    def __str__(self) -> str:
        """In words: ``"always"``, ``"user authentication (SE 1)"``."""
        if self.always:
            return "always"
        if self.never:
            return "never"
        needed = [
            words
            for wanted, words in (
                (self.user_authentication, "user authentication"),
                (self.external_authentication, "external authentication"),
                (self.secure_messaging, "secure messaging"),
            )
            if wanted
        ]
        if not needed:
            return f"condition {self.byte:02X}, reserved for future use"
        text = (" and " if self.all_of else " or ").join(needed)
        return text if self.se_id is None else f"{text} (SE {self.se_id})"


SecurityCondition.ALWAYS = SecurityCondition(0x00)
SecurityCondition.NEVER = SecurityCondition(0xFF)


@dataclass(frozen=True, slots=True)
class CompactRule:
    """One access mode byte and its security conditions.

    Attributes:
        conditions: pairs of access mode bit (40, 20, ... 01) and condition, from bit 7 down.
        proprietary: whether bits 7 to 4 have a meaning of the card's own (b8 of the access mode byte).

    Raises:
        FileControlError: something that is not one of the bits 7 to 1, or bits not from the highest down.
    """

    conditions: tuple[tuple[int, SecurityCondition], ...]
    proprietary: bool = False

    def __post_init__(self) -> None:
        before = _PROPRIETARY_MODES
        for bit, _condition in self.conditions:
            if bit not in (0x40, 0x20, 0x10, 0x08, 0x04, 0x02, 0x01):
                raise FileControlError(f"{bit:#x} is not one bit of an access mode byte")
            if bit >= before:
                raise FileControlError("access mode bits go from bit 7 down, each at most once")
            before = bit

    @property
    def access_mode(self) -> int:
        """The access mode byte."""
        return sum(bit for bit, _condition in self.conditions) | (_PROPRIETARY_MODES if self.proprietary else 0)

    def to_bytes(self) -> bytes:
        """AM, then the SC bytes."""
        return bytes((self.access_mode, *(condition.byte for _bit, condition in self.conditions)))


@dataclass(frozen=True, slots=True)
class CompactRules:
    """The value of tag 8C: one or more rules."""

    rules: tuple[CompactRule, ...]

    @classmethod
    def of(cls, conditions: dict[int, SecurityCondition]) -> CompactRules:
        """One rule from a mapping of access mode bit to condition, in any order.

        Raises:
            FileControlError: a key that is not one of the bits 7 to 1.
        """
        return cls((CompactRule(tuple(sorted(((int(bit), sc) for bit, sc in conditions.items()), reverse=True))),))

    @classmethod
    def parse(cls, value: bytes) -> CompactRules:
        """Read the value of tag 8C.

        Raises:
            FileControlError: empty, or fewer security conditions than access mode bits.
        """
        if not value:
            raise FileControlError("compact security attributes have at least an access mode byte")
        rules = []
        position = 0
        while position < len(value):
            access_mode = value[position]
            bits = [1 << shift for shift in range(6, -1, -1) if access_mode & 1 << shift]
            start = position + 1
            position = start + len(bits)
            if position > len(value):
                left = len(value) - start
                raise FileControlError(f"access mode {access_mode:02X} wants {len(bits)} conditions, {left} are left")
            conditions = tuple(
                (bit, SecurityCondition(byte)) for bit, byte in zip(bits, value[start:position], strict=True)
            )
            rules.append(CompactRule(conditions, bool(access_mode & _PROPRIETARY_MODES)))
        return cls(tuple(rules))

    def to_bytes(self) -> bytes:
        """The value of tag 8C."""
        return b"".join(rule.to_bytes() for rule in self.rules)

    def conditions_for(self, mode: int) -> tuple[SecurityCondition, ...]:
        """The conditions of the rules that speak of the access mode bit ``mode``; one met is enough.

        Empty where no rule speaks of it. The bits 7 to 4 of proprietary rules are never asked.
        """
        return tuple(
            condition
            for rule in self.rules
            for bit, condition in rule.conditions
            if bit == mode and not (rule.proprietary and bit >= 0x08)
        )


class UsageQualifier(IntFlag):
    """Usage qualifier byte (tag 95) of a control reference template, as an authentication template uses it."""

    EXTERNAL_AUTHENTICATION = 0x80
    INTERNAL_AUTHENTICATION = 0x40
    SM_RESPONSE = 0x20
    SM_COMMAND = 0x10
    USER_AUTHENTICATION = 0x08
    BIOMETRIC_USER_AUTHENTICATION = 0x04


@dataclass(frozen=True, slots=True)
class AuthenticationTemplate:
    """Control reference template for authentication (A4): which CHV or key, and what for.

    Attributes:
        reference: tag 83, the key or CHV reference as P2 of the security commands carries it, one byte.
        usage: tag 95, ``None`` where absent.
        algorithm: tag 80, the algorithm reference, one byte, ``None`` where absent.
        others: every other data object, in its order.

    Raises:
        FileControlError: a byte out of its range.
    """

    reference: int
    usage: UsageQualifier | None = None
    algorithm: int | None = None
    others: tuple[TLV, ...] = field(default=())

    def __post_init__(self) -> None:
        for what, value in (("reference", self.reference), ("usage", self.usage), ("algorithm", self.algorithm)):
            if value is not None and not 0 <= value <= 0xFF:
                raise FileControlError(f"{what} {value:#x} of an authentication template is not one byte")
        for tlv in self.others:
            if tlv.tag in (0x80, 0x83, 0x95):
                raise FileControlError(f"data object {tlv.tag:X} has a field of its own")

    @classmethod
    def from_tlv(cls, template: TLV) -> AuthenticationTemplate:
        """Read the data object A4.

        Raises:
            TLVError: its value is not a sequence of data objects.
            FileControlError: another tag, no reference, a repeated or badly coded data object.
        """
        if template.tag != AUTHENTICATION_TEMPLATE:
            raise FileControlError(f"{template.tag:X} is not the tag of an authentication template")
        found, others = _single_bytes(template.children(), (0x80, 0x83, 0x95))
        if 0x83 not in found:
            raise FileControlError("an authentication template without a key or CHV reference (83)")
        usage = found.get(0x95)
        return cls(found[0x83], None if usage is None else UsageQualifier(usage), found.get(0x80), others)

    def to_tlv(self) -> TLV:
        """The data object A4."""
        tlvs = [] if self.algorithm is None else [TLV(0x80, bytes((self.algorithm,)))]
        tlvs.append(TLV(0x83, bytes((self.reference,))))
        if self.usage is not None:
            tlvs.append(TLV(0x95, bytes((self.usage,))))
        return TLV(AUTHENTICATION_TEMPLATE, encode_all((*tlvs, *self.others)))


@dataclass(frozen=True, slots=True)
class SecurityEnvironment:
    """Security environment template (7B): what the SEID of a security condition byte stands for.

    Attributes:
        se_id: tag 80, one byte.
        authentications: the templates A4.
        life_cycle: tag 8A, the state the environment is for, ``None`` where absent.
        others: every other data object, in its order.

    Raises:
        FileControlError: a byte out of its range.
    """

    se_id: int
    authentications: tuple[AuthenticationTemplate, ...] = field(default=())
    life_cycle: int | None = None
    others: tuple[TLV, ...] = field(default=())

    def __post_init__(self) -> None:
        for what, value in (("SEID", self.se_id), ("life cycle status", self.life_cycle)):
            if value is not None and not 0 <= value <= 0xFF:
                raise FileControlError(f"{what} {value:#x} of a security environment is not one byte")
        for tlv in self.others:
            if tlv.tag in (0x80, 0x8A, AUTHENTICATION_TEMPLATE):
                raise FileControlError(f"data object {tlv.tag:X} has a field of its own")

    @classmethod
    def parse(cls, data: bytes) -> SecurityEnvironment:
        """Read a template 7B, the only data object in ``data``.

        Raises:
            TLVError: not one data object.
            FileControlError: another tag, no SEID, a repeated or badly coded data object.
        """
        template, rest = decode_one(data)
        if template.tag != SE_TEMPLATE or rest:
            raise FileControlError("a security environment is one data object 7B")
        found, kept = _single_bytes(template.children(), (0x80, 0x8A))
        if 0x80 not in found:
            raise FileControlError("a security environment without its SEID (80)")
        authentications = tuple(
            AuthenticationTemplate.from_tlv(tlv) for tlv in kept if tlv.tag == AUTHENTICATION_TEMPLATE
        )
        others = tuple(tlv for tlv in kept if tlv.tag != AUTHENTICATION_TEMPLATE)
        return cls(found[0x80], authentications, found.get(0x8A), others)

    def to_bytes(self) -> bytes:
        """The template 7B."""
        tlvs = [TLV(0x80, bytes((self.se_id,)))]
        if self.life_cycle is not None:
            tlvs.append(TLV(0x8A, bytes((self.life_cycle,))))
        tlvs.extend(template.to_tlv() for template in self.authentications)
        return TLV(SE_TEMPLATE, encode_all((*tlvs, *self.others))).to_bytes()


def _single_bytes(tlvs: tuple[TLV, ...], tags: tuple[int, ...]) -> tuple[dict[int, int], tuple[TLV, ...]]:
    """The one-byte data objects with ``tags``, each at most once, and all the others."""
    found: dict[int, int] = {}
    others = []
    for tlv in tlvs:
        if tlv.tag not in tags:
            others.append(tlv)
            continue
        if tlv.tag in found:
            raise FileControlError(f"data object {tlv.tag:X} occurs twice")
        if len(tlv.value) != 1:
            raise FileControlError(f"data object {tlv.tag:X} has one byte, not {len(tlv.value)}")
        found[tlv.tag] = tlv.value[0]
    return found, tuple(others)
