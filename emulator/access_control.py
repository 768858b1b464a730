"""Whether an operation on a file is allowed now: access rules in compact format, resolved.

For each file the rules are resolved once into :data:`Decisions` and kept until a file or a security
environment changes. What depends on the security status is judged at each command.

A security condition byte names its security environment by number; it is looked up in the EF that
tag 8D names, of the DF that the file lies in (for a DF: its own), else of the nearest DF above that
names one. An authentication template A4 in it with usage 08 refers to a CHV, with usage 80 to a key.
Bit 8 of the condition byte then says whether all of these references must be satisfied, or one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, TypeAlias

from emulator.persistent import CardFile, CHVState, PersistentState, ReferenceId
from emulator.references import find_chv, find_key
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
from iso7816.file_control import LifeCycle
from iso7816.file_descriptor import FileKind
from iso7816.status_words import SW, StatusWordError

if TYPE_CHECKING:
    from emulator.volatile import ChannelState

# Operations, by the place of their bit in the access mode byte (bit 1 is 0).
READ: Final = 0
UPDATE: Final = 1
WRITE: Final = 2
DELETE_CHILD: Final = 0
CREATE_EF: Final = 1
CREATE_DF: Final = 2
DEACTIVATE: Final = 3
ACTIVATE: Final = 4
DELETE: Final = 6
_OPERATIONS: Final = 7

Alternatives: TypeAlias = tuple[Requirement, ...]
"""Requirements of which one must be met."""

Decisions: TypeAlias = tuple[Alternatives | None, ...]
"""What each operation requires; ``None``: nothing."""

INACTIVE: Final[Alternatives] = (Requirement.NEVER,)
"""Stands, by identity, for an operation that the life cycle of the file or of a DF above it rules out."""

_FREE: Final[Decisions] = (None,) * _OPERATIONS
_LIFE_CYCLE_LEAVES: Final = {
    LifeCycle.OPERATIONAL_DEACTIVATED: frozenset((ACTIVATE, DELETE)),
    LifeCycle.TERMINATED: frozenset((DELETE,)),
}


def decide(state: PersistentState, number: int) -> Decisions:
    """The decisions for one file, from memory or resolved now."""
    known = state.decisions.get(number)
    if known is None:
        known = state.decisions[number] = _resolve(state, state.files[number])
    return known


def authorise(state: PersistentState, channel: ChannelState, number: int, operation: int) -> None:
    """Let the operation on the file pass.

    Raises:
        StatusWordError: 6982 where the security status does not satisfy its access rule, 6985 where the life
            cycle rules it out.
    """
    alternatives = (state.decisions.get(number) or decide(state, number))[operation]
    if alternatives is None:
        return
    if alternatives is INACTIVE:
        raise StatusWordError(SW.CONDITIONS_NOT_SATISFIED)
    file = state.files[number]
    df = number if file.kind is FileKind.DF else file.parent
    if not any(is_met(state, channel, requirement, df) for requirement in alternatives):
        raise StatusWordError(SW.SECURITY_STATUS_NOT_SATISFIED)


def is_allowed(state: PersistentState, channel: ChannelState, number: int, operation: int) -> bool:
    """Whether :func:`authorise` would let the operation pass."""
    try:
        authorise(state, channel, number, operation)
    except StatusWordError:
        return False
    return True


def is_closed(state: PersistentState, df: int) -> bool:
    """Whether the life cycle of a DF, or of one above it, closes what is in it."""
    return decide(state, df)[DELETE_CHILD] is INACTIVE


def is_met(state: PersistentState, channel: ChannelState, requirement: Requirement, df: int) -> bool:
    """Whether the security status meets ``requirement``; local references are those of ``df`` and the DFs above it."""
    terms = [(True, chv) for chv in requirement.chvs] + [(False, key) for key in requirement.keys]
    met = all if requirement.all_of else any
    return met(_is_satisfied(state, channel, df, *term) for term in terms)


def _is_satisfied(state: PersistentState, channel: ChannelState, df: int, is_chv: bool, reference: int) -> bool:
    if not is_chv:
        where = find_key(state, df, reference)
        return where is not None and where in channel.authenticated
    where = find_chv(state, df, reference)
    return where is not None and is_chv_satisfied(state, channel, where)


def is_chv_satisfied(state: PersistentState, channel: ChannelState, where: ReferenceId) -> bool:
    """Whether a CHV is verified, or need not be."""
    return where in channel.verified or state.chvs[where].state is CHVState.DISABLED


def _resolve(state: PersistentState, file: CardFile) -> Decisions:
    decisions = _FREE
    if file.security is not None and file.life_cycle not in (LifeCycle.CREATION, LifeCycle.INITIALISATION):
        rules = CompactRules.parse(file.security)
        environments = security_environments(state, file)
        decisions = tuple(
            _alternatives(environments, rules.conditions_for(1 << operation)) for operation in range(_OPERATIONS)
        )
    leaves = _left_by_life_cycle(state, file)
    if leaves is None:
        return decisions
    return tuple(decision if operation in leaves else INACTIVE for operation, decision in enumerate(decisions))


def _left_by_life_cycle(state: PersistentState, file: CardFile) -> frozenset[int] | None:
    """The operations that the life cycles leave, ``None`` for all."""
    above = state.files.get(file.parent)
    while above is not None:
        if above.life_cycle in _LIFE_CYCLE_LEAVES:
            return frozenset()
        above = state.files.get(above.parent)
    return _LIFE_CYCLE_LEAVES.get(file.life_cycle)


def _alternatives(
    environments: dict[int, SecurityEnvironment], conditions: tuple[SecurityCondition, ...]
) -> Alternatives | None:
    """The alternatives of several security condition bytes; none at all is never."""
    if any(condition.always for condition in conditions):
        return None
    requirements = (_requirement(environments, condition) for condition in conditions)
    return tuple(requirement for requirement in requirements if requirement is not None)


def _requirement(environments: dict[int, SecurityEnvironment], condition: SecurityCondition) -> Requirement | None:
    """What one security condition byte requires; ``None`` where it can never be met."""
    if condition.never or (condition.secure_messaging and condition.all_of):
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
    return Requirement(chvs, keys, condition.all_of) if chvs or keys else None


def _references(templates: tuple[AuthenticationTemplate, ...], usage: UsageQualifier) -> tuple[int, ...]:
    return tuple(template.reference for template in templates if template.usage is not None and template.usage & usage)


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
