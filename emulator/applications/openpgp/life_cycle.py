"""TERMINATE DF and ACTIVATE FILE: a card that is as new again (OpenPGP card 3.4.1, 7.2.16, 7.2.17).

After TERMINATE DF the application is in the initialisation state: it can be selected (6285) and activated, and does
nothing else. ACTIVATE FILE brings it back without keys and with the passwords of a new card.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Final, TypeVar

from emulator.applications.openpgp.passwords import Password, PasswordReference, new_code, require
from emulator.applications.openpgp.secure_messaging import has_keys
from iso7816.file_control import LifeCycle
from iso7816.status_words import SW, StatusWordError

if TYPE_CHECKING:
    from emulator.applications.openpgp.passwords import Values
    from emulator.command import CardContext, Response
    from iso7816.apdu import CommandAPDU

SETTINGS: Final = b"setting "
"""With this begin the keys of what a card definition says of the card itself: a reset leaves it."""

_TERMINATED: Final = b"terminated"
_Parameters = TypeVar("_Parameters")


def is_terminated(values: Values) -> bool:
    """Whether the application waits to be activated."""
    return values.get(_TERMINATED) is not None


def life_cycle(values: Values) -> LifeCycle:
    """The state, as the historical bytes tell it."""
    return LifeCycle.INITIALISATION if is_terminated(values) else LifeCycle.OPERATIONAL_ACTIVATED


def in_operation(
    handle: Callable[[CardContext, CommandAPDU, _Parameters], Response],
) -> Callable[[CardContext, CommandAPDU, _Parameters], Response]:
    """A handler that answers 6285 while the application is terminated."""

    def handle_in_operation(card: CardContext, command: CommandAPDU, parameters: _Parameters) -> Response:
        if is_terminated(card.values):
            raise StatusWordError(SW.FILE_TERMINATED)
        return handle(card, command, parameters)

    return handle_in_operation


def parse_no_parameters(p1: int, p2: int) -> None:
    """Raises StatusWordError 6B00 unless P1 and P2 are 00."""
    if p1 != 0 or p2 != 0:
        raise StatusWordError(SW.OFFSET_OUTSIDE_EF)


def new_passwords() -> dict[bytes, bytes]:
    """The values of the passwords of a new card."""
    codes = ((password, password.default) for password in Password)
    return dict(new_code(password, value) for password, value in codes if value is not None)


def terminate(card: CardContext, _command: CommandAPDU, _parameters: None) -> Response:
    """TERMINATE DF (E6): PW3 or secure messaging; anybody where PW3 is blocked and there are no keys for the latter.

    Raises StatusWordError 6982.
    """
    if Password.PW3.tries_left(card.values) or has_keys(card.values):
        require(card, PasswordReference.ADMINISTRATION)
    card.values.put(_TERMINATED, b"")
    for channel in card.volatile.channels.values():
        if channel.application == card.channel.application:
            channel.application_state = {}
    return b""


def activate(card: CardContext, _command: CommandAPDU, _parameters: None) -> Response:
    """ACTIVATE FILE (44): a terminated application is as new; else nothing happens."""
    if is_terminated(card.values):
        for key in list(card.values.keys()):
            if not key.startswith(SETTINGS):
                card.values.remove(key)
        for key, value in new_passwords().items():
            card.values.put(key, value)
    return b""
