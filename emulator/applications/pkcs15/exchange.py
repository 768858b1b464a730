"""A command to a card by those who make its structure, whatever its transmission protocol needs on the way.

T=1 carries any command. On T=0 (ISO/IEC 7816-3:2006, 12.2) one with more than 255 bytes of data goes in pieces, each in
an ENVELOPE, and one with fewer without its Le field; 61XX is followed by GET RESPONSE until all data are there, 6CXX
by the command again.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from iso7816.apdu import MAX_SHORT_NC, MAX_SHORT_NE, CommandAPDU, ResponseAPDU
from iso7816.icc import TransmissionProtocol
from iso7816.status_words import SW, bytes_available, exact_ne

if TYPE_CHECKING:
    from collections.abc import Iterator

    from emulator.emulated_card import Card

_ENVELOPE: Final = 0xC2
_GET_RESPONSE: Final = 0xC0


def exchange(card: Card, command: CommandAPDU) -> ResponseAPDU:
    """All that a card answers to a command, with the last status word."""
    if card.protocol is TransmissionProtocol.T1:
        return _ask(card, command)
    response = ResponseAPDU(b"", SW.OK)
    for tpdu in _tpdus(command):
        response = _ask(card, tpdu)
        ne = exact_ne(response.sw)
        if ne is not None:
            response = _ask(card, tpdu._replace(ne=ne))
        if response.sw != SW.OK:
            break
    data = response.data
    while (waiting := bytes_available(response.sw)) is not None:
        response = _ask(card, CommandAPDU(0, _GET_RESPONSE, 0, 0, ne=waiting))
        data += response.data
    return ResponseAPDU(data, response.sw)


def _ask(card: Card, command: CommandAPDU) -> ResponseAPDU:
    return ResponseAPDU.parse(card.transmit(command.to_bytes()))


def _tpdus(command: CommandAPDU) -> Iterator[CommandAPDU]:
    if command.nc > MAX_SHORT_NC:
        whole = command.to_bytes()
        for start in range(0, len(whole), MAX_SHORT_NC):
            yield CommandAPDU(0, _ENVELOPE, 0, 0, whole[start : start + MAX_SHORT_NC])
    elif command.ne is None:
        yield command
    else:
        yield command._replace(ne=None if command.data else min(command.ne, MAX_SHORT_NE))
