"""The framing machine: whole, split, hostile."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from virtual_reader.errors import FramingError, OversizedFrame, TruncatedFrame
from virtual_reader.vpcd.framing import MAX_BODY, READ_AHEAD, Control, FrameReader, frame

bodies = st.lists(st.binary(max_size=300), max_size=8)


def frames_of(reader: FrameReader, data: bytes, size: int) -> list[bytes]:
    """The bodies in ``data``, fed in pieces of ``size`` bytes."""
    found = []
    for start in range(0, len(data), size):
        reader.receive(data[start : start + size])
        while (body := reader.next_frame()) is not None:
            found.append(body)
    return found


@pytest.mark.parametrize("length", [0, 1, 255, 256, 65_534, 65_535])
@pytest.mark.parametrize("size", [1, 2, 3, 1000, 70_000])
def test_what_is_framed_is_read(length, size):
    body = bytes(length % 251 for _ in range(length))
    assert frames_of(FrameReader(), frame(body), size) == [body]


def test_the_length_is_two_bytes_big_endian():
    assert frame(b"\x04") == b"\x00\x01\x04"
    assert frame(bytes(0x0102))[:2] == b"\x01\x02"


def test_a_body_too_long_for_the_length_field_is_refused():
    with pytest.raises(FramingError, match="65536"):
        frame(bytes(MAX_BODY + 1))


def test_the_control_bytes_are_those_of_vpcd():
    assert {one.name: int(one) for one in Control} == {"POWER_OFF": 0, "POWER_ON": 1, "RESET": 2, "ATR": 4}


@given(bodies, st.integers(1, 20))
def test_frames_survive_any_cutting(sent, size):
    assert frames_of(FrameReader(), b"".join(map(frame, sent)), size) == sent


@given(bodies, st.integers(1, 20))
def test_a_reader_that_takes_no_more_than_is_wanted_gets_every_frame(sent, most):
    stream = b"".join(map(frame, sent))
    reader, found = FrameReader(), []
    while stream:
        count = min(reader.wanted, most)
        reader.receive(stream[:count])
        stream = stream[count:]
        while (body := reader.next_frame()) is not None:
            found.append(body)
    assert found == sent


@pytest.mark.parametrize(
    ("received", "wanted"),
    [(b"", READ_AHEAD), (b"\x00", 1), (b"\x00\x05", 5), (b"\x00\x05abc", 2), (b"\x00\x05abcde", READ_AHEAD)],
)
def test_what_is_wanted_is_what_the_frame_begun_lacks(received, wanted):
    reader = FrameReader()
    reader.receive(frame(b"before") + received)
    while reader.next_frame() is not None:
        pass
    assert reader.wanted == wanted


@given(st.binary(max_size=2000), st.integers(1, 50), st.integers(0, 300))
def test_hostile_bytes_raise_only_framing_errors(data, size, limit):
    reader = FrameReader(limit)
    pieces = [data[start : start + size] for start in range(0, len(data), size)]
    for piece in [*pieces, b""]:
        reader.receive(piece)
        while True:
            try:
                body = reader.next_frame()
            except FramingError:
                continue
            if body is None:
                break
            assert len(body) <= limit


@pytest.mark.parametrize("size", [1, 3, 1000])
def test_an_oversized_frame_is_refused_and_skipped(size):
    reader = FrameReader(limit=10)
    refused, found = [], []
    stream = frame(b"before") + frame(bytes(11)) + frame(b"behind")
    for start in range(0, len(stream), size):
        reader.receive(stream[start : start + size])
        while True:
            try:
                body = reader.next_frame()
            except OversizedFrame as error:
                refused.append(error.length)
                continue
            if body is None:
                break
            found.append(body)
    assert (found, refused) == ([b"before", b"behind"], [11])


@pytest.mark.parametrize("cut", [b"\x00", b"\x00\x05", b"\x00\x05abcd"])
def test_a_stream_that_ends_within_a_frame_is_told(cut):
    reader = FrameReader()
    reader.receive(frame(b"whole") + cut)
    assert reader.next_frame() == b"whole"
    assert reader.next_frame() is None
    reader.receive(b"")
    with pytest.raises(TruncatedFrame):
        reader.next_frame()
    assert reader.next_frame() is None


def test_a_stream_that_ends_within_a_skipped_frame_is_told():
    reader = FrameReader(limit=1)
    reader.receive(b"\x00\x05ab")
    with pytest.raises(OversizedFrame):
        reader.next_frame()
    reader.receive(b"")
    with pytest.raises(TruncatedFrame):
        reader.next_frame()


def test_a_stream_that_ends_between_frames_has_just_ended():
    reader = FrameReader()
    reader.receive(frame(b"whole"))
    reader.receive(b"")
    assert reader.next_frame() == b"whole"
    assert reader.next_frame() is None
