"""Real PC/SC through pyscard: what cannot be had from a healthy daemon, from a module that plays pyscard."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

import pytest

from scardmgr.winscard.codes import SCardCode
from scardmgr.winscard.constants import Attribute, CardState, Disposition, Protocols
from scardmgr.winscard.errors import PyscardMissing, SCardError
from scardmgr.winscard.faces.pyscard_face import PYSCARD_FUNCTIONS
from scardmgr.winscard.pcsc import PCSCResourceManager
from scardmgr.winscard.pcsc import resource_managing as pcsc
from scardmgr.winscard.values import ReaderState


class PlayedScard:
    """``smartcard.scard`` with answers set by the test, and what it was asked."""

    def __init__(self, **answers: Any) -> None:
        self.asked: list[tuple[Any, ...]] = []
        for name in PYSCARD_FUNCTIONS:
            setattr(self, name, self._function(name, answers.get(name, 0x80100001)))

    def _function(self, name: str, answer: Any) -> Any:
        def function(*arguments: Any) -> Any:
            self.asked.append((name, *arguments))
            given = answer.pop(0) if isinstance(answer, list) and answer and isinstance(answer[0], list) else answer
            if isinstance(given, Exception):
                raise given
            return given

        return function


def test_a_cancellation_that_comes_too_late_is_none() -> None:
    answers = {"SCardCancel": 0x80100003, "SCardIsValidContext": 0}
    PCSCResourceManager(PlayedScard(**answers)).cancel(1)
    answers["SCardIsValidContext"] = 0x80100003
    with pytest.raises(SCardError, match="INVALID_HANDLE"):
        PCSCResourceManager(PlayedScard(**answers)).cancel(1)


def test_no_daemon() -> None:
    rm = PCSCResourceManager(PlayedScard(SCardEstablishContext=(0x8010001D, 0)))
    with pytest.raises(SCardError) as raised:
        rm.establish_context()
    assert raised.value.code is SCardCode.SCARD_E_NO_SERVICE


def test_more_states_than_old_pcsclite_takes() -> None:
    states = [ReaderState("R")] * 17
    rm = PCSCResourceManager(PlayedScard(SCardGetStatusChange=(0x80100004, [("R", 0, [])] * 17)))
    with pytest.raises(SCardError) as raised:
        rm.get_status_change(1, 0, states)
    assert raised.value.code is SCardCode.SCARD_E_INVALID_PARAMETER


@pytest.mark.parametrize("answer", [(0, []), SystemError("returned a result with an exception set")])
def test_no_reader_yet(answer: Any) -> None:
    rm = PCSCResourceManager(PlayedScard(SCardListReaders=answer))
    with pytest.raises(SCardError) as raised:
        rm.list_readers(1)
    assert raised.value.code is SCardCode.SCARD_E_NO_READERS_AVAILABLE


def test_success_without_a_response_is_no_success() -> None:
    rm = PCSCResourceManager(PlayedScard(SCardConnect=(0, 7, 2), SCardTransmit=(0, [])))
    card = rm.connect(1, "R").handle
    with pytest.raises(SCardError) as raised:
        rm.transmit(card, b"\0\0\0\0")
    assert raised.value.code is SCardCode.SCARD_E_NOT_TRANSACTED


@pytest.mark.parametrize("number", [0, -1, 1 << 63, 1 << 64])
def test_what_can_be_no_handle_is_an_invalid_one(number: int) -> None:
    rm = PCSCResourceManager(PlayedScard(SCardStatus=SystemError("a result with an exception set")))
    calls: list[Callable[[], object]] = [
        lambda: rm.release_context(number),
        lambda: rm.cancel(number),
        lambda: rm.list_readers(number),
        lambda: rm.list_reader_groups(number),
        lambda: rm.get_status_change(number, 0, [ReaderState("R")]),
        lambda: rm.connect(number, "R"),
        lambda: rm.reconnect(number),
        lambda: rm.disconnect(number),
        lambda: rm.begin_transaction(number),
        lambda: rm.end_transaction(number),
        lambda: rm.status(number),
        lambda: rm.transmit(number, b"\0\0\0\0"),
        lambda: rm.control(number, 0),
        lambda: rm.get_attribute(number, Attribute.ATR_STRING),
        lambda: rm.set_attribute(number, Attribute.ATR_STRING, b"\0"),
    ]
    for call in calls:
        with pytest.raises(SCardError) as raised:
            call()
        assert raised.value.code is SCardCode.SCARD_E_INVALID_HANDLE
    assert not rm.is_valid_context(number)


def test_an_unknown_code_keeps_its_number() -> None:
    rm = PCSCResourceManager(PlayedScard(SCardDisconnect=0x80100FFF))
    with pytest.raises(SCardError) as raised:
        rm.disconnect(1)
    assert raised.value.code == 0x80100FFF
    assert raised.value.name == "0x80100FFF"


def test_the_protocol_of_a_borrowed_handle_is_asked_for_once() -> None:
    scard = PlayedScard(SCardStatus=(0, "R", 0x34, 1, [0x3B, 0]), SCardTransmit=(0, [0x90, 0]))
    rm = PCSCResourceManager(scard)
    for _ in range(2):
        assert rm.transmit(7, b"\0\0\0\0") == b"\x90\x00"
    assert [each[0] for each in scard.asked] == ["SCardStatus", "SCardTransmit", "SCardTransmit"]
    assert scard.asked[1] == ("SCardTransmit", 7, 1, [0, 0, 0, 0])


def test_the_owner_of_a_borrowed_handle_may_change_its_protocol() -> None:
    scard = PlayedScard(
        SCardStatus=[[0, "R", 0x34, 1, []], [0, "R", 0x34, 2, []]],
        SCardTransmit=[[0x8010000F, []], [0, [0x90, 0]]],
    )
    rm = PCSCResourceManager(scard)
    assert rm.transmit(7, b"\0\0\0\0") == b"\x90\x00"
    assert [each[2] for each in scard.asked if each[0] == "SCardTransmit"] == [1, 2]


def test_a_given_protocol_is_sent_as_it_is_numbered_there() -> None:
    scard = PlayedScard(SCardTransmit=(0, [0x90, 0]))
    PCSCResourceManager(scard).transmit(7, b"\0\0\0\0", Protocols.RAW)
    assert scard.asked == [("SCardTransmit", 7, 4, [0, 0, 0, 0])]


def test_raw_is_translated_both_ways() -> None:
    scard = PlayedScard(SCardConnect=(0, 7, 4), SCardReconnect=(0, 4))
    rm = PCSCResourceManager(scard)
    assert rm.connect(1, "R", protocols=Protocols.RAW | Protocols.T1).protocol is Protocols.RAW
    assert rm.reconnect(7, protocols=Protocols.RAW) is Protocols.RAW
    assert [each[-2:] for each in scard.asked] == [(2, 6), (4, 0)]


@pytest.mark.parametrize(
    ("ordinal", "state"),
    [
        (1, CardState.ABSENT),
        (2, CardState.PRESENT),
        (3, CardState.PRESENT | CardState.SWALLOWED),
        (4, CardState.PRESENT | CardState.POWERED),
        (5, CardState.PRESENT | CardState.POWERED | CardState.NEGOTIABLE),
        (6, CardState.PRESENT | CardState.POWERED | CardState.SPECIFIC),
    ],
)
def test_the_states_that_windows_counts_become_flags(
    monkeypatch: pytest.MonkeyPatch, ordinal: int, state: CardState
) -> None:
    monkeypatch.setattr(pcsc, "_WINDOWS", True)
    rm = PCSCResourceManager(PlayedScard(SCardStatus=(0, "R", ordinal, 2, [])))
    assert rm.status(1).state == state


def test_names_and_atr_come_from_the_status_where_the_driver_gives_none() -> None:
    scard = PlayedScard(SCardGetAttrib=(0x8010001F, []), SCardStatus=(0, "R", 0x34, 2, [0x3B, 0x00]))
    rm = PCSCResourceManager(scard)
    assert rm.get_attribute(1, Attribute.ATR_STRING) == b"\x3b\x00"
    assert rm.get_attribute(1, Attribute.DEVICE_FRIENDLY_NAME) == b"R\0"
    with pytest.raises(SCardError, match="UNSUPPORTED_FEATURE"):
        rm.get_attribute(1, Attribute.VENDOR_NAME)


def test_what_the_driver_gives_is_taken() -> None:
    rm = PCSCResourceManager(PlayedScard(SCardGetAttrib=(0, [1, 2, 3])))
    assert rm.get_attribute(1, Attribute.ATR_STRING) == b"\1\2\3"


def test_another_failure_is_not_covered_up() -> None:
    rm = PCSCResourceManager(PlayedScard(SCardGetAttrib=(0x80100068, [])))
    with pytest.raises(SCardError, match="RESET_CARD"):
        rm.get_attribute(1, Attribute.ATR_STRING)


def test_nothing_is_kept_of_handles_that_are_closed() -> None:
    answers = {"SCardConnect": [[0, 7, 2], [0, 8, 2]], "SCardDisconnect": 0, "SCardReleaseContext": 0}
    rm = PCSCResourceManager(PlayedScard(**answers))
    rm.connect(1, "R")
    rm.connect(1, "R")
    rm.disconnect(7, Disposition.LEAVE)
    assert rm._protocols == {8: Protocols.T1}
    rm.release_context(1)
    assert rm._protocols == {}
    assert rm._opened == {}


def test_without_pyscard_the_error_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "smartcard.scard", None)
    with pytest.raises(PyscardMissing, match=r"scardmgr\[pcsc\].*libpcsclite-dev") as raised:
        PCSCResourceManager()
    assert isinstance(raised.value, ImportError)
