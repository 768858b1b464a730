"""MANAGE SECURITY ENVIRONMENT (ISO/IEC 7816-4:2005, 7.5.11).

::

    P1  x1  SET: the template whose tag is P2 becomes a part of the current environment, for each use in x:
            8 verification, encipherment, external authentication, key agreement
            4 computation, decipherment, internal authentication
            3 secure messaging in commands and responses (emulator/sessions.py)
        F2 F3 F4  STORE, RESTORE, ERASE the environment whose SEID is P2 (00 for RESTORE: the empty one)

A stored environment belongs to the current DF; RESTORE finds it there or in the DFs above, and then among those that
the access rules of the current DF refer to. SEID 01 is the default: current after a reset, and in a DF just selected.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, unique
from typing import TYPE_CHECKING, Final

from emulator.access_control import is_closed
from emulator.command_rules import authorise_command
from emulator.current_environment import current_environment, find_environment, template_uses
from emulator.references import find_key
from emulator.requirement import is_reference
from emulator.sessions import begin_with_static_keys, is_both_ways, is_one_way
from emulator.volatile import EMPTY_ENVIRONMENT, Environment
from iso7816.access_rules import UsageQualifier
from iso7816.ber_tlv import encode_all
from iso7816.control_reference import ControlReferenceTemplate, TemplateKind
from iso7816.errors import Iso7816Error
from iso7816.mechanisms import MECHANISMS
from iso7816.status_words import SW, StatusWordError

if TYPE_CHECKING:
    from emulator.command import CardContext, Response
    from iso7816.apdu import CommandAPDU

_KINDS: Final = {int(kind): kind for kind in TemplateKind}
_ALL_USES: Final = 0xF0
_EMPTY: Final = 0x00
_STORABLE: Final = range(0x01, 0xEF)


@unique
class EnvironmentAction(Enum):
    """The low four bits of P1."""

    SET = 0x01
    STORE = 0x02
    RESTORE = 0x03
    ERASE = 0x04


_ACTIONS: Final = {action.value: action for action in EnvironmentAction}


@dataclass(frozen=True, slots=True)
class EnvironmentParameters:
    """P1 and P2.

    Attributes:
        action: what is done.
        uses: what SET sets the template for, bits 8 to 5.
        kind: the template of SET, ``None`` for the others.
        se_id: the environment of the others, 0 for SET.
    """

    action: EnvironmentAction
    uses: int = 0
    kind: TemplateKind | None = None
    se_id: int = 0


def parse_environment(p1: int, p2: int) -> EnvironmentParameters:
    """Raises StatusWordError 6A86 for another action, a SET without a use, another template, SEIDs 00 and from EF."""
    action = _ACTIONS.get(p1 & 0x0F)
    if action is EnvironmentAction.SET:
        kind = _KINDS.get(p2)
        if p1 & _ALL_USES and kind is not None:
            return EnvironmentParameters(action, p1 & _ALL_USES, kind)
    elif action is not None and p1 & _ALL_USES == _ALL_USES and _is_environment(action, p2):
        return EnvironmentParameters(action, se_id=p2)
    raise StatusWordError(SW.INCORRECT_P1_P2)


def _is_environment(action: EnvironmentAction, se_id: int) -> bool:
    return se_id in _STORABLE or (se_id == _EMPTY and action is EnvironmentAction.RESTORE)


def manage_environment(card: CardContext, command: CommandAPDU, parameters: EnvironmentParameters) -> Response:
    """MANAGE SECURITY ENVIRONMENT (22).

    6700 SET without data or another with them; 6A81 secure messaging in one direction; 6982 as the rules of the current
    DF say, 6985 it is closed; 6A80 no template, or a mechanism that the card does not have; 6A88 no such key, no such
    environment; where a session begins 6982, 6984 and 6985 as well.
    """
    df = card.channel.df
    authorise_command(card, df, command)
    if bool(command.data) != (parameters.kind is not None):
        raise StatusWordError(SW.WRONG_LENGTH)
    if parameters.kind is not None:
        _set(card, parameters.kind, parameters.uses, command.data)
    elif parameters.action is EnvironmentAction.RESTORE:
        _restore(card, parameters.se_id)
    else:
        _change_stored(card, parameters)
    return b""


def _set(card: CardContext, kind: TemplateKind, uses: int, data: bytes) -> None:
    try:
        template = ControlReferenceTemplate.parse(kind, data)
    except Iso7816Error:
        raise StatusWordError(SW.WRONG_DATA) from None
    check_template(card, template)
    if is_one_way(uses):
        raise StatusWordError(SW.FUNCTION_UNSUPPORTED)
    added = {kind << 8 | use: template for use in template_uses(uses)}
    environment: Environment = {**current_environment(card), **added}
    if is_both_ways(uses):
        environment = begin_with_static_keys(card, environment)
    card.channel.environment = environment


def _restore(card: CardContext, se_id: int) -> None:
    environment = EMPTY_ENVIRONMENT if se_id == _EMPTY else find_environment(card, se_id)
    if environment is None:
        raise StatusWordError(SW.REFERENCED_DATA_NOT_FOUND)
    card.channel.environment = environment


def _change_stored(card: CardContext, parameters: EnvironmentParameters) -> None:
    """STORE and ERASE, in the current DF."""
    where = (card.channel.df, parameters.se_id)
    if is_closed(card.state, where[0]):
        raise StatusWordError(SW.CONDITIONS_NOT_SATISFIED)
    if parameters.action is EnvironmentAction.ERASE:
        if where not in card.state.environments:
            raise StatusWordError(SW.REFERENCED_DATA_NOT_FOUND)
        card.work.put_environment(where, None)
        return
    uses: dict[ControlReferenceTemplate, UsageQualifier] = {}
    for key, template in current_environment(card).items():
        uses[template] = uses.get(template, UsageQualifier(0)) | UsageQualifier(key & 0xFF)
    card.work.put_environment(where, encode_all(template.used_for(use).to_tlv() for template, use in uses.items()))


def check_template(card: CardContext, template: ControlReferenceTemplate) -> None:
    """Raises StatusWordError 6A88 for a key that is not there, 6A80 for a mechanism that the card does not have."""
    mechanism = template.mechanism
    if mechanism is not None and (len(mechanism) != 1 or mechanism[0] not in MECHANISMS):
        raise StatusWordError(SW.WRONG_DATA)
    for reference in (template.key, template.private_key):
        if reference is None or reference in card.channel.certified:
            continue
        if len(reference) != 1 or not is_reference(reference[0]):
            raise StatusWordError(SW.REFERENCED_DATA_NOT_FOUND)
        if find_key(card.state, card.channel.df, reference[0]) is None:
            raise StatusWordError(SW.REFERENCED_DATA_NOT_FOUND)
