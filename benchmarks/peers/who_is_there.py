"""A plain pyscard program: the first reader's card, its ATR less the check byte, and its answer to one APDU, in hex.

usage: who_is_there.py APDU
"""

from __future__ import annotations

import sys

from smartcard.scard import (
    SCARD_LEAVE_CARD,
    SCARD_PCI_T1,
    SCARD_PROTOCOL_T1,
    SCARD_S_SUCCESS,
    SCARD_SCOPE_USER,
    SCARD_SHARE_SHARED,
    SCardConnect,
    SCardDisconnect,
    SCardEstablishContext,
    SCardGetErrorMessage,
    SCardListReaders,
    SCardReleaseContext,
    SCardStatus,
    SCardTransmit,
)


def checked(result: int) -> None:
    """End with the error's text."""
    if result != SCARD_S_SUCCESS:
        sys.exit(SCardGetErrorMessage(result))


def main(apdu: str) -> None:
    """Ask."""
    result, context = SCardEstablishContext(SCARD_SCOPE_USER)
    checked(result)
    result, readers = SCardListReaders(context, [])
    checked(result)
    result, card, _protocol = SCardConnect(context, readers[0], SCARD_SHARE_SHARED, SCARD_PROTOCOL_T1)
    checked(result)
    result, _reader, _state, _protocol, atr = SCardStatus(card)
    checked(result)
    result, answer = SCardTransmit(card, SCARD_PCI_T1, list(bytes.fromhex(apdu)))
    checked(result)
    checked(SCardDisconnect(card, SCARD_LEAVE_CARD))
    checked(SCardReleaseContext(context))
    print(bytes(atr[:-1]).hex().upper(), bytes(answer).hex().upper())


main(sys.argv[1])
