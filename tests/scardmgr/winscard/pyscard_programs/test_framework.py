"""pyscard's framework on a resource manager: readers, connections, requests, monitors, part 10, groups."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import pytest
from smartcard.ATR import ATR
from smartcard.CardConnection import CardConnection
from smartcard.CardConnectionDecorator import CardConnectionDecorator
from smartcard.CardConnectionObserver import CardConnectionObserver
from smartcard.CardMonitoring import CardMonitor
from smartcard.CardRequest import CardRequest
from smartcard.CardType import AnyCardType, ATRCardType, CardType
from smartcard.Exceptions import CardConnectionException, CardRequestTimeoutException, NoCardException
from smartcard.ExclusiveConnectCardConnection import ExclusiveConnectCardConnection
from smartcard.ExclusiveTransmitCardConnection import ExclusiveTransmitCardConnection
from smartcard.pcsc import PCSCPart10
from smartcard.pcsc.PCSCReader import PCSCReader
from smartcard.ReaderMonitoring import ReaderMonitor
from smartcard.scard import SCARD_LEAVE_CARD, SCARD_SHARE_DIRECT
from smartcard.Session import Session
from smartcard.sw.ErrorCheckingChain import ErrorCheckingChain
from smartcard.sw.ISO7816_4ErrorChecker import ISO7816_4ErrorChecker
from smartcard.sw.SWExceptions import CheckingErrorException
from smartcard.System import readergroups, readers

from emulator import Card
from sandbox.pytest_plugin import CardReader
from scardmgr import EmbeddedResourceManager
from virtual_reader import insert

pytestmark = pytest.mark.usefixtures("reader")
only_embedded = pytest.mark.usefixtures("embedded")

Observer = Callable[[], Any]

SELECT_MF = [0x00, 0xA4, 0x00, 0x0C, 0x02, 0x3F, 0x00]
SELECT_NOTHING = [0x00, 0xA4, 0x00, 0x0C, 0x02, 0x7F, 0xFF]


@pytest.fixture
def embedded(reader: CardReader) -> None:
    """For what neither pcsc-lite nor its driver has, wherever ``--scard-via`` has the tests run."""
    if not isinstance(reader.resource_manager, EmbeddedResourceManager):
        pytest.skip("only the embedded resource manager has it")


def connected(reader: CardReader) -> Any:
    connection = PCSCReader(reader.name).createConnection()
    connection.connect()
    return connection


def test_readers_and_a_connection(reader: CardReader, card: Card) -> None:
    assert readers()[0].name == reader.name
    with readers()[0].createConnection() as connection:
        connection.connect()
        assert bytes(connection.getATR()) == card.atr
        assert connection.getProtocol() == CardConnection.T1_protocol
        assert connection.transmit(SELECT_MF) == ([], 0x90, 0x00)
        connection.reconnect(disposition=1)
        assert connection.transmit(SELECT_NOTHING)[1:] == (0x6A, 0x82)


def test_an_empty_reader(reader: CardReader) -> None:
    reader.remove()
    connection = readers()[0].createConnection()
    with pytest.raises(NoCardException, match="0x8010000C"):
        connection.connect()
    connection.release()


def test_a_session(reader: CardReader, card: Card) -> None:
    session = Session(reader.name)
    assert bytes(session.getATR()) == card.atr
    assert session.sendCommandAPDU(SELECT_MF) == ([], 0x90, 0x00)
    session.close()


def test_error_checking_and_an_observer(reader: CardReader) -> None:
    told: list[str] = []

    class Listener(CardConnectionObserver):
        def update(self, _connection: Any, event: Any) -> None:
            told.append(event.type)

    connection = connected(reader)
    connection.addObserver(Listener())
    connection.setErrorCheckingChain([ErrorCheckingChain([], ISO7816_4ErrorChecker())])
    with pytest.raises(CheckingErrorException):
        connection.transmit(SELECT_NOTHING)
    connection.release()
    assert told[:2] == ["command", "response"]


def test_a_request_for_a_card_that_is_there(card: Card) -> None:
    with CardRequest(timeout=10, cardType=ATRCardType(list(card.atr))) as request, request.waitforcard() as service:
        service.connection.connect()
        assert service.connection.transmit(SELECT_MF) == ([], 0x90, 0x00)
        service.connection.disconnect()


def test_a_request_for_another_card_runs_out_of_time() -> None:
    request = CardRequest(timeout=0.1, cardType=ATRCardType([0x3B, 0x00]))
    with request, pytest.raises(CardRequestTimeoutException):
        request.waitforcard()


def test_a_request_by_a_card_type_of_ones_own(reader: CardReader, card: Card) -> None:
    class Protocols(CardType):
        def matches(self, atr: list[int], _reader: Any = None) -> bool:
            return bool(ATR(atr).isT1Supported())

    with CardRequest(timeout=10, cardType=Protocols(), readers=[reader.name]) as request:
        assert request.waitforcard().connection.getReader() == reader.name


def test_a_request_for_a_new_card_waits_for_one(reader: CardReader, card: Card) -> None:
    with CardRequest(timeout=0.1, newcardonly=True) as request, pytest.raises(CardRequestTimeoutException):
        request.waitforcard()
    with CardRequest(timeout=20, newcardonly=True, cardType=AnyCardType()) as request:
        got: list[Any] = []
        waiting = threading.Thread(target=lambda: got.append(request.waitforcard()))
        waiting.start()
        while waiting.is_alive():
            # pyscard takes a card for a new one only where it had seen the reader empty
            reader.remove()
            waiting.join(0.05)
            reader.insert()
            waiting.join(0.05)
    assert got[0].connection.getReader() == reader.name


def test_a_card_monitor_sees_insertion_and_removal(reader: CardReader, card: Card, observer: Observer) -> None:
    monitor, seen = CardMonitor(), observer()
    monitor.addObserver(seen)
    seen.until(lambda: len(seen.came) == 1)
    reader.remove()
    seen.until(lambda: len(seen.went) == 1)
    reader.insert()
    seen.until(lambda: len(seen.came) == 2)
    assert {*seen.came, *seen.went} == {f"{card.atr.hex(' ').upper()} / {reader.name}"}
    monitor.deleteObserver(seen)


@only_embedded
def test_a_reader_monitor_sees_readers_come_and_go(
    reader: CardReader, resource_manager: EmbeddedResourceManager, observer: Observer
) -> None:
    monitor, seen = ReaderMonitor(period=0.01), observer()
    monitor.addObserver(seen)
    seen.until(lambda: reader.name in seen.came)
    with Card.from_profile("iso7816") as another, insert(another, into=resource_manager, name="Another") as second:
        seen.until(lambda: second.name in seen.came)
    seen.until(lambda: second.name in seen.went)
    monitor.deleteObserver(seen)


def test_an_exclusive_connection_keeps_others_out(reader: CardReader) -> None:
    exclusive = ExclusiveConnectCardConnection(PCSCReader(reader.name).createConnection())
    exclusive.connect()
    assert exclusive.transmit(SELECT_MF) == ([], 0x90, 0x00)
    other = PCSCReader(reader.name).createConnection()
    with pytest.raises(CardConnectionException, match="Sharing violation"):
        other.connect()
    exclusive.disconnect()
    other.connect()
    other.release()
    exclusive.release()


def test_a_locked_connection_makes_others_wait(reader: CardReader) -> None:
    first = ExclusiveTransmitCardConnection(PCSCReader(reader.name).createConnection())
    first.connect()
    second = connected(reader)
    first.lock()
    answered = threading.Event()

    def transmit() -> None:
        second.transmit(SELECT_MF)
        answered.set()

    waiting = threading.Thread(target=transmit)
    waiting.start()
    assert not answered.wait(0.1)
    first.unlock()
    assert answered.wait(20)
    waiting.join(20)
    first.release()
    second.release()


def test_a_decorated_connection(reader: CardReader) -> None:
    class Upside(CardConnectionDecorator):
        def transmit(self, command: list[int], protocol: int | None = None) -> Any:
            return CardConnectionDecorator.transmit(self, command[::-1], protocol)

    connection = Upside(ExclusiveTransmitCardConnection(PCSCReader(reader.name).createConnection()))
    connection.connect()
    assert connection.transmit(SELECT_MF[::-1]) == ([], 0x90, 0x00)
    connection.release()


@only_embedded
def test_features_of_part_10(reader: CardReader) -> None:
    connection = readers()[0].createConnection()
    connection.connect(mode=SCARD_SHARE_DIRECT)
    features = PCSCPart10.getFeatureRequest(connection)
    assert PCSCPart10.hasFeature(features, PCSCPart10.FEATURE_GET_TLV_PROPERTIES) is not None
    assert PCSCPart10.hasFeature(features, PCSCPart10.FEATURE_VERIFY_PIN_DIRECT) is None
    properties = PCSCPart10.getTlvProperties(connection)
    assert properties["PCSCv2_PART10_PROPERTY_dwMaxAPDUDataSize"] == 65536
    connection.release()


@only_embedded
def test_reader_groups_are_kept(reader: CardReader) -> None:
    assert readergroups() == ["SCard$DefaultReaders"]
    groups = readergroups()
    groups.append("Pinpad$Readers")
    assert readers("Pinpad$Readers") == []
    readers()[0].addtoreadergroup("Pinpad$Readers")
    assert [each.name for each in readers("Pinpad$Readers")] == [reader.name]
    readers()[0].removefromreadergroup("Pinpad$Readers")
    assert readers("Pinpad$Readers") == []
    with pytest.raises(ValueError, match="not in list"):  # pyscard removes it twice, the second time in vain
        groups.remove("Pinpad$Readers")
    assert readergroups() == readergroups().getreadergroups() == ["SCard$DefaultReaders"]


def test_many_threads_at_once(reader: CardReader) -> None:
    answers: list[Any] = []

    def work() -> None:
        connection = PCSCReader(reader.name).createConnection()
        connection.connect(disposition=SCARD_LEAVE_CARD)  # without, it takes the power from the others' card in the end
        answers.extend(connection.transmit(SELECT_MF) for _ in range(20))
        connection.release()

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert answers == [([], 0x90, 0x00)] * 160
