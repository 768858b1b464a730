"""MANAGE SECURITY ENVIRONMENT (ISO/IEC 7816-4:2005, 7.5.11).

::

    P1  x1  SET: the template whose tag is P2 becomes a part of the current environment, for each use in x:
            8 verification, encipherment, external authentication, key agreement
            4 computation, decipherment, internal authentication
            2, 1 secure messaging in responses, in commands
    F2 F3 F4  STORE, RESTORE, ERASE the environment whose SEID is P2
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, unique
from typing import TYPE_CHECKING, Final

from emulator.references import find_key
from emulator.requirement import is_reference
from iso7816.access_rules import UsageQualifier
from iso7816.control_reference import ControlReferenceTemplate, TemplateKind
from iso7816.errors import Iso7816Error
from iso7816.mechanisms import MECHANISMS
from iso7816.status_words import SW, StatusWordError

if TYPE_CHECKING:
    from emulator.command import CardContext, Response
    from iso7816.apdu import CommandAPDU

USES: Final = tuple(UsageQualifier(bit) for bit in (0x80, 0x40, 0x20, 0x10))
"""The uses of a template, by the bits of P1 and of its usage qualifier."""

_KINDS: Final = {int(kind): kind for kind in TemplateKind}


@unique
class EnvironmentAction(Enum):
    """P1, its high bits left out."""

    SET = 0x01


@dataclass(frozen=True, slots=True)
class EnvironmentParameters:
    """P1 and P2.

    Attributes:
        action: what is done.
        uses: what SET sets the template for.
        kind: the template of SET.
    """

    action: EnvironmentAction
    uses: UsageQualifier
    kind: TemplateKind


def parse_environment(p1: int, p2: int) -> EnvironmentParameters:
    """Raises StatusWordError 6A86 for another action, a SET without a use, or another template."""
    uses, kind = p1 & 0xF0, _KINDS.get(p2)
    if p1 & 0x0F != EnvironmentAction.SET.value or uses == 0 or kind is None:
        raise StatusWordError(SW.INCORRECT_P1_P2)
    return EnvironmentParameters(EnvironmentAction.SET, UsageQualifier(uses), kind)


def manage_environment(card: CardContext, command: CommandAPDU, parameters: EnvironmentParameters) -> Response:
    """MANAGE SECURITY ENVIRONMENT (22)."""
    if not command.data:
        raise StatusWordError(SW.WRONG_LENGTH)
    try:
        template = ControlReferenceTemplate.parse(parameters.kind, command.data)
    except Iso7816Error:
        raise StatusWordError(SW.WRONG_DATA) from None
    _check(card, template)
    added = {parameters.kind << 8 | int(use): template for use in USES if use & parameters.uses}
    card.channel.environment = {**card.channel.environment, **added}
    return b""


def _check(card: CardContext, template: ControlReferenceTemplate) -> None:
    """Raises StatusWordError 6A88 for a key that is not there, 6A80 for a mechanism that the card does not have."""
    mechanism = template.mechanism
    if mechanism is not None and (len(mechanism) != 1 or mechanism[0] not in MECHANISMS):
        raise StatusWordError(SW.WRONG_DATA)
    for reference in (template.key, template.private_key):
        if reference is None:
            continue
        if len(reference) != 1:
            raise StatusWordError(SW.WRONG_DATA)
        if not is_reference(reference[0]) or find_key(card.state, card.channel.df, reference[0]) is None:
            raise StatusWordError(SW.REFERENCED_DATA_NOT_FOUND)
