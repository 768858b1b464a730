"""A card that does not come to an end, and does not state that it does: each call has its code within a bound."""

from __future__ import annotations

import contextvars
import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from emulator import Card
from scardmgr.winscard.constants import CardState, Disposition, Protocols, ReaderStateFlag, ShareMode
from scardmgr.winscard.errors import SCardError, SlotError
from scardmgr.winscard.values import ReaderState
from virtual_reader import TracingICC

COMMAND = bytes.fromhex("00A4000C023F00")
PATIENCE_S = 0.1


class Blockage:
    """Something that does not end until it is let go.

    Attributes:
        begun: somebody is stuck in it.
    """

    def __init__(self, answer: bytes) -> None:
        self._answer = answer
        self.begun = threading.Event()
        self._let_go = threading.Event()

    def __call__(self, *_: Any) -> bytes:
        self.begun.set()
        assert self._let_go.wait(60)
        return self._answer

    def let_go(self) -> None:
        self._let_go.set()


@pytest.fixture
def block() -> Iterator[Callable[..., Blockage]]:
    made: list[Blockage] = []

    def make(answer: bytes = b"\x90\x00") -> Blockage:
        made.append(Blockage(answer))
        return made[-1]

    yield make
    for blockage in made:
        blockage.let_go()


@pytest.fixture
def bench(make_embedded_bench: Callable[..., Any]) -> Any:
    """One of little patience, with a card that is put in and connected to as ``inserted`` and ``card``."""
    made = make_embedded_bench(answer_s=PATIENCE_S)
    made.inserted = made.insert_scripted()
    made.card = made.connect()
    return made


@pytest.fixture
def stuck(bench: Any, block: Callable[..., Blockage]) -> Any:
    """The same, whose card is stuck in a command that was given up."""
    bench.inserted.answer = bench.blockage = block()
    with pytest.raises(SCardError, match="NOT_TRANSACTED"):
        bench.rm.transmit(bench.card, COMMAND)
    return bench


def is_done(bench: Any, eventually: Callable[[Callable[[], bool]], None]) -> None:
    bench.blockage.let_go()
    eventually(lambda: not bench.slot.icc.busy)
    bench.inserted.answer = lambda _: b"\x90\x00"


def test_a_command_that_does_not_end_is_not_transacted(bench: Any, block: Callable[..., Blockage]) -> None:
    bench.inserted.answer = block()
    begun = time.monotonic()
    with pytest.raises(SCardError, match="NOT_TRANSACTED"):
        bench.rm.transmit(bench.card, COMMAND)
    assert time.monotonic() - begun >= PATIENCE_S


@pytest.mark.parametrize(
    ("verb", "call", "code"),
    [
        pytest.param(
            "reset",
            lambda bench: bench.rm.reconnect(bench.card, initialization=Disposition.RESET),
            "UNRESPONSIVE_CARD",
            id="reset at reconnect",
        ),
        pytest.param(
            "power_on",
            lambda bench: bench.rm.reconnect(bench.card, initialization=Disposition.UNPOWER),
            "UNRESPONSIVE_CARD",
            id="power at reconnect",
        ),
        pytest.param(
            "power_off",
            lambda bench: bench.rm.reconnect(bench.card, initialization=Disposition.UNPOWER),
            "UNRESPONSIVE_CARD",
            id="power off at reconnect",
        ),
        pytest.param("reset", lambda bench: bench.rm.disconnect(bench.card, Disposition.RESET), None, id="disconnect"),
        pytest.param(
            "power_off", lambda bench: bench.rm.disconnect(bench.card, Disposition.UNPOWER), None, id="power off"
        ),
        pytest.param("power_off", lambda bench: bench.slot.remove(), None, id="removal"),
        pytest.param("power_off", lambda bench: bench.slot.close(), None, id="unplugging"),
    ],
)
def test_every_other_call_ends_too(
    bench: Any, block: Callable[..., Blockage], verb: str, call: Callable[[Any], Any], code: str | None
) -> None:
    blockage = block(bytes.fromhex("3B800181"))
    setattr(bench.inserted, verb, blockage)
    if code is None:
        call(bench)
    else:
        with pytest.raises(SCardError, match=code):
            call(bench)
    assert blockage.begun.is_set()


def test_a_transaction_ended_with_a_reset_that_does_not_end_is_over(bench: Any, block: Callable[..., Blockage]) -> None:
    bench.rm.begin_transaction(bench.card)
    bench.inserted.reset = block()
    with pytest.raises(SCardError, match="NOT_TRANSACTED"):
        bench.rm.end_transaction(bench.card, Disposition.RESET)
    assert bench.slot.hold.holder is None


def test_a_card_that_does_not_end_when_it_gets_power_is_in_and_mute(
    bench: Any, block: Callable[..., Blockage], scripted_card: Any
) -> None:
    bench.slot.remove()
    card = scripted_card()
    card.power_on = block()
    bench.slot.insert(card)
    [seen] = bench.rm.get_status_change(bench.context, 0, [ReaderState(bench.reader)])
    assert ReaderStateFlag.MUTE in seen.flags
    with pytest.raises(SCardError, match="UNPOWERED_CARD"):  # as with any mute card
        bench.connect()


