"""Wrong arguments are refused as pyscard's C functions refuse them: the same exception with the same words.

Left out are calls in which pyscard's own functions use memory that nobody has set (it says "kaboom!", or crashes), or
go on with an exception that they have not noticed: those are in ``test_what_pyscard_does_not_survive``.
"""

from __future__ import annotations

from enum import IntEnum
from typing import Any

import pytest
import smartcard.scard

from scardmgr.winscard.pyscard_programs.extension import functions_of
from scardmgr.winscard.pyscard_programs.platforms import WINDOWS, this_platform

OURS = functions_of(this_platform())
NOBODYS = 0x7FFFFFF1
"""A number that is no context and no handle anywhere."""


class Two(IntEnum):
    IS = 2


class Index:
    def __index__(self) -> int:
        return 2

    def __repr__(self) -> str:
        return "Index()"


NO_DWORD: list[Any] = ["x", None, 1.0, Index(), -1, 1 << 63, 1 << 64, -(1 << 63) - 1, b"\0"]
NO_HANDLE: list[Any] = ["x", None, 1.0, Index(), 0]
NO_OCTETS: list[Any] = [None, (0, 0xA4), b"\0\xa4", "00A4", bytearray(4), ["a"], [1.0], [None], [Index()]]
NO_TEXT: list[Any] = [b"x", 1, ["x"]]

CASES: list[tuple[str, tuple[Any, ...]]] = [
    *(("SCardEstablishContext", (value,)) for value in NO_DWORD),
    *((f, (value,)) for f in ("SCardReleaseContext", "SCardIsValidContext", "SCardCancel") for value in NO_HANDLE),
    *(("SCardConnect", (value, "R", 2, 3)) for value in NO_HANDLE),
    *(("SCardConnect", (NOBODYS, value, 2, 3)) for value in NO_TEXT),
    *(("SCardConnect", (NOBODYS, "R", value, 3)) for value in NO_DWORD),
    *(("SCardConnect", (NOBODYS, "R", 2, value)) for value in NO_DWORD),
    *(("SCardReconnect", (value, 2, 3, 0)) for value in NO_HANDLE),
    *(("SCardReconnect", (NOBODYS, 2, 3, value)) for value in NO_DWORD),
    *(("SCardDisconnect", (NOBODYS, value)) for value in NO_DWORD),
    *(("SCardBeginTransaction", (value,)) for value in NO_HANDLE),
    *(("SCardEndTransaction", (NOBODYS, value)) for value in NO_DWORD),
    *(("SCardTransmit", (value, 1, [0])) for value in NO_HANDLE),
    *(("SCardTransmit", (NOBODYS, value, [0])) for value in ["1", None, 1.0, Index(), -1, 1 << 64]),
    *(("SCardTransmit", (NOBODYS, 1, value)) for value in NO_OCTETS),
    *(("SCardControl", (NOBODYS, value, [0])) for value in NO_DWORD),
    *(("SCardControl", (NOBODYS, 1, value)) for value in NO_OCTETS),
    *(("SCardGetAttrib", (NOBODYS, value)) for value in NO_DWORD),
    *(("SCardSetAttrib", (NOBODYS, 1, value)) for value in NO_OCTETS),
    *(("SCardGetStatusChange", (value, 0, [])) for value in NO_HANDLE),
    *(("SCardGetStatusChange", (NOBODYS, value, [])) for value in NO_DWORD),
    *(
        ("SCardGetStatusChange", (NOBODYS, 0, value))
        for value in [
            None,
            (),
            [["R", 0]],
            [("R",)],
            [("R", 0, [], 0)],
            [(1, 0)],
            [("R", "0")],
            [("R", 0, ())],
            [("\xe9", 0)],
        ]
    ),
    *(("SCardGetErrorMessage", (value,)) for value in ["x", None, 1.0, Index(), 1 << 63, -(1 << 63) - 1]),
    *(("SCARD_CTL_CODE", (value,)) for value in ["x", None, 1.5, Index(), 1 << 63]),
    *(("SCardIntroduceReader", (NOBODYS, value, "D")) for value in NO_TEXT),
    *(("SCardAddReaderToGroup", (NOBODYS, "R", value)) for value in NO_TEXT),
]


