"""What an operation on a file takes, in words: an access rule, and the security environment that it refers to."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from iso7816.access_rules import (
    AccessModeDF,
    AccessModeEF,
    CompactRules,
    SecurityCondition,
    SecurityEnvironment,
    UsageQualifier,
)
from iso7816.errors import Iso7816Error

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

Environments: TypeAlias = "Mapping[int, SecurityEnvironment]"
"""The security environments of a DF, by their SEID."""

OF_DF: Mapping[str, int] = {"create": AccessModeDF.CREATE_EF, "delete": AccessModeDF.DELETE_CHILD}
OF_EF: Mapping[str, int] = {"read": AccessModeEF.READ, "update": AccessModeEF.UPDATE}


def environments(records: Iterable[bytes]) -> Environments:
    """Those in the records of an EF for security environments (tag 8D names it); what is none is passed over."""
    found = {}
    for record in records:
        try:
            environment = SecurityEnvironment.parse(record)
        except Iso7816Error:
            continue
        found[environment.se_id] = environment
    return found


def access_words(compact: bytes | None, operations: Mapping[str, int], known: Environments) -> dict[str, str]:
    """By operation what it takes, ``"always"`` or ``"CHV 01"``; without an operation that no rule speaks of.

    Args:
        compact: the rules in compact format, value of tag 8C; ``None`` for none.
        operations: a name for each access mode bit that is asked for.
        known: the security environments in force.
    """
    if compact is None:
        return {}
    try:
        rules = CompactRules.parse(compact)
    except Iso7816Error:
        return {}
    words = {name: [_condition(each, known) for each in rules.conditions_for(bit)] for name, bit in operations.items()}
    return {name: " or ".join(conditions) for name, conditions in words.items() if conditions}


def _condition(condition: SecurityCondition, known: Environments) -> str:
    environment = None if condition.se_id is None else known.get(condition.se_id)
    if condition.always or condition.never or environment is None:
        return str(condition)
    needed = ["secure messaging"] if condition.secure_messaging else []
    for template in environment.authentications:
        usage = template.usage
        if condition.user_authentication and usage is not None and UsageQualifier.USER_AUTHENTICATION in usage:
            needed.append(f"CHV {template.reference:02X}")
        if condition.external_authentication and usage is not None and UsageQualifier.EXTERNAL_AUTHENTICATION in usage:
            needed.append(f"key {template.reference:02X}")
    return (" and " if condition.all_of else " or ").join(needed) or str(condition)
