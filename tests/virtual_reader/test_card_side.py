"""The card's side against a reader made of a socket: answers, ends, and errors on either side."""

from __future__ import annotations

import logging
import socket
import struct
import threading
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from iso7816.icc import ICCMute, ICCRemoved
from virtual_reader.errors import DaemonUnavailable, VirtualReaderError
from virtual_reader.vpcd.card_side import MUTE, CardSide
from virtual_reader.vpcd.framing import FrameReader, frame
from virtual_reader.vpcd.receiving import make_receive

OFF, ON, RESET, ASK = (frame(bytes((one,))) for one in (0, 1, 2, 4))
SECONDS = 60.0


class FakeReader:
    """The reader's side of as many connections as the card makes.

    Attributes:
        connections: how often the card connected.
        refusals: how many further attempts fail.
    """

    def __init__(self, *, tcp: bool = False) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0)) if tcp else None
        self._new = threading.Semaphore(0)
        self._sockets: list[socket.socket] = []
        self._frames = FrameReader()
        self.connections = 0
        self.refusals = 0

    def connect(self) -> socket.socket:
        if self.refusals > 0:
            self.refusals -= 1
            raise ConnectionRefusedError(111, "nobody there")
        if self._listener is not None:
            theirs = socket.create_connection(self._listener.getsockname())
            ours, _ = self._listener.accept()
        else:
            ours, theirs = socket.socketpair()
        ours.settimeout(SECONDS)
        self._frames = FrameReader()
        self._sockets.append(ours)
        self.connections += 1
        self._new.release()
        return theirs

    def wait_for_connection(self) -> None:
        assert self._new.acquire(timeout=SECONDS)

    def send(self, data: bytes, *, bytewise: bool = False) -> None:
        for piece in [bytes((one,)) for one in data] if bytewise else [data]:
            self._sockets[-1].sendall(piece)

    def receive(self) -> bytes:
        """The next frame's body; EOFError where the card closed."""
        while (body := self._frames.next_frame()) is None:
            data = self._sockets[-1].recv(70_000)
            if not data:
                raise EOFError
            self._frames.receive(data)
        return body

    def ask(self, data: bytes) -> bytes:
        self.send(data)
        return self.receive()

    def hang_up(self) -> None:
        self._sockets[-1].close()

    def close(self) -> None:
        for one in [*self._sockets, *([self._listener] if self._listener else [])]:
            one.close()


@pytest.fixture(params=["unix", "tcp"])
def reader(request: pytest.FixtureRequest) -> Iterator[FakeReader]:
    fake = FakeReader(tcp=request.param == "tcp")
    yield fake
    fake.close()


@pytest.fixture
def serve(reader):
    """Serve a card to the reader; the first connection is there."""
    sides = []

    def start(card, patience=SECONDS):
        side = CardSide(card, reader.connect, patience=patience)
        side.start()
        reader.wait_for_connection()
        sides.append(side)
        return side

    yield start
    for side in sides:
        side.abandon()
        assert side.wait(SECONDS)


def test_a_system_that_cannot_look_out_for_commands_waits_for_them(reader, serve, make_card, atr, monkeypatch):
    monkeypatch.delattr("os.sched_yield")
    serve(make_card())
    assert reader.ask(ON + ASK) == atr


@pytest.mark.parametrize("command", [b"", b"\x03", b"\x05", b"\xff", b"\x00\xa4"])
def test_a_command_too_short_to_be_one_is_the_cards_to_refuse(reader, serve, make_card, atr, command):
    serve(make_card())
    assert reader.ask(ON + ASK) == atr
    assert reader.ask(frame(command)) == command + b"\x90\x00"


def test_the_four_control_bytes_are_never_commands(reader, serve, make_card, atr):
    card = make_card()
    serve(card)
    reader.send(ON + RESET + OFF + ON)
    assert reader.ask(ASK) == atr
    assert "transmit" not in card.diary


def test_a_session_from_power_to_power_off(reader, serve, make_card, atr):
    card = make_card()
    serve(card)
    assert reader.ask(ON + ASK) == atr
    assert reader.ask(frame(b"\x00\xa4\x00\x0c")) == b"\x00\xa4\x00\x0c\x90\x00"
    assert reader.ask(RESET + ASK) == atr
    reader.send(OFF)
    assert reader.ask(ON + ASK) == atr
    assert card.diary == ["on", "transmit", "reset", "off", "on"]


def test_one_byte_at_a_time(reader, serve, make_card, atr):
    serve(make_card())
    reader.send(ON + ASK + frame(b"\x00\xb0\x00\x00\x00"), bytewise=True)
    assert reader.receive() == atr
    assert reader.receive() == b"\x00\xb0\x00\x00\x00\x90\x00"


def test_the_longest_command_and_the_longest_response(reader, serve, make_card):
    card = make_card()
    card.transmit = lambda command: command[:-2] + b"\x90\x00"
    serve(card)
    command = bytes(range(256)) * 255 + bytes(255)
    assert reader.ask(frame(command)) == command[:-2] + b"\x90\x00"


