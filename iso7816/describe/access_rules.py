"""Access rules in words, in both of their formats."""

from __future__ import annotations

from typing import TYPE_CHECKING

from iso7816.access_rules import AccessModeDF, AccessModeEF, UsageQualifier
from iso7816.describe.interindustry import instruction
from iso7816.expanded_rules import CommandPattern, ConditionKind, ExpandedCondition, ExpandedRule, ExpandedRules

if TYPE_CHECKING:
    from collections.abc import Iterator

    from iso7816.access_rules import AuthenticationTemplate, CompactRules

_MODE_BITS = (0x01, 0x02, 0x04, 0x08, 0x10, 0x20, 0x40)
_PROPRIETARY_MODES = 0x80
_LOWEST_PROPRIETARY = 0x08


def in_words(name: str) -> str:
    """A member's name in words: lower case, but for the standard's abbreviations."""
    words = (word if word in ("DF", "EF", "TLV") else word.lower() for word in name.split("_"))
    return " ".join(words)


def compact_rules(rules: CompactRules, *, is_df: bool) -> str:
    """Operations by their condition, ``"always: read; never: delete"``; the bits from the lowest up."""
    return _by_condition(
        (str(condition), _mode(bit, is_df=is_df, proprietary=rule.proprietary))
        for rule in rules.rules
        for bit, condition in reversed(rule.conditions)
    )


def expanded_rules(rules: ExpandedRules, *, is_df: bool) -> str:
    """Operations and commands by their conditions, ``"CHV 01: MANAGE SECURITY ENVIRONMENT P1 F2"``."""
    return _by_condition(
        (" or ".join(map(_condition, rule.conditions)), operation)
        for rule in rules.rules
        for operation in _operations(rule, is_df=is_df)
    )


def _by_condition(pairs: Iterator[tuple[str, str]]) -> str:
    operations: dict[str, list[str]] = {}
    for condition, operation in pairs:
        operations.setdefault(condition, []).append(operation)
    parts = (f"{condition}: {', '.join(allowed)}" for condition, allowed in operations.items())
    return "; ".join(parts) or "no operation named"


def _mode(bit: int, *, is_df: bool, proprietary: bool) -> str:
    if proprietary and bit >= _LOWEST_PROPRIETARY:
        return f"proprietary operation {bit:02X}"
    mode = AccessModeDF(bit) if is_df else AccessModeEF(bit)
    return in_words(mode.name or "")


def _operations(rule: ExpandedRule, *, is_df: bool) -> Iterator[str]:
    if rule.access_mode is not None:
        for bit in _MODE_BITS:
            if rule.access_mode & bit:
                yield _mode(bit, is_df=is_df, proprietary=bool(rule.access_mode & _PROPRIETARY_MODES))
    elif rule.proprietary is not None:
        yield "something proprietary"
    else:
        yield from map(_command, rule.commands)


def _command(command: CommandPattern) -> str:
    """``"PERFORM SECURITY OPERATION P1 9E"``."""
    known = None if command.ins is None else instruction(command.ins)
    parts = [] if command.cla is None else [f"CLA {command.cla:02X}"]
    if command.ins is not None:
        parts.append(known.name if known is not None else f"INS {command.ins:02X}")
    parts += [f"{name} {byte:02X}" for name, byte in (("P1", command.p1), ("P2", command.p2)) if byte is not None]
    return " ".join(parts)


def _condition(condition: ExpandedCondition) -> str:
    if condition.byte is not None:
        return str(condition.byte)
    if condition.reference is not None:
        return _reference(condition.reference)
    parts = [_condition(part) for part in condition.parts]
    match condition.kind:
        case ConditionKind.ALL:
            return f"({' and '.join(parts)})"
        case ConditionKind.ANY:
            return f"({' or '.join(parts)})"
        case ConditionKind.NOT:
            return f"not ({' or '.join(parts)})"
        case ConditionKind.ALWAYS | ConditionKind.NEVER:
            return in_words(condition.kind.name)
        case _:
            return "secure messaging"


def _reference(template: AuthenticationTemplate) -> str:
    usage = UsageQualifier(0) if template.usage is None else template.usage
    if usage & UsageQualifier.USER_AUTHENTICATION:
        return f"CHV {template.reference:02X}"
    if usage & UsageQualifier.EXTERNAL_AUTHENTICATION:
        return f"key {template.reference:02X}"
    return f"reference {template.reference:02X}"
