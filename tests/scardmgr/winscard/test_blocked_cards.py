"""A card that states that it always ends, and does not: nobody but the call that sent the command waits for it."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from scardmgr.winscard.constants import Disposition, Protocols, ShareMode
from scardmgr.winscard.embedded import slots
from scardmgr.winscard.errors import SCardError, SlotError
from scardmgr.winscard.values import ReaderState

COMMAND = bytes.fromhex("00A4000C023F00")
PATIENCE_S = 10.0


class Blockage:
    """Something that does not end until it is let go.

    Attributes:
        begun: somebody is stuck in it.
    """

    def __init__(self) -> None:
        self.begun = threading.Event()
        self._let_go = threading.Event()

    def __call__(self, *_: Any) -> bytes:
        self.begun.set()
        assert self._let_go.wait(60)
        return b"\x90\x00"

    def let_go(self) -> None:
        self._let_go.set()


@pytest.fixture
def blockage() -> Iterator[Blockage]:
    made = Blockage()
    yield made
    made.let_go()


@pytest.fixture(autouse=True)
def false_statement(scripted_card: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scripted_card, "always_ends", True)


@pytest.fixture
def blocked(make_embedded_bench: Callable[..., Any], threads: Any, blockage: Blockage) -> tuple[Any, Any, Any]:
    """A bench of little patience whose card is stuck in a command, the card, and the command's result."""
    bench = make_embedded_bench(patience_s=0.1)
    inserted = bench.insert_scripted()
    inserted.answer = blockage
    card = bench.connect_other()
    result = threads.start(lambda: bench.rm.transmit(card, COMMAND))
    assert blockage.begun.wait(PATIENCE_S)
    return bench, inserted, result


@pytest.mark.parametrize(
    "call",
    [
        pytest.param(lambda bench, card: bench.rm.transmit(card, COMMAND), id="transmit"),
        pytest.param(lambda bench, card: bench.rm.reconnect(card), id="reconnect"),
        pytest.param(lambda bench, card: bench.rm.disconnect(card, Disposition.RESET), id="disconnect and reset"),
        pytest.param(lambda bench, card: bench.rm.end_transaction(card, Disposition.RESET), id="end and reset"),
        pytest.param(lambda bench, _: bench.connect_other(), id="connect"),
        pytest.param(lambda bench, _: bench.connect_other(ShareMode.DIRECT, Protocols.UNDEFINED), id="connect direct"),
    ],
)
def test_who_waits_for_a_blocked_card_gives_up(
    make_embedded_bench: Callable[..., Any], threads: Any, blockage: Blockage, call: Callable[[Any, int], Any]
) -> None:
    bench = make_embedded_bench(patience_s=0.05)
    inserted = bench.insert_scripted()
    inserted.answer = blockage
    card, other = bench.connect(), bench.connect_other()
    result = threads.start(lambda: bench.rm.transmit(other, COMMAND))
    assert blockage.begun.wait(PATIENCE_S)
    with pytest.raises(SCardError, match="SHARING_VIOLATION"):
        call(bench, card)
    blockage.let_go()
    assert result() == b"\x90\x00"


def test_what_does_not_need_the_card_goes_on(blocked: tuple[Any, Any, Any]) -> None:
    bench, _, _ = blocked
    [seen] = bench.rm.get_status_change(bench.context, 0, [ReaderState(bench.reader)])
    assert seen.atr.hex() == "3b800181"
    assert bench.rm.list_readers(bench.context) == [bench.reader, bench.empty_reader]
    bench.rm.cancel(bench.context)


def test_a_context_in_a_transaction_can_be_released(blocked: tuple[Any, Any, Any]) -> None:
    bench, inserted, _ = blocked
    card = next(iter(bench.rm._contexts[bench.contexts[0]].handles))
    bench.rm.begin_transaction(card)
    bench.rm.release_context(bench.contexts[0])  # the reset that it owes the card comes to nothing
    assert bench.slot.handles == []
    assert bench.slot.hold.holder is None
    assert "reset" not in inserted.history


