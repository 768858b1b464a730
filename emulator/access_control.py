"""Whether an operation on a file is allowed now.

For each file the rules are resolved once into :data:`Decisions` and kept until a file or a security
environment changes. What depends on the security status is judged at each command.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, TypeAlias

from emulator.persistent import CardFile, CHVState, PersistentState, ReferenceId
from emulator.references import find_chv, find_key
from emulator.requirement import Requirement
from emulator.rule_resolution import Alternatives, has_rules, resolve_modes
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
TERMINATE: Final = 5
DELETE: Final = 6
_OPERATIONS: Final = 7

Decisions: TypeAlias = tuple[Alternatives | None, ...]
"""What each operation requires; ``None``: nothing."""

INACTIVE: Final[Alternatives] = (Requirement.NEVER,)
"""Stands, by identity, for an operation that the life cycle of the file or of a DF above it rules out."""

BEFORE_OPERATION: Final = (LifeCycle.CREATION, LifeCycle.INITIALISATION)
"""The life cycle states in which the rules of a file are not yet in force."""

_FREE: Final[Decisions] = (None,) * _OPERATIONS
_LIFE_CYCLE_LEAVES: Final = {
    LifeCycle.OPERATIONAL_DEACTIVATED: frozenset((ACTIVATE, TERMINATE, DELETE)),
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
    return (state.decisions.get(df) or decide(state, df))[DELETE_CHILD] is INACTIVE


def is_met(state: PersistentState, channel: ChannelState, requirement: Requirement, df: int) -> bool:
    """Whether the security status meets ``requirement``; local references are those of ``df`` and the DFs above it."""
    all_of = requirement.all_of
    # The first term decides that is lacking where all are needed, or there where one is enough.
    if requirement.secure_messaging and channel.is_protected != all_of:
        return not all_of
    for chv in requirement.chvs:
        where = find_chv(state, df, chv)
        if (where is not None and is_chv_satisfied(state, channel, where)) != all_of:
            return not all_of
    for key in requirement.keys:
        where = find_key(state, df, key)
        if (where is not None and where in channel.authenticated) != all_of:
            return not all_of
    return all_of


def is_chv_satisfied(state: PersistentState, channel: ChannelState, where: ReferenceId) -> bool:
    """Whether a CHV is verified, or need not be."""
    return where in channel.verified or state.chvs[where].state is CHVState.DISABLED


def _resolve(state: PersistentState, file: CardFile) -> Decisions:
    decisions = _FREE
    if has_rules(file) and file.life_cycle not in BEFORE_OPERATION:
        decisions = tuple(resolve_modes(state, file, (1 << operation for operation in range(_OPERATIONS))))
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
