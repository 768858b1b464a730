"""What a card can do with commands beyond executing them, as its ATR announces it.

What is announced is what the card does: command chaining, extended length fields and logical channels are bits of the
third software function table in the historical bytes (ISO/IEC 7816-4:2020, 12.1.1). A card whose historical bytes have
no such table does what disturbs nobody: it takes chains and extended lengths, and has one channel.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Final

from iso7816.atr import ATR
from iso7816.card_capabilities import CardCapabilities, CommandCapabilities, DirectoryAccess
from iso7816.class_byte import MAX_CHANNEL
from iso7816.errors import Iso7816Error
from iso7816.historical_bytes import HistoricalBytes

_EIGHT_OR_MORE: Final = 8
_CARD_CAPABILITIES: Final = 0x47


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What a card does with commands before and after it executes them.

    Attributes:
        command_chaining: whether a command may come in several parts.
        extended_lengths: whether Lc and Le may have the extended form.
        channels: logical channels, the basic one included: 1 to 20.
        channels_by_card: whether the card chooses a channel that is opened.
        channels_by_interface_device: whether the outside chooses it.
    """

    command_chaining: bool = True
    extended_lengths: bool = True
    channels: int = 1
    channels_by_card: bool = False
    channels_by_interface_device: bool = False

    @classmethod
    def announced_by(cls, atr: bytes) -> Capabilities:
        """What an ATR announces; "8 or more" channels are 20."""
        announced = _announced(atr)
        if announced is None:
            return cls()
        has_channels = announced.channels_by_card or announced.channels_by_interface_device
        most = MAX_CHANNEL + 1 if announced.max_channels == _EIGHT_OR_MORE else announced.max_channels
        return cls(
            announced.command_chaining,
            announced.extended_lengths,
            most if has_channels else 1,
            announced.channels_by_card,
            announced.channels_by_interface_device,
        )


def directory_access(atr: bytes) -> DirectoryAccess:
    """How EF.DIR and EF.ATR/INFO are read, as an ATR announces it; by READ RECORD where it does not."""
    try:
        services = HistoricalBytes.parse(ATR.parse(atr).historical_bytes).card_service_data
    except Iso7816Error:
        services = None
    return DirectoryAccess.READ_RECORD if services is None else services.access


@cache
def _announced(atr: bytes) -> CommandCapabilities | None:
    """The third software function table; ``None`` where there is none that can be read."""
    try:
        historical = HistoricalBytes.parse(ATR.parse(atr).historical_bytes)
        value = next(each.value for each in historical.objects if each.ber_tag == _CARD_CAPABILITIES)
        return CardCapabilities.parse(value).commands
    except (Iso7816Error, StopIteration):
        return None
