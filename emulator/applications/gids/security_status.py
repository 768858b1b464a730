"""Who is authenticated, and what of a file that allows: access rules in compact format (ISO/IEC 7816-4:2005, 5.4.3).

::

    SC  00 always   FF never   10 the PIN   20 the administrator's key   30 either   90, A0, B0 all that are named

While the application is not yet operational nobody need be authenticated, but what nobody ever may, nobody may then.
"""

from __future__ import annotations

from enum import Enum, unique
from typing import TYPE_CHECKING, Final, cast

from emulator.applications.gids.life_cycle import is_operational
from iso7816.access_rules import CompactRules
from iso7816.status_words import SW, StatusWordError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from emulator.command import CardContext
    from iso7816.access_rules import SecurityCondition

_AUTHENTICATED: Final = "authenticated"
_SELECTED: Final = "file"


@unique
class Role(Enum):
    """Who may be authenticated."""

    USER = "the PIN is verified"
    ADMINISTRATOR = "the administrator's key is proven"


def authenticated(card: CardContext) -> set[Role]:
    """Who is, since the application was selected."""
    return cast("set[Role]", card.channel.application_state.setdefault(_AUTHENTICATED, set()))


def deauthenticate(card: CardContext) -> None:
    """Forget who was, and the security environment and challenge with it; the current file stays."""
    state = card.channel.application_state
    card.channel.application_state = {_SELECTED: state[_SELECTED]} if _SELECTED in state else {}


def current_ef(card: CardContext) -> int | None:
    """File identifier of the current EF, ``None``: the DF is current."""
    return cast("int | None", card.channel.application_state.get(_SELECTED))


def make_current(card: CardContext, fid: int | None) -> None:
    """Make an EF the current one, or the DF."""
    card.channel.application_state[_SELECTED] = fid


def require_role(card: CardContext, role: Role) -> None:
    """Raises StatusWordError 6982 where somebody is not authenticated who must be by now."""
    if is_operational(card.values) and role not in authenticated(card):
        raise StatusWordError(SW.SECURITY_STATUS_NOT_SATISFIED)


def authorise(card: CardContext, rules: bytes | None, mode: int) -> None:
    """Let an operation pass.

    Args:
        card: the card.
        rules: value of tag 8C; ``None``: all is free.
        mode: the access mode bit of the operation. One that no rule speaks of is never allowed.

    Raises:
        StatusWordError: 6982.
    """
    if rules is None:
        return
    if not any(_is_met(card, condition) for condition in _conditions(rules, mode)):
        raise StatusWordError(SW.SECURITY_STATUS_NOT_SATISFIED)


def speaks_of(rules: bytes, mode: int) -> bool:
    """Whether any of the rules is about an operation."""
    return any(True for _condition in _conditions(rules, mode))


def can_be_kept(rules: CompactRules) -> bool:
    """Whether every condition is one of those above: no secure messaging, no security environment is named."""
    return all(
        condition.always or condition.never or (condition.byte & 0x4F == 0 and condition.byte & 0x30)
        for rule in rules.rules
        for _bit, condition in rule.conditions
    )


def _conditions(rules: bytes, mode: int) -> Iterator[SecurityCondition]:
    for rule in CompactRules.parse(rules).rules:
        for bit, condition in rule.conditions:
            if bit == mode:
                yield condition


def _is_met(card: CardContext, condition: SecurityCondition) -> bool:
    if condition.always or condition.never:
        return condition.always
    if not is_operational(card.values):
        return True
    wanted = set()
    if condition.user_authentication:
        wanted.add(Role.USER)
    if condition.external_authentication:
        wanted.add(Role.ADMINISTRATOR)
    found = wanted & authenticated(card)
    return found == wanted if condition.all_of else bool(found)
