"""The hand at the reader: plugging, inserting, removing, unplugging."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import pytest

from iso7816.icc import ICC
from scardmgr.winscard.codes import SCardCode
from scardmgr.winscard.constants import PNP_NOTIFICATION, CardState, Protocols, ReaderStateFlag, ShareMode
from scardmgr.winscard.embedded import EmbeddedResourceManager, slots
from scardmgr.winscard.errors import SCardError, SlotError
from scardmgr.winscard.values import ReaderState


def test_readers_are_listed_in_the_order_they_came() -> None:
    rm = EmbeddedResourceManager()
    context = rm.establish_context()
    plugged = [rm.add_reader(name) for name in ("B", "A", "C")]
    assert rm.list_readers(context) == ["B", "A", "C"]
    plugged[1].close()
    assert rm.list_readers(context) == ["B", "C"]
    assert rm.list_reader_groups(context) == ["SCard$DefaultReaders"]


def test_a_name_is_given_once_and_free_again_after_unplugging() -> None:
    rm = EmbeddedResourceManager()
    slot = rm.add_reader("A")
    with pytest.raises(SCardError) as raised:
        rm.add_reader("A")
    assert raised.value.code is SCardCode.SCARD_E_DUPLICATE_READER
    slot.close()
    assert rm.add_reader("A").name == "A"


@pytest.mark.parametrize("name", ["", "A\0B", PNP_NOTIFICATION, PNP_NOTIFICATION.upper()])
def test_a_name_that_cannot_be_one_is_refused(name: str) -> None:
    with pytest.raises(SCardError) as raised:
        EmbeddedResourceManager().add_reader(name)
    assert raised.value.code is SCardCode.SCARD_E_INVALID_VALUE


def test_an_inserted_card_has_power_and_a_removed_one_none(embedded_bench: Any) -> None:
    card = embedded_bench.insert_scripted()
    assert card.history == ["on"]
    assert embedded_bench.slot.occupied
    embedded_bench.slot.remove()
    assert card.history == ["on", "off"]
    assert not embedded_bench.slot.occupied
    embedded_bench.slot.remove()
    assert card.history == ["on", "off"]


def test_a_card_pulled_out_of_protocol_selection_has_no_power(embedded_bench: Any) -> None:
    card = embedded_bench.insert_choosy()
    card.set_protocol = lambda _protocol: embedded_bench.slot.remove()
    with pytest.raises(SCardError) as raised:
        embedded_bench.connect()
    assert raised.value.code is SCardCode.SCARD_E_NO_SMARTCARD
    assert card.history == ["on", "off"]


def test_a_scripted_card_is_an_icc(scripted_card: Any) -> None:
    assert isinstance(scripted_card(), ICC)


def test_a_slot_takes_one_card(embedded_bench: Any, scripted_card: Any) -> None:
    first = embedded_bench.insert_scripted()
    second = scripted_card()
    with pytest.raises(SlotError, match="Reader 0: there is a card in it"):
        embedded_bench.slot.insert(second)
    assert second.history == []
    assert embedded_bench.slot.inserted is first


def test_a_closed_slot_takes_none_and_may_be_closed_again(embedded_bench: Any, scripted_card: Any) -> None:
    card = embedded_bench.insert_scripted()
    embedded_bench.slot.close()
    assert card.history == ["on", "off"]
    embedded_bench.slot.close()
    with pytest.raises(SlotError, match="closed"):
        embedded_bench.slot.insert(scripted_card())


def test_a_card_gone_before_it_had_power_was_never_there(embedded_bench: Any, scripted_card: Any) -> None:
    card = scripted_card()
    card.gone = True
    with pytest.raises(SlotError, match="gone"):
        embedded_bench.slot.insert(card)
    assert not embedded_bench.slot.occupied


@pytest.mark.parametrize("atr", [b"", bytes(34)])
def test_a_card_without_a_possible_atr_is_present_and_mute(embedded_bench: Any, scripted_card: Any, atr: bytes) -> None:
    embedded_bench.slot.insert(scripted_card(atr))
    assert embedded_bench.slot.state == CardState.PRESENT | CardState.SWALLOWED
    assert embedded_bench.slot.atr == b""


def test_a_card_that_stays_silent_is_present_and_mute(embedded_bench: Any, scripted_card: Any) -> None:
    card = scripted_card()
    card.mute = True
    embedded_bench.slot.insert(card)
    assert embedded_bench.slot.state == CardState.PRESENT | CardState.SWALLOWED


def test_a_closed_reader_can_be_disconnected_from_and_not_connected_to(embedded_bench: Any) -> None:
    embedded_bench.insert_scripted()
    card = embedded_bench.connect()
    embedded_bench.rm.begin_transaction(card)
    embedded_bench.slot.close()
    with pytest.raises(SCardError, match="UNKNOWN_READER"):
        embedded_bench.connect()
    embedded_bench.rm.disconnect(card, 1)


def test_a_handle_to_a_reader_that_was_empty_when_unplugged_is_told_that_it_is_gone(embedded_bench: Any) -> None:
    card = embedded_bench.connect(ShareMode.DIRECT, Protocols.UNDEFINED)
    embedded_bench.slot.close()
    with pytest.raises(SCardError, match="READER_UNAVAILABLE"):
        embedded_bench.rm.transmit(card, b"\0\0\0\0", Protocols.RAW)


def test_unplugging_an_empty_reader_ends_the_wait_for_it(embedded_bench: Any, threads: Any, eventually: Any) -> None:
    bench = embedded_bench
    holder = bench.connect(ShareMode.DIRECT, Protocols.UNDEFINED)
    bench.rm.begin_transaction(holder)
    result = threads.start(lambda: bench.connect_other(ShareMode.DIRECT, Protocols.UNDEFINED))
    eventually(lambda: bench.waiters() == 1)
    bench.slot.close()
    with pytest.raises(SCardError, match="UNKNOWN_READER"):
        result()


def test_a_card_pulled_out_of_a_long_command_is_powered_off_when_that_ends(
    embedded_bench: Any, threads: Any, eventually: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(slots, "_REMOVAL_GRACE_S", 0.01)
    bench = embedded_bench
    inserted = bench.insert_scripted()
    card = bench.connect()
    started, go_on = threading.Event(), threading.Event()

    def slow(_: bytes) -> bytes:
        started.set()
        assert go_on.wait(10)
        return b"\x90\x00"

    inserted.answer = slow
    result = threads.start(lambda: bench.rm.transmit(card, b"\0"))
    assert started.wait(10)
    bench.slot.remove()  # returns though the command still runs
    assert inserted.history == ["on", b"\0"]
    go_on.set()
    with pytest.raises(SCardError, match="NO_SMARTCARD"):
        result()
    assert inserted.history == ["on", b"\0", "off"]


def test_repr_names_the_reader_and_its_state(embedded_bench: Any) -> None:
    assert repr(embedded_bench.slot) == "<Slot 'Reader 0': ABSENT>"
    embedded_bench.slot.close()
    assert repr(embedded_bench.slot) == "<Slot 'Reader 0': closed>"
    assert repr(embedded_bench.rm) == "<EmbeddedResourceManager: 1 readers, 1 contexts>"


def test_two_managers_share_nothing(make_embedded_bench: Callable[..., Any]) -> None:
    one, other = make_embedded_bench(), make_embedded_bench()
    one.insert_scripted()
    with pytest.raises(SCardError, match="NO_SMARTCARD"):
        other.connect()
    [state] = other.rm.get_status_change(other.context, 0, [ReaderState(other.reader)])
    assert state.flags == ReaderStateFlag.EMPTY | ReaderStateFlag.CHANGED


def test_numbers_of_contexts_and_handles_are_never_mistaken_for_each_other(embedded_bench: Any) -> None:
    embedded_bench.insert_scripted()
    card = embedded_bench.connect()
    assert not embedded_bench.rm.is_valid_context(card)
    with pytest.raises(SCardError, match="INVALID_HANDLE"):
        embedded_bench.rm.status(embedded_bench.context)
    embedded_bench.rm.disconnect(card)
    assert embedded_bench.connect() != card


def test_disconnecting_and_releasing_leave_nothing_behind(embedded_bench: Any) -> None:
    embedded_bench.insert_scripted()
    embedded_bench.connect_other()
    embedded_bench.connect_other(ShareMode.DIRECT, Protocols.UNDEFINED)
    embedded_bench.rm.disconnect(embedded_bench.connect_other())
    assert [context.handles for context in embedded_bench.rm._contexts.values()][-1] == {}
    for context in (embedded_bench.context, *embedded_bench.contexts):
        embedded_bench.rm.release_context(context)
    assert embedded_bench.slot.handles == []
    assert embedded_bench.rm._cards == {}
    assert embedded_bench.rm._contexts == {}


def test_a_card_that_nobody_uses_keeps_its_power(embedded_bench: Any) -> None:
    inserted = embedded_bench.insert_scripted()
    embedded_bench.rm.disconnect(embedded_bench.connect())
    embedded_bench.connect()
    assert inserted.history == ["on"]
