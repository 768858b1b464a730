"""Access rules in expanded format (ISO/IEC 7816-4:2005, 5.4.3.2): the value of tag AB.

::

    80  access mode byte, as in the compact format             then one or more of
    8x  parts of command headers: the bits of x say which,     90  always (empty)   97  never (empty)
        8 CLA, 4 INS, 2 P1, 1 P2; one or more in a row         9E  security condition byte
    9C  proprietary                                            A4  CHV or key: an authentication template
                                                               B4, B6, B8  secure messaging
                                                               A0  one of those in it   AF  all of them   A7  not

A rule is met when one of its conditions is.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import IntEnum, unique
from functools import lru_cache
from typing import Final

from iso7816.access_rules import AuthenticationTemplate, SecurityCondition
from iso7816.ber_tlv import TLV, decode_all, encode_all
from iso7816.errors import FileControlError

EXPANDED_RULES: Final = 0xAB
ACCESS_MODE_BYTE: Final = 0x80
PROPRIETARY_ACCESS_MODE: Final = 0x9C
_HEADER_PARTS: Final = 4
_MAX_DEPTH: Final = 4
_MAX_KEPT: Final = 256


@unique
class ConditionKind(IntEnum):
    """What a security condition data object says: its tag."""

    ALWAYS = 0x90
    NEVER = 0x97
    BYTE = 0x9E
    ANY = 0xA0
    REFERENCE = 0xA4
    NOT = 0xA7
    ALL = 0xAF
    CHECKSUM = 0xB4
    SIGNATURE = 0xB6
    CONFIDENTIALITY = 0xB8


_NESTING: Final = (ConditionKind.ANY, ConditionKind.ALL, ConditionKind.NOT)
_SECURE_MESSAGING: Final = (ConditionKind.CHECKSUM, ConditionKind.SIGNATURE, ConditionKind.CONFIDENTIALITY)


@dataclass(frozen=True, slots=True)
class ExpandedCondition:
    """One security condition data object.

    Attributes:
        kind: its tag.
        byte: of BYTE, the security condition byte.
        reference: of REFERENCE, the CHV or key.
        parts: of ANY, ALL and NOT, the conditions in it.
        template: of secure messaging, the value of the control reference template.

    Raises:
        FileControlError: a field that does not belong to its kind, or one that is missing.
    """

    kind: ConditionKind
    byte: SecurityCondition | None = None
    reference: AuthenticationTemplate | None = None
    parts: tuple[ExpandedCondition, ...] = field(default=())
    template: bytes | None = None

    def __post_init__(self) -> None:
        given = (self.byte is not None, self.reference is not None, bool(self.parts), self.template is not None)
        wanted = (
            self.kind is ConditionKind.BYTE,
            self.kind is ConditionKind.REFERENCE,
            self.kind in _NESTING,
            self.kind in _SECURE_MESSAGING,
        )
        if given != wanted:
            raise FileControlError(f"a condition {self.kind:X} has other fields than these")

    @classmethod
    def from_tlv(cls, tlv: TLV, depth: int = 0) -> ExpandedCondition:
        """Read one data object.

        Raises:
            TLVError: its value is no sequence of data objects where it should be.
            FileControlError: another tag, a value that does not fit it, or too many conditions inside one another.
        """
        if tlv.tag not in ConditionKind.__members__.values():
            raise FileControlError(f"{tlv.tag:X} is not the tag of a security condition")
        kind = ConditionKind(tlv.tag)
        if kind in _SECURE_MESSAGING:
            return cls(kind, template=tlv.value)
        if kind is ConditionKind.REFERENCE:
            return cls(kind, reference=AuthenticationTemplate.from_tlv(tlv))
        if kind in _NESTING:
            if depth == _MAX_DEPTH:
                raise FileControlError("too many security conditions inside one another")
            return cls(kind, parts=tuple(cls.from_tlv(child, depth + 1) for child in tlv.children()))
        if len(tlv.value) != (1 if kind is ConditionKind.BYTE else 0):
            raise FileControlError(f"data object {tlv.tag:X} has another length")
        return cls(kind, SecurityCondition(tlv.value[0]) if tlv.value else None)

    def to_tlv(self) -> TLV:
        """The data object."""
        if self.reference is not None:
            return self.reference.to_tlv()
        if self.byte is not None:
            return TLV(self.kind, bytes((self.byte.byte,)))
        if self.template is not None:
            return TLV(self.kind, self.template)
        return TLV(self.kind, encode_all(part.to_tlv() for part in self.parts))


@dataclass(frozen=True, slots=True)
class CommandPattern:
    """Parts of a command header; ``None`` for a part that may be any.

    Raises:
        FileControlError: no part at all, or one outside 00..FF.
    """

    cla: int | None = None
    ins: int | None = None
    p1: int | None = None
    p2: int | None = None

    def __post_init__(self) -> None:
        parts = [part for part in self._parts if part is not None]
        if not parts or not all(0 <= part <= 0xFF for part in parts):
            raise FileControlError("a command is described by at least one byte of its header")

    @property
    def _parts(self) -> tuple[int | None, ...]:
        return self.cla, self.ins, self.p1, self.p2

    @property
    def mask(self) -> int:
        """Which parts are given: the low four bits of the tag."""
        return sum(8 >> index for index, part in enumerate(self._parts) if part is not None)

    def to_bytes(self) -> bytes:
        """The parts that are given."""
        return bytes(part for part in self._parts if part is not None)

    def describes(self, cla: int, ins: int, p1: int, p2: int) -> bool:
        """Whether a command has such a header."""
        return all(part in (None, byte) for part, byte in zip(self._parts, (cla, ins, p1, p2), strict=True))


@dataclass(frozen=True, slots=True)
class ExpandedRule:
    """One access mode data object and its conditions, one of which must be met.

    Attributes:
        access_mode: the access mode byte, ``None`` where the rule is about something else.
        commands: the commands that the rule is about, all with the same parts given.
        proprietary: the value of 9C, ``None`` where the rule is about something else.
        conditions: at least one.

    Raises:
        FileControlError: not one of these, no condition, or commands that give different parts.
    """

    conditions: tuple[ExpandedCondition, ...]
    access_mode: int | None = None
    commands: tuple[CommandPattern, ...] = field(default=())
    proprietary: bytes | None = None

    def __post_init__(self) -> None:
        if (self.access_mode is not None) + bool(self.commands) + (self.proprietary is not None) != 1:
            raise FileControlError("a rule is about an access mode byte, commands, or something proprietary")
        if not self.conditions:
            raise FileControlError("a rule has at least one condition")
        if self.access_mode is not None and not 0 <= self.access_mode <= 0xFF:
            raise FileControlError(f"{self.access_mode:#x} is not an access mode byte")
        if len({command.mask for command in self.commands}) > 1:
            raise FileControlError("the commands of one rule give the same parts of their headers")

    def to_tlvs(self) -> tuple[TLV, ...]:
        """The access mode data object and the conditions."""
        if self.commands:
            head = TLV(ACCESS_MODE_BYTE | self.commands[0].mask, b"".join(each.to_bytes() for each in self.commands))
        elif self.access_mode is not None:
            head = TLV(ACCESS_MODE_BYTE, bytes((self.access_mode,)))
        else:
            head = TLV(PROPRIETARY_ACCESS_MODE, self.proprietary or b"")
        return (head, *(condition.to_tlv() for condition in self.conditions))


@dataclass(frozen=True, slots=True)
class ExpandedRules:
    """The value of tag AB."""

    rules: tuple[ExpandedRule, ...]

    @classmethod
    def parse(cls, value: bytes) -> ExpandedRules:
        """Read the value of tag AB.

        Raises:
            TLVError: not a sequence of data objects.
            FileControlError: it does not begin with an access mode, a rule without condition, other data objects.
        """
        return _read(value) if len(value) <= _MAX_KEPT else _read.__wrapped__(value)

    def to_bytes(self) -> bytes:
        """The value of tag AB."""
        return encode_all(tlv for rule in self.rules for tlv in rule.to_tlvs())

    def for_command(self, cla: int, ins: int, p1: int, p2: int) -> tuple[ExpandedCondition, ...] | None:
        """The conditions of the rules about a command, one of which must be met; ``None`` where there is no rule."""
        matching = [
            rule for rule in self.rules if any(command.describes(cla, ins, p1, p2) for command in rule.commands)
        ]
        return _conditions(matching) if matching else None

    def for_mode(self, mode: int) -> tuple[ExpandedCondition, ...]:
        """The conditions of the rules about an access mode bit, one of which must be met.

        Bits 7 to 4 of proprietary access mode bytes are never asked.
        """
        return _conditions(
            rule
            for rule in self.rules
            if rule.access_mode is not None
            and rule.access_mode & mode
            and not (rule.access_mode & 0x80 and mode >= 0x08)
        )


@lru_cache(maxsize=256)
def _read(value: bytes) -> ExpandedRules:
    """The rules of the files of a card are few, and read whenever one of them is selected."""
    rules = []
    head: TLV | None = None
    conditions: list[ExpandedCondition] = []
    for tlv in (*decode_all(value), None):
        if tlv is None or _is_access_mode(tlv.tag):
            if head is not None:
                rules.append(_rule(head, tuple(conditions)))
            head, conditions = tlv, []
        elif head is None:
            raise FileControlError("security conditions come behind an access mode")
        else:
            conditions.append(ExpandedCondition.from_tlv(tlv))
    return ExpandedRules(tuple(rules))


def _is_access_mode(tag: int) -> bool:
    return ACCESS_MODE_BYTE <= tag <= ACCESS_MODE_BYTE | 0x0F or tag == PROPRIETARY_ACCESS_MODE


def _conditions(rules: Iterable[ExpandedRule]) -> tuple[ExpandedCondition, ...]:
    return tuple(condition for rule in rules for condition in rule.conditions)


def _rule(head: TLV, conditions: tuple[ExpandedCondition, ...]) -> ExpandedRule:
    if head.tag == PROPRIETARY_ACCESS_MODE:
        return ExpandedRule(conditions, proprietary=head.value)
    if head.tag == ACCESS_MODE_BYTE:
        if len(head.value) != 1:
            raise FileControlError(f"an access mode byte is one byte, not {len(head.value)}")
        return ExpandedRule(conditions, head.value[0])
    given = [bool(head.tag & 8 >> index) for index in range(_HEADER_PARTS)]
    size = sum(given)
    if not head.value or len(head.value) % size:
        raise FileControlError(f"data object {head.tag:X} has {size} bytes for each command")
    commands = []
    for start in range(0, len(head.value), size):
        parts = iter(head.value[start : start + size])
        commands.append(CommandPattern(*(next(parts) if each else None for each in given)))
    return ExpandedRule(conditions, commands=tuple(commands))