def test_pulling_a_blocked_card_frees_the_reader(
    blocked: tuple[Any, Any, Any], blockage: Blockage, scripted_card: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(slots, "_REMOVAL_GRACE_S", 0.01)
    bench, pulled, result = blocked
    bench.remove()
    fresh = scripted_card()
    bench.insert(fresh)
    card = bench.connect()
    assert bench.rm.transmit(card, COMMAND) == b"\x90\x00"
    blockage.let_go()
    with pytest.raises(SCardError, match="NO_SMARTCARD"):
        result()
    assert pulled.history[-1] == "off"
    assert bench.slot.inserted is fresh
    assert bench.rm.transmit(card, COMMAND) == b"\x90\x00"
    assert fresh.history == ["on", COMMAND, COMMAND]


def test_who_waits_for_a_card_that_is_pulled_is_told(
    make_embedded_bench: Callable[..., Any], threads: Any, blockage: Blockage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(slots, "_REMOVAL_GRACE_S", 0.01)
    bench = make_embedded_bench(patience_s=60)
    inserted = bench.insert_scripted()
    inserted.answer = blockage
    stuck, *waiting = (bench.connect_other() for _ in range(4))
    result = threads.start(lambda: bench.rm.transmit(stuck, COMMAND))
    assert blockage.begun.wait(PATIENCE_S)
    transmitting = threads.start(lambda: bench.rm.transmit(waiting[0], COMMAND))
    reconnecting = threads.start(lambda: bench.rm.reconnect(waiting[1]))
    connecting = threads.start(bench.connect_other)
    ending = threads.start(lambda: bench.rm.disconnect(waiting[2], Disposition.RESET))
    bench.remove()
    with pytest.raises(SCardError, match="REMOVED_CARD"):
        transmitting()
    with pytest.raises(SCardError, match="NO_SMARTCARD"):
        reconnecting()
    with pytest.raises(SCardError, match="NO_SMARTCARD"):
        connecting()
    ending()
    blockage.let_go()
    with pytest.raises(SCardError, match="NO_SMARTCARD"):
        result()


def test_a_blocked_card_is_not_put_in_again_until_it_is_done(
    blocked: tuple[Any, Any, Any], blockage: Blockage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(slots, "_REMOVAL_GRACE_S", 0.01)
    bench, pulled, result = blocked
    bench.remove()
    with pytest.raises(SlotError, match="still executing"):
        bench.insert(pulled)
    blockage.let_go()
    with pytest.raises(SCardError):
        result()
    pulled.answer = lambda _: b"\x90\x00"
    bench.insert(pulled)
    assert bench.rm.transmit(bench.connect(), COMMAND) == b"\x90\x00"


def test_a_reader_with_a_blocked_card_can_be_unplugged(
    blocked: tuple[Any, Any, Any], blockage: Blockage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(slots, "_REMOVAL_GRACE_S", 0.01)
    bench, _, result = blocked
    bench.slot.close()
    assert bench.rm.list_readers(bench.context) == [bench.empty_reader]
    blockage.let_go()
    with pytest.raises(SCardError):
        result()


@pytest.mark.parametrize("initialization", [Disposition.RESET, Disposition.UNPOWER])
def test_a_card_pulled_out_of_a_blocked_reset_leaves_the_next_one_alone(
    make_embedded_bench: Callable[..., Any],
    threads: Any,
    blockage: Blockage,
    scripted_card: Any,
    monkeypatch: pytest.MonkeyPatch,
    initialization: Disposition,
) -> None:
    monkeypatch.setattr(slots, "_REMOVAL_GRACE_S", 0.01)
    bench = make_embedded_bench()
    pulled = bench.insert_scripted()
    card = bench.connect()
    pulled.power_on = pulled.reset = lambda: blockage() and bytes.fromhex("3B00")
    result = threads.start(lambda: bench.rm.reconnect(card, initialization=initialization))
    assert blockage.begun.wait(PATIENCE_S)
    bench.remove()
    fresh = scripted_card()
    bench.insert(fresh)
    other = bench.connect_other()
    blockage.let_go()
    with pytest.raises(SCardError, match="NO_SMARTCARD"):
        result()
    assert pulled.history[-1] == "off"
    assert (bench.slot.inserted, bench.slot.atr.hex(), bench.slot.protocol) == (fresh, "3b800181", Protocols.T1)
    with pytest.raises(SCardError, match="REMOVED_CARD"):
        bench.rm.status(card)
    assert bench.rm.transmit(other, COMMAND) == b"\x90\x00"


def test_a_card_pulled_out_of_a_blocked_protocol_selection_leaves_the_next_one_alone(
    make_embedded_bench: Callable[..., Any],
    threads: Any,
    blockage: Blockage,
    scripted_card: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(slots, "_REMOVAL_GRACE_S", 0.01)
    bench = make_embedded_bench()
    pulled = bench.insert_choosy()
    pulled.set_protocol = blockage
    result = threads.start(bench.connect)
    assert blockage.begun.wait(PATIENCE_S)
    bench.remove()
    bench.insert(scripted_card(bytes.fromhex("3B00")))
    blockage.let_go()
    with pytest.raises(SCardError, match="NO_SMARTCARD"):
        result()
    assert bench.slot.protocol is Protocols.UNDEFINED
    assert bench.rm.connect(bench.context, bench.reader).protocol is Protocols.T0


def test_a_reader_unplugged_while_a_card_is_blocked_on_its_way_in(
    make_embedded_bench: Callable[..., Any], threads: Any, blockage: Blockage, scripted_card: Any
) -> None:
    bench = make_embedded_bench()
    card = scripted_card()
    card.power_on = blockage
    inserting = threads.start(lambda: bench.slot.insert(card))
    assert blockage.begun.wait(PATIENCE_S)
    bench.slot.close()
    blockage.let_go()
    with pytest.raises(SlotError, match="closed"):
        inserting()
    assert not bench.slot.occupied
    assert card.history == ["off"]
