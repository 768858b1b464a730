"""IByteBuffer: the buffer that the other interfaces take, a stream of bytes."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar
from uuid import UUID

from scardmgr.interfaces.base import SmartCardInterface
from scardmgr.interfaces.stream import all_bytes
from scardmgr.published.enumerations import LOCKTYPE, STATFLAG, STGC, STREAM_SEEK

if TYPE_CHECKING:
    from scardmgr.interfaces.base import Buffer
    from scardmgr.interfaces.stream import STGM, STGTY, IStream


@dataclass(frozen=True, slots=True)
class STATSTRUCT:
    """What a buffer tells of itself: a part of its stream's STATSTG.

    Attributes:
        type: what it is: a stream.
        cbSize: how many bytes it has.
        grfMode: how it was opened.
        grfLocksSupported: the LOCKTYPE members that it knows, ORed.
        grfStateBits: 0.
    """

    type: STGTY
    cbSize: int
    grfMode: STGM
    grfLocksSupported: int
    grfStateBits: int


class IByteBuffer(SmartCardInterface):
    """A stream of bytes with a seek pointer.

    Typical use: create it, :meth:`Initialize`, write and read at the seek pointer, release. Wherever an interface takes
    a buffer, all its bytes are taken (``bytes(buffer)``), and its seek pointer stays.

    Every member but :meth:`Initialize` and a new :attr:`Stream` raises E_UNEXPECTED before Initialize. A number has to
    be a LONG, and a number of bytes is not negative: E_INVALIDARG (``None``: E_POINTER). Codes of the stream come
    through.
    """

    IID: ClassVar[UUID] = UUID("E126F8FE-A7AF-11D0-B88A-00C04FD424B9")

    @property
    @abstractmethod
    def Stream(self) -> IStream:
        """The stream beneath; the default member (number 0).

        Getting it gives one reference more to it, which its Release gives back. Putting one lets the buffer stand on
        that stream, as Initialize does on a new one. Known from the header only.

        Raises:
            HResultError: E_POINTER, E_INVALIDARG: what is put is None, or no IStream.
        """

    @Stream.setter
    @abstractmethod
    def Stream(self, pStream: IStream) -> None: ...

    @abstractmethod
    def Clone(self) -> IByteBuffer:
        """Another buffer on the same bytes, with a seek pointer of its own, which begins where this one's is.

        Each sees at once what the other writes; locked regions are those of both.

        Raises:
            HResultError: S_OK is the return.
        """

    @abstractmethod
    def Commit(self, grfCommitFlags: STGC = STGC.STGC_DEFAULT) -> None:
        """Make what the buffer holds what :meth:`Revert` goes back to, if its stream is transacted.

        Raises:
            HResultError: STG_E_INVALIDFLAG: no such flags.
                S_OK is the return.
        """

    @abstractmethod
    def CopyTo(self, pByteBuffer: IByteBuffer, cb: int) -> tuple[int, int]:
        """Read, and write what was read into a buffer, each at its seek pointer.

        Args:
            pByteBuffer: where it goes; a clone and the buffer itself are allowed: all is read before any is written.
            cb: how many bytes; more than there are copies what is left.

        Returns:
            How many bytes were read (pcbRead), and how many written (pcbWritten).

        Raises:
            HResultError: STG_E_INVALIDPOINTER: ``pByteBuffer`` is None. E_INVALIDARG: it is no IByteBuffer.
                As Read and Write: the seek pointers stay.
                S_OK is the return.
        """

    @abstractmethod
    def Initialize(self, lSize: int = 1, pData: Buffer | None = None) -> None:
        """Begin with a new stream of ``lSize`` bytes, its seek pointer at the start. It comes before all else.

        Called again, it leaves the former bytes to the clones.

        Args:
            lSize: how many bytes.
            pData: what they are, ``lSize`` bytes or more; ``None``: 00 bytes.

        Raises:
            HResultError: E_INVALIDARG: ``pData`` is no buffer, or has fewer than ``lSize`` bytes.
                S_OK is the return.
        """

    @abstractmethod
    def LockRegion(self, libOffset: int, cb: int, dwLockType: LOCKTYPE) -> None:
        """Keep the clones from using some of the bytes. The region may reach behind the end.

        Args:
            libOffset: the first of them.
            cb: how many.
            dwLockType: LOCK_WRITE: the clones may not write them. LOCK_EXCLUSIVE: nor read them. LOCK_ONLYONCE: nobody
                gets another such lock on one of them.

        Raises:
            HResultError: STG_E_INVALIDFUNCTION: no such lock.
                STG_E_LOCKVIOLATION: one of the bytes is locked already.
                S_OK is the return.
        """

    @abstractmethod
    def Read(self, cb: int) -> bytes:
        """Up to ``cb`` bytes from the seek pointer on, which goes behind them: fewer where the buffer ends.

        Returns:
            The bytes (pByte). Their number is pcbRead.

        Raises:
            HResultError: STG_E_LOCKVIOLATION: a clone has a LOCK_EXCLUSIVE on one of them.
                S_OK is the return.
        """

    @abstractmethod
    def Revert(self) -> None:
        """Go back to what the buffer held when last committed, or at first, if its stream is transacted.

        Seek pointers stay; the clones go back, too.

        Raises:
            HResultError: STG_E_LOCKVIOLATION: a clone has a lock on one of the bytes.
                S_OK is the return.
        """

    @abstractmethod
    def Seek(self, dlibMove: int, dwOrigin: STREAM_SEEK) -> int:
        """Move the seek pointer. Behind the end is allowed: the next Write fills the gap.

        Args:
            dlibMove: by how much. With STREAM_SEEK_SET it counts as unsigned, of 32 bits.
            dwOrigin: from where.

        Returns:
            The new position, from the beginning (plibNewPosition).

        Raises:
            HResultError: STG_E_INVALIDFUNCTION: before the beginning, or no such origin. The seek pointer stays.
                S_OK is the return.
        """

    @abstractmethod
    def SetSize(self, libNewSize: int) -> None:
        """Cut the buffer off or fill it up; the seek pointer stays, even behind the end.

        Raises:
            HResultError: STG_E_LOCKVIOLATION: a clone has a lock on one of the bytes that go or come.
                STG_E_MEDIUMFULL: the size cannot change.
                S_OK is the return.
        """

    @abstractmethod
    def Stat(self, grfStatFlag: STATFLAG = STATFLAG.STATFLAG_DEFAULT) -> STATSTRUCT:
        """What the buffer tells of itself. It has no name, so STATFLAG_NONAME leaves nothing out.

        Raises:
            HResultError: STG_E_INVALIDFLAG: no such flags.
                S_OK is the return.
        """

    @abstractmethod
    def UnlockRegion(self, libOffset: int, cb: int, dwLockType: LOCKTYPE) -> None:
        """End a lock, named as it was made.

        Raises:
            HResultError: STG_E_INVALIDFUNCTION: no such kind of lock.
                STG_E_LOCKVIOLATION: this buffer has no such lock.
                S_OK is the return.
        """

    @abstractmethod
    def Write(self, pByte: Buffer, cb: int | None = None) -> int:
        """Write from the seek pointer on, which goes behind what was written. Behind the end the buffer grows.

        Args:
            pByte: the bytes.
            cb: how many of them; ``None``: all. With none at all nothing happens.

        Returns:
            How many bytes were written (pcbWritten).

        Raises:
            HResultError: STG_E_INVALIDPOINTER: ``pByte`` is None, also where ``cb`` is 0.
                E_INVALIDARG: it is no buffer, or has fewer than ``cb`` bytes.
                STG_E_LOCKVIOLATION: a clone has a lock on one of the bytes.
                STG_E_MEDIUMFULL: the buffer would have more than 2^31 - 1 bytes. Nothing was written.
                S_OK is the return.
        """

    def __bytes__(self) -> bytes:
        """All bytes; the seek pointer stays."""
        return all_bytes(self)

    def __len__(self) -> int:
        """How many bytes there are."""
        return self.Stat(STATFLAG.STATFLAG_NONAME).cbSize
