"""MANAGE CHANNEL (ISO/IEC 7816-4:2020, 11.1.2): logical channels are opened and closed.

A channel opened from the basic channel begins where a reset does, mostly at the MF; one opened from another begins at
the current DF of that one. None begins with a security status. A channel that is closed loses selection, security
status and session.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum, unique
from typing import TYPE_CHECKING

from emulator.commands.selection import make_current
from emulator.volatile import ChannelState
from iso7816.class_byte import MAX_CHANNEL
from iso7816.status_words import SW, StatusWordError

if TYPE_CHECKING:
    from emulator.command import CardContext, Response
    from iso7816.apdu import CommandAPDU


@unique
class ChannelFunction(IntEnum):
    """P1."""

    OPEN = 0x00
    CLOSE = 0x80


@dataclass(frozen=True, slots=True)
class ChannelRequest:
    """What is asked for.

    Attributes:
        function: open or close.
        number: the channel; 0: the card chooses one, or the one that the command came on is closed.
    """

    function: ChannelFunction
    number: int


def parse_channel(p1: int, p2: int) -> ChannelRequest:
    """Raises StatusWordError 6A86 for another function, or a channel that there never is."""
    if p1 not in (ChannelFunction.OPEN, ChannelFunction.CLOSE) or p2 > MAX_CHANNEL:
        raise StatusWordError(SW.INCORRECT_P1_P2)
    return ChannelRequest(ChannelFunction(p1), p2)


def manage_channel(card: CardContext, command: CommandAPDU, request: ChannelRequest) -> Response:
    """MANAGE CHANNEL (70).

    Opening: 6A81 the card has no such channel, or none is free; 6985 it is open already; 6700 no Le where the card
    chooses. Closing: 6985 it is not open; 6A86 the basic channel.
    """
    if request.function is ChannelFunction.OPEN:
        return _open(card, command, request.number)
    if command.ne is not None:
        raise StatusWordError(SW.WRONG_LENGTH)
    channels = card.volatile.channels
    number = request.number or next(number for number, each in channels.items() if each is card.channel)
    if number == 0:
        raise StatusWordError(SW.INCORRECT_P1_P2)
    channel = channels.pop(number, None)
    if channel is None:
        raise StatusWordError(SW.CONDITIONS_NOT_SATISFIED)
    channel.end_session()
    return b""


def _open(card: CardContext, command: CommandAPDU, number: int) -> bytes:
    capabilities, channels = card.capabilities, card.volatile.channels
    by_card = number == 0
    if not (capabilities.channels_by_card if by_card else capabilities.channels_by_interface_device):
        raise StatusWordError(SW.FUNCTION_UNSUPPORTED)
    if by_card:
        if command.ne is None:
            raise StatusWordError(SW.WRONG_LENGTH)
        number = next((free for free in range(1, capabilities.channels) if free not in channels), 0)
    if not 0 < number < capabilities.channels:
        raise StatusWordError(SW.FUNCTION_UNSUPPORTED)
    if number in channels:
        raise StatusWordError(SW.CONDITIONS_NOT_SATISFIED)
    opened = channels[number] = ChannelState(card.default_application)
    if card.channel is not card.volatile.basic:
        make_current(card.state, opened, card.state.files[card.channel.df])
    return bytes((number,)) if by_card else b""
