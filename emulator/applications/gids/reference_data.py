"""The PIN and the PUK: VERIFY, CHANGE REFERENCE DATA, RESET RETRY COUNTER.

Both have 4 to 16 bytes without padding. A card has no PUK unless one is set: then the administrator's key is not the
only way out for a holder whose PIN is blocked.

::

    20  P2 80  the PIN; no data: whether it is verified       P2 82  nobody is authenticated any more
    24  P1 00  old one || new one    P1 01  a new one         P2 80 the PIN, 81 the PUK
    2C  P1 00  PUK || new PIN        P1 02  a new PIN, after the administrator's key was proven        P2 80
"""

from __future__ import annotations

from enum import Enum, unique
from typing import TYPE_CHECKING, Final, NamedTuple

from emulator.applications.gids.interface import DEAUTHENTICATE, Code
from emulator.applications.gids.life_cycle import is_operational
from emulator.applications.gids.security_status import Role, authenticated, deauthenticate, require_role
from emulator.applications.secret_codes import SecretCode, present
from iso7816.status_words import SW, StatusWordError

if TYPE_CHECKING:
    from emulator.command import CardContext, Response
    from iso7816.apdu import CommandAPDU

LENGTHS: Final = range(4, 17)
TRIES: Final = {Code.PIN: 3, Code.PUK: 5}
_REFERENCES: Final = frozenset(Code)


def code_key(code: Code) -> bytes:
    """The key under which a code is kept."""
    return b"code" + bytes((code,))


def new_code(code: Code, value: bytes, tries: int | None = None) -> bytes:
    """The value that keeps a new code."""
    return SecretCode.new(value, TRIES[code] if tries is None else tries).to_bytes()


def parse_verify(p1: int, p2: int) -> Code | None:
    """What is presented; ``None``: the end of what was. Raises StatusWordError 6A86, and 6A88 for another code."""
    if p1 != 0:
        raise StatusWordError(SW.INCORRECT_P1_P2)
    if p2 == DEAUTHENTICATE:
        return None
    if p2 != Code.PIN:
        raise StatusWordError(SW.REFERENCED_DATA_NOT_FOUND)
    return Code.PIN


def verify(card: CardContext, command: CommandAPDU, code: Code | None) -> Response:
    """VERIFY (20): 6983 blocked, 63CX another, or not verified; 6984 no PIN is set. A length that no PIN has is told as
    another one, and costs no try."""
    if code is None:
        if command.data:
            raise StatusWordError(SW.WRONG_LENGTH)
        deauthenticate(card)
    elif command.data:
        _present(card, code, command.data)
        authenticated(card).add(Role.USER)
    elif is_operational(card.values) and Role.USER not in authenticated(card):
        stored = _stored(card, code)
        raise StatusWordError(SW.AUTHENTICATION_METHOD_BLOCKED if stored.is_blocked else stored.counter_word)
    return b""


def _stored(card: CardContext, code: Code) -> SecretCode:
    """Raises StatusWordError 6984 where it is not set."""
    if code_key(code) not in card.values:
        raise StatusWordError(SW.REFERENCE_DATA_NOT_USABLE)
    return SecretCode.read(card, code_key(code))


def _present(card: CardContext, code: Code, value: bytes) -> None:
    stored = _stored(card, code)
    if len(value) not in LENGTHS:
        raise StatusWordError(SW.AUTHENTICATION_METHOD_BLOCKED if stored.is_blocked else stored.counter_word)
    _compare(card, code, value)


def _compare(card: CardContext, code: Code, value: bytes) -> None:
    """Whoever presents a wrong PIN is no more the one who presented the right one before."""
    if code is Code.PIN:
        authenticated(card).discard(Role.USER)
    present(card, code_key(code), value)


def _present_first(card: CardContext, code: Code, data: bytes) -> bytes:
    """Present the code at the beginning of data; returns what is behind it.

    How long the code is is not told before it was right: data that are shorter cost a try.
    """
    stored = _stored(card, code)
    if not 2 * LENGTHS[0] <= len(data) <= 2 * LENGTHS[-1]:
        raise StatusWordError(SW.AUTHENTICATION_METHOD_BLOCKED if stored.is_blocked else stored.counter_word)
    size = len(stored.value)
    _compare(card, code, data[:size])
    return _new_value(data[size:])


def _new_value(value: bytes) -> bytes:
    """Raises StatusWordError 6700 for a length that no code has."""
    if len(value) not in LENGTHS:
        raise StatusWordError(SW.WRONG_LENGTH)
    return value


def _put(card: CardContext, code: Code, value: bytes) -> None:
    """Another value, or the first one, with all its tries."""
    if code_key(code) in card.values:
        SecretCode.read(card, code_key(code)).with_value(value).put(card, code_key(code))
    else:
        card.values.put(code_key(code), new_code(code, value))
    card.work.commit()


class Change(NamedTuple):
    """P1 and P2 of CHANGE REFERENCE DATA.

    Attributes:
        code: what is changed.
        has_old: whether the old one comes in front of the new one.
    """

    code: Code
    has_old: bool


def parse_change(p1: int, p2: int) -> Change:
    """Raises StatusWordError 6A86 for another P1, 6A88 for another P2."""
    if p1 not in (0x00, 0x01):
        raise StatusWordError(SW.INCORRECT_P1_P2)
    if p2 not in _REFERENCES:
        raise StatusWordError(SW.REFERENCED_DATA_NOT_FOUND)
    return Change(Code(p2), p1 == 0x00)


def change_reference_data(card: CardContext, command: CommandAPDU, change: Change) -> Response:
    """CHANGE REFERENCE DATA (24).

    Without the old one it wants whom the code is for: the PIN the PIN itself, verified, the PUK the administrator;
    nobody before the application is operational. 6982, 6983, 63CX, 6984 it is not set, 6700 a length that no code has.
    """
    if change.has_old:
        new = _present_first(card, change.code, command.data)
    else:
        require_role(card, Role.USER if change.code is Code.PIN else Role.ADMINISTRATOR)
        new = _new_value(command.data)
    _put(card, change.code, new)
    if change.has_old and change.code is Code.PIN:
        authenticated(card).add(Role.USER)
    return b""


@unique
class Reset(Enum):
    """P1 of RESET RETRY COUNTER."""

    BY_PUK = 0x00
    BY_ADMINISTRATOR = 0x02


def parse_reset(p1: int, p2: int) -> Reset:
    """Raises StatusWordError 6A86 for another P1, 6A88 for another P2 than 80."""
    try:
        reset = Reset(p1)
    except ValueError:
        raise StatusWordError(SW.INCORRECT_P1_P2) from None
    if p2 != Code.PIN:
        raise StatusWordError(SW.REFERENCED_DATA_NOT_FOUND)
    return reset


def reset_retry_counter(card: CardContext, command: CommandAPDU, reset: Reset) -> Response:
    """RESET RETRY COUNTER (2C): a new PIN with all its tries; nobody is authenticated then.

    6985 the application is not operational, 6982 the administrator's key was not proven, 6984 there is no PUK, 6983 it
    is blocked, 63CX another PUK, 6700 a length that no code has.
    """
    if not is_operational(card.values):
        raise StatusWordError(SW.CONDITIONS_NOT_SATISFIED)
    if reset is Reset.BY_PUK:
        new = _present_first(card, Code.PUK, command.data)
    else:
        require_role(card, Role.ADMINISTRATOR)
        new = _new_value(command.data)
    _put(card, Code.PIN, new)
    deauthenticate(card)
    return b""
