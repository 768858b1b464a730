"""ByteBuffer as its pages have it: the seek pointer, sizes, clones, copies, and what Python adds."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from scardmgr import (
    E_INVALIDARG,
    E_POINTER,
    E_UNEXPECTED,
    HRESULT,
    LOCKTYPE,
    STATFLAG,
    STATSTRUCT,
    STGC,
    STGM,
    STGTY,
    STREAM_SEEK,
    ByteBuffer,
    HResultError,
    IByteBuffer,
    MemoryStream,
)

Refused = Callable[..., HResultError]
SET, CUR, END = STREAM_SEEK.STREAM_SEEK_SET, STREAM_SEEK.STREAM_SEEK_CUR, STREAM_SEEK.STREAM_SEEK_END
LONG_MAX = (1 << 31) - 1
INVALID_FUNCTION, INVALID_POINTER = HRESULT.STG_E_INVALIDFUNCTION, HRESULT.STG_E_INVALIDPOINTER
FULL = HRESULT.STG_E_MEDIUMFULL

#: Every member but Initialize, used in a way that works after it.
USES: dict[str, Callable[[ByteBuffer], object]] = {
    "Stream": lambda buffer: buffer.Stream,
    "Clone": lambda buffer: buffer.Clone(),
    "Commit": lambda buffer: buffer.Commit(0),
    "CopyTo": lambda buffer: buffer.CopyTo(ByteBuffer(b""), 1),
    "LockRegion": lambda buffer: buffer.LockRegion(0, 1, 1),
    "Read": lambda buffer: buffer.Read(1),
    "Revert": lambda buffer: buffer.Revert(),
    "Seek": lambda buffer: buffer.Seek(0, CUR),
    "SetSize": lambda buffer: buffer.SetSize(1),
    "Stat": lambda buffer: buffer.Stat(0),
    "UnlockRegion": lambda buffer: (buffer.LockRegion(7, 1, 1), buffer.UnlockRegion(7, 1, 1)),
    "Write": lambda buffer: buffer.Write(b"x"),
    "bytes": bytes,
    "len": len,
}


def test_the_uses_are_those_of_every_member() -> None:
    published = {name for name in vars(IByteBuffer) if name[0].isupper()} - {"IID", "Initialize"}
    assert set(USES) == published | {"bytes", "len"}


@pytest.mark.parametrize("use", USES)
def test_initialize_comes_first(use: str, refused: Refused) -> None:
    buffer = ByteBuffer()
    assert "Initialize" in str(refused(E_UNEXPECTED, USES[use], buffer))
    buffer.Initialize()
    USES[use](buffer)


@pytest.mark.parametrize("use", USES)
def test_a_released_buffer_refuses_use(use: str, refused: Refused) -> None:
    buffer = ByteBuffer(b"abc")
    buffer.close()
    refused(HRESULT.CO_E_RELEASED, USES[use], buffer)


def test_initialize_makes_a_stream_of_that_many_bytes() -> None:
    with ByteBuffer() as buffer:
        buffer.Initialize()
        assert bytes(buffer) == b"\x00"
        buffer.Initialize(5)
        assert bytes(buffer) == bytes(5)
        buffer.Initialize(2, b"\x3f\x00\xff")
        assert buffer.Read(9) == b"\x3f\x00"
        buffer.Initialize(0, b"")
        assert bytes(buffer) == b""


def test_initialize_again_leaves_the_former_bytes_to_the_clones() -> None:
    buffer = ByteBuffer(b"former")
    clone = buffer.Clone()
    buffer.Initialize(3, b"new")
    clone.Write(b"F")
    assert (bytes(buffer), bytes(clone)) == (b"new", b"Former")


def test_initialize_refuses_what_it_cannot_hold(refused: Refused) -> None:
    buffer = ByteBuffer(b"kept")
    for size in (-1, LONG_MAX + 1, "4", 1.0, True):
        refused(E_INVALIDARG, buffer.Initialize, size)
    refused(E_POINTER, buffer.Initialize, None)
    refused(E_INVALIDARG, buffer.Initialize, 4, b"abc")
    refused(E_INVALIDARG, buffer.Initialize, 1, "a")
    assert bytes(buffer) == b"kept"


@pytest.mark.parametrize("content", [b"abc", bytearray(b"abc"), memoryview(b"abc"), ByteBuffer(b"abc")])
def test_the_constructor_takes_any_buffer_and_begins_at_its_start(content: bytes) -> None:
    buffer = ByteBuffer(content)
    assert buffer.Seek(0, CUR) == 0
    assert buffer.Read(10) == b"abc"
    buffer.Write(b"d")
    assert (bytes(buffer), bytes(content)) == (b"abcd", b"abc")


def test_the_constructor_refuses_what_is_no_buffer(refused: Refused) -> None:
    for content in ("abc", 5, [1, 2]):
        refused(E_INVALIDARG, ByteBuffer, content)


def test_reading_moves_the_seek_pointer_and_ends_at_the_end() -> None:
    buffer = ByteBuffer(b"abcde")
    assert [buffer.Read(2), buffer.Read(0), buffer.Read(2), buffer.Read(2), buffer.Read(2)] == [
        b"ab",
        b"",
        b"cd",
        b"e",
        b"",
    ]
    assert buffer.Read(LONG_MAX) == b""
    assert buffer.Seek(0, CUR) == 5


def test_writing_moves_the_seek_pointer_and_grows_the_buffer() -> None:
    buffer = ByteBuffer(b"abcde")
    assert buffer.Write(b"AB") == 2
    assert buffer.Write(bytearray(b"CDEFG"), 4) == 4
    assert (bytes(buffer), buffer.Seek(0, CUR)) == (b"ABCDEF", 6)


def test_writing_past_the_end_fills_the_gap_with_zeros() -> None:
    buffer = ByteBuffer(b"ab")
    assert buffer.Seek(3, END) == 5
    assert buffer.Read(1) == b""
    assert buffer.Write(b"c") == 1
    assert bytes(buffer) == b"ab\x00\x00\x00c"


def test_writing_no_bytes_does_nothing_even_past_the_end(refused: Refused) -> None:
    buffer = ByteBuffer(b"ab")
    buffer.Seek(100, SET)
    assert buffer.Write(b"xyz", 0) == buffer.Write(b"") == 0
    assert (bytes(buffer), buffer.Seek(0, CUR)) == (b"ab", 100)
    refused(INVALID_POINTER, buffer.Write, None, 0)


def test_write_refuses_what_there_is_not(refused: Refused) -> None:
    buffer = ByteBuffer(b"ab")
    refused(INVALID_POINTER, buffer.Write, None)
    refused(E_INVALIDARG, buffer.Write, b"abc", 4)
    released = memoryview(b"abc")
    released.release()
    refused(E_INVALIDARG, buffer.Write, released)
    for pair in (("abc", 1), (b"abc", -1), (b"abc", "1"), (5, 1)):
        refused(E_INVALIDARG, buffer.Write, *pair)
    assert (bytes(buffer), buffer.Seek(0, CUR)) == (b"ab", 0)


def test_seeking_from_each_origin() -> None:
    buffer = ByteBuffer(b"abcde")
    assert buffer.Seek(5, SET) == 5
    assert buffer.Seek(-2, CUR) == 3
    assert buffer.Seek(-5, END) == 0
    assert buffer.Seek(7, END) == 12
    assert buffer.Seek(LONG_MAX, SET) == LONG_MAX
    assert buffer.Seek(LONG_MAX, CUR) == 2 * LONG_MAX


def test_seeking_before_the_beginning_is_refused_and_the_pointer_stays(refused: Refused) -> None:
    buffer = ByteBuffer(b"abcde")
    buffer.Seek(2, SET)
    refused(INVALID_FUNCTION, buffer.Seek, -3, CUR)
    refused(INVALID_FUNCTION, buffer.Seek, -6, END)
    refused(INVALID_FUNCTION, buffer.Seek, 0, 3)
    refused(INVALID_FUNCTION, buffer.Seek, 0, None)
    for move in ("1", -(1 << 31) - 1, LONG_MAX + 1):
        refused(E_INVALIDARG, buffer.Seek, move, CUR)
    assert buffer.Seek(0, CUR) == 2


def test_a_move_from_the_start_is_unsigned(refused: Refused) -> None:
    buffer = ByteBuffer(b"abcde")
    assert buffer.Seek(-1, SET) == buffer.Seek(0xFFFFFFFF, SET) == 0xFFFFFFFF
    refused(E_INVALIDARG, buffer.Seek, 1 << 32, SET)
    assert buffer.Read(1) == b""
    refused(FULL, buffer.Write, b"x")
    assert bytes(buffer) == b"abcde"


def test_a_buffer_has_as_many_bytes_as_a_long_can_tell(refused: Refused) -> None:
    buffer = ByteBuffer(b"ab")
    buffer.Seek(LONG_MAX, SET)
    refused(FULL, buffer.Write, b"x")
    assert buffer.Write(b"") == 0
    refused(E_INVALIDARG, buffer.SetSize, LONG_MAX + 1)
    refused(E_INVALIDARG, buffer.Read, LONG_MAX + 1)
    assert (bytes(buffer), buffer.Seek(0, CUR)) == (b"ab", LONG_MAX)


def test_setting_the_size_cuts_off_or_fills_up_and_leaves_the_pointer(refused: Refused) -> None:
    buffer = ByteBuffer(b"abcde")
    buffer.Seek(4, SET)
    buffer.SetSize(2)
    assert (bytes(buffer), buffer.Seek(0, CUR), buffer.Read(1)) == (b"ab", 4, b"")
    buffer.SetSize(6)
    assert (bytes(buffer), buffer.Read(9)) == (b"ab\x00\x00\x00\x00", b"\x00\x00")
    for size in (-1, "1", None):
        refused(E_POINTER if size is None else E_INVALIDARG, buffer.SetSize, size)


def test_copying_moves_both_seek_pointers() -> None:
    source, destination = ByteBuffer(b"abcdef"), ByteBuffer(b"123456")
    source.Seek(1, SET)
    destination.Seek(4, SET)
    assert source.CopyTo(destination, 3) == (3, 3)
    assert (source.Seek(0, CUR), destination.Seek(0, CUR)) == (4, 7)
    assert source.CopyTo(destination, LONG_MAX) == (2, 2)
    assert source.CopyTo(destination, 5) == (0, 0)
    assert bytes(destination) == b"1234bcdef"


def test_copying_to_a_clone_and_to_itself_reads_all_before_it_writes() -> None:
    buffer = ByteBuffer(b"abcdef")
    clone = buffer.Clone()
    clone.Seek(2, SET)
    assert buffer.CopyTo(clone, 4) == (4, 4)
    assert bytes(buffer) == b"ababcd"
    assert buffer.CopyTo(buffer, 9) == (2, 2)
    assert (bytes(buffer), buffer.Seek(0, CUR)) == (b"ababcdcd", 8)


def test_copying_goes_to_a_buffer_that_takes_it(refused: Refused) -> None:
    source = ByteBuffer(b"abcdef")
    refused(INVALID_POINTER, source.CopyTo, None, 1)
    for other in (bytearray(3), MemoryStream(), "x"):
        refused(E_INVALIDARG, source.CopyTo, other, 1)
    refused(E_INVALIDARG, source.CopyTo, ByteBuffer(b""), -1)
    refused(E_UNEXPECTED, source.CopyTo, ByteBuffer(), 3)
    far = ByteBuffer(b"")
    far.Seek(LONG_MAX, SET)
    refused(FULL, source.CopyTo, far, 3)
    assert (source.Seek(0, CUR), far.Seek(0, CUR)) == (0, LONG_MAX)


def test_a_clone_begins_where_its_buffer_is_and_shares_the_bytes() -> None:
    buffer = ByteBuffer(b"abcdef")
    buffer.Seek(2, SET)
    with buffer.Clone() as clone:
        assert clone.Read(1) == b"c"
        assert buffer.Read(1) == b"c"
        clone.Write(b"D")
        buffer.Write(b"?")
        assert bytes(clone) == bytes(buffer) == b"abc?ef"
        buffer.SetSize(3)
        assert (bytes(clone), clone.Seek(0, CUR)) == (b"abc", 4)
    assert bytes(buffer) == b"abc"


def test_a_clone_outlives_its_buffer() -> None:
    buffer = ByteBuffer(b"abc")
    clone = buffer.Clone()
    buffer.close()
    clone.Write(b"A")
    assert bytes(clone) == b"Abc"


def test_revert_goes_back_to_what_was_committed_last() -> None:
    buffer = ByteBuffer(b"abc")
    clone = buffer.Clone()
    buffer.SetSize(1)
    buffer.Write(b"xyz")
    buffer.Revert()
    assert (bytes(clone), buffer.Seek(0, CUR)) == (b"abc", 3)
    buffer.Write(b"def")
    clone.Commit(STGC.STGC_DEFAULT | STGC.STGC_CONSOLIDATE)
    buffer.SetSize(0)
    clone.Revert()
    assert bytes(buffer) == b"abcdef"


def test_the_bytes_of_initialize_count_as_committed() -> None:
    buffer = ByteBuffer()
    buffer.Initialize(3, b"abc")
    buffer.Write(b"x")
    buffer.Revert()
    assert bytes(buffer) == b"abc"


def test_commit_and_stat_take_the_flags_that_there_are(refused: Refused) -> None:
    buffer = ByteBuffer(b"abc")
    for flags in (16, -1, "0", None, True):
        refused(HRESULT.STG_E_INVALIDFLAG, buffer.Commit, flags)
    buffer.Commit(sum(STGC))
    for flags in (4, -1, "0", None, True):
        refused(HRESULT.STG_E_INVALIDFLAG, buffer.Stat, flags)
    assert buffer.Stat(STATFLAG.STATFLAG_NONAME) == buffer.Stat(sum(STATFLAG)) == buffer.Stat()


def test_stat_tells_size_mode_and_locks() -> None:
    told = ByteBuffer(b"abc").Stat(STATFLAG.STATFLAG_DEFAULT)
    assert told == STATSTRUCT(STGTY.STGTY_STREAM, 3, STGM.STGM_READWRITE | STGM.STGM_TRANSACTED, sum(LOCKTYPE), 0)
    assert (told.type, told.grfMode) == (2, 0x00010002)


def test_all_bytes_count_wherever_the_seek_pointer_is() -> None:
    buffer = ByteBuffer(b"abc")
    for position in (0, 2, 3, 1000, 0xFFFFFFFF):
        buffer.Seek(position, SET)
        assert (bytes(buffer), len(buffer), buffer.Seek(0, CUR)) == (b"abc", 3, position)


def test_a_buffer_is_true_where_it_has_bytes() -> None:
    assert ByteBuffer(b"\x00")
    assert not ByteBuffer(b"")


def test_the_repr_tells_the_length_only() -> None:
    buffer = ByteBuffer(b"271828")
    assert repr(buffer) == "ByteBuffer(<6 bytes>)"
    assert repr(buffer.Stream) == "MemoryStream(<6 bytes>)"
    assert repr(ByteBuffer()) == "ByteBuffer(<E_UNEXPECTED>)"
    buffer.close()
    assert repr(buffer) == "ByteBuffer(<CO_E_RELEASED>)"
