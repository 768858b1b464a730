"""Real PC/SC: SCardGetStatusChange waits beside the context's other calls, and ends when it is told to."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from scardmgr.winscard.codes import SCardCode
from scardmgr.winscard.constants import INFINITE
from scardmgr.winscard.errors import StatusChangeError
from scardmgr.winscard.values import ReaderState

CANCELLED, EMPTY = SCardCode.SCARD_E_CANCELLED, 0x10
COMMAND = bytes.fromhex("00A4000C023F00")

Code = Callable[[Callable[[], Any]], int]
Eventually = Callable[[Callable[[], object]], None]

pytestmark = [
    pytest.mark.parametrize("bench", ["pcscd"], indirect=True),
    pytest.mark.parametrize("socket_of_a_context", ["known", "unknown"], indirect=True),
]


def wait(desk: Any, timeout_ms: int | None = None) -> Callable[[], Any]:
    return lambda: desk.rm.get_status_change(desk.context, timeout_ms, [ReaderState(desk.bench.empty_reader, EMPTY)])


def waiting(desk: Any, threads: Any, eventually: Eventually) -> Callable[[], Any]:
    """A wait that has begun in another thread."""
    context = desk.rm._scard._contexts[desk.context]
    before = len(context.waits)
    result: Callable[[], Any] = threads.start(wait(desk))
    eventually(lambda: len(context.waits) > before)
    return result


def test_other_calls_go_on_during_a_wait(
    socket_of_a_context: str, desk: Any, threads: Any, code: Code, eventually: Eventually
) -> None:
    result = waiting(desk, threads, eventually)
    card = desk.connect()
    assert desk.rm.transmit(card, COMMAND) == b"\x90\x00"
    assert desk.rm.list_readers(desk.context)[0] == desk.reader
    assert desk.rm.get_status_change(desk.context, 0, [ReaderState(desk.reader)])[0].atr == desk.card.atr
    desk.rm.disconnect(card)
    desk.rm.cancel(desk.context)
    assert code(result) == CANCELLED


def test_every_wait_that_has_begun_is_cancelled_and_none_that_begins_later(
    socket_of_a_context: str, desk: Any, threads: Any, code: Code, eventually: Eventually
) -> None:
    for _ in range(3):
        results = [waiting(desk, threads, eventually) for _ in range(4)]
        desk.rm.cancel(desk.context)
        assert [code(result) for result in results] == [CANCELLED] * 4
        desk.rm.cancel(desk.context)
        with pytest.raises(StatusChangeError) as raised:
            wait(desk, 20)()
        assert raised.value.code is SCardCode.SCARD_E_TIMEOUT
        assert [state.event_state & 0xFFFF for state in raised.value.states] == [EMPTY]


def test_a_release_ends_the_waits(
    socket_of_a_context: str, desk: Any, threads: Any, code: Code, eventually: Eventually
) -> None:
    results = [waiting(desk, threads, eventually) for _ in range(2)]
    desk.rm.release_context(desk.context)
    assert [code(result) for result in results] == [SCardCode.SCARD_E_INVALID_HANDLE] * 2
    assert code(wait(desk)) == SCardCode.SCARD_E_INVALID_HANDLE
    assert code(lambda: desk.rm.cancel(desk.context)) == SCardCode.SCARD_E_INVALID_HANDLE


def test_waits_use_the_same_further_context_again(
    socket_of_a_context: str, desk: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[Any] = []
    make = desk.rm._scard._made
    monkeypatch.setattr(desk.rm._scard, "_made", lambda scope: made.append(make(scope)) or made[-1])
    for _ in range(5):
        with pytest.raises(StatusChangeError, match="TIMEOUT"):
            wait(desk, 1)()
    assert len(made) == 1
    desk.rm.release_context(desk.context)
    assert made[0].released


def test_a_card_ends_a_wait(socket_of_a_context: str, desk: Any, threads: Any, eventually: Eventually) -> None:
    [now] = desk.rm.get_status_change(desk.context, 0, [ReaderState(desk.reader)])
    context = desk.rm._scard._contexts[desk.context]
    result = threads.start(lambda: desk.rm.get_status_change(desk.context, INFINITE, [now.acknowledged()]))
    eventually(lambda: context.waits)
    desk.bench.remove()
    [gone] = result()
    assert gone.event_state & EMPTY
