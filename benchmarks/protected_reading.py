"""READ BINARY under secure messaging, host and card in one process."""

from __future__ import annotations

import statistics

from measure import Figure, rates

from emulator import Card
from iso7816 import CommandAPDU, KeyType, ResponseAPDU
from iso7816.secure_messaging import HostSession, SessionKeys

KEY = bytes.fromhex("101112131415161718191A1B1C1D1E1F")
READ = CommandAPDU(0x00, 0xB0, 0x00, 0x00, ne=223)


def begin() -> tuple[Card, HostSession]:
    """A card with 1024 bytes in the current file, and a session with its key 10."""
    card = Card.from_profile("iso7816")
    card.power_on()
    challenge = card.transmit(bytes.fromhex("0084000010"))[:-2]
    for command in ("002231B403830110", "002231B803830110"):
        card.transmit(bytes.fromhex(command))
    session = HostSession(SessionKeys(KeyType.AES, KEY, KEY), challenge)
    if exchange(card, session, CommandAPDU(0x00, 0xA4, 0x00, 0x0C, bytes.fromhex("0100"))).sw != 0x9000:
        raise SystemExit("the card refuses the session")
    return card, session


def exchange(card: Card, session: HostSession, command: CommandAPDU) -> ResponseAPDU:
    """One command under the session, there and back."""
    return session.open(command, ResponseAPDU.parse(card.transmit(session.protect(command).to_bytes())))


def figures(seconds: float, rounds: int) -> list[Figure]:
    """Exchanges per second."""
    card, session = begin()
    taken = rates({"both ends": lambda: exchange(card, session, READ)}, seconds=seconds, rounds=rounds)
    return [
        Figure(
            "READ BINARY of 223 bytes under secure messaging (AES-128), both ends",
            statistics.median(taken["both ends"]),
            "APDU/s",
            bar=8000,
        )
    ]
