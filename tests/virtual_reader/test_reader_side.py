"""The reader's side of vpcd: whole, split, hostile."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from virtual_reader.errors import FramingError
from virtual_reader.vpcd.framing import Control, frame
from virtual_reader.vpcd.reader_side import ReaderSide


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
