"""GET RESPONSE and ENVELOPE (ISO/IEC 7816-4:2020, 11.8): what concerns the way of a command, not the card."""

from __future__ import annotations

from typing import TYPE_CHECKING

from iso7816.status_words import SW, StatusWordError

if TYPE_CHECKING:
    from emulator.command import CardContext, Response
    from iso7816.apdu import CommandAPDU


def parse_no_parameters(p1: int, p2: int) -> None:
    """Raises StatusWordError 6A86 unless P1 and P2 are 00."""
    if p1 != 0 or p2 != 0:
        raise StatusWordError(SW.INCORRECT_P1_P2)


def get_response(_card: CardContext, _command: CommandAPDU, _parameters: None) -> Response:
    """GET RESPONSE (C0) that finds nothing waiting; what waits is fetched before a command gets here.

    Raises:
        StatusWordError: 6985.
    """
    raise StatusWordError(SW.CONDITIONS_NOT_SATISFIED)


def envelope(card: CardContext, command: CommandAPDU, _parameters: None) -> Response:
    """ENVELOPE (C2): the data are a command APDU, the response data its response APDU; longer ones come in a chain.

    6A80: the command in it is an ENVELOPE itself.
    """
    if command.data[1:2] == bytes((command.ins,)):
        raise StatusWordError(SW.WRONG_DATA)
    return card.execute_whole(command.data)
