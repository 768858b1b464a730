"""A pyscard program whose daemon threads are at work when it ends, and whose objects release what they have only then.

usage: ends_with_threads.py WHAT, one of: look, connect, establish, list, transact
"""

from __future__ import annotations

import os
import sys
import threading
import time
import types

from emulator import Card
from scardmgr.winscard.pyscard_programs import serve_for_good
from scardmgr.winscard.selection import resource_manager

serve_for_good(lambda: resource_manager("embedded"))

from smartcard.scard import (  # noqa: E402
    SCARD_LEAVE_CARD,
    SCARD_PROTOCOL_ANY,
    SCARD_SCOPE_USER,
    SCARD_SHARE_SHARED,
    SCARD_UNPOWER_CARD,
    SCardBeginTransaction,
    SCardConnect,
    SCardDisconnect,
    SCardEndTransaction,
    SCardEstablishContext,
    SCardGetStatusChange,
    SCardListReaders,
    SCardReleaseContext,
    SCardTransmit,
)

READER = "Virtual Reader 00 00"
SELECT = [0x00, 0xA4, 0x00, 0x0C, 0x02, 0x3F, 0x00]
resource_manager("embedded").add_reader(READER).insert(Card.from_profile("iso7816"))


class Connection:
    """Holds a context and a handle, as pyscard's does, and what it needs to release them however late."""

    def __init__(self):
        self.context = SCardEstablishContext(SCARD_SCOPE_USER)[1]
        self.handle = SCardConnect(self.context, READER, SCARD_SHARE_SHARED, SCARD_PROTOCOL_ANY)[1]

    def __del__(self, say=os.write, disconnect=SCardDisconnect, release=SCardReleaseContext):
        disconnected = disconnect(self.handle, SCARD_UNPOWER_CARD)
        say(1, b"disconnected %d released %d\n" % (disconnected, release(self.context)))


def at_work(what):
    """Never ends by itself."""
    context = SCardEstablishContext(SCARD_SCOPE_USER)[1]
    handle = SCardConnect(context, READER, SCARD_SHARE_SHARED, SCARD_PROTOCOL_ANY)[1]
    while True:
        if what == "look":
            SCardGetStatusChange(context, 0, [(READER, 0)])
        elif what == "connect":
            other = SCardConnect(context, READER, SCARD_SHARE_SHARED, SCARD_PROTOCOL_ANY)[1]
            SCardDisconnect(other, SCARD_LEAVE_CARD)
        elif what == "establish":
            SCardReleaseContext(SCardEstablishContext(SCARD_SCOPE_USER)[1])
        elif what == "list":
            SCardListReaders(context, [])
        else:
            SCardBeginTransaction(handle)
            SCardTransmit(handle, SCARD_PROTOCOL_ANY, SELECT)
            SCardEndTransaction(handle, SCARD_LEAVE_CARD)


# A module of its own goes at the end, which this one does not: the threads refer to what is in it.
module = types.ModuleType("holder")
sys.modules["holder"] = module
module.connection = Connection()
del module
for _ in range(3):
    threading.Thread(target=at_work, args=sys.argv[1:], daemon=True).start()
time.sleep(0.2)
