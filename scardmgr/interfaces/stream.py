"""IStream: bytes with a seek pointer, as COM has them (objidl.h)."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass
from enum import IntEnum, IntFlag
from typing import TYPE_CHECKING, ClassVar
from uuid import UUID

from scardmgr.com.unknown import IUnknown
from scardmgr.published.enumerations import LOCKTYPE, STATFLAG, STGC, STREAM_SEEK

if TYPE_CHECKING:
    from scardmgr.interfaces.base import Buffer
    from scardmgr.interfaces.byte_buffer import IByteBuffer


CLSID_NULL = UUID(int=0)


class STGTY(IntEnum):
    """What a STATSTG is about."""

    STGTY_STORAGE = 1
    STGTY_STREAM = 2
    STGTY_LOCKBYTES = 3
    STGTY_PROPERTY = 4


class STGM(IntFlag):
    """How a stream was opened; of the published flags those that a stream in memory has."""

    STGM_DIRECT = 0x00000000
    STGM_READWRITE = 0x00000002
    STGM_TRANSACTED = 0x00010000


@dataclass(frozen=True, slots=True)
class STATSTG:
    """What a stream tells of itself.

    Attributes:
        pwcsName: its name; ``None`` where it has none, and with STATFLAG_NONAME.
        type: what it is.
        cbSize: how many bytes it has.
        mtime: when it was last written, in 100 ns since 1601 (FILETIME); 0: not known.
        ctime: when it was made.
        atime: when it was last used.
        grfMode: how it was opened.
        grfLocksSupported: the LOCKTYPE members that it knows, ORed.
        clsid: a storage's class; of a stream, CLSID_NULL.
        grfStateBits: a storage's state; of a stream, 0.
        reserved: 0.
    """

    pwcsName: str | None
    type: STGTY
    cbSize: int
    mtime: int
    ctime: int
    atime: int
    grfMode: STGM
    grfLocksSupported: int
    clsid: UUID = CLSID_NULL
    grfStateBits: int = 0
    reserved: int = 0


class ISequentialStream(IUnknown):
    """Bytes one after the other."""

    IID: ClassVar[UUID] = UUID("0C733A30-2A1C-11CE-ADE5-00AA0044773D")

    @abstractmethod
    def Read(self, cb: int) -> bytes:
        """Up to ``cb`` bytes from the seek pointer on, which goes behind them: fewer where the stream ends.

        Raises:
            HResultError: E_INVALIDARG, E_POINTER: no number of 32 bits.
                STG_E_LOCKVIOLATION: another stream object has a LOCK_EXCLUSIVE on one of them.
        """

    @abstractmethod
    def Write(self, pv: Buffer, cb: int | None = None) -> int:
        """Write from the seek pointer on, which goes behind what was written. Returns how many bytes were.

        Behind the end the stream grows, and the gap is filled; writing no bytes does nothing, there too.

        Args:
            pv: the bytes.
            cb: how many of them; ``None``: all.

        Raises:
            HResultError: STG_E_INVALIDPOINTER: ``pv`` is None, also where ``cb`` is 0.
                E_INVALIDARG: it is no buffer, or has fewer than ``cb`` bytes.
                STG_E_LOCKVIOLATION: another stream object has a lock on one of the bytes.
                STG_E_MEDIUMFULL: the stream would become too large. Nothing was written.
        """


class IStream(ISequentialStream):
    """Bytes with a seek pointer.

    Numbers of bytes and offsets have 64 bits. What is no number is E_INVALIDARG (``None``: E_POINTER).
    """

    IID: ClassVar[UUID] = UUID("0000000C-0000-0000-C000-000000000046")

    @abstractmethod
    def Seek(self, dlibMove: int, dwOrigin: STREAM_SEEK) -> int:
        """Move the seek pointer. Behind the end is allowed.

        Args:
            dlibMove: by how much. With STREAM_SEEK_SET it counts as unsigned.
            dwOrigin: from where.

        Returns:
            The new position, from the beginning.

        Raises:
            HResultError: STG_E_INVALIDFUNCTION: before the beginning, behind what 64 bits tell, or no such origin. The
                seek pointer stays.
        """

    @abstractmethod
    def SetSize(self, libNewSize: int) -> None:
        """Cut the stream off or fill it up; the seek pointer stays, even behind the end.

        Raises:
            HResultError: STG_E_INVALIDFUNCTION: more bytes than such a stream can ever have.
                STG_E_MEDIUMFULL: there is no room for so many.
                STG_E_LOCKVIOLATION: another stream object has a lock on one of the bytes that go or come.
        """

    @abstractmethod
    def CopyTo(self, pstm: IStream, cb: int) -> tuple[int, int]:
        """Read, and write what was read into a stream, each at its seek pointer.

        Args:
            pstm: where it goes; a clone and the stream itself are allowed: all is read before any is written.
            cb: how many bytes; more than there are copies what is left.

        Returns:
            How many bytes were read, and how many written.

        Raises:
            HResultError: STG_E_INVALIDPOINTER: ``pstm`` is None. E_INVALIDARG: it is no IStream.
                As Read and Write: the seek pointers stay.
        """

    @abstractmethod
    def Commit(self, grfCommitFlags: STGC = STGC.STGC_DEFAULT) -> None:
        """Of a transacted stream: make what it holds what :meth:`Revert` goes back to.

        Raises:
            HResultError: STG_E_INVALIDFLAG: no such flags.
        """

    @abstractmethod
    def Revert(self) -> None:
        """Of a transacted stream: go back to what it held when last committed; seek pointers stay.

        Raises:
            HResultError: STG_E_LOCKVIOLATION: another stream object has a lock on one of the bytes.
        """

    @abstractmethod
    def LockRegion(self, libOffset: int, cb: int, dwLockType: LOCKTYPE) -> None:
        """Keep other stream objects on the same bytes from using some of them. The region may reach behind the end.

        Args:
            libOffset: the first of them.
            cb: how many.
            dwLockType: LOCK_WRITE: others may not write them. LOCK_EXCLUSIVE: nor read them. LOCK_ONLYONCE: nobody gets
                another such lock on one of them.

        Raises:
            HResultError: STG_E_INVALIDFUNCTION: no such lock.
                STG_E_LOCKVIOLATION: one of the bytes is locked already.
        """

    @abstractmethod
    def UnlockRegion(self, libOffset: int, cb: int, dwLockType: LOCKTYPE) -> None:
        """End a lock, named as it was made.

        Raises:
            HResultError: STG_E_INVALIDFUNCTION: no such kind of lock.
                STG_E_LOCKVIOLATION: this stream object has no such lock.
        """

    @abstractmethod
    def Stat(self, grfStatFlag: STATFLAG = STATFLAG.STATFLAG_DEFAULT) -> STATSTG:
        """What the stream tells of itself.

        Raises:
            HResultError: STG_E_INVALIDFLAG: no such flags.
        """

    @abstractmethod
    def Clone(self) -> IStream:
        """Another stream object on the same bytes, with a seek pointer of its own, which begins where this one is."""


def all_bytes(stream: IStream | IByteBuffer) -> bytes:
    """All bytes of a stream or a buffer, wherever its seek pointer is; it stays there.

    Raises:
        HResultError: as its Read: STG_E_LOCKVIOLATION.
    """
    position = stream.Seek(0, STREAM_SEEK.STREAM_SEEK_CUR)
    stream.Seek(0, STREAM_SEEK.STREAM_SEEK_SET)
    left, parts = stream.Stat(STATFLAG.STATFLAG_NONAME).cbSize, []
    try:
        # A stream of another make may give less at once than there is.
        while left > 0 and (part := stream.Read(left)):
            parts.append(part)
            left -= len(part)
        return b"".join(parts)
    finally:
        stream.Seek(position, STREAM_SEEK.STREAM_SEEK_SET)
