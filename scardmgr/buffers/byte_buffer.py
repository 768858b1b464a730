"""ByteBuffer: IByteBuffer on a stream (CByteBuffer)."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from threading import RLock
from typing import TYPE_CHECKING, ClassVar
from uuid import UUID

from scardmgr.buffers.memory_stream import ULONG_MAX, MemoryStream
from scardmgr.com import arguments
from scardmgr.com.arguments import LONG_MAX
from scardmgr.com.errors import HRESULT, HResultError
from scardmgr.interfaces.byte_buffer import STATSTRUCT, IByteBuffer
from scardmgr.interfaces.stream import IStream, all_bytes
from scardmgr.published.enumerations import LOCKTYPE, STATFLAG, STGC, STREAM_SEEK

if TYPE_CHECKING:
    from scardmgr.interfaces.base import Buffer


class ByteBuffer(IByteBuffer):
    """A buffer on a transacted stream in memory, or on the stream that was put.

    Like an object in an apartment, it serves one thread at a time: a call waits until another thread's is done. Threads
    that seek and then read have a :meth:`Clone` each.

    Args:
        content: what it holds, with the seek pointer at the start; ``None``: Initialize has to be called.

    Raises:
        HResultError: E_INVALIDARG: ``content`` is no buffer. STG_E_MEDIUMFULL: more than 2^31 - 1 bytes.
    """

    CLSID: ClassVar[UUID] = UUID("E126F8FF-A7AF-11D0-B88A-00C04FD424B9")

    def __init__(self, content: Buffer | None = None) -> None:
        self._turns = RLock()
        self._stream: IStream | None = None if content is None else MemoryStream(content, transacted=True)

    @property
    def Stream(self) -> IStream:
        """The same one each time."""
        with self._initialized() as stream:
            stream.AddRef()
            return stream

    @Stream.setter
    def Stream(self, pStream: IStream) -> None:
        if pStream is None:
            raise HResultError(HRESULT.E_POINTER, "pStream is None")
        if not isinstance(pStream, IStream):
            raise HResultError(
                HRESULT.E_INVALIDARG, f"pStream is of type {type(pStream).__name__}: an IStream is needed"
            )
        pStream.AddRef()
        self._stand_on(pStream)

    def Clone(self) -> ByteBuffer:
        """On a clone of the stream."""
        clone = ByteBuffer()
        with self._initialized() as stream:
            clone._stream = stream.Clone()
        return clone

    def Commit(self, grfCommitFlags: STGC = STGC.STGC_DEFAULT) -> None:
        """The stream's."""
        with self._initialized() as stream:
            stream.Commit(grfCommitFlags)

    def CopyTo(self, pByteBuffer: IByteBuffer, cb: int) -> tuple[int, int]:
        """One Read, and one Write of the other buffer."""
        if pByteBuffer is None:
            raise HResultError(HRESULT.STG_E_INVALIDPOINTER, "pByteBuffer is None")
        if not isinstance(pByteBuffer, IByteBuffer):
            raise HResultError(
                HRESULT.E_INVALIDARG,
                f"pByteBuffer is of type {type(pByteBuffer).__name__}: an IByteBuffer is needed, to be written to",
            )
        count = _number_of_bytes(cb, "cb")
        with self._initialized() as stream:
            before, data = stream.Seek(0, STREAM_SEEK.STREAM_SEEK_CUR), stream.Read(count)
        # Not in turn: the other buffer may be copying into this one.
        try:
            return len(data), pByteBuffer.Write(data, len(data))
        except BaseException:
            stream.Seek(before, STREAM_SEEK.STREAM_SEEK_SET)
            raise

    def Initialize(self, lSize: int = 1, pData: Buffer | None = None) -> None:
        """A new stream in memory, transacted; it counts as committed."""
        size = _number_of_bytes(lSize, "lSize")
        if pData is None:
            content = bytes(size)
        else:
            data = arguments.buffer(pData, "pData")
            content = data[: arguments.number(size, "lSize", 0, len(data))]
        self._stand_on(MemoryStream(content, transacted=True))

    def LockRegion(self, libOffset: int, cb: int, dwLockType: LOCKTYPE) -> None:
        """The stream's."""
        offset, count = _number_of_bytes(libOffset, "libOffset"), _number_of_bytes(cb, "cb")
        with self._initialized() as stream:
            stream.LockRegion(offset, count, dwLockType)

    def Read(self, cb: int) -> bytes:
        """The stream's."""
        count = _number_of_bytes(cb, "cb")
        with self._initialized() as stream:
            return stream.Read(count)

    def Revert(self) -> None:
        """The stream's."""
        with self._initialized() as stream:
            stream.Revert()

    def Seek(self, dlibMove: int, dwOrigin: STREAM_SEEK) -> int:
        """Any 32 bits will do for STREAM_SEEK_SET, signed or not."""
        from_start = dwOrigin == STREAM_SEEK.STREAM_SEEK_SET
        move = arguments.number(dlibMove, "dlibMove", most=ULONG_MAX if from_start else LONG_MAX)
        with self._initialized() as stream:
            return stream.Seek(move & ULONG_MAX if from_start else move, dwOrigin)

    def SetSize(self, libNewSize: int) -> None:
        """The stream's."""
        size = _number_of_bytes(libNewSize, "libNewSize")
        with self._initialized() as stream:
            stream.SetSize(size)

    def Stat(self, grfStatFlag: STATFLAG = STATFLAG.STATFLAG_DEFAULT) -> STATSTRUCT:
        """What the stream tells, as far as a STATSTRUCT has room for it."""
        with self._initialized() as stream:
            told = stream.Stat(grfStatFlag)
        return STATSTRUCT(told.type, told.cbSize, told.grfMode, told.grfLocksSupported, told.grfStateBits)

    def UnlockRegion(self, libOffset: int, cb: int, dwLockType: LOCKTYPE) -> None:
        """The stream's."""
        offset, count = _number_of_bytes(libOffset, "libOffset"), _number_of_bytes(cb, "cb")
        with self._initialized() as stream:
            stream.UnlockRegion(offset, count, dwLockType)

    def Write(self, pByte: Buffer, cb: int | None = None) -> int:
        """The stream's."""
        with self._initialized() as stream:
            return stream.Write(pByte, cb)

    def __bytes__(self) -> bytes:
        """In one turn, and of the stream: its seek pointer may be where a LONG does not reach."""
        with self._initialized() as stream:
            return all_bytes(stream)

    def __repr__(self) -> str:
        """The length only, or why there is none: the bytes may be a secret."""
        try:
            held = f"{len(self)} bytes"
        except HResultError as error:
            held = error.name
        return f"{type(self).__name__}(<{held}>)"

    def _stand_on(self, stream: IStream) -> None:
        """Exchange the stream; its reference is this object's from now on."""
        with self._turns:
            former, self._stream = self._stream, stream
        if former is not None:
            former.Release()

    @contextmanager
    def _initialized(self) -> Iterator[IStream]:
        """The stream, with no other thread at it through this object.

        Raises:
            HResultError: E_UNEXPECTED: there is none yet. CO_E_RELEASED: there is none any more.
        """
        with self._turns:
            self._require_references()
            if self._stream is None:
                raise HResultError(HRESULT.E_UNEXPECTED, "Initialize comes first")
            yield self._stream

    def _final_release(self) -> None:
        """Give up the stream."""
        with self._turns:
            former, self._stream = self._stream, None
        if former is not None:
            former.Release()


def _number_of_bytes(value: object, name: str) -> int:
    """A LONG that is not negative. Raises HResultError E_INVALIDARG, E_POINTER (None)."""
    return arguments.number(value, name, 0)
