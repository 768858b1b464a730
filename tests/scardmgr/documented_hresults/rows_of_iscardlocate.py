"""How each HRESULT that ISCardLocate's pages list is provoked."""

from __future__ import annotations

from documented_rows import NO_OUT_PARAMETER, Impossible, Rows

from scardmgr import SCARD_PROTOCOLS

PROVOKED: Rows = {
    ("ConfigureCardNameSearch", "E_INVALIDARG"): lambda desk: desk.locate.ConfigureCardNameSearch([]),
    ("ConfigureCardNameSearch", "E_POINTER"): lambda desk: desk.locate.ConfigureCardNameSearch(None),
    ("FindCard", "E_INVALIDARG"): lambda desk: desk.locate.FindCard(9, SCARD_PROTOCOLS.T1, 0),
}

IMPOSSIBLE: Impossible = {
    ("FindCard", "E_POINTER"): NO_OUT_PARAMETER,
}
