"""IStream: in memory, beneath a buffer, and of another make."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from io import SEEK_END, BytesIO
from uuid import UUID

import pytest

from scardmgr import (
    E_INVALIDARG,
    E_NOTIMPL,
    E_POINTER,
    HRESULT,
    LOCKTYPE,
    STATFLAG,
    STATSTG,
    STGC,
    STGM,
    STGTY,
    STREAM_SEEK,
    ByteBuffer,
    HResultError,
    ISequentialStream,
    IStream,
    MemoryStream,
)
from scardmgr.com.automation import DISPATCH, DISPID_VALUE, DISPPARAMS, IID_NULL
from scardmgr.com.late_binding import IDispatch
from scardmgr.com.unknown import IUnknown

Refused = Callable[..., HResultError]
SET, CUR, END = STREAM_SEEK.STREAM_SEEK_SET, STREAM_SEEK.STREAM_SEEK_CUR, STREAM_SEEK.STREAM_SEEK_END
LONG_MAX, ULONG_MAX, ULARGE_MAX = (1 << 31) - 1, (1 << 32) - 1, (1 << 64) - 1

#: What objidl.h gives each method to take, its out parameters left out.
METHODS = {
    "Read": ["cb"],
    "Write": ["pv", "cb"],
    "Seek": ["dlibMove", "dwOrigin"],
    "SetSize": ["libNewSize"],
    "CopyTo": ["pstm", "cb"],
    "Commit": ["grfCommitFlags"],
    "Revert": [],
    "LockRegion": ["libOffset", "cb", "dwLockType"],
    "UnlockRegion": ["libOffset", "cb", "dwLockType"],
    "Stat": ["grfStatFlag"],
    "Clone": [],
}


class FileStream(IStream):
    """A stream of another make: on a file of Python, with nothing optional."""

    def __init__(self, content: bytes) -> None:
        self.file = BytesIO(content)
        self.ended = False

    def Read(self, cb: int) -> bytes:
        return self.file.read(min(cb, 3))  # it may give less than there is

    def Write(self, pv: object, cb: int | None = None) -> int:
        assert isinstance(pv, bytes)
        return self.file.write(pv if cb is None else pv[:cb])

    def Seek(self, dlibMove: int, dwOrigin: STREAM_SEEK) -> int:
        return self.file.seek(dlibMove, dwOrigin)

    def SetSize(self, libNewSize: int) -> None:
        self.file.truncate(libNewSize)

    def CopyTo(self, pstm: IStream, cb: int) -> tuple[int, int]:
        data = self.file.read(cb)
        return len(data), pstm.Write(data)

    def Commit(self, grfCommitFlags: STGC = STGC.STGC_DEFAULT) -> None:
        self.file.flush()

    def Revert(self) -> None:
        """It is not transacted."""

    def LockRegion(self, libOffset: int, cb: int, dwLockType: LOCKTYPE) -> None:
        raise HResultError(HRESULT.STG_E_INVALIDFUNCTION)

    def UnlockRegion(self, libOffset: int, cb: int, dwLockType: LOCKTYPE) -> None:
        raise HResultError(HRESULT.STG_E_INVALIDFUNCTION)

    def Stat(self, grfStatFlag: STATFLAG = STATFLAG.STATFLAG_DEFAULT) -> STATSTG:
        position = self.file.tell()
        size = self.file.seek(0, SEEK_END)
        self.file.seek(position)
        return STATSTG("a file", STGTY.STGTY_STREAM, size, 0, 0, 0, STGM.STGM_READWRITE, 0)

    def Clone(self) -> IStream:
        raise HResultError(E_NOTIMPL)

    def _final_release(self) -> None:
        self.ended = True


def test_streams_have_the_identifiers_of_com() -> None:
    assert UUID("0000000c-0000-0000-C000-000000000046") == IStream.IID
    assert UUID("0c733a30-2a1c-11ce-ade5-00aa0044773d") == ISequentialStream.IID
    stream = MemoryStream()
    for interface in (IStream, ISequentialStream, IUnknown):
        assert stream.QueryInterface(interface.IID) is stream
    assert not isinstance(stream, IDispatch)


def test_a_stream_has_the_methods_of_com_and_no_others() -> None:
    there = {name for kind in (IStream, ISequentialStream) for name in vars(kind) if name[0].isupper()} - {"IID"}
    assert there == set(METHODS)
    for owner in (IStream, MemoryStream):
        for name, parameters in METHODS.items():
            assert list(inspect.signature(getattr(owner, name)).parameters) == ["self", *parameters]
    assert inspect.isabstract(IStream)


def test_what_a_stream_tells_of_itself() -> None:
    fields = [
        "pwcsName",
        "type",
        "cbSize",
        "mtime",
        "ctime",
        "atime",
        "grfMode",
        "grfLocksSupported",
        "clsid",
        "grfStateBits",
        "reserved",
    ]
    assert list(STATSTG.__slots__) == fields
    told = MemoryStream(b"abc").Stat(STATFLAG.STATFLAG_DEFAULT)
    assert told == STATSTG(None, STGTY.STGTY_STREAM, 3, 0, 0, 0, STGM.STGM_READWRITE, 7, UUID(int=0), 0, 0)
    assert MemoryStream(transacted=True).Stat().grfMode == 0x00010002


def test_a_stream_in_memory_is_transacted_where_it_was_made_so() -> None:
    direct, transacted = MemoryStream(b"abc"), MemoryStream(b"abc", transacted=True)
    for stream in (direct, transacted):
        stream.Write(b"xyz1")
        stream.Revert()
    assert (direct.Seek(0, END), transacted.Seek(0, END)) == (4, 3)
    transacted.Write(b"d")
    transacted.Commit()
    transacted.SetSize(0)
    transacted.Revert()
    transacted.Seek(0, SET)
    assert transacted.Read(9) == b"abcd"


def test_a_seek_pointer_has_64_bits(refused: Refused) -> None:
    stream = MemoryStream(b"abc")
    assert stream.Seek(-1, SET) == stream.Seek(ULARGE_MAX, SET) == ULARGE_MAX
    refused(HRESULT.STG_E_INVALIDFUNCTION, stream.Seek, 1, CUR)
    assert stream.Seek(-(1 << 63), CUR) == (1 << 63) - 1
    for move, origin in ((-4, END), (0, 9), (0, None)):
        refused(HRESULT.STG_E_INVALIDFUNCTION, stream.Seek, move, origin)
    for move, origin in ((1 << 63, END), (ULARGE_MAX + 1, SET), ("1", SET)):
        refused(E_INVALIDARG, stream.Seek, move, origin)
    assert stream.Read(ULONG_MAX) == b""
    refused(HRESULT.STG_E_MEDIUMFULL, stream.Write, b"x")


def test_sizes_that_a_stream_in_memory_cannot_have(refused: Refused) -> None:
    stream = MemoryStream(b"abc")
    for size in (LONG_MAX + 1, ULARGE_MAX):
        refused(HRESULT.STG_E_INVALIDFUNCTION, stream.SetSize, size)
    refused(E_INVALIDARG, stream.SetSize, ULARGE_MAX + 1)
    refused(E_INVALIDARG, stream.Read, ULONG_MAX + 1)
    assert stream.Stat().cbSize == 3


def test_copying_between_streams(refused: Refused) -> None:
    source, other = MemoryStream(b"abcdef"), FileStream(b"")
    source.Seek(2, SET)
    assert source.CopyTo(other, ULARGE_MAX) == (4, 4)
    assert other.file.getvalue() == b"cdef"
    other.file.seek(1)
    assert other.CopyTo(source, 2) == (2, 2)
    source.Seek(0, SET)
    assert source.Read(100) == b"abcdefde"
    refused(HRESULT.STG_E_INVALIDPOINTER, source.CopyTo, None, 1)
    refused(E_INVALIDARG, source.CopyTo, bytearray(), 1)
    refused(E_INVALIDARG, source.CopyTo, other, -1)


def test_copying_to_a_stream_that_fails_leaves_the_seek_pointer(refused: Refused) -> None:
    source, other = MemoryStream(b"abcdef"), MemoryStream()
    other.close()
    refused(HRESULT.CO_E_RELEASED, source.CopyTo, other, 3)
    assert source.Read(1) == b"a"


def test_a_buffer_gives_its_stream_with_a_reference() -> None:
    buffer = ByteBuffer(b"abc")
    stream = buffer.Stream
    assert buffer.Stream is stream
    assert stream.Release() == 2
    assert (buffer.Read(1), stream.Read(1)) == (b"a", b"b")
    buffer.close()
    assert stream.Read(1) == b"c"
    assert stream.Release() == 0


def test_a_buffer_stands_on_the_stream_that_is_put() -> None:
    stream = MemoryStream(b"abcdef")
    stream.Seek(2, SET)
    buffer = ByteBuffer()
    buffer.Stream = stream
    assert buffer.Read(1) == b"c"
    assert stream.Read(1) == b"d"
    assert stream.Release() == 1
    buffer.Stream = stream
    assert buffer.Read(1) == b"e"
    buffer.Stream = MemoryStream(b"other")
    assert bytes(buffer) == b"other"
    assert stream._references == 0


def test_what_is_put_has_to_be_a_stream(refused: Refused) -> None:
    buffer = ByteBuffer(b"abc")
    gone = MemoryStream()
    gone.close()
    for code, value in (
        (E_POINTER, None),
        (E_INVALIDARG, b"abc"),
        (E_INVALIDARG, buffer),
        (HRESULT.CO_E_RELEASED, gone),
    ):
        refused(code, setattr, buffer, "Stream", value)
    assert bytes(buffer) == b"abc"


def test_the_stream_is_the_default_member_for_late_binding() -> None:
    buffer = ByteBuffer(b"abc")
    assert buffer.GetIDsOfNames(IID_NULL, ["Stream"]) == [DISPID_VALUE]
    assert buffer.Invoke(DISPID_VALUE, IID_NULL, 0, DISPATCH.PROPERTYGET) is buffer.Stream
    stream = MemoryStream(b"put")
    for flags in (DISPATCH.PROPERTYPUT, DISPATCH.PROPERTYPUT | DISPATCH.PROPERTYPUTREF):
        buffer.Initialize()
        buffer.Invoke(DISPID_VALUE, IID_NULL, 0, flags, DISPPARAMS.put(stream))
        assert bytes(buffer) == b"put"


def test_a_buffer_is_used_late_bound() -> None:
    buffer = ByteBuffer()

    def call(name: str, *arguments: object) -> object:
        (number,) = buffer.GetIDsOfNames(IID_NULL, [name])
        return buffer.Invoke(number, IID_NULL, 0, DISPATCH.METHOD, DISPPARAMS.of(*arguments))

    call("Initialize", 3, b"abc")
    assert call("Read", 2) == b"ab"
    assert call("Write", b"xyz", 2) == 2
    assert call("Seek", 0, 0) == 0
    other = call("Clone")
    assert isinstance(other, ByteBuffer)
    assert call("CopyTo", other, 1) == (1, 1)
    assert bytes(buffer) == bytes(other) == b"abxy"


def test_a_buffer_on_a_stream_of_another_make(refused: Refused) -> None:
    stream = FileStream(b"0123456789")
    buffer = ByteBuffer()
    buffer.Stream = stream
    assert (len(buffer), bytes(buffer)) == (10, b"0123456789")
    assert buffer.Seek(-2, END) == 8
    assert buffer.Write(b"abcd", 3) == 3
    assert (buffer.Read(1), bytes(buffer)) == (b"", b"01234567abc")
    buffer.SetSize(1)
    buffer.Commit()
    buffer.Revert()
    assert (bytes(buffer), buffer.Stat().grfLocksSupported) == (b"0", 0)
    refused(HRESULT.STG_E_INVALIDFUNCTION, buffer.LockRegion, 0, 1, 1)
    refused(HRESULT.STG_E_INVALIDFUNCTION, buffer.UnlockRegion, 0, 1, 1)
    refused(E_NOTIMPL, buffer.Clone)
    stream.close()
    assert not stream.ended
    buffer.close()
    assert stream.ended


@pytest.mark.parametrize("name", METHODS)
def test_a_released_stream_refuses_use(name: str, refused: Refused) -> None:
    stream = MemoryStream(b"abc")
    stream.close()
    refused(HRESULT.CO_E_RELEASED, getattr(stream, name))
