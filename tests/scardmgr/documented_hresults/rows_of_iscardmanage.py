"""How each HRESULT that ISCardManage's pages list is provoked."""

from __future__ import annotations

from documented_rows import Desk, Impossible, Rows, no_out_parameter

from scardmgr import SCardManage


def _detached(desk: Desk) -> SCardManage:
    desk.manage.Detach()
    return desk.manage


PROVOKED: Rows = {
    ("AttachByHandle", "E_INVALIDARG"): lambda desk: _detached(desk).AttachByHandle(0),
    ("AttachByIFD", "E_INVALIDARG"): lambda desk: _detached(desk).AttachByIFD(""),
    ("SCardLock", "E_FAIL"): lambda desk: _detached(desk).SCardLock(),
    ("SCardUnlock", "E_INVALIDARG"): lambda desk: desk.manage.SCardUnlock(9),
    ("CreateInterface", "E_INVALIDARG"): lambda desk: desk.manage.CreateInterface("x", ""),
    ("CreateInterface", "E_POINTER"): lambda desk: desk.manage.CreateInterface(None, None),
}

IMPOSSIBLE: Impossible = {
    **no_out_parameter("CreateFileAccess", "CreateCardAuth", "CreateCHVerification", "Status"),
}
