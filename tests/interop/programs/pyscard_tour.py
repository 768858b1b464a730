"""A tour of pyscard, by a program that knows nothing of emulated cards: it prints what depends on the card only."""

from __future__ import annotations

import threading

from smartcard.CardMonitoring import CardMonitor, CardObserver
from smartcard.CardRequest import CardRequest
from smartcard.CardType import ATRCardType
from smartcard.Exceptions import CardConnectionException, CardRequestTimeoutException, NoCardException
from smartcard.ExclusiveConnectCardConnection import ExclusiveConnectCardConnection
from smartcard.ExclusiveTransmitCardConnection import ExclusiveTransmitCardConnection
from smartcard.ReaderMonitoring import ReaderMonitor, ReaderObserver
from smartcard.scard import *  # noqa: F403 - as programs do
from smartcard.System import readergroups, readers
from smartcard.util import toHexString

SELECT_MF = [0x00, 0xA4, 0x00, 0x0C, 0x02, 0x3F, 0x00]


class Watch(CardObserver, ReaderObserver):
    def __init__(self) -> None:
        self.told = threading.Event()

    def update(self, observable, handlers):
        if any(handlers):
            print(type(observable).__name__, *(sorted(map(str, part)) for part in handlers))
            self.told.set()


def tour() -> None:
    print(readers(), list(readergroups()))
    first, second = readers()
    connection = first.createConnection()
    connection.connect()
    atr = connection.getATR()
    print(toHexString(atr), connection.getProtocol(), connection.transmit(SELECT_MF))
    other = first.createConnection()
    other.connect()
    connection.reconnect(disposition=SCARD_RESET_CARD)  # noqa: F405
    try:
        other.transmit(SELECT_MF)
    except CardConnectionException as error:
        print("other:", error)
    other.reconnect(disposition=SCARD_LEAVE_CARD)  # noqa: F405
    print("other:", other.transmit(SELECT_MF))
    other.release()
    connection.release()
    try:
        second.createConnection().connect()
    except NoCardException as error:
        print("second:", error)

    exclusive = ExclusiveConnectCardConnection(first.createConnection())
    exclusive.connect()
    try:
        first.createConnection().connect()
    except CardConnectionException as error:
        print("exclusive:", error)
    exclusive.release()
    locked = ExclusiveTransmitCardConnection(first.createConnection())
    locked.connect()
    locked.lock()
    print("locked:", locked.transmit(SELECT_MF))
    locked.unlock()
    locked.release()

    with CardRequest(timeout=5, cardType=ATRCardType(atr, [0xFF] * len(atr))) as request:
        print("request:", request.waitforcard().connection.getReader())
    for waiting in (CardRequest(timeout=0.1, newcardonly=True), CardRequest(timeout=0.1, readers=[second])):
        with waiting:
            try:
                waiting.waitforcard()
            except CardRequestTimeoutException as error:
                print("request:", error)

    for monitor in (CardMonitor(), ReaderMonitor(period=0.05)):
        watch = Watch()
        monitor.addObserver(watch)
        print("told", watch.told.wait(20))
        monitor.deleteObserver(watch)


tour()
