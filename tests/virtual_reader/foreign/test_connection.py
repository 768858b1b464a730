"""A connection that a card made to us: whole, split, late, hostile."""

from __future__ import annotations

import socket
import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st

from iso7816.icc import ICCMute
from virtual_reader.errors import CardLost
from virtual_reader.foreign.connection import CardConnection
from virtual_reader.vpcd.framing import Control, frame


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


def test_a_late_answer_that_does_not_end_is_the_end_of_the_card(eventually):
    ours, theirs = socket.socketpair()
    with ours, theirs:
        connection = CardConnection(ours, 0.01)
        with pytest.raises(ICCMute, match="within"):
            connection.ask(b"\x00\xa4")
        theirs.sendall(b"\xff\xff\x90")
        told = []

        def is_lost() -> bool:
            try:
                connection.ask(b"\x00\xa5")
            except (ICCMute, CardLost) as error:
                told.append(error)
            return isinstance(told[-1], CardLost)

        eventually(is_lost)
        assert isinstance(told[0], ICCMute), "the rest may come yet"
        assert str(told[-1]) == "began an answer and did not end it within 0.01 s"


def test_an_answer_byte_by_byte_is_waited_for_no_longer_than_one_in_a_piece():
    ours, theirs = socket.socketpair()
    enough = threading.Event()

    def drip() -> None:
        theirs.recv(100)
        theirs.sendall(b"\xff\xff")
        while not enough.wait(0.02):
            theirs.sendall(b"\x90")

    with ours, theirs:
        connection = CardConnection(ours, 0.5)
        dripping = threading.Thread(target=drip)
        dripping.start()
        try:
            with pytest.raises(CardLost, match=r"did not end it within 0\.5 s"):  # the whole takes 20 minutes
                connection.ask(b"\x00\xa4")
        finally:
            enough.set()
            dripping.join()
        assert ours.gettimeout() == 0.5, "the next answer has all of its time"


@pytest.mark.skipif(not hasattr(socket, "TCP_QUICKACK"), reason="only Linux acknowledges when it is told to")
def test_what_a_card_sends_is_acknowledged_at_once(eventually):
    """A card that sends an answer in two pieces would else wait 40 ms with the second one."""

    def serve(theirs: socket.socket) -> None:
        with theirs:
            while theirs.recv(100):
                theirs.sendall(frame(b"\x90\x00"))

    def at_once(ours: socket.socket) -> bool:
        return bool(ours.getsockopt(socket.IPPROTO_TCP, socket.TCP_QUICKACK))

    def simply_read() -> bool:
        plain.sendall(frame(b"\x00\xa4"))
        return plain.recv(4) == frame(b"\x90\x00") and not at_once(plain)

    with socket.create_server(("127.0.0.1", 0)) as listener:
        theirs = [socket.create_connection(listener.getsockname()) for _ in range(2)]
        ours, plain = (listener.accept()[0] for _ in range(2))
    cards = [threading.Thread(target=serve, args=(one,)) for one in theirs]
    for one in cards:
        one.start()
    with ours, plain:
        eventually(simply_read)
        connection = CardConnection(ours, 60.0)
        for _ in range(20):
            assert connection.ask(b"\x00\xa4") == b"\x90\x00"
            assert at_once(ours)
        connection.close()
    for one in cards:
        one.join()
