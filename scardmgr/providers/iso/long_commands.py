"""Commands and responses that need more than short length fields, sent as the card's historical bytes allow.

The third software function table of the card capabilities (ISO/IEC 7816-4:2020, 12.1.1) announces extended length
fields and command chaining. Extended fields go first, and a chain on a card without them; what does not fit a short
response comes by 61XX and GET RESPONSE then. On T=0, where extended fields travel in ENVELOPEs, a chain goes first.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

from iso7816.apdu import MAX_NC, MAX_NE, MAX_SHORT_NC, MAX_SHORT_NE, CommandAPDU, ResponseAPDU
from iso7816.atr import ATR
from iso7816.errors import Iso7816Error
from iso7816.historical_bytes import HistoricalBytes
from iso7816.status_words import is_success
from scardmgr.com.errors import HRESULT, HResultError
from scardmgr.winscard.codes import SCardCode
from scardmgr.winscard.constants import Protocols

if TYPE_CHECKING:
    from scardmgr.connection.attachment import Attachment

ALL = MAX_NE
"""Ne: whatever there is."""
_MORE_TO_COME = 0x10


@dataclass(frozen=True, slots=True)
class LengthSupport:
    """What a card announces. Attributes: extended length fields, command chaining."""

    extended: bool = False
    chaining: bool = False

    @classmethod
    def of(cls, atr: bytes) -> Self:
        """Read it from an ATR; neither, where there are no historical bytes that tell."""
        try:
            capabilities = HistoricalBytes.parse(ATR.parse(atr).historical_bytes).card_capabilities
        except Iso7816Error:
            return cls()
        commands = None if capabilities is None else capabilities.commands
        return cls() if commands is None else cls(commands.extended_lengths, commands.command_chaining)


def send_long(card: Attachment, ins: int, p1: int, p2: int, data: bytes = b"", ne: int | None = None) -> ResponseAPDU:
    """Send an interindustry command of any length, whatever its status.

    Args:
        card: the attached card, held by a transaction where the command may be a chain.
        ins: instruction byte.
        p1: parameter.
        p2: parameter.
        data: command data, at most 65535 bytes.
        ne: the most bytes to come back.

    Raises:
        HResultError: SCARD_E_UNSUPPORTED_FEATURE: the card announces no way to take so many bytes.
            E_INVALIDARG: more than 65535. Codes of SCardTransmit.
    """
    if len(data) > MAX_NC:
        raise HResultError(HRESULT.E_INVALIDARG, f"{len(data)} bytes: at most {MAX_NC} can be sent")
    command = CommandAPDU(0x00, ins, p1, p2, data, ne)
    if not command.needs_extended:
        return card.exchange(command)
    support = LengthSupport.of(card.status().atr)
    prefers_chain = support.chaining and card.protocol == Protocols.T0
    if support.extended and not prefers_chain:
        return card.exchange(command)
    command = command._replace(ne=None if ne is None else min(ne, MAX_SHORT_NE))
    if len(data) <= MAX_SHORT_NC:
        return card.exchange(command)
    if not support.chaining:
        raise HResultError(
            SCardCode.SCARD_E_UNSUPPORTED_FEATURE,
            f"the card announces no way to take {len(data)} bytes: neither extended length fields nor command chaining",
        )
    return _chain(card, command)


def _chain(card: Attachment, command: CommandAPDU) -> ResponseAPDU:
    """The parts of a chain; a part that is refused ends it."""
    last = (len(command.data) - 1) // MAX_SHORT_NC * MAX_SHORT_NC
    for start in range(0, last, MAX_SHORT_NC):
        part = command.data[start : start + MAX_SHORT_NC]
        response = card.exchange(command._replace(cla=_MORE_TO_COME, data=part, ne=None))
        if not is_success(response.sw):
            return response
    return card.exchange(command._replace(data=command.data[last:]))
