"""A program as pyscard's user guide teaches to write it. It knows nothing of an emulated card.

It lists the readers, reads a file, prints what it finds, and then watches insertions and removals until
its standard input ends.
"""

from __future__ import annotations

import sys

from smartcard.CardMonitoring import CardMonitor, CardObserver
from smartcard.System import readers
from smartcard.util import toHexString

SELECT_APPLICATION = [0x00, 0xA4, 0x04, 0x0C, 0x0A, *b"\xf0scardmgr\x01"]
READ_FIRST_FILE = [0x00, 0xB0, 0x81, 0x00, 0x00]


class Watch(CardObserver):
    def update(self, observable, handlers):  # noqa: ARG002 - pyscard calls it so
        added, removed = handlers
        for card in added:
            print("inserted", toHexString(card.atr), flush=True)
        for card in removed:
            print("removed", toHexString(card.atr), flush=True)


def main() -> None:
    for reader in readers():
        print("reader", reader, flush=True)
    connection = readers()[0].createConnection()
    connection.connect()
    print("atr", toHexString(connection.getATR()), flush=True)
    _, sw1, sw2 = connection.transmit(SELECT_APPLICATION)
    print(f"select {sw1:02X}{sw2:02X}", flush=True)
    data, sw1, sw2 = connection.transmit(READ_FIRST_FILE)
    print(f"read {sw1:02X}{sw2:02X}", bytes(data).rstrip(b"\0").decode(), flush=True)
    connection.disconnect()
    connection.release()
    monitor, watch = CardMonitor(), Watch()
    monitor.addObserver(watch)
    sys.stdin.read()
    monitor.deleteObserver(watch)


main()
