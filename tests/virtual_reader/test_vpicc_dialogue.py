"""The reader's side of vpcd and what it reads beside it: whole, split, hostile."""

from __future__ import annotations

import socket
import threading
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from iso7816.icc import ICCMute
from virtual_reader.errors import CardLost, FramingError
from virtual_reader.foreign.connection import CardConnection
from virtual_reader.foreign.port import owner_of_connection
from virtual_reader.foreign.process import Ending, last_line
from virtual_reader.vpcd.framing import Control, frame
from virtual_reader.vpcd.reader_side import ReaderSide

TCP_TABLE = """\
  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 0100007F:8C7B 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 1 1 0 100 0 0 10 0
   1: 0100007F:1F90 0100007F:8C7B 01 00000000:00000000 00:00000000 00000000  1000        0 2 1 0 20 4 30 10 -1
   2: 0100007F:8C7B 0100007F:1F90 01 00000000:00000000 00:00000000 00000000     7        0 3 1 0 20 4 30 10 -1
   3: 0100007F:1F91 0100007F:8C7B 06 00000000:00000000 03:00000000 00000000     0        0 0 3 0
""".splitlines()[1:]


def fed(side: ReaderSide, data: bytes, size: int) -> list[bytes]:
    pieces = [data[start : start + size] for start in range(0, len(data), size)]
    return [answer for piece in pieces if (answer := side.receive(piece)) is not None]


def test_what_is_said_to_a_card():
    side = ReaderSide()
    assert [side.tell(one) for one in (Control.POWER_OFF, Control.POWER_ON, Control.RESET)] == [
        b"\x00\x01\x00",
        b"\x00\x01\x01",
        b"\x00\x01\x02",
    ]
    assert not side.owed
    assert side.ask_for_atr() == b"\x00\x01\x04"
    assert side.owed


@given(st.lists(st.tuples(st.binary(min_size=2, max_size=300), st.binary(max_size=300)), max_size=5), st.integers(1, 9))
def test_each_answer_arrives_however_it_is_cut(exchanges, size):
    side = ReaderSide()
    for command, response in exchanges:
        assert side.ask(command) == frame(command)
        assert fed(side, frame(response), size) == [response]
        assert not side.owed


@pytest.mark.parametrize("length", [0, 1, 65_536])
def test_a_command_that_no_frame_can_carry_is_refused_and_nothing_is_owed(length):
    side = ReaderSide()
    with pytest.raises(FramingError):
        side.ask(bytes(length))
    assert not side.owed


def test_one_thing_at_a_time():
    side = ReaderSide()
    side.ask_for_atr()
    with pytest.raises(FramingError, match="owes"):
        side.ask(b"\x00\xa4")


@pytest.mark.parametrize("more", [b"\x00", b"\x00\x02\x90", b"\x00\x00", frame(b"\x90\x00")])
def test_what_nobody_asked_for_is_told_before_and_behind_an_answer(more):
    side = ReaderSide()
    with pytest.raises(FramingError, match="without being asked"):
        side.receive(more)
    side = ReaderSide()
    side.ask_for_atr()
    with pytest.raises(FramingError, match="more than it was asked"):
        side.receive(frame(b"\x3b\x00") + more)


@given(st.binary(max_size=500), st.integers(1, 50), st.booleans())
def test_hostile_bytes_raise_only_framing_errors(data, size, asked):
    side = ReaderSide()
    if asked:
        side.ask_for_atr()
    try:
        answers = fed(side, data, size)
        side.receive(b"")
    except FramingError:
        return
    # no error: one whole answer and nothing else, or nothing at all
    assert data == (frame(answers[0]) if answers else b"")
    assert len(answers) <= asked


