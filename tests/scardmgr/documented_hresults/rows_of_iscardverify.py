"""How each HRESULT that ISCardVerify's pages list is provoked."""

from __future__ import annotations

from documented_rows import Rows

from scardmgr import SCARD_FLAGS

GLOBAL = SCARD_FLAGS.SC_FL_IHV_GLOBAL

PROVOKED: Rows = {
    ("ChangeCode", "E_INVALIDARG"): lambda desk: desk.verify.ChangeCode(b"1234", b"", GLOBAL, 1),
    ("ChangeCode", "E_POINTER"): lambda desk: desk.verify.ChangeCode(b"1234", None, GLOBAL, 1),
    ("Unblock", "E_INVALIDARG"): lambda desk: desk.verify.Unblock(1, GLOBAL, 1),
    ("Unblock", "E_POINTER"): lambda desk: desk.verify.Unblock(None, GLOBAL, 1),
    ("Verify", "E_INVALIDARG"): lambda desk: desk.verify.Verify(b"", GLOBAL, 1),
    ("Verify", "E_POINTER"): lambda desk: desk.verify.Verify(None, GLOBAL, 1),
}
