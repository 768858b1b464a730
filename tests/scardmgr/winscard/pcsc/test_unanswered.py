"""Real PC/SC: a card that does not come to an end, and one that only takes its time."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from scardmgr.winscard.codes import SCardCode
from scardmgr.winscard.constants import ShareMode
from scardmgr.winscard.pcsc.bounds import calls

NOT_TRANSACTED, NO_SERVICE = SCardCode.SCARD_E_NOT_TRANSACTED, SCardCode.SCARD_E_NO_SERVICE
COMMAND = bytes.fromhex("00A4000C023F00")
OK = b"\x90\x00"

Code = Callable[[Callable[[], Any]], int]
Eventually = Callable[[Callable[[], object]], None]

pytestmark = pytest.mark.parametrize("bench", ["pcscd"], indirect=True)
either_way = pytest.mark.parametrize("socket_of_a_context", ["known", "unknown"], indirect=True)
on_linux = pytest.mark.parametrize("socket_of_a_context", ["known"], indirect=True)


@pytest.fixture
def reached() -> threading.Event:
    """Set when a command has reached the stuck card."""
    return threading.Event()


@pytest.fixture
def stuck(desk: Any, reached: threading.Event) -> Iterator[threading.Event]:
    """The card answers no command until this is set."""
    wakes = threading.Event()

    def answer(_: bytes) -> bytes:
        reached.set()
        wakes.wait(60)
        return OK

    desk.card.answer = answer
    yield wakes
    wakes.set()


def alone(desk: Any, how: str) -> int:
    card: int = desk.connect(ShareMode.EXCLUSIVE if how == "exclusive" else ShareMode.SHARED)
    if how == "in a transaction":
        desk.rm.begin_transaction(card)
    return card


@either_way
@pytest.mark.parametrize("how", ["shared", "exclusive", "in a transaction"])
def test_a_command_that_is_not_answered(
    socket_of_a_context: str, desk: Any, stuck: threading.Event, how: str, code: Code, eventually: Eventually
) -> None:
    card = alone(desk, how)
    assert code(lambda: desk.rm.transmit(card, COMMAND)) == NOT_TRANSACTED
    # Its context is at it still, or was cut off; others are not concerned.
    after = NO_SERVICE if socket_of_a_context == "known" else SCardCode.SCARD_E_SHARING_VIOLATION
    assert code(lambda: desk.rm.list_readers(desk.context)) == after
    assert code(lambda: desk.rm.transmit(card, COMMAND)) == after
    assert desk.rm.list_readers(desk.another_context())[0] == desk.reader
    desk.rm.release_context(desk.context)
    assert code(lambda: desk.rm.transmit(card, COMMAND)) == SCardCode.SCARD_E_INVALID_HANDLE
    stuck.set()
    eventually(lambda: desk.open_handles() == 0)
    assert desk.rm.transmit(desk.connect(context=desk.another_context()), COMMAND) == OK


@on_linux
def test_whoever_needs_the_same_reader_gives_up_too(
    socket_of_a_context: str, desk: Any, stuck: threading.Event, reached: threading.Event, code: Code, threads: Any
) -> None:
    card, context = desk.connect(), desk.another_context()
    resetting, commanding = (desk.connect(context=desk.another_context()) for _ in range(2))
    transmitting = threads.start(lambda: desk.rm.transmit(card, COMMAND))
    assert reached.wait(60)
    assert code(lambda: desk.rm.transmit(commanding, COMMAND)) == NOT_TRANSACTED
    assert code(lambda: desk.rm.reconnect(resetting, initialization=1)) == SCardCode.SCARD_W_UNRESPONSIVE_CARD
    assert code(lambda: desk.connect(context=context)) == SCardCode.SCARD_E_SHARING_VIOLATION
    assert code(transmitting) == NOT_TRANSACTED


@on_linux
def test_a_card_may_take_longer_than_patience_lasts(
    socket_of_a_context: str, desk: Any, stuck: threading.Event, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[bool] = []
    look = calls.is_held

    def look_and_go_on(path: str, reader: str) -> bool:
        seen.append(look(path, reader))
        stuck.set()
        return seen[-1]

    monkeypatch.setattr(calls, "is_held", look_and_go_on)
    card = desk.connect()
    assert desk.rm.transmit(card, COMMAND) == OK
    assert seen == [False]
    assert desk.rm.transmit(card, COMMAND) == OK


@on_linux
def test_what_is_not_answered_is_ended_where_the_daemon_cannot_be_asked(
    socket_of_a_context: str, desk: Any, stuck: threading.Event, code: Code, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(calls, "PCSCDClient", lambda *_: (_ for _ in ()).throw(ConnectionRefusedError()))
    card = desk.connect()
    assert code(lambda: desk.rm.transmit(card, COMMAND)) == NOT_TRANSACTED
