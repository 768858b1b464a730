"""The pyscard face gives what ``smartcard.scard`` gives: a session on both, and what only one of them has.

Each function in each situation, value for value and type for type: tests/scardmgr/winscard/parity/pyscard_cases.py.
"""

from __future__ import annotations

from typing import Any

import pytest

from scardmgr.winscard.faces.pyscard_face import PYSCARD_FUNCTIONS

BOTH = pytest.mark.parametrize("bench", ["embedded", "pcscd"], indirect=True)

USER, SHARED, DIRECT = 0, 2, 3
T0, T1, ANY, RAW = 1, 2, 3, 4
LEAVE, RESET = 0, 1
EMPTY, PRESENT, CHANGED, INUSE = 0x10, 0x20, 0x2, 0x100
SUCCESS = 0
INVALID_HANDLE, UNKNOWN_READER, TIMEOUT = 0x80100003, 0x80100009, 0x8010000A
UNSUPPORTED = 0x8010001F
COMMAND = [0x00, 0xA4, 0x00, 0x0C, 0x02, 0x3F, 0x00]
ATR = [0x3B, 0x80, 0x01, 0x81]
NO_SUCH = 0x0BADCAFE


def same(actual: Any, expected: Any) -> None:
    """Equal, and of the very same plain types all the way down."""
    assert actual == expected
    assert _types(actual) == _types(expected)


def _types(value: Any) -> Any:
    return [type(value), *map(_types, value)] if isinstance(value, (list, tuple)) else type(value)


def test_every_function_that_pyscard_has_everywhere_is_there() -> None:
    scard = pytest.importorskip("smartcard.scard", reason="pyscard is what is compared with")
    functions = {name for name in dir(scard) if name.startswith("SCard")}
    # Changing readers and groups comes with the smart card database; pyscard itself refuses it off Windows.
    database = {name for name in functions if "Introduce" in name or "Forget" in name or "Group" in name}
    assert set(PYSCARD_FUNCTIONS) == functions - database | {"SCardListReaderGroups"}


@BOTH
def test_readers(bench: Any) -> None:
    rm, names = bench.rm, [bench.reader, bench.empty_reader]
    same(rm.SCardListReaders(bench.context, []), [SUCCESS, names])
    same(rm.SCardListReaders(bench.context, ["a group that does not exist", "SCard$DefaultReaders"]), [SUCCESS, names])
    same(rm.SCardListReaders(NO_SUCH, []), [INVALID_HANDLE, []])
    same(rm.SCardListReaderGroups(bench.context), [SUCCESS, ["SCard$DefaultReaders"]])
    same(rm.SCardListReaderGroups(NO_SUCH), [INVALID_HANDLE, []])


@BOTH
def test_a_session_with_a_card(bench: Any) -> None:
    rm = bench.rm
    inserted = bench.insert_scripted()
    inserted.answer = lambda command: command[-2:] + b"\x90\x00"
    hr, card, protocol = answer = rm.SCardConnect(bench.context, bench.reader, SHARED, ANY)
    same([hr, protocol], [SUCCESS, T1])
    assert type(answer) is list
    assert type(card) is int
    hr, reader, state, protocol, atr = answer = rm.SCardStatus(card)
    same([hr, reader, state & 0xFFFF, protocol, atr], [SUCCESS, bench.reader, 0x34, T1, ATR])
    assert type(answer) is list
    same(rm.SCardTransmit(card, T1, COMMAND), [SUCCESS, [0x3F, 0x00, 0x90, 0x00]])
    same(rm.SCardTransmit(card, RAW, COMMAND), [SUCCESS, [0x3F, 0x00, 0x90, 0x00]])
    same(rm.SCardTransmit(card, 0, COMMAND), [SUCCESS, [0x3F, 0x00, 0x90, 0x00]])
    same(rm.SCardTransmit(card, T0, COMMAND), [0x8010000F, []])
    same(rm.SCardBeginTransaction(card), SUCCESS)
    same(rm.SCardEndTransaction(card, LEAVE), SUCCESS)
    same(rm.SCardEndTransaction(card, LEAVE), 0x80100016)
    same(rm.SCardReconnect(card, SHARED, T1, RESET), [SUCCESS, T1])
    same(rm.SCardReconnect(card, SHARED, T0, LEAVE), [0x8010000F, 0])
    same(rm.SCardControl(card, 0x42000000 + 2048, []), [UNSUPPORTED, []])
    same(rm.SCardGetAttrib(card, 0x1234), [UNSUPPORTED, []])
    same(rm.SCardSetAttrib(card, 0x7FFF0003, [1]), 0x80100016)
    same(rm.SCardDisconnect(card, LEAVE), SUCCESS)


@BOTH
def test_the_event_counter_is_in_the_upper_half_of_the_state(bench: Any) -> None:
    bench.insert_scripted()
    bench.remove()
    bench.insert_scripted()
    _, card, _ = bench.rm.SCardConnect(bench.context, bench.reader, SHARED, ANY)
    [(_, seen, _)] = bench.rm.SCardGetStatusChange(bench.context, 0, [(bench.reader, 0)])[1]
    assert bench.rm.SCardStatus(card)[2] >> 16 == seen >> 16 > 0


def test_embedded_gives_no_bytes_with_a_failure(embedded_bench: Any) -> None:
    embedded_bench.insert_scripted()
    card = embedded_bench.connect()
    same(embedded_bench.rm.SCardTransmit(card, 3, COMMAND), [0x80100004, []])
    same(embedded_bench.rm.SCardTransmit(card, T1, []), [0x80100004, []])


def test_attributes_of_the_embedded_reader_are_lists_of_ints(embedded_bench: Any) -> None:
    embedded_bench.insert_scripted()
    same(embedded_bench.rm.SCardGetAttrib(embedded_bench.connect(), 0x90303), [SUCCESS, ATR])


def test_a_removed_card_gives_codes_and_no_exception(embedded_bench: Any) -> None:
    rm = embedded_bench.rm
    embedded_bench.insert_scripted()
    card = embedded_bench.connect()
    embedded_bench.remove()
    same(rm.SCardTransmit(card, T1, COMMAND), [0x80100069, []])
    same(rm.SCardStatus(card), [0x80100069, "", 0, 0, []])
    same(rm.SCardReconnect(card, SHARED, ANY, LEAVE), [0x8010000C, 0])
    embedded_bench.slot.close()
    embedded_bench.empty_slot.close()
    same(rm.SCardListReaders(embedded_bench.context, []), [0x8010002E, []])
