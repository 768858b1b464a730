"""Real PC/SC: what waits for others is given up in time, and what would come of it late is undone or never done."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import pytest

from scardmgr.winscard.codes import SCardCode
from scardmgr.winscard.constants import CardState, Disposition, Protocols, ShareMode
from scardmgr.winscard.pcsc.bounds import functions, handles

VIOLATION, RESET_CARD = SCardCode.SCARD_E_SHARING_VIOLATION, SCardCode.SCARD_W_RESET_CARD
RESET, EXCLUSIVE = Disposition.RESET, ShareMode.EXCLUSIVE
COMMAND, ANOTHER = bytes.fromhex("00A4000C023F00"), bytes.fromhex("00B0000001")
OK = b"\x90\x00"

Code = Callable[[Callable[[], Any]], int]
Eventually = Callable[[Callable[[], object]], None]

CALLS: dict[str, Callable[[Any, int], object]] = {
    "begin_transaction": lambda desk, card: desk.rm.begin_transaction(card),
    "status": lambda desk, card: desk.rm.status(card),
    "transmit": lambda desk, card: desk.rm.transmit(card, COMMAND),
    "reconnect": lambda desk, card: desk.rm.reconnect(card),
    "reconnect with a reset": lambda desk, card: desk.rm.reconnect(card, initialization=RESET),
    "disconnect with a reset": lambda desk, card: desk.rm.disconnect(card, RESET),
    "connect": lambda desk, _: desk.connect(),
}

pytestmark = pytest.mark.parametrize("bench", ["pcscd"], indirect=True)
either_way = pytest.mark.parametrize("socket_of_a_context", ["known", "unknown"], indirect=True)
on_linux = pytest.mark.parametrize("socket_of_a_context", ["known"], indirect=True)
elsewhere = pytest.mark.parametrize("socket_of_a_context", ["unknown"], indirect=True)


@either_way
@pytest.mark.parametrize("call", CALLS)
def test_a_call_gives_up(socket_of_a_context: str, desk: Any, call: str, code: Code) -> None:
    card = desk.connect()
    desk.held()
    assert code(lambda: CALLS[call](desk, card)) == VIOLATION


@either_way
@pytest.mark.parametrize("call", ["begin_transaction", "transmit", "connect"])
def test_so_it_does_where_another_program_holds_the_card(
    socket_of_a_context: str, desk: Any, call: str, code: Code, eventually: Eventually
) -> None:
    card = desk.connect()
    end = desk.held_by_a_process()
    assert code(lambda: CALLS[call](desk, card)) == VIOLATION
    end()
    eventually(lambda: desk.is_free() and desk.open_handles() <= 1)
    again = desk.connect(context=desk.another_context())
    assert desk.rm.transmit(again, COMMAND) == OK


@on_linux
@pytest.mark.parametrize("call", set(CALLS) - {"transmit", "connect"})
def test_who_gave_up_finds_everything_as_it_was(socket_of_a_context: str, desk: Any, call: str, code: Code) -> None:
    card = desk.connect()
    end = desk.held()
    desk.card.history.clear()
    assert code(lambda: CALLS[call](desk, card)) == VIOLATION
    end()
    assert desk.rm.transmit(card, COMMAND) == OK
    assert desk.card.history == [COMMAND]
    assert desk.is_free()


@either_way
@pytest.mark.parametrize("call", ["transmit", "reconnect with a reset", "disconnect with a reset"])
def test_what_was_given_up_never_reaches_the_card(
    socket_of_a_context: str, desk: Any, call: str, code: Code, eventually: Eventually
) -> None:
    card = desk.connect()
    end = desk.held()
    desk.card.history.clear()
    assert code(lambda: CALLS[call](desk, card)) == VIOLATION
    end()
    eventually(desk.is_free)
    assert desk.bench.rm.transmit(desk.bench.connect(), ANOTHER) == OK
    # pcsc-lite asks again every 100 ms: it would have come meanwhile.
    assert desk.is_free()
    assert desk.card.history == [ANOTHER]


@on_linux
def test_a_handle_whose_command_was_given_up_has_to_be_reconnected(
    socket_of_a_context: str, desk: Any, code: Code
) -> None:
    card, beside = desk.connect(), desk.connect()
    end = desk.held()
    context = desk.rm._scard._contexts[desk.context]
    conversation = context.real
    assert code(lambda: desk.rm.transmit(card, COMMAND)) == VIOLATION
    for call in ("begin_transaction", "status", "transmit", "disconnect with a reset"):
        assert call.startswith("disconnect") or code(lambda call=call: CALLS[call](desk, card)) == RESET_CARD  # type: ignore[misc]
    assert code(lambda: desk.rm.get_attribute(card, 0)) == RESET_CARD
    assert code(lambda: desk.rm.end_transaction(card)) == RESET_CARD
    end()
    if context.real == conversation:
        assert desk.rm.status(beside).protocol is Protocols.T1, "others of its context are not touched"
    else:  # libpcsclite has asked in behalf of the closed handle, as it may: see below
        assert code(lambda: desk.rm.status(beside)) == RESET_CARD
    assert desk.rm.reconnect(card) is Protocols.T1
    assert desk.rm.transmit(card, COMMAND) == OK
    desk.rm.disconnect(card)


@on_linux
@pytest.mark.parametrize("initialization", [Disposition.LEAVE, Disposition.RESET, Disposition.UNPOWER])
def test_a_lapsed_handle_is_reconnected_as_told(
    socket_of_a_context: str, desk: Any, initialization: Disposition, code: Code
) -> None:
    card = desk.connect()
    end = desk.held()
    assert code(lambda: desk.rm.transmit(card, COMMAND)) == VIOLATION
    assert code(lambda: desk.rm.reconnect(card, initialization=9)) == SCardCode.SCARD_E_INVALID_VALUE
    end()
    desk.card.history.clear()
    assert desk.rm.reconnect(card, EXCLUSIVE, initialization=initialization) is Protocols.T1
    felt = {Disposition.LEAVE: [], Disposition.RESET: ["reset"], Disposition.UNPOWER: ["off", "on"]}
    assert desk.card.history == felt[initialization]
    assert code(desk.bench.connect) == VIOLATION, "it is exclusive"


@on_linux
@pytest.mark.parametrize("call", ["transmit", "status"])
def test_libpcsclite_may_ask_in_behalf_of_a_handle_that_was_closed_meanwhile(
    socket_of_a_context: str,
    desk: Any,
    call: str,
    code: Code,
    eventually: Eventually,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """It looks for the handle before it waits for the context, and not again; pcscd hangs up on it then."""
    card, beside = desk.connect(), desk.connect()
    end = desk.held()
    context, handle_closed = desk.rm._scard._contexts[desk.context], threading.Event()
    close = handles.close_handle

    def close_and_tell(scard: Any, real: int) -> None:
        close(scard, real)
        handle_closed.set()

    def asked_too_late(*_: Any) -> Any:
        assert handle_closed.wait(60)
        context.socket.cut()
        return function.refused(SCardCode.SCARD_E_NO_SERVICE)

    function = {"transmit": functions.TRANSMIT, "status": functions.STATUS}[call]
    monkeypatch.setattr(handles, "close_handle", close_and_tell)
    monkeypatch.setattr(context.scard, function.name, asked_too_late)
    monkeypatch.setattr(type(desk.rm._scard._handles[card]), "_has_to_wait", lambda _: False)
    assert code(lambda: CALLS[call](desk, card)) == VIOLATION
    monkeypatch.undo()
    end()
    # Once pcscd has seen the end of the stream, nothing of it is left there.
    eventually(lambda: desk.open_handles() == 0)
    for handle in (card, beside):
        assert code(lambda handle=handle: desk.rm.transmit(handle, COMMAND)) == RESET_CARD  # type: ignore[misc]
        assert desk.rm.reconnect(handle) is Protocols.T1
        assert desk.rm.transmit(handle, COMMAND) == OK
    assert desk.rm.list_readers(desk.context)[0] == desk.reader
    desk.rm.disconnect(card)
    desk.rm.release_context(desk.context)
    eventually(lambda: desk.open_handles() == 0)


@on_linux
def test_a_lapsed_handle_can_be_disconnected(
    socket_of_a_context: str, desk: Any, code: Code, eventually: Eventually
) -> None:
    card = desk.connect()
    desk.held()
    assert code(lambda: desk.rm.transmit(card, COMMAND)) == VIOLATION
    assert code(lambda: desk.rm.disconnect(card, 9)) == SCardCode.SCARD_E_INVALID_VALUE
    desk.rm.disconnect(card)
    assert code(lambda: desk.rm.disconnect(card)) == SCardCode.SCARD_E_INVALID_HANDLE
    eventually(lambda: desk.open_handles() == 1)


@elsewhere
def test_a_transaction_that_comes_late_is_ended(
    socket_of_a_context: str, desk: Any, code: Code, eventually: Eventually
) -> None:
    card = desk.connect()
    end = desk.held()
    assert code(lambda: desk.rm.begin_transaction(card)) == VIOLATION
    end()
    eventually(lambda: desk.rm._scard._contexts[desk.context].busy is False)
    assert desk.is_free()
    desk.rm.begin_transaction(card)
    assert not desk.is_free()
    desk.rm.end_transaction(card)
    assert desk.is_free()


@either_way
def test_a_handle_that_comes_late_is_closed_and_its_context_is_free_again(
    socket_of_a_context: str, desk: Any, code: Code, eventually: Eventually
) -> None:
    card = desk.connect()
    end = desk.held()
    assert code(desk.connect) == VIOLATION
    # libpcsclite would have every further call in the context wait, and with it all calls of the process.
    for call in CALLS.values():
        assert code(lambda call=call: call(desk, card)) == VIOLATION  # type: ignore[misc]
    assert code(lambda: desk.rm.list_readers(desk.context)) == VIOLATION
    assert desk.rm.list_readers(desk.another_context())[0] == desk.reader
    assert desk.rm.is_valid_context(desk.context)
    end()
    eventually(lambda: desk.rm._scard._contexts[desk.context].busy is False)
    eventually(lambda: desk.open_handles() == 1)
    assert desk.rm.transmit(card, COMMAND) == OK
    desk.rm.disconnect(desk.connect())


@either_way
def test_a_context_is_released_while_its_call_is_given_up(
    socket_of_a_context: str, desk: Any, code: Code, eventually: Eventually
) -> None:
    card = desk.connect()
    end = desk.held()
    assert code(desk.connect) == VIOLATION
    desk.rm.release_context(desk.context)
    assert code(lambda: desk.rm.status(card)) == SCardCode.SCARD_E_INVALID_HANDLE
    assert code(lambda: desk.rm.release_context(desk.context)) == SCardCode.SCARD_E_INVALID_HANDLE
    if socket_of_a_context == "known":
        eventually(lambda: not desk.rm.is_valid_context(desk.context))
    end()  # pcscd itself waits until then
    eventually(lambda: desk.open_handles() == 0)
    eventually(lambda: not desk.rm.is_valid_context(desk.context))


@either_way
def test_a_context_is_released_while_another_thread_waits_in_it(
    socket_of_a_context: str, desk: Any, threads: Any, code: Code, eventually: Eventually
) -> None:
    card = desk.connect()
    end = desk.held()
    connecting = threads.start(desk.connect)
    eventually(lambda: desk.rm._scard._contexts[desk.context].busy)
    beginning = threads.start(lambda: desk.rm.begin_transaction(card))
    desk.rm.release_context(desk.context)
    assert code(connecting) == (SCardCode.SCARD_E_INVALID_HANDLE if socket_of_a_context == "known" else VIOLATION)
    assert code(beginning) == SCardCode.SCARD_E_INVALID_HANDLE
    end()
    eventually(lambda: desk.open_handles() == 0)


# Handles of one context


@either_way
@pytest.mark.parametrize("call", CALLS)
def test_nobody_waits_within_a_context_for_what_the_context_itself_holds(
    socket_of_a_context: str, desk: Any, call: str, threads: Any, code: Code, eventually: Eventually
) -> None:
    holder, card = desk.connect(), desk.connect()
    desk.rm.begin_transaction(holder)
    assert code(lambda: CALLS[call](desk, card)) == VIOLATION
    assert desk.rm.transmit(holder, COMMAND) == OK
    waiting = threads.start(lambda: CALLS[call](desk, card))
    desk.rm.end_transaction(holder)
    waiting()


@either_way
def test_a_transaction_that_went_with_its_card_is_waited_for_by_nobody(socket_of_a_context: str, desk: Any) -> None:
    holder = desk.connect()
    desk.rm.begin_transaction(holder)
    desk.bench.remove()
    desk.bench.insert_scripted()
    assert desk.rm.transmit(desk.connect(), COMMAND) == OK
    desk.rm.reconnect(holder)
    assert desk.rm.transmit(holder, COMMAND) == OK
    desk.rm.begin_transaction(holder)
    desk.rm.end_transaction(holder)
    assert desk.is_free()


@either_way
def test_transactions_nest(socket_of_a_context: str, desk: Any, code: Code) -> None:
    card = desk.connect()
    for _ in range(3):
        desk.rm.begin_transaction(card)
    for _ in range(3):
        assert not desk.is_free()
        desk.rm.end_transaction(card)
    assert desk.is_free()
    assert code(lambda: desk.rm.end_transaction(card)) == SCardCode.SCARD_E_NOT_TRANSACTED


# EXCLUSIVE


@on_linux
def test_becoming_exclusive_beside_another_is_refused_at_once_and_changes_nothing(
    socket_of_a_context: str, desk: Any, code: Code
) -> None:
    card, other = desk.connect(), desk.bench.connect_other()
    desk.card.history.clear()
    assert code(lambda: desk.rm.reconnect(card, EXCLUSIVE, initialization=RESET)) == VIOLATION
    assert desk.rm.transmit(card, COMMAND) == OK
    assert desk.card.history == [COMMAND]
    desk.bench.rm.disconnect(other)
    desk.rm.reconnect(card, EXCLUSIVE)
    assert code(desk.bench.connect) == VIOLATION


@on_linux
def test_who_is_overtaken_while_becoming_exclusive_lapses(
    socket_of_a_context: str, desk: Any, code: Code, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("scardmgr.winscard.pcsc.bounds.handles.is_crowded", lambda *_: False)
    card = desk.connect()
    desk.bench.connect_other()
    assert code(lambda: desk.rm.reconnect(card, EXCLUSIVE)) == VIOLATION
    assert code(lambda: desk.rm.reconnect(card, EXCLUSIVE)) == VIOLATION
    assert desk.rm.reconnect(card) is Protocols.T1


@on_linux
def test_others_are_let_in_when_an_exclusive_handle_becomes_shared_outside_its_transaction(
    socket_of_a_context: str, desk: Any
) -> None:
    card = desk.connect(EXCLUSIVE)
    desk.rm.begin_transaction(card)
    desk.rm.reconnect(card, ShareMode.SHARED)
    assert not desk.is_free(), "the transaction goes on"
    desk.rm.end_transaction(card)
    assert desk.is_free()
    assert CardState.PRESENT in desk.bench.rm.status(desk.bench.connect()).state
