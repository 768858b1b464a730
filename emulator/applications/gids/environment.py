"""MANAGE SECURITY ENVIRONMENT (22): which key the next operations use, and by which mechanism.

::

    P1 41        P2 B6 signing, B8 deciphering     80 01 mechanism   84 01 reference of the key, 81 to FF
    P1 81, C1    P2 A4 the administrator's key     83 01 80
    P1 F3        P2 the number of an environment: an empty one

The environment lasts until another one, or until nobody is authenticated any more.
"""

from __future__ import annotations

from enum import Enum, unique
from typing import TYPE_CHECKING, Final, NamedTuple

from emulator.applications.gids.interface import TRIPLE_DES, KeyAccess
from emulator.applications.gids.stored_files import open_key_file
from iso7816.control_reference import ControlReferenceTemplate, TemplateKind
from iso7816.errors import Iso7816Error
from iso7816.status_words import SW, StatusWordError

if TYPE_CHECKING:
    from emulator.command import CardContext, Response
    from iso7816.apdu import CommandAPDU

_COMPUTE: Final = 0x41
_AUTHENTICATE: Final = (0x81, 0xC1)
_RESTORE: Final = 0xF3
_STATE: Final = "environment"


@unique
class Purpose(Enum):
    """What a key is to do, by its control reference template."""

    SIGN = TemplateKind.SIGNATURE
    DECIPHER = TemplateKind.CONFIDENTIALITY
    AUTHENTICATE = TemplateKind.AUTHENTICATION


_PURPOSES: Final = {
    **dict.fromkeys((p1 << 8 | TemplateKind.AUTHENTICATION for p1 in _AUTHENTICATE), Purpose.AUTHENTICATE),
    _COMPUTE << 8 | TemplateKind.SIGNATURE: Purpose.SIGN,
    _COMPUTE << 8 | TemplateKind.CONFIDENTIALITY: Purpose.DECIPHER,
}


class Environment(NamedTuple):
    """What the next operation does.

    Attributes:
        purpose: what it is for.
        mechanism: by which mechanism.
        key: the reference of the key.
    """

    purpose: Purpose
    mechanism: int
    key: int


def parse_environment(p1: int, p2: int) -> Purpose | None:
    """What an environment is for, ``None``: an empty one. Raises StatusWordError 6A86 for other P1 and P2."""
    if p1 == _RESTORE:
        return None
    purpose = _PURPOSES.get(p1 << 8 | p2)
    if purpose is None:
        raise StatusWordError(SW.INCORRECT_P1_P2)
    return purpose


def manage_environment(card: CardContext, command: CommandAPDU, purpose: Purpose | None) -> Response:
    """6A80 no such data objects, 6A88 there is no such key, 6985 it is not activated, 6982 its use is not allowed, 6A81
    a mechanism that it is not for."""
    if purpose is None:
        if command.data:
            raise StatusWordError(SW.WRONG_LENGTH)
        forget_environment(card)
        return b""
    if not command.data:
        raise StatusWordError(SW.WRONG_LENGTH)
    try:
        template = ControlReferenceTemplate.parse(purpose.value, command.data)
    except Iso7816Error:
        raise StatusWordError(SW.WRONG_DATA) from None
    is_authentication = purpose is Purpose.AUTHENTICATE
    reference = template.key if is_authentication else template.private_key
    mechanism = bytes((TRIPLE_DES,)) if is_authentication and template.mechanism is None else template.mechanism
    if reference is None or mechanism is None or len(reference) != 1 or len(mechanism) != 1:
        raise StatusWordError(SW.WRONG_DATA)
    file = open_key_file(card, reference[0], KeyAccess.USE)
    if mechanism[0] not in file.mechanisms(purpose.value):
        raise StatusWordError(SW.FUNCTION_UNSUPPORTED)
    card.channel.application_state[_STATE] = Environment(purpose, mechanism[0], reference[0])
    return b""


def current_environment(card: CardContext, purpose: Purpose) -> Environment:
    """The environment for an operation. Raises StatusWordError 6985 where it is none for it."""
    environment = card.channel.application_state.get(_STATE)
    if not isinstance(environment, Environment) or environment.purpose is not purpose:
        raise StatusWordError(SW.CONDITIONS_NOT_SATISFIED)
    return environment


def forget_environment(card: CardContext) -> None:
    """Nothing is set any more."""
    card.channel.application_state.pop(_STATE, None)
