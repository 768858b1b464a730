"""What the cases of the pyscard-shaped face share: numbers as pyscard has them on Linux, and handles."""

from __future__ import annotations

from typing import Any

from parity_table import NO_SUCH, Call, case

from scardmgr.winscard.codes import SCardCode as Code

USER = 0
EXCLUSIVE, SHARED, DIRECT = 1, 2, 3
T0, T1, ANY, RAW, ANY_OLD = 1, 2, 3, 4, 0x1000
LEAVE, RESET, EJECT = 0, 1, 3
INVALID_HANDLE, UNKNOWN_READER, MISMATCH = 0x80100003, 0x80100009, 0x8010000F
SHARING, NO_CARD, INVALID_VALUE, NOT_TRANSACTED = 0x8010000B, 0x8010000C, 0x80100011, 0x80100016
UNSUPPORTED, UNPOWERED, RESET_CARD = 0x8010001F, 0x80100067, 0x80100068
COMMAND = [0x00, 0xA4, 0x00, 0x0C, 0x02, 0x3F, 0x00]
ATR = [0x3B, 0x80, 0x01, 0x81]
RAW_ENTRY = "SCARD_PROTOCOL_RAW has two numbers"
UNSUPPORTED_ENTRY = "SCARD_E_UNSUPPORTED_FEATURE has two numbers"
STATUS_ENTRY = "The state of SCardStatus is flags"


def open_card(bench: Any) -> int:
    bench.insert_scripted()
    card: int = bench.rm.SCardConnect(bench.context, bench.reader, SHARED, ANY)[1]
    return card


def open_empty_reader(bench: Any) -> int:
    card: int = bench.rm.SCardConnect(bench.context, bench.empty_reader, DIRECT, 0)[1]
    return card


def on_no_handle(function: str, gives: Any, *arguments: Any) -> None:
    @case(function, Code.SCARD_E_INVALID_HANDLE, gives=gives)
    def no_handle(bench: Any) -> Call:
        return lambda: getattr(bench.rm, function)(NO_SUCH, *arguments)
