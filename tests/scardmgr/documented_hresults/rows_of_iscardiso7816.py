"""How each HRESULT that ISCardISO7816's pages list is provoked."""

from __future__ import annotations

from documented_rows import Call, Rows

from scardmgr import SCardISO7816


def _build(method: str, *arguments: object) -> Call:
    return lambda _: getattr(SCardISO7816(), method)(*arguments)


PROVOKED: Rows = {
    ("AppendRecord", "E_INVALIDARG"): _build("AppendRecord", 0x01, b"x"),
    ("AppendRecord", "E_POINTER"): _build("AppendRecord", 0x00, None),
    ("EraseBinary", "E_INVALIDARG"): _build("EraseBinary", 0xC1, 0x00),
    ("EraseBinary", "E_POINTER"): _build("EraseBinary", None, 0x00),
    ("ExternalAuthenticate", "E_INVALIDARG"): _build("ExternalAuthenticate", 0x00, 0x20),
    ("ExternalAuthenticate", "E_POINTER"): _build("ExternalAuthenticate", 0x00, None),
    ("GetChallenge", "E_INVALIDARG"): _build("GetChallenge", 65537),
    ("GetChallenge", "E_POINTER"): _build("GetChallenge", None),
    ("GetData", "E_INVALIDARG"): _build("GetData", 0x00, 0x3F, 0),
    ("GetData", "E_POINTER"): _build("GetData", 0x5F, 0x20, None),
    ("GetResponse", "E_INVALIDARG"): _build("GetResponse", 0x00, 0x00, -1),
    ("GetResponse", "E_POINTER"): _build("GetResponse", 0x00, None, 0),
    ("InternalAuthenticate", "E_INVALIDARG"): _build("InternalAuthenticate", 0x00, 0x01, b"", 16),
    ("InternalAuthenticate", "E_POINTER"): _build("InternalAuthenticate", 0x00, 0x01, None, 16),
    ("ManageChannel", "E_INVALIDARG"): _build("ManageChannel", 0x01, 0x00),
    ("ManageChannel", "E_POINTER"): _build("ManageChannel", None, 0x00),
    ("PutData", "E_INVALIDARG"): _build("PutData", 0x03, 0x00, b"x"),
    ("PutData", "E_POINTER"): _build("PutData", 0x01, 0x01, None),
    ("ReadBinary", "E_INVALIDARG"): _build("ReadBinary", 0xA0, 0x00, 0),
    ("ReadBinary", "E_POINTER"): _build("ReadBinary", 0x00, 0x00, None),
    ("ReadRecord", "E_INVALIDARG"): _build("ReadRecord", 0x01, 0x07, 0),
    ("ReadRecord", "E_POINTER"): _build("ReadRecord", 0x01, 0x04, None),
    ("SelectFile", "E_INVALIDARG"): _build("SelectFile", 0x05, 0x00, b"\x3f\x00", 0),
    ("SelectFile", "E_POINTER"): _build("SelectFile", None, 0x00, b"\x3f\x00", 0),
    ("UpdateBinary", "E_INVALIDARG"): _build("UpdateBinary", 0x00, 0x00, "x"),
    ("UpdateBinary", "E_POINTER"): _build("UpdateBinary", 0x00, 0x00, None),
    ("UpdateRecord", "E_INVALIDARG"): _build("UpdateRecord", 0x01, 0x05, b"x"),
    ("UpdateRecord", "E_POINTER"): _build("UpdateRecord", 0x01, 0x04, None),
    ("Verify", "E_INVALIDARG"): _build("Verify", 0x60, b"1234"),
    ("Verify", "E_POINTER"): _build("Verify", None, b"1234"),
    ("WriteBinary", "E_INVALIDARG"): _build("WriteBinary", 0x9F, 0x00, b"x"),
    ("WriteBinary", "E_POINTER"): _build("WriteBinary", 0x00, 0x00, None),
    ("WriteRecord", "E_INVALIDARG"): _build("WriteRecord", 0x01, 0xFC, b"x"),
    ("WriteRecord", "E_POINTER"): _build("WriteRecord", 0x01, 0x04, None),
}