def test_a_reader_that_only_looks_finds_an_atr_and_leaves_the_card_without_power(reader, serve, make_card, atr):
    card = make_card()
    side = serve(card)
    assert reader.ask(ASK) == atr
    assert reader.ask(ASK) == atr
    assert card.diary == ["on", "off"]
    assert not side.wait_until_powered(0)
    assert reader.ask(ON + ASK) == atr
    assert side.wait_until_powered(SECONDS)


def test_who_waited_for_the_reader_to_know_the_card_may_pull_it_at_once(reader, serve, make_card, atr):
    side = serve(make_card())
    reader.send(ON + ASK)
    assert side.wait_until_powered(SECONDS)
    side.pull(0)
    assert reader.receive() == atr


def test_a_card_that_raises_answers_6f00_and_lives_on(reader, serve, make_card, caplog):
    card = make_card()
    serve(card)
    card.transmit = lambda _command: {}["missing"]
    with caplog.at_level(logging.ERROR):
        assert reader.ask(frame(b"\x00\x20\x00\x01\x041234")) == b"\x6f\x00"
    assert "KeyError" in caplog.text
    assert "1234" not in caplog.text
    del card.transmit
    assert reader.ask(frame(b"\x00\xa4\x00\x00")) == b"\x00\xa4\x00\x00\x90\x00"


@pytest.mark.parametrize("response", [b"", b"\x90", bytes(65_536)])
def test_an_answer_that_is_no_response_apdu_becomes_6f00(reader, serve, make_card, response):
    card = make_card()
    card.transmit = lambda _command: response
    serve(card)
    assert reader.ask(frame(b"\x00\xa4\x00\x00")) == b"\x6f\x00"


@pytest.mark.parametrize("given_atr", [b"", bytes(34)])
def test_an_answer_that_is_no_atr_is_that_of_a_mute_card(reader, serve, make_card, given_atr):
    side = serve(make_card(given_atr))
    assert reader.ask(ON + ASK) == MUTE
    assert side.wait_until_powered(SECONDS)


def mute() -> bytes:
    raise ICCMute


def broken() -> bytes:
    raise ZeroDivisionError


@pytest.mark.parametrize("verb", [mute, broken])
def test_a_card_mute_at_reset_answers_once_it_speaks(reader, serve, make_card, atr, verb):
    card = make_card()
    card.power_on = verb
    serve(card)
    assert reader.ask(ON + ASK) == MUTE
    del card.power_on
    assert reader.ask(ON + ASK) == atr
    card.reset = verb
    assert reader.ask(RESET + ASK) == MUTE


def test_a_card_mute_to_a_command_closes_the_connection_and_comes_back(reader, serve, make_card, atr):
    card = make_card()
    serve(card)
    assert reader.ask(ON + ASK) == atr
    card.transmit = lambda _command: mute()
    with pytest.raises(EOFError):
        reader.ask(frame(b"\x00\xa4\x00\x00"))
    reader.wait_for_connection()
    assert reader.ask(ON + ASK) == atr
    assert card.diary == ["on", "off", "on"]


@pytest.mark.parametrize("verb", ["transmit", "power_on"])
def test_a_card_that_is_gone_ends_it(reader, serve, make_card, verb):
    def gone(*_):
        raise ICCRemoved

    card = make_card()
    setattr(card, verb, gone)
    side = serve(card)
    with pytest.raises(EOFError):
        reader.ask(frame(b"\x00\xa4\x00\x00") if verb == "transmit" else ON)
    assert side.wait(SECONDS)
    assert side.failure is None
    assert reader.connections == 1


def test_a_reader_that_goes_away_is_met_again(reader, serve, make_card, atr):
    card = make_card()
    side = serve(card)
    for _ in range(3):
        assert reader.ask(ON + ASK) == atr
        reader.refusals = 2
        reader.hang_up()
        reader.wait_for_connection()
    assert reader.ask(ON + ASK) == atr
    assert side.running
    assert card.diary == ["on", "off"] * 3 + ["on"]


def test_a_reader_that_stays_away_is_given_up(reader, serve, make_card):
    side = serve(make_card(), patience=0.05)
    reader.refusals = 1_000_000
    reader.hang_up()
    assert side.wait(SECONDS)
    assert isinstance(side.failure, VirtualReaderError)
    assert not side.running


def test_an_end_that_no_waiting_helps_is_told(reader, make_card):
    attempts = iter([reader.connect])

    def connect():
        try:
            return next(attempts)()
        except StopIteration:
            raise DaemonUnavailable("it has ended") from None

    side = CardSide(make_card(), connect, patience=SECONDS)
    side.start()
    reader.hang_up()
    assert side.wait(SECONDS)
    assert isinstance(side.failure, DaemonUnavailable)


def test_no_reader_at_the_beginning_is_told_at_once(make_card):
    def connect():
        raise ConnectionRefusedError(111, "nobody there")

    with pytest.raises(ConnectionRefusedError):
        CardSide(make_card(), connect, patience=SECONDS).start()


