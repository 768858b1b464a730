"""What the access rules of a file require: from the compact and the expanded format to requirements.

A security condition byte names its security environment by number; it is looked up in the EF that
tag 8D names, of the DF that the file lies in (for a DF: its own), else of the nearest DF above that
names one. An authentication template A4 in it with usage 08 refers to a CHV, with usage 80 to a key.
Bit 8 of the condition byte then says whether all of these references must be satisfied, or one.

In the expanded format a condition is such a byte, such a template, one of secure messaging (B4, B8), or all or any of
several templates; every other one is never met.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, TypeAlias

from emulator.requirement import Requirement
from iso7816.access_rules import (
    AuthenticationTemplate,
    CompactRules,
    SecurityCondition,
    SecurityEnvironment,
    UsageQualifier,
)
from iso7816.ber_tlv import iterate
from iso7816.errors import Iso7816Error
from iso7816.expanded_rules import ConditionKind, ExpandedCondition, ExpandedRules
from iso7816.file_descriptor import FileKind

if TYPE_CHECKING:
    from emulator.persistent import CardFile, PersistentState

Alternatives: TypeAlias = tuple[Requirement, ...]
"""Requirements of which one must be met."""


def has_rules(file: CardFile) -> bool:
    """Whether a file has rules about its access modes; one without is free."""
    if file.security is not None:
        return True
    if file.expanded is None:
        return False
    return any(rule.access_mode is not None for rule in ExpandedRules.parse(file.expanded).rules)


def resolve_modes(state: PersistentState, file: CardFile, modes: Iterable[int]) -> Iterator[Alternatives | None]:
    """What each of several access mode bits requires; ``None``: nothing. A mode without rule is never allowed."""
    compact = None if file.security is None else CompactRules.parse(file.security)
    expanded = None if file.expanded is None else ExpandedRules.parse(file.expanded)
    environments = security_environments(state, file)
    for mode in modes:
        bytes_ = () if compact is None else compact.conditions_for(mode)
        objects = () if expanded is None else expanded.for_mode(mode)
        requirements = [_requirement(environments, condition) for condition in bytes_]
        requirements += [_expanded_requirement(environments, condition) for condition in objects]
        yield _alternatives(requirements)


def resolve_conditions(
    state: PersistentState, file: CardFile, conditions: Iterable[ExpandedCondition]
) -> Alternatives | None:
    """What conditions of the expanded format require; ``None``: nothing. None of them at all is never."""
    environments = security_environments(state, file)
    return _alternatives([_expanded_requirement(environments, condition) for condition in conditions])


def _alternatives(requirements: list[Requirement | None]) -> Alternatives | None:
    if Requirement.ALWAYS in requirements:
        return None
    return tuple(requirement for requirement in requirements if requirement is not None)


def _requirement(environments: dict[int, SecurityEnvironment], condition: SecurityCondition) -> Requirement | None:
    """What one security condition byte requires; ``None`` where it can never be met."""
    if condition.always:
        return Requirement.ALWAYS
    if condition.never:
        return None
    environment = environments.get(condition.se_id or 0)
    templates = () if environment is None else environment.authentications
    chvs: tuple[int, ...] = ()
    keys: tuple[int, ...] = ()
    if condition.user_authentication:
        chvs = _references(templates, UsageQualifier.USER_AUTHENTICATION)
    if condition.external_authentication:
        keys = _references(templates, UsageQualifier.EXTERNAL_AUTHENTICATION)
    asked = (condition.user_authentication, condition.external_authentication)
    if condition.all_of and asked != (bool(chvs), bool(keys)):
        return None
    if not chvs and not keys and not condition.secure_messaging:
        return None
    return Requirement(chvs, keys, condition.all_of, condition.secure_messaging)


def _references(templates: tuple[AuthenticationTemplate, ...], usage: UsageQualifier) -> tuple[int, ...]:
    return tuple(template.reference for template in templates if template.usage is not None and template.usage & usage)


def _expanded_requirement(
    environments: dict[int, SecurityEnvironment], condition: ExpandedCondition
) -> Requirement | None:
    """What one condition requires; ``None`` where it can never be met."""
    match condition.kind:
        case ConditionKind.ALWAYS:
            return Requirement.ALWAYS
        case ConditionKind.BYTE if condition.byte is not None:
            return _requirement(environments, condition.byte)
        case ConditionKind.REFERENCE | ConditionKind.CHECKSUM | ConditionKind.CONFIDENTIALITY:
            return _term(condition)
        case ConditionKind.ANY:
            terms = [term for term in map(_term, condition.parts) if term is not None]
            return Requirement.join(terms, all_of=False) if terms else None
        case ConditionKind.ALL:
            every = [_term(part) for part in condition.parts]
            known = [term for term in every if term is not None]
            return Requirement.join(known, all_of=True) if len(known) == len(every) else None
        case _:
            return None


def _term(condition: ExpandedCondition) -> Requirement | None:
    """A CHV or a key, by the usage of its template, or secure messaging; ``None`` for every other condition."""
    if condition.kind in (ConditionKind.CHECKSUM, ConditionKind.CONFIDENTIALITY):
        return Requirement(secure_messaging=True)
    template = condition.reference
    if template is None or template.usage is None:
        return None
    if template.usage & UsageQualifier.USER_AUTHENTICATION:
        return Requirement(chvs=(template.reference,))
    if template.usage & UsageQualifier.EXTERNAL_AUTHENTICATION:
        return Requirement(keys=(template.reference,))
    return None


def security_environments(state: PersistentState, file: CardFile) -> dict[int, SecurityEnvironment]:
    """The security environments that the rules of ``file`` refer to, by their number; none where none can be read."""
    df = file if file.kind is FileKind.DF else state.files[file.parent]
    while df.se_file is None:
        if df.parent not in state.files:
            return {}
        df = state.files[df.parent]
    content = state.contents.get(state.children.get(df.number << 16 | df.se_file, 0), b"")
    found: dict[int, SecurityEnvironment] = {}
    for data in (content,) if isinstance(content, bytes) else content:
        try:
            for tlv in iterate(data):
                environment = SecurityEnvironment.parse(tlv.to_bytes())
                found.setdefault(environment.se_id, environment)
        except Iso7816Error:
            # What cannot be read is no environment: rules that refer to it are never met.
            continue
    return found
