"""The plugin's own client of pcscd: who uses a reader, and taking the power from its card."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from iso7816.icc import ICCMute
from sandbox.pytest_plugin.stacks.seat import Seat
from scardmgr.winscard.codes import SCardCode
from scardmgr.winscard.constants import Disposition
from scardmgr.winscard.errors import SCardError
from scardmgr.winscard.pcscd_client import Occupancy, PCSCDClient
from virtual_reader import PrivateDaemon, Reader
from virtual_reader.reader_states import shown_readers

PATIENCE_S = 10.0


class History:
    """A card that tells what was done to it.

    Attributes:
        mute: it does not answer to reset.
    """

    def __init__(self, atr: str) -> None:
        self.atr = bytes.fromhex(atr)
        self.done: list[str] = []
        self.mute = False

    def power_on(self) -> bytes:
        self.done.append("on")
        if self.mute:
            raise ICCMute
        return self.atr

    def power_off(self) -> None:
        self.done.append("off")

    def reset(self) -> bytes:
        self.done.append("reset")
        return self.atr

    def transmit(self, command: bytes) -> bytes:
        return command + b"\x90\x00"


@pytest.fixture(scope="module")
def daemon() -> Iterator[PrivateDaemon]:
    with PrivateDaemon() as daemon:
        yield daemon


@pytest.fixture
def seat() -> Seat:
    return Seat()


@pytest.fixture
def served(daemon: PrivateDaemon, seat: Seat) -> Iterator[Reader]:
    with daemon.insert(seat) as reader:
        yield reader


@pytest.fixture
def client(daemon: PrivateDaemon, served: Reader) -> Iterator[PCSCDClient]:
    client = PCSCDClient(daemon.socket_path, PATIENCE_S)
    yield client
    client.close()


def shown_atr(daemon: PrivateDaemon, reader: Reader) -> bytes:
    [atr] = [shown.atr for shown in shown_readers(daemon.socket_path, PATIENCE_S) if shown.name == reader.name]
    return atr


def test_another_card_is_shown_when_the_power_was_taken(
    daemon: PrivateDaemon, served: Reader, seat: Seat, client: PCSCDClient
) -> None:
    first, second = History("3B01AA"), History("3B02BBCC")
    for card in (first, second):
        seat.take(card)
        client.activate(served.name, Disposition.UNPOWER)
        assert card.done[:2] == ["off", "on"]
        assert shown_atr(daemon, served) == card.atr
    assert first.done[2:] == ["off"], "it lost its power when the other one took its place"


def test_a_reset(served: Reader, seat: Seat, client: PCSCDClient) -> None:
    card = History("3B00")
    seat.take(card)
    client.activate(served.name, Disposition.RESET)
    assert card.done == ["reset"]


def test_a_mute_card_is_no_failure(daemon: PrivateDaemon, served: Reader, seat: Seat, client: PCSCDClient) -> None:
    card = History("3B00")
    seat.take(card)
    card.mute = True
    client.activate(served.name, Disposition.UNPOWER)
    assert shown_atr(daemon, served) == b""
    card.mute = False
    client.activate(served.name, Disposition.UNPOWER)
    assert shown_atr(daemon, served) == card.atr


def test_who_uses_the_reader(daemon: PrivateDaemon, served: Reader, client: PCSCDClient) -> None:
    assert client.occupancy(served.name) == Occupancy(present=True, handles=0, exclusive=False)
    assert client.occupancy(daemon.reader_name(1 if served.name == daemon.reader_name(0) else 0)) == Occupancy(
        present=False, handles=0, exclusive=False
    )
    assert client.occupancy("Another Reader") is None


def test_a_look_at_a_card_that_nobody_holds_leaves_nothing(served: Reader, client: PCSCDClient) -> None:
    assert not client.is_held(served.name, PATIENCE_S)
    assert client.occupancy(served.name) == Occupancy(present=True, handles=0, exclusive=False)


def test_an_unknown_reader(client: PCSCDClient) -> None:
    with pytest.raises(SCardError) as refused:
        client.activate("Another Reader", Disposition.RESET)
    assert refused.value.code == SCardCode.SCARD_E_UNKNOWN_READER


def test_nobody_listens(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="No such file"):
        PCSCDClient(str(tmp_path / "nobody"), PATIENCE_S)


def test_somebody_who_does_not_answer(tmp_path: Path) -> None:
    path = str(tmp_path / "s")
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(path)
        listener.listen()
        with pytest.raises(TimeoutError):
            PCSCDClient(path, 0.05)
