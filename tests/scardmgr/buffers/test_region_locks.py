"""Locked regions of a buffer and its clones: who may read, write and lock what."""

from __future__ import annotations

import gc
from collections.abc import Callable

import pytest

from scardmgr import E_INVALIDARG, HRESULT, LOCKTYPE, STREAM_SEEK, ByteBuffer, HResultError

Refused = Callable[..., HResultError]
WRITE, EXCLUSIVE, ONLYONCE = LOCKTYPE.LOCK_WRITE, LOCKTYPE.LOCK_EXCLUSIVE, LOCKTYPE.LOCK_ONLYONCE
VIOLATION, INVALID_FUNCTION = HRESULT.STG_E_LOCKVIOLATION, HRESULT.STG_E_INVALIDFUNCTION


@pytest.fixture
def buffer() -> ByteBuffer:
    return ByteBuffer(b"0123456789")


@pytest.fixture
def clone(buffer: ByteBuffer) -> ByteBuffer:
    return buffer.Clone()


def at(buffer: ByteBuffer, position: int) -> ByteBuffer:
    buffer.Seek(position, STREAM_SEEK.STREAM_SEEK_SET)
    return buffer


@pytest.mark.parametrize(
    ("kind", "reads", "writes"), [(WRITE, True, False), (EXCLUSIVE, False, False), (4, True, True)]
)
def test_what_each_kind_keeps_others_from(
    kind: int, reads: bool, writes: bool, buffer: ByteBuffer, clone: ByteBuffer, refused: Refused
) -> None:
    buffer.LockRegion(2, 3, kind)
    for allowed, method, argument in ((reads, clone.Read, 2), (writes, clone.Write, b"xx")):
        for position in (1, 2, 4):
            at(clone, position)
            if allowed:
                method(argument)
            else:
                refused(VIOLATION, method, argument)
                assert clone.Seek(0, STREAM_SEEK.STREAM_SEEK_CUR) == position
        for position in (0, 5):
            at(clone, position)
            method(argument)
    assert at(buffer, 1).Read(4)
    assert at(buffer, 1).Write(b"abcd") == 4


def test_a_lock_past_the_end_says_something_and_keeps_the_end_from_moving(
    buffer: ByteBuffer, clone: ByteBuffer, refused: Refused
) -> None:
    buffer.LockRegion(12, 2, EXCLUSIVE)
    assert at(clone, 8).Read(100) == b"89"
    assert clone.Write(b"ab") == 2
    refused(VIOLATION, clone.Write, b"c")
    refused(VIOLATION, at(clone, 14).Write, b"the gap is filled, too")
    refused(VIOLATION, clone.SetSize, 13)
    refused(VIOLATION, clone.LockRegion, 13, 1, WRITE)
    assert bytes(clone) == b"01234567" + b"89" + b"ab"


def test_sizes_change_only_where_nobody_else_has_a_lock(
    buffer: ByteBuffer, clone: ByteBuffer, refused: Refused
) -> None:
    buffer.LockRegion(4, 2, WRITE)
    clone.SetSize(6)
    refused(VIOLATION, clone.SetSize, 5)
    buffer.SetSize(5)
    assert bytes(clone) == b"01234"


def test_revert_is_a_write(buffer: ByteBuffer, clone: ByteBuffer, refused: Refused) -> None:
    buffer.LockRegion(9, 1, WRITE)
    buffer.SetSize(4)
    refused(VIOLATION, clone.Revert)
    clone.Commit()
    assert bytes(buffer) == b"0123"
    clone.Revert()
    buffer.SetSize(0)
    buffer.Revert()
    assert bytes(clone) == b"0123"


def test_all_bytes_are_taken_unless_somebody_else_keeps_readers_out(
    buffer: ByteBuffer, clone: ByteBuffer, refused: Refused
) -> None:
    buffer.LockRegion(0, 1, EXCLUSIVE)
    assert bytes(buffer) == b"0123456789"
    at(clone, 3)
    refused(VIOLATION, lambda: bytes(clone))
    assert clone.Read(1) == b"3"