def test_a_card_that_does_not_end_when_it_is_told_the_protocol_does_not_respond(
    bench: Any, block: Callable[..., Blockage]
) -> None:
    bench.slot.remove()
    bench.insert_choosy().set_protocol = block()
    with pytest.raises(SCardError, match="UNRESPONSIVE_CARD"):
        bench.connect()


def test_a_card_that_does_not_say_whether_it_is_contactless_is_none(
    bench: Any, block: Callable[..., Blockage], scripted_card: Any
) -> None:
    class Silent(scripted_card):  # type: ignore[misc]
        contactless = property(block())

    bench.slot.remove()
    bench.slot.insert(Silent())
    assert not bench.slot.contactless
    assert bench.slot.occupied


def test_a_card_that_was_given_up_is_mute_at_once(stuck: Any) -> None:
    asked = len(stuck.inserted.history)
    for _ in range(3):
        with pytest.raises(SCardError, match="NOT_TRANSACTED"):
            stuck.rm.transmit(stuck.card, COMMAND)
    with pytest.raises(SCardError, match="UNRESPONSIVE_CARD"):
        stuck.rm.reconnect(stuck.card, initialization=Disposition.RESET)
    assert len(stuck.inserted.history) == asked


def test_a_card_that_is_done_after_all_goes_on(stuck: Any, eventually: Callable[[Callable[[], bool]], None]) -> None:
    is_done(stuck, eventually)
    assert stuck.rm.transmit(stuck.card, COMMAND) == b"\x90\x00"


def test_a_card_that_was_given_up_loses_its_power_when_it_is_done(
    stuck: Any, eventually: Callable[[Callable[[], bool]], None]
) -> None:
    stuck.rm.disconnect(stuck.card, Disposition.UNPOWER)
    assert "off" not in stuck.inserted.history
    assert stuck.slot.state is CardState.PRESENT
    stuck.blockage.let_go()
    eventually(lambda: "off" in stuck.inserted.history)
    stuck.inserted.answer = lambda _: b"\x90\x00"
    eventually(lambda: not stuck.slot.icc.busy)
    assert stuck.rm.transmit(stuck.connect(), COMMAND) == b"\x90\x00"
    assert stuck.inserted.history == ["on", COMMAND, "off", "on", COMMAND]


def test_a_card_that_was_given_up_is_pulled_at_once_and_leaves_the_next_one_alone(
    stuck: Any, scripted_card: Any, eventually: Callable[[Callable[[], bool]], None]
) -> None:
    stuck.slot.remove()
    with pytest.raises(SlotError, match="still executing"):
        stuck.slot.insert(stuck.inserted)
    fresh = scripted_card()
    stuck.slot.insert(fresh)
    card = stuck.connect()
    stuck.blockage.let_go()
    eventually(lambda: stuck.inserted.history[-1] == "off")
    assert stuck.rm.transmit(card, COMMAND) == b"\x90\x00"
    assert fresh.history == ["on", COMMAND]
    stuck.slot.remove()
    stuck.inserted.answer = lambda _: b"\x90\x00"
    stuck.slot.insert(stuck.inserted)
    assert stuck.rm.transmit(stuck.connect(), COMMAND) == b"\x90\x00"


def test_a_release_does_not_wait_for_what_was_given_up(stuck: Any) -> None:
    stuck.rm.begin_transaction(stuck.card)
    stuck.rm.release_context(stuck.context)
    assert stuck.slot.handles == []


def test_who_waits_behind_a_card_that_does_not_end_is_served_with_its_silence(
    make_embedded_bench: Callable[..., Any], threads: Any, block: Callable[..., Blockage]
) -> None:
    bench = make_embedded_bench(answer_s=1.0)
    inserted = bench.insert_scripted()
    inserted.answer = blockage = block()
    first, second = bench.connect(), bench.connect_other()
    results = [threads.start(lambda: bench.rm.transmit(first, COMMAND))]
    assert blockage.begun.wait(10)
    results.append(threads.start(lambda: bench.rm.transmit(second, COMMAND)))
    for result in results:
        with pytest.raises(SCardError, match="NOT_TRANSACTED"):
            result()


@pytest.mark.parametrize(
    "call",
    [
        pytest.param(lambda bench: bench.rm.transmit(bench.card, COMMAND), id="transmit"),
        pytest.param(lambda bench: bench.connect_other(), id="connect"),
        pytest.param(lambda bench: bench.rm.reconnect(bench.card, initialization=Disposition.RESET), id="reconnect"),
    ],
)
def test_a_card_that_calls_back_is_refused_at_once(
    make_embedded_bench: Callable[..., Any], call: Callable[[Any], Any]
) -> None:
    bench = make_embedded_bench(patience_s=60.0, answer_s=60.0)
    inserted = bench.insert_scripted()
    bench.card = bench.connect()
    refused: list[str] = []

    def call_back(_: bytes) -> bytes:
        with pytest.raises(SCardError) as raised:
            call(bench)
        refused.append(raised.value.code.name)
        return b"\x90\x00"

    inserted.answer = call_back
    assert bench.rm.transmit(bench.card, COMMAND) == b"\x90\x00"
    assert refused == ["SCARD_E_SHARING_VIOLATION"]