def outcome(function: Any, arguments: tuple[Any, ...]) -> tuple[type[BaseException], str, type | None]:
    with pytest.raises((TypeError, OverflowError, SystemError, UnicodeEncodeError)) as raised:
        function(*arguments)
    # How CPython words a SystemError depends on how often the call was made.
    message = "" if raised.type is SystemError else str(raised.value)
    cause = raised.value.__cause__
    return raised.type, message, type(cause) if cause is not None else None


@pytest.mark.parametrize(("function", "arguments"), CASES, ids=str)
def test_what_pyscard_refuses(function: str, arguments: tuple[Any, ...]) -> None:
    assert outcome(OURS[function], arguments) == outcome(getattr(smartcard.scard, function), arguments)


@pytest.mark.card(via="pcscd")
@pytest.mark.usefixtures("reader")
@pytest.mark.parametrize(
    ("function", "arguments"),
    [
        ("SCardEstablishContext", (99,)),
        ("SCardEstablishContext", (Two.IS,)),
        ("SCardTransmit", (NOBODYS, True, [0, 256, -1, Two.IS])),
        ("SCardTransmit", (-1, 1, [])),
        ("SCardConnect", (NOBODYS, None, 2, 3)),
        ("SCardConnect", (NOBODYS, "a\0b", -2, True)),
        ("SCardGetStatusChange", (NOBODYS, 0, [("R", -1), ("R", 0, [0x3B])])),
    ],
    ids=str,
)
def test_what_pyscard_takes(function: str, arguments: tuple[Any, ...]) -> None:
    answers = OURS[function](*arguments)
    theirs = getattr(smartcard.scard, function)(*arguments)
    assert type(answers) is type(theirs)
    assert len(answers) == len(theirs)


@pytest.mark.parametrize(
    ("function", "arguments", "error", "message"),
    [
        ("SCardCancel", (1 << 63,), SystemError, "returned a result with an exception set"),
        ("SCardReleaseContext", (-(1 << 63) - 1,), SystemError, "returned a result with an exception set"),
        ("SCardTransmit", (1 << 64, 1, [0]), SystemError, "returned a result with an exception set"),
        ("SCardTransmit", (NOBODYS, 1, [1 << 64]), SystemError, "returned a result with an exception set"),
        ("SCardGetStatusChange", (NOBODYS, 0, [("R", 1 << 63)]), SystemError, "returned a result with an exception"),
        ("SCardStatus", ("x",), TypeError, "Expected a python long as SCARDHANDLE."),
        ("SCardStatus", (0,), SystemError, "returned NULL without setting an exception"),
        ("SCardListReaderGroups", (0,), SystemError, "returned NULL without setting an exception"),
        ("SCardListReaders", (NOBODYS, None), TypeError, "Expected a list object."),
        ("SCardListReaders", (NOBODYS, "x"), TypeError, "Expected a list object."),
        ("SCardListReaders", (NOBODYS, [b"x"]), TypeError, "Expected a list of strings."),
        ("SCardListReaders", (NOBODYS, ["\xe9"]), SystemError, "returned a result with an exception set"),
        ("SCardGetStatusChange", (NOBODYS, 0, [("R", 0, ["a"])]), TypeError, "Expected a list of bytes."),
    ],
    ids=str,
)
def test_what_pyscard_does_not_survive(
    function: str, arguments: tuple[Any, ...], error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message):
        OURS[function](*arguments)


def test_on_windows_numbers_are_unsigned_and_handles_are_pointers() -> None:
    windows = functions_of(WINDOWS)
    with pytest.raises(OverflowError):
        windows["SCardEstablishContext"](-1)
    with pytest.raises(SystemError):
        windows["SCardEstablishContext"](0xFFFFFFFF)
    with pytest.raises(OverflowError):
        windows["SCardEstablishContext"](1 << 32)
    assert windows["SCardIsValidContext"]((1 << 64) - 1) == 0x80100003 - (1 << 32)
