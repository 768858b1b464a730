"""SCardTypeConv: the forms of bytes made into one another, and the memory of streams."""

from __future__ import annotations

from array import array
from collections.abc import Callable
from pickle import PickleBuffer

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scardmgr import (
    BYTEARRAY,
    E_FAIL,
    E_INVALIDARG,
    E_POINTER,
    E_UNEXPECTED,
    HRESULT,
    STREAM_SEEK,
    ByteBuffer,
    HResultError,
    IByteBuffer,
    ISCardTypeConv,
    MemoryStream,
    SCardTypeConv,
)
from scardmgr.com.automation import DISPPARAMS, IID_NULL

Refused = Callable[..., HResultError]
SET, CUR = STREAM_SEEK.STREAM_SEEK_SET, STREAM_SEEK.STREAM_SEEK_CUR
SECRET = b"271828"


@pytest.fixture
def conversions() -> ISCardTypeConv:
    return SCardTypeConv()


@given(st.binary(max_size=300), st.data())
def test_every_form_comes_back(content: bytes, data: st.DataObject) -> None:
    convert = SCardTypeConv()
    size = data.draw(st.integers(0, len(content)))
    buffer = convert.ConvertByteArrayToByteBuffer(content, size)
    wanted = content[:size]
    buffer.Seek(data.draw(st.integers(0, 400)), SET)
    made = convert.ConvertByteBufferToByteArray(buffer)
    assert (made.hMem, made.dwSize, made.pbyData) == (0, size, wanted)
    safe = convert.ConvertByteBufferToSafeArray(buffer)
    assert safe == wanted
    for form in (safe, list(safe), array("B", safe), memoryview(safe), tuple(safe), made):
        assert bytes(convert.ConvertSafeArrayToByteBuffer(form)) == wanted


def test_conversions_copy(conversions: ISCardTypeConv) -> None:
    buffer = ByteBuffer(b"abc")
    for copy in (
        conversions.ConvertByteBufferToSafeArray(buffer),
        conversions.ConvertByteBufferToByteArray(buffer).pbyData,
    ):
        copy[0] = 0xFF
        assert bytes(buffer) == b"abc"
    given = bytearray(b"abc")
    for made in (
        conversions.ConvertByteArrayToByteBuffer(given, 3),
        conversions.ConvertSafeArrayToByteBuffer(given),
    ):
        assert made.Read(1) == b"a"
        made.Write(b"X")
        assert given == b"abc"


def test_what_comes_in_stays_as_it_is(conversions: ISCardTypeConv) -> None:
    buffer = ByteBuffer(b"abc")
    buffer.Seek(2, SET)
    conversions.ConvertByteBufferToByteArray(buffer)
    conversions.ConvertByteBufferToSafeArray(buffer)
    assert buffer.Seek(0, CUR) == 2


def test_bytes_stand_for_a_buffer(conversions: ISCardTypeConv) -> None:
    for form in (b"abc", bytearray(b"abc"), memoryview(b"abc")):
        assert bytes(conversions.ConvertByteBufferToByteArray(form)) == b"abc"
        assert conversions.ConvertByteBufferToSafeArray(form) == b"abc"


def test_arrays_of_any_size_are_made_of_zeros(conversions: ISCardTypeConv) -> None:
    for size in (0, 1, 300):
        assert conversions.CreateByteArray(size) == conversions.CreateSafeArray(size) == bytearray(size)
        buffer = conversions.CreateByteBuffer(size)
        assert (bytes(buffer), buffer.Seek(0, CUR)) == (bytes(size), 0)
        buffer.close()


def test_sizes_that_there_are_not(conversions: ISCardTypeConv, refused: Refused) -> None:
    for create in (conversions.CreateByteArray, conversions.CreateByteBuffer, conversions.CreateSafeArray):
        for size in (-1, 1 << 32, None, "1", 1.5, True):
            refused(E_INVALIDARG, create, size)
    refused(E_INVALIDARG, conversions.CreateByteBuffer, 1 << 31)
    for size in (4, -1, None, "3"):
        refused(E_INVALIDARG, conversions.ConvertByteArrayToByteBuffer, b"abc", size)


