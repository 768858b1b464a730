"""How each HRESULT that ISCardLocate's pages list is provoked."""

from __future__ import annotations

from documented_rows import Rows

from scardmgr import SCARD_PROTOCOLS

PROVOKED: Rows = {
    ("ConfigureCardNameSearch", "E_INVALIDARG"): lambda desk: desk.locate.ConfigureCardNameSearch([]),
    ("ConfigureCardNameSearch", "E_POINTER"): lambda desk: desk.locate.ConfigureCardNameSearch(None),
    ("FindCard", "E_INVALIDARG"): lambda desk: desk.locate.FindCard(9, SCARD_PROTOCOLS.T1, 0),
    ("FindCard", "E_POINTER"): lambda desk: desk.locate.FindCard(None, SCARD_PROTOCOLS.T1, 0),
}
