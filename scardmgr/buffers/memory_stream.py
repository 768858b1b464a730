"""MemoryStream: IStream in memory."""

from __future__ import annotations

from enum import IntEnum, IntFlag
from typing import TYPE_CHECKING, TypeVar

from scardmgr.buffers.region_locks import Region
from scardmgr.buffers.shared_bytes import MOST, SharedBytes, require_fitting
from scardmgr.com import arguments
from scardmgr.com.errors import HRESULT, HResultError
from scardmgr.interfaces.stream import STATSTG, STGM, STGTY, IStream
from scardmgr.published.enumerations import LOCKTYPE, STATFLAG, STGC, STREAM_SEEK

if TYPE_CHECKING:
    from scardmgr.interfaces.base import Buffer

_Member = TypeVar("_Member", bound=IntEnum)
_Flags = TypeVar("_Flags", bound=IntFlag)

ULONG_MAX = (1 << 32) - 1
ULARGE_MAX = (1 << 64) - 1
LARGE_MIN = -(1 << 63)


class MemoryStream(IStream):
    """A stream in memory, as CreateStreamOnHGlobal gives it; it also locks regions, and may be transacted.

    Stream objects on the same bytes (:meth:`Clone`) may be used by several threads: each call is done before the next
    one begins. What a release leaves locked is unlocked. Bytes that nobody wrote are 00.

    Args:
        content: what it holds at first, with the seek pointer at the start.
        transacted: whether Commit and Revert have an effect. The first content counts as committed.

    Raises:
        HResultError: STG_E_MEDIUMFULL: more than 2^31 - 1 bytes.
            E_INVALIDARG, E_POINTER: ``content`` is no buffer.
    """

    def __init__(self, content: Buffer = b"", *, transacted: bool = False) -> None:
        self._shared = SharedBytes(arguments.buffer(content, "content"), transacted=transacted)
        self._position = 0
        self._views: list[memoryview] = []

    def Read(self, cb: int) -> bytes:
        """Regions count as far as bytes are really read."""
        count = arguments.number(cb, "cb", 0, ULONG_MAX)
        with self._shared.turns:
            return self._read(count)

    def Write(self, pv: Buffer, cb: int | None = None) -> int:
        """The bytes that fill a gap count as written."""
        if pv is None:
            raise HResultError(HRESULT.STG_E_INVALIDPOINTER, "the bytes to write are None")
        data = arguments.buffer(pv, "the bytes to write")
        if cb is not None:
            data = data[: arguments.number(cb, "cb", 0, len(data))]
        if not data:
            return 0
        shared = self._shared
        with shared.turns:
            start = self._position
            require_fitting(start + len(data))
            shared.locks.require_writable(self, min(start, len(shared)), start + len(data))
            shared.write(start, data)
            self._position += len(data)
        return len(data)

    def Seek(self, dlibMove: int, dwOrigin: STREAM_SEEK) -> int:
        """Any 64 bits will do for STREAM_SEEK_SET, signed or not."""
        origin = _member(STREAM_SEEK, dwOrigin, "dwOrigin")
        most = ULARGE_MAX if origin is STREAM_SEEK.STREAM_SEEK_SET else -LARGE_MIN - 1
        move = arguments.number(dlibMove, "dlibMove", LARGE_MIN, most)
        with self._shared.turns:
            if origin is STREAM_SEEK.STREAM_SEEK_SET:
                position = move & ULARGE_MAX
            elif origin is STREAM_SEEK.STREAM_SEEK_CUR:
                position = self._position + move
            else:
                position = len(self._shared) + move
            if not 0 <= position <= ULARGE_MAX:
                raise HResultError(HRESULT.STG_E_INVALIDFUNCTION, f"the seek pointer cannot be {position}")
            self._position = position
            return position

    def SetSize(self, libNewSize: int) -> None:
        """Locks on the bytes that go or come are looked at."""
        size = arguments.number(libNewSize, "libNewSize", 0, ULARGE_MAX)
        if size > MOST:
            raise HResultError(HRESULT.STG_E_INVALIDFUNCTION, f"{size} bytes: a stream in memory has up to {MOST}")
        shared = self._shared
        with shared.turns:
            shared.locks.require_writable(self, *sorted((size, len(shared))))
            shared.resize(size)

    def CopyTo(self, pstm: IStream, cb: int) -> tuple[int, int]:
        """One Read, and one Write of the other stream."""
        if pstm is None:
            raise HResultError(HRESULT.STG_E_INVALIDPOINTER, "pstm is None")
        if not isinstance(pstm, IStream):
            raise HResultError(HRESULT.E_INVALIDARG, f"pstm is of type {type(pstm).__name__}: an IStream is needed")
        count = arguments.number(cb, "cb", 0, ULARGE_MAX)
        with self._shared.turns:
            before, data = self._position, self._read(count)
        try:
            return len(data), pstm.Write(data, len(data))
        except BaseException:
            self._position = before
            raise

    def Commit(self, grfCommitFlags: STGC = STGC.STGC_DEFAULT) -> None:
        """All stream objects on the bytes see the same, so nothing can have become out of date (STGC_ONLYIFCURRENT)."""
        _flags(STGC, grfCommitFlags, "grfCommitFlags")
        with self._shared.turns:
            self._shared.commit()

    def Revert(self) -> None:
        """For all stream objects on the bytes."""
        shared = self._shared
        with shared.turns:
            if shared.transacted:
                shared.locks.require_writable(self, 0, max(len(shared), shared.reverted_size()))
                shared.revert()

    def LockRegion(self, libOffset: int, cb: int, dwLockType: LOCKTYPE) -> None:
        """Against the other stream objects on the bytes."""
        region = _region(libOffset, cb, dwLockType)
        with self._shared.turns:
            self._shared.locks.lock(self, region)

    def UnlockRegion(self, libOffset: int, cb: int, dwLockType: LOCKTYPE) -> None:
        """Its own locks only."""
        region = _region(libOffset, cb, dwLockType)
        with self._shared.turns:
            self._shared.locks.unlock(self, region)

    def Stat(self, grfStatFlag: STATFLAG = STATFLAG.STATFLAG_DEFAULT) -> STATSTG:
        """It has no name and keeps no times."""
        _flags(STATFLAG, grfStatFlag, "grfStatFlag")
        shared = self._shared
        mode = STGM.STGM_READWRITE | (STGM.STGM_TRANSACTED if shared.transacted else STGM.STGM_DIRECT)
        return STATSTG(None, STGTY.STGTY_STREAM, len(shared), 0, 0, 0, mode, sum(LOCKTYPE))

    def Clone(self) -> MemoryStream:
        """Locks are its owner's, so the clone has none."""
        clone = MemoryStream()
        with self._shared.turns:
            clone._shared = self._shared
            clone._position = self._position
        return clone

    def get_memory(self) -> memoryview:
        """The bytes themselves, to read and to write, as GetHGlobalFromStream and GlobalLock give them.

        Until :meth:`free_memory` it holds a reference to the stream, and the size of the stream.

        Raises:
            HResultError: CO_E_RELEASED.
        """
        self.AddRef()
        with self._shared.turns:
            view = self._shared.view()
            self._views.append(view)
            return view

    def free_memory(self, view: object) -> None:
        """Give back what :meth:`get_memory` gave.

        Raises:
            HResultError: E_INVALIDARG: it is not what this stream object gave, or is given back already, or something
                still uses it. CO_E_RELEASED.
        """
        self._require_references()
        with self._shared.turns:
            place = next((place for place, each in enumerate(self._views) if each is view), None)
            if place is None:
                raise HResultError(HRESULT.E_INVALIDARG, "the memory is not what this stream gave, or is given back")
            try:
                self._views[place].release()
            except BufferError:
                raise HResultError(HRESULT.E_INVALIDARG, "something still uses the memory") from None
            del self._views[place]
        self.Release()

    def _final_release(self) -> None:
        """Unlock what is locked, and leave the bytes to the clones."""
        shared = self._shared
        with shared.turns:
            shared.locks.give_up(self)
        self._shared = SharedBytes(b"", transacted=False)

    def _read(self, count: int) -> bytes:
        """What Read gives; in turn."""
        shared = self._shared
        start = self._position
        shared.locks.require_readable(self, start, min(start + count, len(shared)))
        data = shared.read(start, count)
        self._position += len(data)
        return data

    def __repr__(self) -> str:
        """The length only: the bytes may be a secret."""
        return f"{type(self).__name__}(<{len(self._shared)} bytes>)"


def _region(offset: object, count: object, kind: object) -> Region:
    return Region(
        arguments.number(offset, "libOffset", 0, ULARGE_MAX),
        arguments.number(count, "cb", 0, ULARGE_MAX),
        _member(LOCKTYPE, kind, "dwLockType"),
    )


def _member(kind: type[_Member], value: object, name: str) -> _Member:
    """A member of an enumeration. Raises HResultError STG_E_INVALIDFUNCTION, as a stream says it."""
    try:
        return arguments.member(kind, value, name)
    except HResultError as error:
        raise HResultError(HRESULT.STG_E_INVALIDFUNCTION, error.reason) from None


def _flags(kind: type[_Flags], value: object, name: str) -> _Flags:
    """Flags, all of them known. Raises HResultError STG_E_INVALIDFLAG, as a stream says it."""
    known = sum(kind)
    if isinstance(value, bool) or not isinstance(value, int) or value & ~known:
        raise HResultError(HRESULT.STG_E_INVALIDFLAG, f"{name} is not made of the flags of {kind.__name__}")
    return kind(value)
