"""MANAGE SECURITY ENVIRONMENT (22): which key the next operation uses, and for what.

::

    P1 41   P2  00 generation and import   B6 signing   B8 deciphering, key agreement
    data    80 01 algorithm     84 01 reference of the private key, 00 to 0F     others are not looked at

The environment lasts until another one, or another selection of the application.
"""

from __future__ import annotations

from enum import Enum, unique
from typing import TYPE_CHECKING, Final, NamedTuple

from emulator.applications.pkcs15.interface import KEYS, RSA_SIZES, Algorithm, InterfaceVersion
from emulator.applications.pkcs15.settings import interface_version
from iso7816.ber_tlv import decode_all
from iso7816.errors import TLVError
from iso7816.status_words import SW, StatusWordError

if TYPE_CHECKING:
    from emulator.command import CardContext, Response
    from iso7816.apdu import CommandAPDU

_SET: Final = 0x41
_ALGORITHM: Final = 0x80
_PRIVATE_KEY: Final = 0x84
_STATE: Final = "environment"


@unique
class Purpose(Enum):
    """P2: what the key is to do."""

    NEW_KEY = 0x00
    SIGN = 0xB6
    DECIPHER = 0xB8


_PURPOSES: Final = {purpose.value: purpose for purpose in Purpose}
_ALGORITHMS: Final = {
    Purpose.NEW_KEY: frozenset((Algorithm.GENERATE_EC, *RSA_SIZES)),
    Purpose.SIGN: frozenset((Algorithm.RSA_PKCS1, Algorithm.RSA_PSS, Algorithm.EC)),
    Purpose.DECIPHER: frozenset((Algorithm.RSA_PKCS1, Algorithm.EC)),
}


class Environment(NamedTuple):
    """What the next operation does.

    Attributes:
        purpose: what kind of operation it is for.
        algorithm: by which algorithm.
        key: the reference of the private key.
    """

    purpose: Purpose
    algorithm: Algorithm
    key: int


def parse_environment(p1: int, p2: int) -> Purpose:
    """Raises StatusWordError 6A86 for another P1 than 41, or another P2 than those of :class:`Purpose`."""
    purpose = _PURPOSES.get(p2)
    if p1 != _SET or purpose is None:
        raise StatusWordError(SW.INCORRECT_P1_P2)
    return purpose


def manage_environment(card: CardContext, command: CommandAPDU, purpose: Purpose) -> Response:
    """6A80 no such data objects, 6A81 an algorithm that is not for this, 6A88 a reference that no key has."""
    try:
        found = {tlv.tag: tlv.value for tlv in decode_all(command.data)}
    except TLVError:
        raise StatusWordError(SW.WRONG_DATA) from None
    algorithm, key = found.get(_ALGORITHM, b""), found.get(_PRIVATE_KEY, b"")
    if len(algorithm) != 1 or len(key) != 1:
        raise StatusWordError(SW.WRONG_DATA)
    if algorithm[0] not in _ALGORITHMS[purpose]:
        raise StatusWordError(SW.FUNCTION_UNSUPPORTED)
    if algorithm[0] == Algorithm.RSA_PSS and interface_version(card) is InterfaceVersion.V0:
        raise StatusWordError(SW.FUNCTION_UNSUPPORTED)
    if key[0] >= KEYS:
        raise StatusWordError(SW.REFERENCED_DATA_NOT_FOUND)
    card.channel.application_state[_STATE] = Environment(purpose, Algorithm(algorithm[0]), key[0])
    return b""


def current_environment(card: CardContext, purpose: Purpose) -> Environment:
    """The environment for an operation. Raises StatusWordError 6985 where it is none for it."""
    environment = card.channel.application_state.get(_STATE)
    if not isinstance(environment, Environment) or environment.purpose is not purpose:
        raise StatusWordError(SW.CONDITIONS_NOT_SATISFIED)
    return environment
