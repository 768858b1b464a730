"""A gate that takes one ride off a ticket, on pyscard.

usage: GATE_CODE=... python gate.py [SECONDS]

It waits so long for a ticket (10 seconds by default). Exit status: 0 come in, 1 no.
"""

from __future__ import annotations

import os
import sys

from smartcard.CardConnection import CardConnection
from smartcard.CardRequest import CardRequest
from smartcard.CardType import AnyCardType
from smartcard.Exceptions import CardRequestTimeoutException
from smartcard.util import toBytes

SELECT_TICKET = toBytes("00 A4 04 0C 08 F0 74 69 63 6B 65 74 01")
READ_RIDES = toBytes("00 B0 81 00 02")
UPDATE_RIDES = toBytes("00 D6 81 00 02")
VERIFY_GATE = toBytes("00 20 00 81")


class NoEntryError(Exception):
    """Why somebody has to stay outside."""


def take_ride(connection: CardConnection, code: str) -> int:
    """Take one ride off the ticket, and return how many are left.

    Raises:
        NoEntryError: it is no ticket, it is used up, or it does not know this gate.
    """
    send(connection, SELECT_TICKET, "this card is no ticket")
    high, low = send(connection, READ_RIDES, "the ticket cannot be read")
    rides = high << 8 | low
    if rides == 0:
        raise NoEntryError("the ticket is used up")
    digits = list(code.encode())
    send(connection, [*VERIFY_GATE, len(digits), *digits], "the ticket does not know this gate")
    send(connection, [*UPDATE_RIDES, *(rides - 1).to_bytes(2, "big")], "the ticket cannot be changed")
    return rides - 1


def send(connection: CardConnection, command: list[int], refusal: str) -> list[int]:
    """The data of the card's response; ``refusal`` is the reason where its status word is not 9000."""
    data, sw1, sw2 = connection.transmit(command)
    if (sw1, sw2) != (0x90, 0x00):
        raise NoEntryError(f"{refusal} ({sw1:02X}{sw2:02X})")
    return data


def main(seconds: str = "10") -> int:
    """Wait for a ticket and take a ride off it; return the exit status."""
    try:
        service = CardRequest(timeout=float(seconds), cardType=AnyCardType()).waitforcard()
    except CardRequestTimeoutException:
        print("no ticket", file=sys.stderr)
        return 1
    service.connection.connect()
    try:
        print(f"come in, {take_ride(service.connection, os.environ['GATE_CODE'])} rides left")
    except NoEntryError as reason:
        print(f"no entry: {reason}", file=sys.stderr)
        return 1
    finally:
        service.connection.disconnect()
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
