"""Rules of a DF about commands on its keys and environments, by parts of their headers (expanded format).

For a command on a key the rules are those of the key's DF (of the MF for a key of the whole card); where no rule is
about the command, the DF does not restrict it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from emulator.access_control import BEFORE_OPERATION, is_met
from emulator.persistent import MF_NUMBER
from emulator.rule_resolution import resolve_conditions
from iso7816.expanded_rules import CommandPattern, ExpandedRules
from iso7816.file_descriptor import FileKind
from iso7816.status_words import SW, StatusWordError

if TYPE_CHECKING:
    from emulator.command import CardContext
    from emulator.persistent import PersistentState
    from emulator.rule_resolution import Alternatives
    from iso7816.apdu import CommandAPDU

GOVERNED: Final = frozenset((0x22, 0x2A, 0x46, 0x82, 0x88, 0xDB))
"""The instructions that ask for such rules: a rule about another command would not be kept to."""


def authorise_command(card: CardContext, df: int, command: CommandAPDU) -> None:
    """Let a command on something of a DF pass; 0 is the whole card, whose rules are the MF's.

    Raises:
        StatusWordError: 6982.
    """
    df = df or MF_NUMBER
    state = card.state
    if state.files[df].expanded is None:
        return
    cla, ins, p1, p2 = command[:4]
    header = (df, ins, p1, p2)
    if header not in state.command_decisions:
        state.command_decisions[header] = _resolve(state, df, cla, ins, p1, p2)
    alternatives = state.command_decisions[header]
    if alternatives is not None and not any(is_met(state, card.channel, each, df) for each in alternatives):
        raise StatusWordError(SW.SECURITY_STATUS_NOT_SATISFIED)


def _resolve(state: PersistentState, df: int, cla: int, ins: int, p1: int, p2: int) -> Alternatives | None:
    """What a command on something of a DF requires; ``None``: nothing."""
    file = state.files[df]
    if file.expanded is None or file.life_cycle in BEFORE_OPERATION:
        return None
    conditions = ExpandedRules.parse(file.expanded).for_command(cla, ins, p1, p2)
    return None if conditions is None else resolve_conditions(state, file, conditions)


def governs(rules: ExpandedRules, kind: FileKind) -> bool:
    """Whether the card keeps to all of the rules in a file of that kind."""
    return all(
        rule.proprietary is None and all(_is_governed(each, kind) for each in rule.commands) for rule in rules.rules
    )


def _is_governed(command: CommandPattern, kind: FileKind) -> bool:
    return kind is FileKind.DF and command.cla in (None, 0) and command.ins in GOVERNED
