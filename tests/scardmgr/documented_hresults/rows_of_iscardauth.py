"""How each HRESULT that ISCardAuth's pages list is provoked."""

from __future__ import annotations

from documented_rows import Rows

PROVOKED: Rows = {
    ("APP_Auth", "E_INVALIDARG"): lambda desk: desk.auth.APP_Auth(-1, b"\x01", bytes(16)),
    ("APP_Auth", "E_POINTER"): lambda desk: desk.auth.APP_Auth(0, b"\x01", None),
    ("GetChallenge", "E_INVALIDARG"): lambda desk: desk.auth.GetChallenge(0, 0),
    ("GetChallenge", "E_POINTER"): lambda desk: desk.auth.GetChallenge(0, 8, None),
    ("ICC_Auth", "E_INVALIDARG"): lambda desk: desk.auth.ICC_Auth(0, b"\x1e", bytes(16)),
    ("ICC_Auth", "E_POINTER"): lambda desk: desk.auth.ICC_Auth(0, None, bytes(16)),
    ("User_Auth", "E_INVALIDARG"): lambda desk: desk.auth.User_Auth(0, b"\x01\x02", b"1234"),
    ("User_Auth", "E_POINTER"): lambda desk: desk.auth.User_Auth(0, b"\x01", None),
}
