"""An IByteBuffer that is given for what a method gives back is filled with it, beside the bytes that are returned."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from scardmgr import (
    E_INVALIDARG,
    E_POINTER,
    HRESULT,
    LOCKTYPE,
    STREAM_SEEK,
    ByteBuffer,
    HResultError,
    ISCardAuth,
    KeyType,
    SCardTypeConv,
    authentication_token,
)
from scardmgr.published.definitions import Direction, interfaces

pytestmark = pytest.mark.card("iso7816", via=("embedded", "pcscd"))

Refused = Callable[..., HResultError]
CHALLENGE = bytes(range(100, 116))
TOKEN = authentication_token(KeyType.AES, bytes(range(16)), CHALLENGE)


def test_the_buffers_that_are_filled_are_those_of_the_tables() -> None:
    both_ways = {
        (each.name, member.name, parameter.name)
        for each in interfaces()
        for member in each.members
        for parameter in member.parameters
        if parameter.type.startswith("LPBYTEBUFFER") and parameter.direction is Direction.IN_OUT
    }
    assert both_ways == {("ISCardAuth", "GetChallenge", "pBuffer"), ("ISCardAuth", "ICC_Auth", "pBuffer")}


@pytest.mark.parametrize("held", [None, b"", b"before", bytes(300)])
def test_a_challenge_fills_the_buffer_that_was_given_for_it(auth: ISCardAuth, held: bytes | None) -> None:
    with ByteBuffer(held) as buffer:
        challenge = auth.GetChallenge(0, 16, b"", buffer)
        assert buffer.Read(99) == challenge
        assert len(buffer) == 16


def test_the_cards_answer_takes_the_place_of_the_challenge(auth: ISCardAuth) -> None:
    with ByteBuffer(CHALLENGE) as buffer, buffer.Clone() as clone:
        clone.Seek(0, STREAM_SEEK.STREAM_SEEK_END)
        assert auth.ICC_Auth(0, b"\x01", buffer) == TOKEN
        assert buffer.Read(99) == TOKEN
        assert bytes(clone) == TOKEN, "it is the same bytes"


def test_bytes_stay_as_they_are(auth: ISCardAuth) -> None:
    room, challenge = bytearray(16), bytearray(CHALLENGE)
    auth.GetChallenge(0, 16, b"", room)
    auth.ICC_Auth(0, b"\x01", challenge)
    assert (room, challenge) == (bytes(16), CHALLENGE)


def test_what_fails_leaves_the_buffer_alone(auth: ISCardAuth, refused: Refused) -> None:
    with ByteBuffer(b"as it was") as buffer:
        refused(E_INVALIDARG, auth.GetChallenge, 0, 257, b"", buffer)
        refused(E_INVALIDARG, auth.ICC_Auth, 0, b"\x1f", buffer)
        assert bytes(buffer) == b"as it was"


def test_a_buffer_that_cannot_be_filled(auth: ISCardAuth, refused: Refused) -> None:
    with ByteBuffer(CHALLENGE) as buffer, buffer.Clone() as clone:
        clone.LockRegion(0, 1, LOCKTYPE.LOCK_WRITE)
        refused(HRESULT.STG_E_LOCKVIOLATION, auth.ICC_Auth, 0, b"\x01", buffer)
        assert bytes(buffer) == CHALLENGE
    refused(HRESULT.CO_E_RELEASED, auth.GetChallenge, 0, 8, b"", buffer)
    refused(E_POINTER, auth.GetChallenge, 0, 8, b"", None)
    refused(E_INVALIDARG, auth.GetChallenge, 0, 8, b"", "room")


@pytest.mark.parametrize("size", [8, 16, 300])
@pytest.mark.parametrize("position", [0, 5, 1 << 40])
def test_a_lock_in_the_way_leaves_bytes_and_seek_pointer_alone(
    auth: ISCardAuth, refused: Refused, size: int, position: int
) -> None:
    content = bytes(range(256)) * 2
    # The bytes that are written, those that are cut off, those that come: a lock on any of them keeps all as it is.
    for locked in {0, size - 1, min(15, size), max(15, size - 1)}:
        with ByteBuffer(content[:size]) as buffer, buffer.Clone() as clone:
            clone.LockRegion(locked, 1, LOCKTYPE.LOCK_WRITE)
            stream = buffer.Stream
            stream.Seek(position, STREAM_SEEK.STREAM_SEEK_SET)
            refused(HRESULT.STG_E_LOCKVIOLATION, auth.GetChallenge, 0, 16, b"", buffer)
            assert bytes(buffer) == content[:size]
            assert stream.Seek(0, STREAM_SEEK.STREAM_SEEK_CUR) == position
            assert stream.Release() == 1, "filling holds no reference"


@pytest.mark.parametrize("size", [8, 20])
def test_memory_that_is_held_leaves_bytes_and_seek_pointer_alone(auth: ISCardAuth, refused: Refused, size: int) -> None:
    with ByteBuffer(b"\xa5" * size) as buffer, SCardTypeConv() as conversions:
        stream = buffer.Stream
        memory = conversions.GetAtIStreamMemory(stream)
        buffer.Seek(3, STREAM_SEEK.STREAM_SEEK_SET)
        refused(HRESULT.STG_E_MEDIUMFULL, auth.GetChallenge, 0, 16, b"", buffer)
        assert bytes(buffer) == bytes(memory) == b"\xa5" * size
        assert buffer.Seek(0, STREAM_SEEK.STREAM_SEEK_CUR) == 3
        conversions.FreeIStreamMemoryPtr(stream, memory)
        stream.Release()
        assert auth.GetChallenge(0, 16, b"", buffer) == bytes(buffer)


def test_memory_of_the_size_of_the_result_is_filled_while_it_is_held(auth: ISCardAuth) -> None:
    with ByteBuffer(bytes(16)) as buffer, SCardTypeConv() as conversions:
        stream = buffer.Stream
        memory = conversions.GetAtIStreamMemory(stream)
        assert auth.GetChallenge(0, 16, b"", buffer) == bytes(memory)
        conversions.FreeIStreamMemoryPtr(stream, memory)
        stream.Release()
