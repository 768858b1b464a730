"""What the current security environment says: the key and the mechanism of an operation."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from emulator.references import df_and_above, find_key
from emulator.rule_resolution import security_environments
from emulator.volatile import EMPTY_ENVIRONMENT, Environment
from iso7816.access_rules import UsageQualifier
from iso7816.ber_tlv import TLV, decode_all
from iso7816.control_reference import ControlReferenceTemplate, TemplateKind
from iso7816.errors import Iso7816Error
from iso7816.mechanisms import MECHANISMS, Mechanism, Scheme
from iso7816.status_words import SW, StatusWordError

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Iterator

    from emulator.command import CardContext
    from emulator.keys import Key
    from emulator.persistent import ReferenceId

COMPUTE: Final = int(UsageQualifier.INTERNAL_AUTHENTICATION)
"""Computation, decipherment, internal authentication."""

VERIFY: Final = int(UsageQualifier.EXTERNAL_AUTHENTICATION)
"""Verification, encipherment, external authentication, key agreement."""

DEFAULT_ENVIRONMENT: Final = 0x01

_USES: Final = (0x80, 0x40, 0x20, 0x10)
_ANY_USE: Final = COMPUTE | VERIFY


def template_uses(usage: int) -> Iterator[int]:
    """The uses of a template, one by one."""
    return (use for use in _USES if use & usage)


def current_environment(card: CardContext) -> Environment:
    """The current environment; the default one where none was set in the current DF."""
    environment = card.channel.environment
    if environment is None:
        environment = card.channel.environment = find_environment(card, DEFAULT_ENVIRONMENT) or EMPTY_ENVIRONMENT
    return environment


def find_environment(card: CardContext, se_id: int) -> Environment | None:
    """The stored environment of the current DF or the nearest DF above, else that of its access rules."""
    state, df = card.state, card.channel.df
    for level in df_and_above(state, df):
        stored = state.environments.get((level, se_id))
        if stored is not None:
            return _environment(decode_all(stored))
    of_rules = security_environments(state, state.files[df]).get(se_id)
    if of_rules is None:
        return None
    try:
        return _environment([template.to_tlv() for template in of_rules.authentications] + list(of_rules.others))
    except Iso7816Error:
        # Whoever may write the EF may write anything: what cannot be read is no environment.
        return None


def _environment(templates: Iterable[TLV]) -> Environment:
    """The templates by their tags and uses; without a usage qualifier a template is for both sides."""
    environment: dict[int, ControlReferenceTemplate] = {}
    for tlv in templates:
        if tlv.tag in TemplateKind.__members__.values():
            template = ControlReferenceTemplate.from_tlv(tlv)
            for use in template_uses(_ANY_USE if template.usage is None else template.usage):
                environment.setdefault(template.kind << 8 | use, template)
    return environment


def template_for(card: CardContext, kind: TemplateKind, use: int) -> ControlReferenceTemplate:
    """The template of the current environment. Raises StatusWordError 6985 where none was set."""
    template = current_environment(card).get(kind << 8 | use)
    if template is None:
        raise StatusWordError(SW.CONDITIONS_NOT_SATISFIED)
    return template


def key_in(card: CardContext, reference: bytes | None) -> tuple[ReferenceId, Key]:
    """The key that a template refers to. Raises StatusWordError 6A88 where it names none, or it is not there."""
    where = None
    if reference is not None and len(reference) == 1:
        where = find_key(card.state, card.channel.df, reference[0])
    if where is None:
        raise StatusWordError(SW.REFERENCED_DATA_NOT_FOUND)
    return where, card.state.keys[where]


def mechanism_in(template: ControlReferenceTemplate, key: Key, schemes: Container[Scheme]) -> Mechanism:
    """The mechanism that a template names, or else the first that the key has among ``schemes``.

    Raises:
        StatusWordError: 6985 the mechanism is none of ``schemes``, or not for such a key, or the key is not for it.
    """
    named = template.mechanism
    if named is None:
        for mechanism in MECHANISMS.values():
            if mechanism.scheme in schemes and takes(key, mechanism):
                return mechanism
    elif len(named) == 1:
        known = MECHANISMS.get(named[0])
        if known is not None and known.scheme in schemes and takes(key, known):
            return known
    raise StatusWordError(SW.CONDITIONS_NOT_SATISFIED)


def takes(key: Key, mechanism: Mechanism) -> bool:
    """Whether a key may be used with a mechanism."""
    return key.algorithm in mechanism.keys and (not key.mechanisms or mechanism.reference in key.mechanisms)
