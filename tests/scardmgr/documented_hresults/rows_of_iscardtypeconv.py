"""How each HRESULT that ISCardTypeConv's pages list is provoked."""

from __future__ import annotations

from documented_rows import NO_OUT_PARAMETER, Impossible, Rows

from scardmgr import HRESULT, STATFLAG, STATSTG, HResultError, MemoryStream


class Sealed(MemoryStream):
    """Does not tell its size."""

    def Stat(self, *flags: STATFLAG) -> STATSTG:  # noqa: ARG002, N802 (published name)
        raise HResultError(HRESULT.E_ACCESSDENIED)


class Mistaken(MemoryStream):
    """Tells what is no size."""

    def Stat(self, *flags: STATFLAG) -> STATSTG:  # noqa: ARG002, N802 (published name)
        return None  # type: ignore[return-value]


PROVOKED: Rows = {
    ("ConvertByteArrayToByteBuffer", "E_INVALIDARG"): (
        lambda desk: desk.conversions.ConvertByteArrayToByteBuffer(b"ab", 3)
    ),
    ("ConvertByteArrayToByteBuffer", "E_POINTER"): (
        lambda desk: desk.conversions.ConvertByteArrayToByteBuffer(None, 0)
    ),
    ("ConvertByteBufferToByteArray", "E_INVALIDARG"): (
        lambda desk: desk.conversions.ConvertByteBufferToByteArray("ab")
    ),
    ("ConvertByteBufferToByteArray", "E_POINTER"): lambda desk: desk.conversions.ConvertByteBufferToByteArray(None),
    ("ConvertByteBufferToSafeArray", "E_INVALIDARG"): lambda desk: desk.conversions.ConvertByteBufferToSafeArray([1]),
    ("ConvertByteBufferToSafeArray", "E_POINTER"): lambda desk: desk.conversions.ConvertByteBufferToSafeArray(None),
    ("ConvertSafeArrayToByteBuffer", "E_INVALIDARG"): (
        lambda desk: desk.conversions.ConvertSafeArrayToByteBuffer([256])
    ),
    ("ConvertSafeArrayToByteBuffer", "E_POINTER"): lambda desk: desk.conversions.ConvertSafeArrayToByteBuffer(None),
    ("CreateByteArray", "E_INVALIDARG"): lambda desk: desk.conversions.CreateByteArray(-1),
    ("CreateByteBuffer", "E_INVALIDARG"): lambda desk: desk.conversions.CreateByteBuffer(1 << 31),
    ("CreateSafeArray", "E_INVALIDARG"): lambda desk: desk.conversions.CreateSafeArray(None),
    ("FreeIStreamMemoryPtr", "E_INVALIDARG"): (
        lambda desk: desk.conversions.FreeIStreamMemoryPtr(MemoryStream(b"ab"), memoryview(b"ab"))
    ),
    ("FreeIStreamMemoryPtr", "E_POINTER"): (
        lambda desk: desk.conversions.FreeIStreamMemoryPtr(MemoryStream(b"ab"), None)
    ),
    ("GetAtIStreamMemory", "E_INVALIDARG"): lambda desk: desk.conversions.GetAtIStreamMemory(b"ab"),
    ("GetAtIStreamMemory", "E_POINTER"): lambda desk: desk.conversions.GetAtIStreamMemory(None),
    ("SizeOfIStream", "E_FAIL"): lambda desk: desk.conversions.SizeOfIStream(Sealed()),
    ("SizeOfIStream", "E_POINTER"): lambda desk: desk.conversions.SizeOfIStream(None),
    ("SizeOfIStream", "E_UNEXPECTED"): lambda desk: desk.conversions.SizeOfIStream(Mistaken()),
}

IMPOSSIBLE: Impossible = {
    ("SizeOfIStream", "E_INVALIDARG"): NO_OUT_PARAMETER,
}
