"""SCardTypeConv: ISCardTypeConv (CSCardTypeConv)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, ClassVar
from uuid import UUID

from scardmgr.buffers.byte_buffer import ByteBuffer
from scardmgr.buffers.memory_stream import ULARGE_MAX, ULONG_MAX, MemoryStream
from scardmgr.buffers.shared_bytes import MOST
from scardmgr.com import arguments
from scardmgr.com.errors import HRESULT, HResultError
from scardmgr.interfaces.stream import STATSTG, IStream
from scardmgr.interfaces.type_conversion import BYTEARRAY, ISCardTypeConv, SafeArray
from scardmgr.published.enumerations import STATFLAG

if TYPE_CHECKING:
    from scardmgr.interfaces.base import Buffer


class SCardTypeConv(ISCardTypeConv):
    """Conversions. It keeps nothing between two calls, so any number of threads may use it."""

    CLSID: ClassVar[UUID] = UUID("53B6AA67-3F56-11D0-916B-00AA00C18068")

    def ConvertByteArrayToByteBuffer(self, pbyArray: Buffer, dwArraySize: int) -> ByteBuffer:
        """A copy."""
        data = arguments.buffer(pbyArray, "pbyArray")
        return ByteBuffer(data[: _size(dwArraySize, "dwArraySize", min(len(data), MOST))])

    def ConvertByteBufferToByteArray(self, pbyBuffer: Buffer) -> BYTEARRAY:
        """A copy, of one's own."""
        data = bytearray(arguments.buffer(pbyBuffer, "pbyBuffer"))
        return BYTEARRAY(0, len(data), data)

    def ConvertByteBufferToSafeArray(self, pbyBuffer: Buffer) -> SafeArray:
        """A copy."""
        return bytearray(arguments.buffer(pbyBuffer, "pbyBuffer"))

    def ConvertSafeArrayToByteBuffer(self, pbyArray: Buffer | Iterable[int]) -> ByteBuffer:
        """A copy."""
        return ByteBuffer(_bytes_of_safe_array(pbyArray))

    def CreateByteArray(self, dwAllocSize: int) -> bytearray:
        """Zeros."""
        return bytearray(_size(dwAllocSize, "dwAllocSize", ULONG_MAX))

    def CreateByteBuffer(self, dwAllocSize: int) -> ByteBuffer:
        """Zeros."""
        return ByteBuffer(bytes(_size(dwAllocSize, "dwAllocSize", MOST)))

    def CreateSafeArray(self, nAllocSize: int) -> SafeArray:
        """Zeros."""
        return bytearray(_size(nAllocSize, "nAllocSize", ULONG_MAX))

    def FreeIStreamMemoryPtr(self, pStrm: IStream, pMem: memoryview | BYTEARRAY) -> None:
        """The stream knows its pointers, so it need not be the object that got this one."""
        stream = _in_memory(pStrm)
        if pMem is None:
            raise HResultError(HRESULT.E_POINTER, "pMem is None")
        stream.free_memory(pMem.pbyData if isinstance(pMem, BYTEARRAY) else pMem)

    def GetAtIStreamMemory(self, pStrm: IStream) -> BYTEARRAY:
        """A view of the memory."""
        view = _in_memory(pStrm).get_memory()
        return BYTEARRAY(0, len(view), view)

    def SizeOfIStream(self, pStrm: IStream) -> int:
        """What Stat says."""
        if not isinstance(pStrm, IStream):
            raise HResultError(HRESULT.E_POINTER, f"pStrm is of type {type(pStrm).__name__}: an IStream is needed")
        try:
            told: object = pStrm.Stat(STATFLAG.STATFLAG_NONAME)
        except HResultError as error:
            released = error.hresult == HRESULT.CO_E_RELEASED
            raise HResultError(HRESULT.E_POINTER if released else HRESULT.E_FAIL, f"pStrm: {error}") from error
        size: object = told.cbSize if isinstance(told, STATSTG) else None
        if not isinstance(size, int) or not 0 <= size <= ULARGE_MAX:
            raise HResultError(HRESULT.E_UNEXPECTED, "pStrm: its Stat gives no size")
        return size


def _in_memory(stream: object) -> MemoryStream:
    """A stream that has memory to get at. Raises HResultError E_POINTER (None), E_INVALIDARG."""
    if stream is None:
        raise HResultError(HRESULT.E_POINTER, "pStrm is None")
    if not isinstance(stream, MemoryStream):
        raise HResultError(HRESULT.E_INVALIDARG, f"pStrm is of type {type(stream).__name__}: it is no stream in memory")
    return stream


def _size(value: object, name: str, most: int) -> int:
    """A number of bytes. Raises HResultError E_INVALIDARG, also for None: a number is no pointer."""
    if value is None:
        raise HResultError(HRESULT.E_INVALIDARG, f"{name} is None")
    return arguments.number(value, name, 0, most)


def _bytes_of_safe_array(value: object) -> bytes:
    """The bytes, given as such or as numbers. Raises HResultError E_POINTER (None), E_INVALIDARG."""
    if not isinstance(value, Iterable) or isinstance(value, str | bytes | bytearray | memoryview):
        return arguments.buffer(value, "pbyArray")
    try:
        return bytes(iter(value))  # its numbers, also where it has memory of another form: array("H")
    except (TypeError, ValueError):
        raise HResultError(HRESULT.E_INVALIDARG, "pbyArray: bytes are needed, or the numbers that they are") from None
