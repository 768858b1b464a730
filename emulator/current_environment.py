"""What the current security environment says: the key and the mechanism of an operation."""

from __future__ import annotations

from typing import TYPE_CHECKING

from emulator.references import find_key
from iso7816.access_rules import UsageQualifier
from iso7816.mechanisms import MECHANISMS, Mechanism, Scheme
from iso7816.status_words import SW, StatusWordError

if TYPE_CHECKING:
    from collections.abc import Container

    from emulator.command import CardContext
    from emulator.keys import Key
    from emulator.persistent import ReferenceId
    from iso7816.control_reference import ControlReferenceTemplate, TemplateKind

COMPUTE = int(UsageQualifier.INTERNAL_AUTHENTICATION)
"""Computation, decipherment, internal authentication."""

VERIFY = int(UsageQualifier.EXTERNAL_AUTHENTICATION)
"""Verification, encipherment, external authentication, key agreement."""


def template_for(card: CardContext, kind: TemplateKind, use: int) -> ControlReferenceTemplate:
    """The template of the current environment. Raises StatusWordError 6985 where none was set."""
    template = card.channel.environment.get(kind << 8 | use)
    if template is None:
        raise StatusWordError(SW.CONDITIONS_NOT_SATISFIED)
    return template


def key_in(card: CardContext, reference: bytes | None) -> tuple[ReferenceId, Key]:
    """The key that a template refers to. Raises StatusWordError 6A88 where it names none, or it is not there."""
    where = None if reference is None else find_key(card.state, card.channel.df, reference[0])
    if where is None:
        raise StatusWordError(SW.REFERENCED_DATA_NOT_FOUND)
    return where, card.state.keys[where]


def mechanism_in(template: ControlReferenceTemplate, key: Key, schemes: Container[Scheme]) -> Mechanism:
    """The mechanism that a template names, or else the first that the key has among ``schemes``.

    Raises:
        StatusWordError: 6985 the mechanism is none of ``schemes``, or not for such a key, or the key is not for it.
    """
    if template.mechanism is not None:
        mechanism = MECHANISMS[template.mechanism[0]]
        if mechanism.scheme in schemes and _takes(key, mechanism):
            return mechanism
    else:
        for mechanism in MECHANISMS.values():
            if mechanism.scheme in schemes and _takes(key, mechanism):
                return mechanism
    raise StatusWordError(SW.CONDITIONS_NOT_SATISFIED)


def _takes(key: Key, mechanism: Mechanism) -> bool:
    return key.algorithm in mechanism.keys and (not key.mechanisms or mechanism.reference in key.mechanisms)