def test_a_card_that_pulls_itself_out_loses_its_power_and_its_answer(bench: Any) -> None:
    def leave(_: bytes) -> bytes:
        bench.slot.remove()
        return b"\x90\x00"

    bench.inserted.answer = leave
    with pytest.raises(SCardError, match="NO_SMARTCARD"):
        bench.rm.transmit(bench.card, COMMAND)
    assert bench.inserted.history == ["on", COMMAND, "off"]


@pytest.mark.parametrize("kind", [ValueError, SystemExit, TimeoutError, StopIteration])
def test_an_error_in_the_card_is_its_callers(bench: Any, kind: type[BaseException]) -> None:
    def fail(_: bytes) -> bytes:
        raise kind("in the card")

    bench.inserted.answer = fail
    with pytest.raises(kind, match="in the card") as raised:
        bench.rm.transmit(bench.card, COMMAND)
    assert raised.traceback[-1].name == "fail"
    bench.inserted.answer = lambda _: b"\x90\x00"
    assert bench.rm.transmit(bench.card, COMMAND) == b"\x90\x00"


def test_an_error_after_the_card_was_given_up_is_nobodys(
    stuck: Any, eventually: Callable[[Callable[[], bool]], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    unhandled: list[Any] = []
    monkeypatch.setattr(threading, "excepthook", unhandled.append)

    def fail() -> None:
        raise ValueError("too late")

    stuck.inserted.power_off = fail
    stuck.slot.remove()
    pulled = [thread for thread in threading.enumerate() if thread.name == "card"]
    stuck.blockage.let_go()
    for thread in pulled:
        thread.join(10)
    assert unhandled == []


def test_a_card_sees_the_context_variables_of_its_caller(bench: Any) -> None:
    variable: contextvars.ContextVar[bytes] = contextvars.ContextVar("answer")
    variable.set(b"\x61\x02")
    bench.inserted.answer = lambda _: variable.get()
    assert bench.rm.transmit(bench.card, COMMAND) == b"\x61\x02"


def test_an_interrupt_reaches_the_caller_and_not_the_card(bench: Any, block: Callable[..., Blockage]) -> None:
    blockage = block()

    def interrupted(command: bytes) -> bytes:
        os.kill(os.getpid(), signal.SIGINT)
        return blockage(command)

    bench.slot._answer_s = 60.0
    bench.slot.remove()
    inserted = bench.insert_scripted()
    card = bench.connect()
    inserted.answer = interrupted
    begun = time.monotonic()
    with pytest.raises(KeyboardInterrupt):
        bench.rm.transmit(card, COMMAND)
    assert time.monotonic() - begun < 30.0
    with pytest.raises(SCardError, match="NOT_TRANSACTED"):
        bench.rm.transmit(card, COMMAND)


@pytest.fixture
def threads_of_others() -> set[threading.Thread]:
    """Those there were before the test's card: another test's, which was given up, may be at its card still."""
    return {*threading.enumerate()}


def test_no_thread_is_left_by_a_card_that_ends(threads_of_others: set[threading.Thread], bench: Any) -> None:
    for _ in range(20):
        bench.rm.transmit(bench.card, COMMAND)
    bench.slot.remove()
    assert [each for each in {*threading.enumerate()} - threads_of_others if each.name == "card"] == []


def test_without_another_thread_the_card_is_mute(bench: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    with monkeypatch.context() as patch:
        patch.setattr(threading.Thread, "start", refuse)
        with pytest.raises(SCardError, match="NOT_TRANSACTED"):
            bench.rm.transmit(bench.card, COMMAND)
    assert bench.rm.transmit(bench.card, COMMAND) == b"\x90\x00"


def test_a_card_that_states_that_it_always_ends_stays_in_the_callers_thread(
    make_embedded_bench: Callable[..., Any], scripted_card: Any
) -> None:
    bench = make_embedded_bench()
    card = scripted_card()
    card.always_ends = True
    seen: list[int] = []
    card.answer = lambda _: seen.append(threading.get_ident()) or b"\x90\x00"  # type: ignore[func-returns-value]
    bench.slot.insert(card)
    bench.rm.transmit(bench.connect(ShareMode.SHARED, Protocols.T1), COMMAND)
    assert seen == [threading.get_ident()]


class Told:
    def reached(self, name: str) -> None:
        """Whatever this does, the card waits for it."""


def test_an_emulated_card_states_that_it_always_ends_unless_somebody_is_told_of_its_writes() -> None:
    with Card.from_profile("iso7816") as card, Card.from_profile("iso7816", fault_point=Told()) as told:
        assert card.always_ends
        assert TracingICC(card, lambda *_: None).always_ends
        assert not told.always_ends
        assert not TracingICC(told, lambda *_: None).always_ends
