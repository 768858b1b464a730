"""A card in this process: ``Card.transmit`` beside a bare loop, and the embedded resource manager above it."""

from __future__ import annotations

import statistics
from typing import TYPE_CHECKING

import bare_loop
from measure import Figure, median_ratio, rates

from emulator import Card
from virtual_reader import insert

if TYPE_CHECKING:
    from collections.abc import Callable

SELECT = bytes.fromhex("00A4000C023F00")
SELECT_EF = bytes.fromhex("00A4000C020100")
READ_BINARY = bytes.fromhex("00B00000FF")
SCARD_SCOPE_USER, SCARD_SHARE_SHARED, SCARD_PROTOCOL_T1 = 0, 2, 2
BARS = {"SELECT": 0.15, "READ BINARY": 0.12}
ABOVE_THE_CARD_US = 8.0


def transmit_figures(seconds: float, rounds: int) -> list[Figure]:
    """APDU/s of the card, of the bare loop, and of SCardTransmit on the embedded resource manager."""
    found: list[Figure] = []
    with Card.from_profile("iso7816") as card, Card.from_profile("iso7816") as carried:
        card.power_on()
        card.transmit(SELECT_EF)
        with insert(carried, via="embedded") as reader:
            manager = reader.resource_manager
            _, context = manager.SCardEstablishContext(SCARD_SCOPE_USER)
            _, handle, protocol = manager.SCardConnect(context, reader.name, SCARD_SHARE_SHARED, SCARD_PROTOCOL_T1)
            manager.transmit(handle, SELECT_EF)
            for name, apdu in (("SELECT", SELECT), ("READ BINARY", READ_BINARY)):
                numbers = list(apdu)
                if apdu == READ_BINARY:
                    card.transmit(SELECT_EF)
                    manager.transmit(handle, SELECT_EF)
                actions: dict[str, Callable[[], object]] = {
                    "bare": lambda apdu=apdu: bare_loop.transmit(apdu),  # type: ignore[misc]
                    "card": lambda apdu=apdu: card.transmit(apdu),  # type: ignore[misc]
                    "embedded": lambda numbers=numbers: manager.SCardTransmit(handle, protocol, numbers),  # type: ignore[misc]
                    "typed": lambda apdu=apdu: manager.transmit(handle, apdu),  # type: ignore[misc]
                }
                if card.transmit(apdu)[-2:] != b"\x90\x00" or manager.transmit(handle, apdu)[-2:] != b"\x90\x00":
                    raise SystemExit(f"the card refuses {name}")
                taken = rates(actions, seconds=seconds, rounds=rounds)
                found += [
                    Figure(f"{name}: bare loop", statistics.median(taken["bare"]), "APDU/s"),
                    Figure(
                        f"{name}: Card.transmit",
                        statistics.median(taken["card"]),
                        "APDU/s",
                        median_ratio(taken["card"], taken["bare"]),
                        "over the bare loop",
                        BARS[name],
                    ),
                    Figure(
                        f"{name}: embedded, transmit",
                        statistics.median(taken["typed"]),
                        "APDU/s",
                        median_ratio(taken["typed"], taken["card"]),
                        "over Card.transmit",
                    ),
                    Figure(
                        f"{name}: embedded, SCardTransmit",
                        statistics.median(taken["embedded"]),
                        "APDU/s",
                        median_ratio(taken["embedded"], taken["card"]),
                        "over Card.transmit",
                    ),
                    Figure(
                        f"{name}: transmit above Card.transmit", above(taken["typed"], taken["card"]), "us per APDU"
                    ),
                    Figure(
                        f"{name}: SCardTransmit above Card.transmit",
                        above(taken["embedded"], taken["card"]),
                        "us per APDU",
                        bar=ABOVE_THE_CARD_US,
                        at_least=False,
                    ),
                ]
    return found


def above(ours: list[float], theirs: list[float]) -> float:
    """Microseconds that a call takes longer than the peer's: the median of the differences round by round."""
    return statistics.median(1e6 / one - 1e6 / other for one, other in zip(ours, theirs, strict=True))