def test_what_is_no_safe_array_of_bytes(conversions: ISCardTypeConv, refused: Refused) -> None:
    for value in ("abc", [256], [-1], [1 << 80], ["a"], [None], [0.0], 5, object()):
        refused(E_INVALIDARG, conversions.ConvertSafeArrayToByteBuffer, value)
    for code, number in (("H", 256), ("i", -1), ("b", -1), ("f", 0.0), ("d", 72.0)):
        refused(E_INVALIDARG, conversions.ConvertSafeArrayToByteBuffer, array(code, [number]))


@pytest.mark.parametrize("code", "bBhHiIlLqQ")
def test_an_array_is_its_numbers_whatever_memory_each_takes(conversions: ISCardTypeConv, code: str) -> None:
    assert bytes(conversions.ConvertSafeArrayToByteBuffer(array(code, [72, 105]))) == b"Hi"


def test_a_buffer_that_is_not_initialized_is_told_of(conversions: ISCardTypeConv, refused: Refused) -> None:
    refused(E_UNEXPECTED, conversions.ConvertByteBufferToSafeArray, ByteBuffer())


def test_the_memory_of_a_stream_is_itself(conversions: ISCardTypeConv) -> None:
    buffer = ByteBuffer(b"abc")
    stream = buffer.Stream
    memory = conversions.GetAtIStreamMemory(stream)
    assert (memory.hMem, memory.dwSize, bytes(memory)) == (0, 3, b"abc")
    memory.pbyData[1] = ord("B")
    assert buffer.Read(3) == b"aBc"
    buffer.Seek(0, SET)
    buffer.Write(b"A")
    assert memory.pbyData[0] == ord("A")
    buffer.Revert()
    assert bytes(memory) == b"abc"
    conversions.FreeIStreamMemoryPtr(stream, memory)


def test_each_pointer_holds_a_reference_to_the_stream(conversions: ISCardTypeConv, refused: Refused) -> None:
    stream = MemoryStream(b"abc")
    first = conversions.GetAtIStreamMemory(stream)
    second = SCardTypeConv().GetAtIStreamMemory(stream)
    assert stream.AddRef() == 4
    assert stream.Release() == 3
    conversions.FreeIStreamMemoryPtr(stream, second.pbyData)
    refused(E_INVALIDARG, conversions.FreeIStreamMemoryPtr, stream, second)
    stream.close()
    assert stream.Read(3) == b"abc"
    SCardTypeConv().FreeIStreamMemoryPtr(stream, first)
    refused(HRESULT.CO_E_RELEASED, stream.Read, 1)
    with pytest.raises(ValueError, match="released"):
        first.pbyData[0]


def test_the_size_stays_while_a_pointer_is_held(conversions: ISCardTypeConv, refused: Refused) -> None:
    stream = MemoryStream(b"abc", transacted=True)
    clone = stream.Clone()
    memory = conversions.GetAtIStreamMemory(stream)
    clone.Seek(1, SET)
    assert clone.Write(b"BC") == 2
    refused(HRESULT.STG_E_MEDIUMFULL, clone.Write, b"D")
    refused(HRESULT.STG_E_MEDIUMFULL, clone.SetSize, 2)
    clone.Revert()
    assert (bytes(memory), clone.Seek(0, CUR)) == (b"abc", 3)
    conversions.FreeIStreamMemoryPtr(stream, memory)
    clone.SetSize(2)
    memory = conversions.GetAtIStreamMemory(stream)
    refused(HRESULT.STG_E_MEDIUMFULL, clone.Revert)
    conversions.FreeIStreamMemoryPtr(stream, memory)
    clone.Revert()
    assert clone.Stat().cbSize == 3


