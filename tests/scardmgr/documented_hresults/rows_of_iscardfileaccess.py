"""How each HRESULT that ISCardFileAccess's pages list is provoked."""

from __future__ import annotations

from documented_rows import Desk, Elsewhere, Impossible, Rows, no_out_parameter

from scardmgr import FILETYPE, REFTYPE, TLV_TABLE

NAME, ID = REFTYPE.SC_TYPE_BY_NAME, REFTYPE.SC_TYPE_BY_ID


def _file(desk: Desk) -> int:
    return desk.files.Open(NAME, "3F00/7F10/6F01")


PROVOKED: Rows = {
    ("ChangeDir", "E_INVALIDARG"): lambda desk: desk.files.ChangeDir(NAME, ""),
    ("Close", "E_INVALIDARG"): lambda desk: desk.files.Close(99),
    ("Create", "E_INVALIDARG"): lambda desk: desk.files.Create(ID, "3F00", ()),
    ("Create", "E_POINTER"): lambda desk: desk.files.Create(ID, "6F20", None),
    ("Delete", "E_INVALIDARG"): lambda desk: desk.files.Delete(ID, "x"),
    ("Directory", "E_INVALIDARG"): lambda desk: desk.files.Directory(99),
    ("Directory", "E_POINTER"): lambda desk: desk.files.Directory(None),
    ("GetFileCapabilities", "E_INVALIDARG"): (lambda desk: desk.files.GetFileCapabilities([TLV_TABLE(0x47)], 2)),
    ("GetFileCapabilities", "E_POINTER"): lambda desk: desk.files.GetFileCapabilities(None),
    ("GetProperties", "E_INVALIDARG"): lambda desk: desk.files.GetProperties(ID, "x"),
    ("GetProperties", "E_POINTER"): (lambda desk: desk.files.GetProperties(ID, "7F10", 0, None)),
    ("Invalidate", "E_INVALIDARG"): lambda desk: desk.files.Invalidate(""),
    ("Invalidate", "E_POINTER"): lambda desk: desk.files.Invalidate(None),
    ("Open", "E_INVALIDARG"): lambda desk: desk.files.Open(ID, "x"),
    ("Open", "E_POINTER"): lambda desk: desk.files.Open(ID, None),
    ("Read", "E_INVALIDARG"): lambda desk: desk.files.Read(_file(desk), -1),
    ("Read", "E_POINTER"): lambda desk: desk.files.Read(_file(desk), None),
    ("Rehabilitate", "E_INVALIDARG"): lambda desk: desk.files.Rehabilitate(None),
    ("Seek", "E_INVALIDARG"): lambda desk: desk.files.Seek(_file(desk), 9, 0),
    ("SetProperties", "E_INVALIDARG"): (lambda desk: desk.files.SetProperties(ID, "7F10", 0, [TLV_TABLE(0x8A, b"")])),
    ("SetProperties", "E_POINTER"): (lambda desk: desk.files.SetProperties(ID, "7F10", 0, None)),
    ("Write", "E_INVALIDARG"): lambda desk: desk.files.Write(99, b"x"),
    ("Write", "E_POINTER"): lambda desk: desk.files.Write(_file(desk), None),
}

IMPOSSIBLE: Impossible = {
    **no_out_parameter("GetCurrentDir"),
}

#: By a card that answers these commands thus, and no others.
ON_ANOTHER_CARD: Elsewhere = {
    ("Delete", "E_NOTIMPL"): (
        {"00A40804026F0100": "62078201018302 6F01 9000", "00E40000": "6D00"},
        lambda desk: desk.files.Delete(NAME, "3F00/6F01"),
    ),
    ("Directory", "E_NOTIMPL"): (
        {"00A40004023F0000": "62068201388A0105 9000", "80AA010000": "6E00", "00CA01A100": "6A88"},
        lambda desk: desk.files.Directory(FILETYPE.SC_TYPE_ALL_FILES),
    ),
}
