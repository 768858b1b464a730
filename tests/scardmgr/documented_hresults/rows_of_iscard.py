"""How each HRESULT that ISCard's pages list is provoked."""

from __future__ import annotations

from documented_rows import Impossible, Rows, no_out_parameter

from scardmgr import SCard, SCardCmd

PROVOKED: Rows = {
    ("AttachByHandle", "E_INVALIDARG"): lambda desk: SCard(desk.manager).AttachByHandle(0),
    ("AttachByReader", "E_INVALIDARG"): lambda desk: SCard(desk.manager).AttachByReader(""),
    ("Detach", "E_INVALIDARG"): lambda desk: desk.iscard.Detach(9),
    ("ReAttach", "E_INVALIDARG"): lambda desk: desk.iscard.ReAttach(9),
    ("Transaction", "E_INVALIDARG"): lambda desk: desk.iscard.Transaction(SCardCmd()),
    ("Transaction", "E_POINTER"): lambda desk: desk.iscard.Transaction(None),
    ("UnlockSCard", "E_INVALIDARG"): lambda desk: desk.iscard.UnlockSCard(9),
}

IMPOSSIBLE: Impossible = {
    **no_out_parameter("get_Atr", "get_CardHandle", "get_Context", "get_Protocol", "get_Status"),
}
