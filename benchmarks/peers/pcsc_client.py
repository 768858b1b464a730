"""A plain pyscard program that measures what it is told to: one JSON request a line in, one answer a line out.

{"reader": NAME, "apdu": HEX, "seconds": S}    SCardTransmit in a loop      -> {"rate": APDU/s, "sw": HEX}
{"reader": NAME, "reconnects": COUNT}          SCardReconnect, SCARD_RESET_CARD -> {"milliseconds": [...]}
{"wait_for": [NAME, ...]}                      until all show a card, 10 s at most -> {}
"""

from __future__ import annotations

import json
import sys
import time

from smartcard.scard import (
    SCARD_PCI_T1,
    SCARD_PROTOCOL_T1,
    SCARD_RESET_CARD,
    SCARD_S_SUCCESS,
    SCARD_SCOPE_USER,
    SCARD_SHARE_SHARED,
    SCARD_STATE_PRESENT,
    SCARD_STATE_UNAWARE,
    SCardConnect,
    SCardEstablishContext,
    SCardGetErrorMessage,
    SCardGetStatusChange,
    SCardReconnect,
    SCardTransmit,
)


def checked(result: int) -> None:
    """End with the error's text."""
    if result != SCARD_S_SUCCESS:
        sys.exit(SCardGetErrorMessage(result))


def transmit_rate(card: int, apdu: list[int], seconds: float) -> dict[str, object]:
    """APDU/s over at least ``seconds``, and the status word of the last answer."""
    result, answer = SCardTransmit(card, SCARD_PCI_T1, apdu)
    checked(result)
    count, start = 0, time.perf_counter()
    while (elapsed := time.perf_counter() - start) < seconds:
        # Without the QUICKACK a command takes 48 ms: look at the clock often enough for that.
        for _ in range(10):
            result, answer = SCardTransmit(card, SCARD_PCI_T1, apdu)
            checked(result)
        count += 10
    return {"rate": count / elapsed if count else 0.0, "sw": bytes(answer[-2:]).hex()}


def reconnect_times(card: int, count: int) -> dict[str, object]:
    """Milliseconds of each of ``count`` reconnects with reset."""
    times = []
    for _ in range(count):
        start = time.perf_counter()
        result, _protocol = SCardReconnect(card, SCARD_SHARE_SHARED, SCARD_PROTOCOL_T1, SCARD_RESET_CARD)
        times.append((time.perf_counter() - start) * 1000)
        checked(result)
    return {"milliseconds": times}


def wait_for_cards(context: int, names: list[str]) -> dict[str, object]:
    """Until each reader shows a card; ends the program where 10 s are not enough."""
    states = [(name, SCARD_STATE_UNAWARE) for name in names]
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        result, found = SCardGetStatusChange(context, 1000, states)
        if result == SCARD_S_SUCCESS:
            states = [(name, state) for name, state, _atr in found]
            if all(state & SCARD_STATE_PRESENT for _name, state in states):
                return {}
    sys.exit("not every reader shows a card")


def main() -> None:
    """Serve requests until standard input ends."""
    result, context = SCardEstablishContext(SCARD_SCOPE_USER)
    checked(result)
    cards: dict[str, int] = {}
    for line in sys.stdin:
        request = json.loads(line)
        if "wait_for" in request:
            sys.stdout.write(json.dumps(wait_for_cards(context, request["wait_for"])) + "\n")
            sys.stdout.flush()
            continue
        name = request["reader"]
        if name not in cards:
            result, cards[name], _protocol = SCardConnect(context, name, SCARD_SHARE_SHARED, SCARD_PROTOCOL_T1)
            checked(result)
        if "reconnects" in request:
            answer = reconnect_times(cards[name], request["reconnects"])
        else:
            answer = transmit_rate(cards[name], list(bytes.fromhex(request["apdu"])), request["seconds"])
        sys.stdout.write(json.dumps(answer) + "\n")
        sys.stdout.flush()


main()
