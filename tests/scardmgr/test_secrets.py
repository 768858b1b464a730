"""No code, key or cryptogram in an exception, a repr or a log, whatever goes wrong."""

from __future__ import annotations

import logging
import traceback
from collections.abc import Callable
from typing import Any

import pytest

from scardmgr import SCARD_FLAGS, HResultError, SCardCmd, UnblockData

GLOBAL, LOCAL = SCARD_FLAGS.SC_FL_IHV_GLOBAL, SCARD_FLAGS.SC_FL_IHV_LOCAL
SECRET, OTHER = b"271828", b"314159"
FORMS = [form for secret in (SECRET, OTHER) for form in (secret.decode(), secret.hex(), repr(list(secret))[1:-1])]

CALLS: list[Callable[[Any], object]] = [
    lambda desk: desk.verify.Verify(SECRET, GLOBAL, 1),
    lambda desk: desk.verify.Verify(SECRET, GLOBAL | LOCAL, 1),
    lambda desk: desk.verify.Verify(SECRET * 50, GLOBAL, 1),
    lambda desk: desk.verify.Verify(SECRET.decode(), GLOBAL, 1),
    lambda desk: desk.verify.Verify(SECRET, GLOBAL, 9),
    lambda desk: desk.verify.Verify(SECRET, GLOBAL | SCARD_FLAGS.SC_FL_IHV_CHECKONLY, 1),
    lambda desk: desk.verify.ChangeCode(SECRET, OTHER, GLOBAL, 1),
    lambda desk: desk.verify.ChangeCode(SECRET, OTHER, GLOBAL | SCARD_FLAGS.SC_FL_IHV_ENABLE, 1),
    lambda desk: desk.verify.ChangeCode(SECRET.decode(), OTHER, GLOBAL, 1),
    lambda desk: desk.verify.Unblock(UnblockData(SECRET, OTHER), GLOBAL, 1),
    lambda desk: desk.verify.Unblock(SECRET, GLOBAL, 1),
    lambda desk: desk.verify.Unblock(int(SECRET), GLOBAL, 1),
    lambda desk: desk.auth.User_Auth(0, b"\x01", SECRET),
    lambda desk: desk.auth.User_Auth(0, b"\x01", SECRET.decode()),
    lambda desk: desk.auth.APP_Auth(0, b"\x01", SECRET + OTHER + bytes(4)),
    lambda desk: desk.auth.APP_Auth(0, SECRET, OTHER),
    lambda desk: desk.auth.ICC_Auth(0, b"\x01", SECRET),
]


@pytest.mark.parametrize("call", CALLS)
def test_errors_and_logs_hold_no_secret(desk: Any, call: Callable[[Any], object], caplog: Any) -> None:
    with caplog.at_level(logging.NOTSET), pytest.raises(HResultError) as caught:
        call(desk)
    error: BaseException | None = caught.value
    told = [repr(caught.value), str(caught.value), caplog.text]
    while error is not None:
        told += [*map(repr, error.args), *traceback.format_exception_only(error)]
        error = error.__cause__ or error.__context__
    for text in told:
        assert not [form for form in FORMS if form.lower() in text.lower()]


def test_reprs_hold_no_secret(desk: Any) -> None:
    command = SCardCmd(b"\x00\x20\x00\x01\x06" + SECRET)
    command.ApduReply = OTHER
    objects = [UnblockData(SECRET, OTHER), command, desk.verify, desk.auth, desk.files, desk.manage]
    for each in objects:
        assert not [form for form in FORMS if form.lower() in repr(each).lower()]
