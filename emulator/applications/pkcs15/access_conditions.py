"""Access rules of a file as the interface has them: the value of tag 86.

::

    FF  SC SC SC SC SC SC SC       one condition for each operation:
        EF  delete, terminate, activate, deactivate, write, update, read
        DF  delete, terminate, activate, deactivate, create DF, create EF, delete child
    SC  00 always    90 the PIN    FF never

The order is that of the access mode byte (ISO/IEC 7816-4), so that the rules are kept by the card as it keeps its own:
in the expanded format, with the PIN as the CHV 81.
"""

from __future__ import annotations

from enum import IntEnum, unique
from functools import lru_cache
from typing import Final

from iso7816.access_rules import AuthenticationTemplate, UsageQualifier
from iso7816.expanded_rules import ConditionKind, ExpandedCondition, ExpandedRule, ExpandedRules
from iso7816.status_words import SW, StatusWordError

LOCAL_PIN: Final = 0x81
"""The reference by which the card has the PIN: the first CHV of the application's DF."""

_EVERY_OPERATION: Final = 0xFF
_OPERATIONS: Final = 7


@unique
class Condition(IntEnum):
    """A security condition byte."""

    ALWAYS = 0x00
    PIN = 0x90
    NEVER = 0xFF


_OBJECTS: Final = {
    Condition.ALWAYS: ExpandedCondition(ConditionKind.ALWAYS),
    Condition.PIN: ExpandedCondition(
        ConditionKind.REFERENCE, reference=AuthenticationTemplate(LOCAL_PIN, UsageQualifier.USER_AUTHENTICATION)
    ),
    Condition.NEVER: ExpandedCondition(ConditionKind.NEVER),
}
_CONDITIONS: Final = {condition: byte for byte, condition in _OBJECTS.items()}


@lru_cache(maxsize=64)
def to_expanded_rules(value: bytes) -> bytes:
    """The value of tag AB that says what a value of tag 86 says.

    Raises:
        StatusWordError: 6A80 for another form, or a condition that the card could not keep to.
    """
    if len(value) != 1 + _OPERATIONS or value[0] != _EVERY_OPERATION:
        raise StatusWordError(SW.WRONG_DATA)
    try:
        conditions = [_OBJECTS[Condition(byte)] for byte in value[1:]]
    except ValueError:
        raise StatusWordError(SW.WRONG_DATA) from None
    modes = (1 << bit for bit in reversed(range(_OPERATIONS)))
    return ExpandedRules(
        tuple(ExpandedRule((condition,), mode) for mode, condition in zip(modes, conditions, strict=True))
    ).to_bytes()


@lru_cache(maxsize=64)
def from_expanded_rules(value: bytes) -> bytes:
    """The value of tag 86 that rules in expanded format, as :func:`to_expanded_rules` makes them, came from."""
    rules = ExpandedRules.parse(value)
    modes = (1 << bit for bit in reversed(range(_OPERATIONS)))
    return bytes((_EVERY_OPERATION, *(_CONDITIONS[rules.for_mode(mode)[0]] for mode in modes)))
