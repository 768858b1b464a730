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
    from iso7816.apdu import CommandAPDU

GOVERNED: Final = frozenset((0x22, 0x2A, 0x46, 0x82, 0x88, 0xDB))
"""The instructions that ask for such rules: a rule about another command would not be kept to."""


def authorise_command(card: CardContext, df: int, command: CommandAPDU) -> None:
    """Let a command on something of a DF pass; 0 is the whole card, whose rules are the MF's.

    Raises:
        StatusWordError: 6982.
    """
    df = df or MF_NUMBER
    file = card.state.files[df]
    if file.expanded is None or file.life_cycle in BEFORE_OPERATION:
        return
    # Parsed at each command: rules about commands are rare, and commands that they are about compute for longer.
    conditions = ExpandedRules.parse(file.expanded).for_command(*command[:4])
    if conditions is None:
        return
    alternatives = resolve_conditions(card.state, file, conditions)
    if alternatives is not None and not any(is_met(card.state, card.channel, each, df) for each in alternatives):
        raise StatusWordError(SW.SECURITY_STATUS_NOT_SATISFIED)


def governs(rules: ExpandedRules, kind: FileKind) -> bool:
    """Whether the card keeps to all of the rules in a file of that kind."""
    return all(
        rule.proprietary is None and all(_is_governed(each, kind) for each in rule.commands) for rule in rules.rules
    )


def _is_governed(command: CommandPattern, kind: FileKind) -> bool:
    return kind is FileKind.DF and command.cla in (None, 0) and command.ins in GOVERNED