def test_copying_asks_the_locks_of_both(buffer: ByteBuffer, clone: ByteBuffer, refused: Refused) -> None:
    buffer.LockRegion(0, 1, WRITE)
    refused(VIOLATION, at(clone, 5).CopyTo, at(buffer.Clone(), 0), 2)
    assert clone.Read(1) == b"5"
    buffer.LockRegion(5, 1, EXCLUSIVE)
    refused(VIOLATION, at(clone, 5).CopyTo, ByteBuffer(b""), 2)


@pytest.mark.parametrize("first", [WRITE, EXCLUSIVE])
@pytest.mark.parametrize("second", [WRITE, EXCLUSIVE])
def test_what_is_locked_is_not_locked_again(
    first: LOCKTYPE, second: LOCKTYPE, buffer: ByteBuffer, clone: ByteBuffer, refused: Refused
) -> None:
    buffer.LockRegion(2, 3, first)
    for owner in (buffer, clone):
        for offset, count in ((2, 3), (0, 3), (4, 100), (3, 1), (0, 100)):
            refused(VIOLATION, owner.LockRegion, offset, count, second)
    clone.LockRegion(0, 2, second)
    clone.LockRegion(5, 5, second)


def test_locks_to_be_had_once_are_beside_the_others(buffer: ByteBuffer, clone: ByteBuffer, refused: Refused) -> None:
    buffer.LockRegion(2, 3, ONLYONCE)
    for owner in (buffer, clone):
        refused(VIOLATION, owner.LockRegion, 4, 1, ONLYONCE)
    clone.LockRegion(2, 3, EXCLUSIVE)
    buffer.UnlockRegion(2, 3, ONLYONCE)
    clone.LockRegion(2, 3, ONLYONCE)


def test_a_lock_ends_as_it_was_made_and_by_whom(buffer: ByteBuffer, clone: ByteBuffer, refused: Refused) -> None:
    buffer.LockRegion(0, 2, WRITE)
    buffer.LockRegion(2, 2, WRITE)
    for owner, offset, count, kind in (
        (buffer, 0, 4, WRITE),
        (buffer, 0, 1, WRITE),
        (buffer, 1, 2, WRITE),
        (buffer, 0, 2, EXCLUSIVE),
        (clone, 0, 2, WRITE),
    ):
        refused(VIOLATION, owner.UnlockRegion, offset, count, kind)
    buffer.UnlockRegion(0, 2, WRITE)
    refused(VIOLATION, buffer.UnlockRegion, 0, 2, WRITE)
    assert at(clone, 0).Write(b"ab") == 2
    refused(VIOLATION, clone.Write, b"c")


def test_a_lock_of_no_bytes_is_in_nobodys_way(buffer: ByteBuffer, clone: ByteBuffer) -> None:
    buffer.LockRegion(3, 0, EXCLUSIVE)
    clone.LockRegion(0, 10, EXCLUSIVE)
    buffer.UnlockRegion(3, 0, EXCLUSIVE)


@pytest.mark.parametrize("ends", [ByteBuffer.close, ByteBuffer.Initialize])
def test_what_a_released_buffer_leaves_locked_is_unlocked(
    ends: Callable[[ByteBuffer], None], buffer: ByteBuffer, clone: ByteBuffer
) -> None:
    clone.LockRegion(0, 10, EXCLUSIVE)
    ends(clone)
    assert buffer.Read(10) == b"0123456789"


def test_what_a_forgotten_buffer_leaves_locked_is_unlocked(buffer: ByteBuffer) -> None:
    buffer.Clone().LockRegion(0, 10, EXCLUSIVE)
    gc.collect()
    assert buffer.Read(10) == b"0123456789"


def test_locks_that_there_are_not(buffer: ByteBuffer, refused: Refused) -> None:
    for method in (buffer.LockRegion, buffer.UnlockRegion):
        for kind in (0, 3, 8, None, "WRITE"):
            assert "dwLockType" in str(refused(INVALID_FUNCTION, method, 0, 1, kind))
        for offset, count in ((-1, 1), (0, -1), ("0", 1), (1 << 31, 1)):
            refused(E_INVALIDARG, method, offset, count, WRITE)