def test_a_part_of_a_pointer_keeps_the_size_too(conversions: ISCardTypeConv, refused: Refused) -> None:
    stream = MemoryStream(b"abc")
    memory = conversions.GetAtIStreamMemory(stream)
    with memory.pbyData[1:] as part:
        conversions.FreeIStreamMemoryPtr(stream, memory)
        part[0] = ord("B")
        refused(HRESULT.STG_E_MEDIUMFULL, stream.SetSize, 4)
    stream.SetSize(4)
    assert stream.Read(4) == b"aBc\x00"


def test_a_pointer_is_given_back_once_to_its_stream_and_unused(conversions: ISCardTypeConv, refused: Refused) -> None:
    stream = MemoryStream(b"abc")
    memory = conversions.GetAtIStreamMemory(stream)
    for other in (stream.Clone(), MemoryStream(b"abc"), "stream", ByteBuffer(b"abc")):
        refused(E_INVALIDARG, conversions.FreeIStreamMemoryPtr, other, memory)
    for other in (b"abc", bytearray(b"abc"), memoryview(b"abc"), 0):
        refused(E_INVALIDARG, conversions.FreeIStreamMemoryPtr, stream, other)
    user = PickleBuffer(memory.pbyData)
    refused(E_INVALIDARG, conversions.FreeIStreamMemoryPtr, stream, memory)
    assert bytes(user) == bytes(memory) == b"abc"
    user.release()
    refused(E_POINTER, conversions.FreeIStreamMemoryPtr, None, memory)
    conversions.FreeIStreamMemoryPtr(stream, memory)
    assert stream.Release() == 0
    refused(HRESULT.CO_E_RELEASED, conversions.FreeIStreamMemoryPtr, stream, memory)
    refused(HRESULT.CO_E_RELEASED, conversions.GetAtIStreamMemory, stream)


def test_the_size_of_a_stream(conversions: ISCardTypeConv, refused: Refused) -> None:
    buffer = ByteBuffer(b"abc")
    assert conversions.SizeOfIStream(buffer.Stream) == 3
    buffer.SetSize(70_000)
    assert conversions.SizeOfIStream(buffer.Stream) == 70_000
    gone = MemoryStream()
    gone.close()
    for value in (None, b"abc", buffer, gone):
        refused(E_POINTER, conversions.SizeOfIStream, value)


def test_a_stream_that_tells_no_size(conversions: ISCardTypeConv, refused: Refused) -> None:
    class Telling(MemoryStream):
        told: object = None

        def Stat(self, *flags: object) -> object:
            if isinstance(self.told, HResultError):
                raise self.told
            return self.told

    stream = Telling()
    large = MemoryStream().Stat()
    for told in (None, 5, large.__class__(None, large.type, -1, 0, 0, 0, large.grfMode, 0)):
        stream.told = told
        refused(E_UNEXPECTED, conversions.SizeOfIStream, stream)
    stream.told = HResultError(HRESULT.STG_E_INVALIDFUNCTION, "sealed")
    assert "sealed" in str(refused(E_FAIL, conversions.SizeOfIStream, stream))
    stream.told = large.__class__(None, large.type, (1 << 64) - 1, 0, 0, 0, large.grfMode, 0)
    assert conversions.SizeOfIStream(stream) == (1 << 64) - 1


def test_conversions_are_used_late_bound(conversions: ISCardTypeConv) -> None:
    (number,) = conversions.GetIDsOfNames(IID_NULL, ["ConvertByteArrayToByteBuffer"])
    made = conversions.Invoke(number, pDispParams=DISPPARAMS.of(b"abc", 2))
    assert isinstance(made, IByteBuffer)
    assert bytes(made) == b"ab"


def test_the_repr_of_an_array_shows_no_bytes(conversions: ISCardTypeConv) -> None:
    for array_of_bytes in (
        conversions.ConvertByteBufferToByteArray(SECRET),
        conversions.GetAtIStreamMemory(MemoryStream(SECRET)),
    ):
        assert repr(array_of_bytes) == "BYTEARRAY(hMem=0, dwSize=6)"


def test_a_byte_array_is_what_it_holds() -> None:
    assert bytes(BYTEARRAY(0, 3, bytearray(b"abc"))) == b"abc"