@given(st.lists(st.binary(max_size=40), max_size=6), st.booleans())
def test_a_hostile_card_is_lost_or_mute_and_nothing_else(said, ends):
    ours, theirs = socket.socketpair()
    with ours, theirs:
        connection = CardConnection(ours, 0.001)
        for one in said:
            theirs.sendall(one)
            try:
                assert isinstance(connection.ask(b"\x00\xa4"), bytes)
            except (CardLost, ICCMute):
                continue
        if ends:
            theirs.close()
            with pytest.raises(CardLost):
                connection.ask(b"\x00\xa4")
        connection.close()
        with pytest.raises(CardLost):
            connection.ask(b"\x00\xa4")


def test_a_late_answer_is_nobodys():
    ours, theirs = socket.socketpair()
    with ours, theirs:
        connection = CardConnection(ours, 0.01)
        with pytest.raises(ICCMute, match=r"within 0\.01 s"):
            connection.ask(b"\x00\xa4")
        theirs.sendall(b"\x00\x03\x01")
        with pytest.raises(ICCMute, match="earlier"):
            connection.ask(b"\x00\xa5")
        theirs.sendall(b"\x90\x00")
        with pytest.raises(ICCMute, match="within"):
            connection.ask(b"\x00\xa6")
        assert theirs.recv(100) == frame(b"\x00\xa4") + frame(b"\x00\xa6"), "a card at work is told nothing"
        theirs.sendall(frame(b"\x02\x90\x00"))
        with pytest.raises(ICCMute):
            connection.tell(Control.POWER_ON) or connection.ask(b"\x00\xa7")


def test_an_answer_byte_by_byte_is_waited_for_no_longer_than_one_in_a_piece():
    ours, theirs = socket.socketpair()
    with ours, theirs:
        connection = CardConnection(ours, 1.0)
        first = threading.Timer(0.8, theirs.sendall, [b"\x00"])
        first.start()
        started = time.monotonic()
        with pytest.raises(ICCMute, match="within 1 s"):
            connection.ask(b"\x00\xa4")
        assert time.monotonic() - started < 1.6
        first.join()
        theirs.sendall(b"\x02\x90\x00")
        connection.tell(Control.POWER_ON)
        last = threading.Timer(0.5, theirs.sendall, [frame(b"\x90\x00")])
        last.start()
        assert connection.ask(b"\x00\xa4") == b"\x90\x00"


@pytest.mark.parametrize(
    ("local", "remote", "owner"), [(0x1F90, 0x8C7B, 1000), (0x8C7B, 0x1F90, 7), (0x1F91, 0x8C7B, None), (1, 2, None)]
)
def test_who_made_a_connection_is_read_off_the_systems_table(local, remote, owner):
    assert owner_of_connection(TCP_TABLE, local, remote) == owner


@given(st.lists(st.text(max_size=80)), st.integers(0, 65535))
def test_any_table_can_be_read(lines, port):
    owner_of_connection(lines, port, port)


@given(st.binary(max_size=600))
def test_last_words_are_one_harmless_line(words):
    line = last_line(words)
    assert len(line) <= 200
    assert line.isprintable()


def test_the_last_line_with_something_in_it_counts():
    assert last_line(b"Traceback\n  File\nTypeError: so \x1b[31mit is\n\n \n") == "TypeError: so \ufffd[31mit is"
    assert last_line(b" \n") == ""
    assert last_line(b"x" * 500) == "x" * 197 + "..."


@given(st.binary(max_size=50))
def test_any_message_of_a_supervisor_can_be_read(message):
    assert Ending.parse(message) is None or message.startswith(b"ended ")


@pytest.mark.parametrize(
    ("message", "told"),
    [
        (b"ended 0 ", "ended with exit status 0"),
        (b"ended 3 oops", "ended with exit status 3"),
        (b"ended -9 ", "was ended by SIGKILL"),
        (b"ended -40 ", "was ended by signal 40"),
    ],
)
def test_an_ending_is_told(message, told):
    ending = Ending.parse(message)
    assert ending is not None
    assert str(ending) == told
