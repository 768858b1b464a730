"""How each HRESULT that ISCardDatabase's pages list is provoked."""

from __future__ import annotations

from documented_rows import Rows

PROVOKED: Rows = {
    ("GetProviderCardId", "E_INVALIDARG"): lambda desk: desk.database.GetProviderCardId(""),
    ("GetProviderCardId", "E_POINTER"): lambda desk: desk.database.GetProviderCardId(None),
    ("ListCardInterfaces", "E_INVALIDARG"): lambda desk: desk.database.ListCardInterfaces(7),
    ("ListCardInterfaces", "E_POINTER"): lambda desk: desk.database.ListCardInterfaces(None),
    ("ListCards", "E_INVALIDARG"): lambda desk: desk.database.ListCards(b"", None, 0),
    ("ListCards", "E_POINTER"): lambda desk: desk.database.ListCards(None, None, None),
    ("ListReaderGroups", "E_INVALIDARG"): lambda desk: desk.database.ListReaderGroups("en"),
    ("ListReaderGroups", "E_POINTER"): lambda desk: desk.database.ListReaderGroups(None),
    ("ListReaders", "E_INVALIDARG"): lambda desk: desk.database.ListReaders(1 << 31),
    ("ListReaders", "E_POINTER"): lambda desk: desk.database.ListReaders(None),
}
