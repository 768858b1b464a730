"""ISCardTypeConv: the forms that bytes have in COM, made into one another."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, ClassVar, TypeAlias
from uuid import UUID

from scardmgr.interfaces.base import SmartCardInterface

if TYPE_CHECKING:
    from scardmgr.interfaces.base import Buffer
    from scardmgr.interfaces.byte_buffer import IByteBuffer
    from scardmgr.interfaces.stream import IStream

SafeArray: TypeAlias = bytearray
"""What stands for a SAFEARRAY of unsigned char where one is made."""


@dataclass(frozen=True, slots=True)
class BYTEARRAY:
    """Bytes in memory, and how many there are; the repr does not show them.

    Attributes:
        hMem: 0: there is no handle to the memory.
        dwSize: how many bytes.
        pbyData: the bytes: a ``bytearray`` of one's own, or a view of a stream's memory.
    """

    hMem: int
    dwSize: int
    pbyData: bytearray | memoryview = field(repr=False)

    def __bytes__(self) -> bytes:
        return bytes(self.pbyData)


class ISCardTypeConv(SmartCardInterface):
    """Conversions between byte buffers, arrays of C and safe arrays, and the memory of streams. It needs no card.

    An array of C (LPBYTE) is a ``bytearray`` here, as is a SAFEARRAY of unsigned char. Of E_POINTER, what the pages say
    of an out parameter never comes, nor does E_OUTOFMEMORY: Python raises MemoryError.
    """

    IID: ClassVar[UUID] = UUID("53B6AA63-3F56-11D0-916B-00AA00C18068")

    @abstractmethod
    def ConvertByteArrayToByteBuffer(self, pbyArray: Buffer, dwArraySize: int) -> IByteBuffer:
        """A buffer with a copy of the first ``dwArraySize`` bytes, its seek pointer at the start.

        Raises:
            HResultError: E_INVALIDARG: no bytes, or fewer than ``dwArraySize``.
                E_POINTER: ``pbyArray`` is None.
                S_OK is the return; E_OUTOFMEMORY: never.
        """

    @abstractmethod
    def ConvertByteBufferToByteArray(self, pbyBuffer: Buffer) -> BYTEARRAY:
        """A copy of all bytes of a buffer, wherever its seek pointer is, and their number.

        Raises:
            HResultError: E_INVALIDARG: no buffer. E_POINTER: ``pbyBuffer`` is None.
                S_OK is the return; E_OUTOFMEMORY: never.
        """

    @abstractmethod
    def ConvertByteBufferToSafeArray(self, pbyBuffer: Buffer) -> SafeArray:
        """A copy of all bytes of a buffer, wherever its seek pointer is.

        Raises:
            HResultError: E_INVALIDARG: no buffer. E_POINTER: ``pbyBuffer`` is None.
                S_OK is the return; E_OUTOFMEMORY: never.
        """

    @abstractmethod
    def ConvertSafeArrayToByteBuffer(self, pbyArray: Buffer | Iterable[int]) -> IByteBuffer:
        """A buffer with a copy of the bytes, its seek pointer at the start.

        Args:
            pbyArray: bytes, or the numbers that they are, 0 to 255.

        Raises:
            HResultError: E_INVALIDARG: neither. E_POINTER: ``pbyArray`` is None.
                S_OK is the return; E_OUTOFMEMORY: never.
        """

    @abstractmethod
    def CreateByteArray(self, dwAllocSize: int) -> bytearray:
        """That many 00 bytes.

        Raises:
            HResultError: E_INVALIDARG: no number of 32 bits.
                S_OK is the return; E_OUTOFMEMORY: never.
        """

    @abstractmethod
    def CreateByteBuffer(self, dwAllocSize: int) -> IByteBuffer:
        """A buffer of that many 00 bytes, its seek pointer at the start.

        Raises:
            HResultError: E_INVALIDARG: not 0 to 2^31 - 1.
                S_OK is the return; E_OUTOFMEMORY: never.
        """

    @abstractmethod
    def CreateSafeArray(self, nAllocSize: int) -> SafeArray:
        """That many 00 bytes.

        Raises:
            HResultError: E_INVALIDARG: no number of 32 bits.
                S_OK is the return; E_OUTOFMEMORY: never.
        """

    @abstractmethod
    def FreeIStreamMemoryPtr(self, pStrm: IStream, pMem: memoryview | BYTEARRAY) -> None:
        """Give back what :meth:`GetAtIStreamMemory` gave, and with it the stream's reference.

        Args:
            pStrm: the stream.
            pMem: its ``pbyData``, or the BYTEARRAY. Neither can be used any more.

        Raises:
            HResultError: E_INVALIDARG: no such stream; not what it gave, or given back already; or something still uses
                the view.
                E_POINTER: one of them is None.
                S_OK is the return; E_OUTOFMEMORY: never.
        """

    @abstractmethod
    def GetAtIStreamMemory(self, pStrm: IStream) -> BYTEARRAY:
        """The bytes of a stream in memory themselves: ``pbyData`` is a view that reads and writes them.

        Each view holds a reference to the stream, and the size of the stream until :meth:`FreeIStreamMemoryPtr`: what
        would change it raises STG_E_MEDIUMFULL. Locked regions do not hold for a view.

        Raises:
            HResultError: E_INVALIDARG: no stream in memory. E_POINTER: ``pStrm`` is None.
                S_OK is the return; E_OUTOFMEMORY: never.
        """

    @abstractmethod
    def SizeOfIStream(self, pStrm: IStream) -> int:
        """How many bytes a stream has; of any stream, a number of 64 bits.

        Raises:
            HResultError: E_POINTER: ``pStrm`` is None, no IStream, or released.
                E_FAIL: the stream does not tell. E_UNEXPECTED: what it tells is no size.
                S_OK is the return; E_INVALIDARG (of the out parameter): never.
        """
