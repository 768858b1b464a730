"""Takes the card (``shared``, ``exclusive`` or in a ``transaction``), says so, and keeps it until its input ends."""

import sys

from smartcard import scard

how = sys.argv[1]
share_mode = scard.SCARD_SHARE_EXCLUSIVE if how == "exclusive" else scard.SCARD_SHARE_SHARED
_, context = scard.SCardEstablishContext(scard.SCARD_SCOPE_USER)
_, readers = scard.SCardListReaders(context, [])
code, card, _ = scard.SCardConnect(context, readers[0], share_mode, scard.SCARD_PROTOCOL_ANY)
if code == scard.SCARD_S_SUCCESS and how == "transaction":
    code = scard.SCardBeginTransaction(card)
print("has it" if code == scard.SCARD_S_SUCCESS else scard.SCardGetErrorMessage(code), flush=True)
sys.stdin.read()
