"""Access rules of a card definition: from words to the compact format and its security environments.

A rule is ``"always"``, ``"never"``, ``"CHV 1"``, ``"key 1"``, ``"secure messaging"``, ``{ all = [...] }`` or
``{ any = [...] }``; references are hexadecimal, as in P2. The compact format has one security condition byte for each
operation, with either all or any of the references that one security environment lists: combinations
inside combinations cannot be said in it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from emulator.definition.section import Section, list_of, text
from emulator.errors import CardDefinitionError
from emulator.requirement import Requirement
from iso7816.access_rules import (
    AccessModeDF,
    AccessModeEF,
    AuthenticationTemplate,
    CompactRules,
    SecurityCondition,
    SecurityEnvironment,
    UsageQualifier,
)

_EXPECTED: Final = (
    'expected "always", "never", "CHV n", "key n", "secure messaging", { all = [...] } or { any = [...] }'
)
_NESTED: Final = (
    'expected "CHV n", "key n" or "secure messaging" here: the compact format cannot say a combination inside a '
    "combination"
)
_MOST_ENVIRONMENTS: Final = 14

EF_OPERATIONS: Final[Mapping[str, int]] = {mode.name.lower(): int(mode) for mode in AccessModeEF if mode.name}
DF_OPERATIONS: Final[Mapping[str, int]] = {
    "delete" if mode is AccessModeDF.DELETE_SELF else mode.name.lower(): int(mode) for mode in AccessModeDF if mode.name
}


def to_requirement(value: Any, path: str) -> Requirement:
    """One rule."""
    if isinstance(value, str):
        try:
            return Requirement.parse_term(value)
        except ValueError:
            raise CardDefinitionError(path, _EXPECTED) from None
    if not isinstance(value, dict) or set(value) not in ({"all"}, {"any"}):
        raise CardDefinitionError(path, _EXPECTED)
    section = Section(value, path)
    how = section.remaining()[0]
    terms = section.take(how, list_of(_to_term))
    if not terms:
        raise CardDefinitionError(section.key_path(how), "expected at least one condition")
    return Requirement.join(terms, all_of=how == "all")


def _to_term(value: Any, path: str) -> Requirement:
    try:
        term = Requirement.parse_term(text(value, path))
    except (CardDefinitionError, ValueError):
        raise CardDefinitionError(path, _NESTED) from None
    if term in (Requirement.ALWAYS, Requirement.NEVER):
        raise CardDefinitionError(path, _NESTED)
    return term


class EnvironmentAllocator:
    """The security environments of one DF, made as its rules need them."""

    def __init__(self) -> None:
        self._numbers: dict[tuple[tuple[int, ...], tuple[int, ...]], int] = {}

    def condition(self, requirement: Requirement, path: str) -> SecurityCondition:
        """The security condition byte.

        Raises:
            CardDefinitionError: one environment too many for the DF.
        """
        if requirement == Requirement.ALWAYS:
            return SecurityCondition.ALWAYS
        if requirement == Requirement.NEVER:
            return SecurityCondition.NEVER
        references = tuple(sorted(requirement.chvs)), tuple(sorted(requirement.keys))
        number = None
        if any(references):
            number = self._numbers.setdefault(references, len(self._numbers) + 1)
            if number > _MOST_ENVIRONMENTS:
                raise CardDefinitionError(path, f"at most {_MOST_ENVIRONMENTS} different conditions in one DF")
        terms = len(requirement.chvs) + len(requirement.keys) + requirement.secure_messaging
        return SecurityCondition.build(
            user_authentication=bool(requirement.chvs),
            external_authentication=bool(requirement.keys),
            secure_messaging=requirement.secure_messaging,
            all_of=requirement.all_of and terms > 1,
            se_id=number,
        )

    def compact(self, requirements: Mapping[int, Requirement], path: str) -> bytes:
        """The value of tag 8C for requirements by access mode bit. Raises as :meth:`condition`."""
        conditions = {mode: self.condition(requirement, path) for mode, requirement in requirements.items()}
        return CompactRules.of(conditions).to_bytes()

    def records(self) -> tuple[bytes, ...]:
        """The templates 7B, a record each; none where no rule needed one."""
        return tuple(
            SecurityEnvironment(
                number,
                tuple(AuthenticationTemplate(chv, UsageQualifier.USER_AUTHENTICATION) for chv in chvs)
                + tuple(AuthenticationTemplate(key, UsageQualifier.EXTERNAL_AUTHENTICATION) for key in keys),
            ).to_bytes()
            for (chvs, keys), number in self._numbers.items()
        )
