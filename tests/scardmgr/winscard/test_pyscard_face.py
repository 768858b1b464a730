"""The pyscard face gives what ``smartcard.scard`` gives: the same tests on both, value for value and type for type."""

from __future__ import annotations

from typing import Any

import pytest

from scardmgr.winscard.pyscard_face import PYSCARD_FUNCTIONS

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
def test_contexts(bench: Any) -> None:
    rm = bench.rm
    hr, context = rm.SCardEstablishContext(USER)
    same(hr, SUCCESS)
    assert type(context) is int
    same(rm.SCardIsValidContext(context), SUCCESS)
    same(rm.SCardCancel(context), SUCCESS)
    same(rm.SCardReleaseContext(context), SUCCESS)
    same(rm.SCardReleaseContext(context), INVALID_HANDLE)
    same(rm.SCardIsValidContext(context), INVALID_HANDLE)
    same(rm.SCardCancel(context), INVALID_HANDLE)
    same(rm.SCardEstablishContext(9), [0x80100011, 0])


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


@BOTH
def test_raw_is_number_4(bench: Any) -> None:
    bench.insert_scripted()
    hr, card, protocol = bench.rm.SCardConnect(bench.context, bench.reader, SHARED, RAW)
    same([hr, protocol], [SUCCESS, RAW])
    same(bench.rm.SCardStatus(card)[3], RAW)
    same(bench.rm.SCardTransmit(card, RAW, COMMAND), [SUCCESS, [0x90, 0x00]])


@BOTH
def test_status_change(bench: Any) -> None:
    rm = bench.rm
    bench.insert_scripted()

    def look(timeout: int, *states: Any) -> Any:
        """The answer without the event counters, which count what came before, too."""
        hr, seen = answer = rm.SCardGetStatusChange(bench.context, timeout, list(states))
        assert type(answer) is list
        return [hr, [(name, state & 0xFFFF, atr) for name, state, atr in seen]]

    full, vacant = bench.reader, bench.empty_reader
    same(look(0, (full, 0), (vacant, 0)), [0, [(full, PRESENT | CHANGED, ATR), (vacant, EMPTY | CHANGED, [])]])
    same(look(0, (full, PRESENT, [1, 2])), [TIMEOUT, [(full, PRESENT, ATR)]])
    same(look(0, (vacant, EMPTY | CHANGED)), [TIMEOUT, [(vacant, EMPTY, [])]])
    same(look(0, (vacant, CHANGED)), [0, [(vacant, EMPTY | CHANGED, [])]])
    same(look(20, (vacant, EMPTY)), [TIMEOUT, [(vacant, EMPTY, [])]])
    same(look(0, (full, EMPTY)), [0, [(full, PRESENT | CHANGED, ATR)]])
    same(look(0, (full, 1)), [0, [(full, 0, [])]])
    same(look(0), [0, []])
    same(look(0, (full, 0), ("no such reader", 0)), [UNKNOWN_READER, [(full, 0, []), ("no such reader", 0, [])]])
    same(rm.SCardGetStatusChange(NO_SUCH, 0, [(full, 0)]), [INVALID_HANDLE, [(full, 0, [])]])
    rm.SCardConnect(bench.context, full, SHARED, ANY)
    same(look(0, (full, PRESENT)), [TIMEOUT, [(full, PRESENT | INUSE, ATR)]])


@BOTH
def test_without_a_card_or_a_handle(bench: Any) -> None:
    rm = bench.rm
    same(rm.SCardConnect(bench.context, bench.empty_reader, SHARED, ANY), [0x8010000C, 0, 0])
    same(rm.SCardConnect(bench.context, "no such reader", SHARED, ANY), [UNKNOWN_READER, 0, 0])
    same(rm.SCardConnect(bench.context, bench.reader, 7, ANY), [0x80100011, 0, 0])
    same(rm.SCardConnect(bench.context, bench.reader, SHARED, 0), [0x8010000F, 0, 0])
    same(rm.SCardStatus(NO_SUCH), [INVALID_HANDLE, "", 0, 0, []])
    same(rm.SCardTransmit(NO_SUCH, T1, COMMAND), [INVALID_HANDLE, []])
    # beside this code pyscard gives back a protocol that nobody has set
    same(rm.SCardReconnect(NO_SUCH, SHARED, ANY, LEAVE)[0], INVALID_HANDLE)
    same(rm.SCardDisconnect(NO_SUCH, LEAVE), INVALID_HANDLE)
    same(rm.SCardBeginTransaction(NO_SUCH), INVALID_HANDLE)
    same(rm.SCardEndTransaction(NO_SUCH, LEAVE), INVALID_HANDLE)
    same(rm.SCardControl(NO_SUCH, 0, []), [INVALID_HANDLE, []])
    same(rm.SCardGetAttrib(NO_SUCH, 0x90303), [INVALID_HANDLE, []])
    same(rm.SCardSetAttrib(NO_SUCH, 0x90303, [1]), INVALID_HANDLE)
    hr, card, protocol = rm.SCardConnect(bench.context, bench.empty_reader, DIRECT, 0)
    same([hr, protocol], [SUCCESS, 0])
    same(rm.SCardTransmit(card, T1, COMMAND), [0x8010000C, []])
    same(rm.SCardTransmit(card, RAW, COMMAND), [0x80100016, []])
    hr, reader, state, protocol, atr = rm.SCardStatus(card)
    same([hr, reader, state & 0xFFFF, protocol, atr], [SUCCESS, bench.empty_reader, 0x2, 0, []])


@BOTH
@pytest.mark.parametrize("protocol", [3, 8, 0x10000])
def test_a_protocol_that_is_none_or_several_is_an_invalid_parameter(bench: Any, protocol: int) -> None:
    bench.insert_scripted()
    card = bench.connect()
    # pyscard gives 65,548 bytes of uninitialised memory with the code, which nobody should look at.
    assert bench.rm.SCardTransmit(card, protocol, COMMAND)[0] == 0x80100004


def test_embedded_gives_no_bytes_with_a_failure(embedded_bench: Any) -> None:
    embedded_bench.insert_scripted()
    card = embedded_bench.connect()
    same(embedded_bench.rm.SCardTransmit(card, 3, COMMAND), [0x80100004, []])
    same(embedded_bench.rm.SCardTransmit(card, T1, []), [0x80100004, []])


@BOTH
def test_error_texts(bench: Any) -> None:
    same(bench.rm.SCardGetErrorMessage(0x80100009), "Unknown reader specified.")
    same(bench.rm.SCardGetErrorMessage(0x80100070), "Unknown error: 0x80100070")


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