@pytest.mark.parametrize("garbage", [b"\x00", b"\xff\xff" + bytes(100), b"\x00\x04abc", b"GET / HTTP/1.1\r\n\r\n"])
def test_half_a_frame_and_an_end_are_survived(reader, serve, make_card, atr, garbage):
    serve(make_card())
    reader.send(garbage)
    reader.hang_up()
    reader.wait_for_connection()
    assert reader.ask(ON + ASK) == atr


def test_a_reader_that_resets_the_connection_during_power_on_is_survived(make_card, atr):
    reader = FakeReader(tcp=True)
    card = make_card()
    powering, may_go_on = threading.Event(), threading.Event()

    def slow_power_on():
        powering.set()
        assert may_go_on.wait(SECONDS)
        return atr

    card.power_on = slow_power_on
    side = CardSide(card, reader.connect, patience=SECONDS)
    side.start()
    reader.wait_for_connection()
    reader.send(ON + ASK)
    assert powering.wait(SECONDS)
    reader._sockets[-1].setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    reader.hang_up()
    may_go_on.set()
    reader.wait_for_connection()
    assert reader.ask(ON + ASK) == atr
    side.abandon()
    assert side.wait(SECONDS)
    reader.close()


def test_pulling_waits_for_the_reader_to_see_it_and_takes_the_power(reader, serve, make_card, atr):
    card = make_card()
    side = serve(card)
    assert reader.ask(ON + ASK) == atr
    assert not side.pull(0.05)
    with pytest.raises(EOFError):
        reader.receive()
    assert side.running
    reader.hang_up()
    assert side.wait(SECONDS)
    assert card.diary == ["on", "off"]
    assert reader.connections == 1


def test_a_pulled_card_executes_nothing(reader, serve, make_card):
    card = make_card()
    side = serve(card)
    side.pull(0)
    reader.send(ON + ASK + frame(b"\x00\xa4\x00\x00"))
    reader.hang_up()
    assert side.wait(SECONDS)
    assert card.diary == []


def test_a_card_pulled_out_of_a_command_answers_nothing(reader, serve, make_card):
    card = make_card()
    working, may_end = threading.Event(), threading.Event()

    def slow(_command):
        working.set()
        assert may_end.wait(SECONDS)
        return b"\x90\x00"

    card.transmit = slow
    side = serve(card)
    reader.send(frame(b"\x00\xa4\x00\x00"))
    assert working.wait(SECONDS)
    assert not side.pull(0.05)
    with pytest.raises(EOFError):
        reader.receive()
    side.abandon()
    may_end.set()
    assert side.wait(SECONDS)


@given(st.lists(st.binary(max_size=40), max_size=6))
def test_garbage_kills_nothing(make_card, pieces):
    ours, theirs = socket.socketpair()
    connections = iter([theirs])

    def connect():
        connection = next(connections, None)
        if connection is None:
            raise DaemonUnavailable("no more connections")
        return connection

    side = CardSide(make_card(), connect, patience=SECONDS)
    side.start()
    with ours:
        for piece in pieces:
            ours.sendall(piece)
    assert side.wait(SECONDS)
    assert isinstance(side.failure, DaemonUnavailable)


def test_below_the_low_water_mark_nothing_is_lost():
    """As the supervisor sets it: a frame may end in fewer bytes than the mark, and the next one's come with it."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        ours = socket.create_connection(listener.getsockname())
        theirs, _ = listener.accept()
    with ours, theirs:
        theirs.settimeout(SECONDS)
        theirs.setsockopt(socket.SOL_SOCKET, socket.SO_RCVLOWAT, 3)
        ours.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        sent = [b"\x01", b"\x04", b"\x00\xa4\x00\x0c\x02\x3f\x00", b"\x04", bytes(3000), b"\x02"]
        found: list[bytes] = []

        def read() -> None:
            receive, frames = make_receive(theirs), FrameReader()
            while len(found) < len(sent):
                frames.receive(receive(frames.wanted))
                while (body := frames.next_frame()) is not None:
                    found.append(body)

        for step in (1, 2, 3, 4, 5, 7, 1000):
            found.clear()
            thread = threading.Thread(target=read)
            thread.start()
            stream = b"".join(map(frame, sent))
            for start in range(0, len(stream), step):
                ours.sendall(stream[start : start + step])
            thread.join(SECONDS)
            assert found == sent


def test_who_has_seen_a_card_leave_by_itself_sees_it_served_no_more(reader, serve, make_card):
    may_end = threading.Event()
    card = make_card()

    def leave(_):
        raise ICCRemoved

    card.transmit = leave
    side = serve(card)
    reader.send(ON)
    # Its thread is about to end, and does not get any further for now.
    card.power_off = lambda: may_end.wait(SECONDS)
    reader.send(frame(b"\0\xa4\0\0"))
    with pytest.raises(EOFError):
        reader.receive()
    seen = []
    looking = threading.Thread(target=lambda: seen.append(side.running))
    looking.start()
    may_end.set()
    looking.join(SECONDS)
    assert seen == [False]
