"""Connecting, reconnecting, disconnecting and transactions: what the card feels and what is seen of it.

Runs on the embedded resource manager, where every touch of the card can be counted, and where it can be
told apart from pcscd's own powering of idle cards also there.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from iso7816.icc import TransmissionProtocol
from scardmgr.winscard.codes import SCardCode
from scardmgr.winscard.constants import CardState, Disposition, Protocols, ShareMode
from scardmgr.winscard.errors import SCardError

COMMAND = bytes.fromhex("00A4000C023F00")
POWERED = CardState.PRESENT | CardState.POWERED | CardState.NEGOTIABLE
BOTH = ["embedded", "pcscd"]
Eventually = Callable[[Callable[[], bool]], None]

on_both = pytest.mark.parametrize("bench", BOTH, indirect=True)


def fault_of(bench: Any, card: int) -> str:
    """What the next call of a handle is told."""
    try:
        bench.rm.status(card)
    except SCardError as error:
        return error.name
    return ""


@on_both
def test_a_connected_card_is_powered_and_its_protocol_in_force(bench: Any) -> None:
    bench.insert_scripted()
    card, protocol = bench.rm.connect(bench.context, bench.reader)
    status = bench.rm.status(card)
    assert protocol is Protocols.T1
    assert (status.reader, status.state, status.protocol, status.atr.hex()) == (
        bench.reader,
        POWERED,
        Protocols.T1,
        "3b800181",
    )


@on_both
def test_a_direct_connection_needs_no_card(bench: Any) -> None:
    card, protocol = bench.rm.connect(bench.context, bench.empty_reader, ShareMode.DIRECT, Protocols.UNDEFINED)
    status = bench.rm.status(card)
    assert protocol is Protocols.UNDEFINED
    assert (status.state, status.protocol, status.atr) == (CardState.ABSENT, Protocols.UNDEFINED, b"")


@on_both
def test_a_direct_connection_beside_another_finds_its_protocol(bench: Any) -> None:
    bench.insert_scripted()
    bench.connect()
    card, protocol = bench.rm.connect(bench.other_context(), bench.reader, ShareMode.DIRECT, Protocols.UNDEFINED)
    assert protocol is Protocols.T1
    assert bench.rm.transmit(card, COMMAND) == b"\x90\x00"


@on_both
def test_the_card_gets_the_command_and_the_caller_the_response(bench: Any) -> None:
    inserted = bench.insert_scripted()
    inserted.answer = lambda command: command[::-1] + b"\x90\x00"
    card = bench.connect()
    assert bench.rm.transmit(card, COMMAND) == COMMAND[::-1] + b"\x90\x00"
    assert inserted.history[-1] == COMMAND


@on_both
@pytest.mark.parametrize("size", [2, 256, 257, 65_535])
def test_long_commands_and_responses_pass_whole(bench: Any, size: int) -> None:
    inserted = bench.insert_scripted()
    inserted.answer = lambda command: command
    card = bench.connect()
    command = bytes(index * 7 & 0xFF for index in range(size))
    assert bench.rm.transmit(card, command) == command


@on_both
def test_one_handle_speaks_the_protocol_in_force_or_raw(bench: Any) -> None:
    bench.insert_scripted()
    card = bench.connect()
    assert bench.rm.transmit(card, COMMAND, Protocols.T1) == b"\x90\x00"
    assert bench.rm.transmit(card, COMMAND, Protocols.RAW) == b"\x90\x00"


@on_both
def test_of_two_protocols_offered_t1_is_chosen_and_reset_lets_choose_again(bench: Any) -> None:
    bench.insert_scripted(bytes.fromhex("3B80800101"))
    card, protocol = bench.rm.connect(bench.context, bench.reader)
    assert protocol is Protocols.T1
    assert bench.rm.reconnect(card, protocols=Protocols.T0, initialization=Disposition.RESET) is Protocols.T0
    assert bench.rm.status(card).protocol is Protocols.T0
    assert bench.rm.transmit(card, COMMAND) == b"\x90\x00"


@on_both
def test_raw_can_be_put_in_force(bench: Any) -> None:
    bench.insert_scripted()
    card, protocol = bench.rm.connect(bench.context, bench.reader, protocols=Protocols.RAW)
    assert protocol is Protocols.RAW
    assert bench.rm.status(card).protocol is Protocols.RAW
    assert bench.rm.transmit(card, COMMAND) == b"\x90\x00"


@on_both
@pytest.mark.parametrize(
    ("initialization", "felt"),
    [(Disposition.LEAVE, []), (Disposition.RESET, ["reset"]), (Disposition.UNPOWER, ["off", "on"])],
)
def test_reconnecting_does_to_the_card_as_told(bench: Any, initialization: Disposition, felt: list[str]) -> None:
    inserted = bench.insert_scripted()
    card, other = bench.connect(), bench.connect_other()
    inserted.history.clear()
    bench.rm.reconnect(card, initialization=initialization)
    assert inserted.history == felt
    assert fault_of(bench, card) == ""
    assert fault_of(bench, other) == ("SCARD_W_RESET_CARD" if felt else "")


@on_both
@pytest.mark.parametrize(
    ("disposition", "felt", "state"),
    [
        (Disposition.LEAVE, [], POWERED),
        (Disposition.RESET, ["reset"], POWERED),
        (Disposition.UNPOWER, ["off"], CardState.PRESENT),
        (Disposition.EJECT, [], POWERED),
    ],
)
def test_disconnecting_does_to_the_card_as_told(
    bench: Any, eventually: Eventually, disposition: Disposition, felt: list[str], state: CardState
) -> None:
    inserted = bench.insert_scripted()
    card, other = bench.connect(), bench.connect_other()
    inserted.history.clear()
    bench.rm.disconnect(card, disposition)
    eventually(lambda: inserted.history == felt)  # pcscd does not wait for a card to be without power
    assert fault_of(bench, other) == ("SCARD_W_RESET_CARD" if felt else "")
    bench.rm.reconnect(other)
    assert bench.rm.status(other).state == state


@on_both
@pytest.mark.parametrize(
    ("disposition", "felt"),
    [
        (Disposition.LEAVE, []),
        (Disposition.RESET, ["reset"]),
        (Disposition.UNPOWER, ["off", "on"]),
    ],
)
def test_ending_a_transaction_does_to_the_card_as_told(bench: Any, disposition: Disposition, felt: list[str]) -> None:
    inserted = bench.insert_scripted()
    card, other = bench.connect(), bench.connect_other()
    bench.rm.begin_transaction(card)
    inserted.history.clear()
    bench.rm.end_transaction(card, disposition)
    assert inserted.history == felt
    # The handle that ended it is told as well: the card it knew is no more in the state it knew.
    assert fault_of(bench, card) == fault_of(bench, other) == ("SCARD_W_RESET_CARD" if felt else "")


@on_both
def test_ending_a_transaction_by_ejecting_fails_and_ends_it(bench: Any) -> None:
    bench.insert_scripted()
    card, other = bench.connect(), bench.connect_other()
    bench.rm.begin_transaction(card)
    with pytest.raises(SCardError, match="UNSUPPORTED_FEATURE"):
        bench.rm.end_transaction(card, Disposition.EJECT)
    assert bench.rm.transmit(other, COMMAND) == b"\x90\x00"


@on_both
def test_a_card_that_was_powered_off_is_powered_by_the_next_connection(bench: Any) -> None:
    inserted = bench.insert_scripted()
    card = bench.connect()
    inserted.history.clear()
    bench.rm.disconnect(card, Disposition.UNPOWER)
    card = bench.connect()
    assert inserted.history == ["off", "on"]
    assert bench.rm.status(card).state == POWERED


@on_both
def test_a_fault_lasts_until_the_handle_reconnects(bench: Any) -> None:
    bench.insert_scripted()
    card, other = bench.connect(), bench.connect_other()
    bench.rm.reconnect(other, initialization=Disposition.RESET)
    assert [fault_of(bench, card) for _ in range(2)] == ["SCARD_W_RESET_CARD"] * 2
    bench.rm.reconnect(card)
    assert fault_of(bench, card) == ""


@on_both
def test_a_failed_reset_is_told_to_the_handle_that_tried_too(bench: Any) -> None:
    inserted = bench.insert_scripted()
    card = bench.connect()
    inserted.atr = bytes(34)
    with pytest.raises(SCardError):
        bench.rm.reconnect(card, initialization=Disposition.RESET)
    assert fault_of(bench, card) == "SCARD_W_RESET_CARD"
    inserted.atr = bytes.fromhex("3B800181")
    bench.rm.reconnect(card, initialization=Disposition.RESET)
    assert fault_of(bench, card) == ""


@on_both
def test_after_removal_and_insertion_a_handle_still_has_to_reconnect(bench: Any) -> None:
    bench.insert_scripted()
    card = bench.connect()
    bench.remove()
    bench.insert_scripted()
    assert fault_of(bench, card) == "SCARD_W_REMOVED_CARD"
    assert bench.rm.reconnect(card) is Protocols.T1
    assert fault_of(bench, card) == ""


@on_both
def test_a_handle_told_of_a_removal_is_not_told_of_a_later_reset_instead(bench: Any) -> None:
    bench.insert_scripted()
    card = bench.connect()
    bench.remove()
    bench.insert_scripted()
    bench.rm.reconnect(bench.connect_other(), initialization=Disposition.RESET)
    if bench.kind == "pcscd":  # the last event is what pcsc-lite tells
        assert fault_of(bench, card) == "SCARD_W_RESET_CARD"
    else:
        assert fault_of(bench, card) == "SCARD_W_REMOVED_CARD"


@on_both
def test_a_card_that_was_powered_off_lets_choose_its_protocol_again(bench: Any) -> None:
    bench.insert_scripted(bytes.fromhex("3B80800101"))
    card = bench.connect(protocols=Protocols.T1)
    bench.rm.disconnect(bench.connect_other(), Disposition.UNPOWER)
    assert bench.rm.reconnect(card, protocols=Protocols.T0) is Protocols.T0


@on_both
def test_a_new_card_knows_nothing_of_a_protocol_set_for_the_empty_reader(bench: Any) -> None:
    bench.remove()
    raw = bench.connect(ShareMode.DIRECT, Protocols.RAW)
    assert bench.rm.status(raw).protocol is Protocols.RAW
    bench.insert_scripted()
    assert bench.rm.connect(bench.context, bench.reader).protocol is Protocols.T1


@on_both
def test_insertion_and_removal_are_counted(bench: Any) -> None:
    bench.insert_scripted()
    card = bench.connect(ShareMode.DIRECT, Protocols.UNDEFINED)
    before = bench.rm.status(card).event_counter
    bench.remove()
    bench.insert_scripted()
    bench.rm.reconnect(card)
    assert bench.rm.status(card).event_counter - before == 2


@on_both
def test_an_exclusive_handle_opens_the_reader_again_when_it_closes(bench: Any) -> None:
    bench.insert_scripted()
    card = bench.connect(ShareMode.EXCLUSIVE)
    with pytest.raises(SCardError, match="SHARING_VIOLATION"):
        bench.connect_other()
    bench.rm.disconnect(card)
    bench.connect_other()


@on_both
def test_the_last_handle_can_become_exclusive_and_is_so(bench: Any) -> None:
    bench.insert_scripted()
    card = bench.connect()
    bench.rm.reconnect(card, ShareMode.EXCLUSIVE)
    with pytest.raises(SCardError, match="SHARING_VIOLATION"):
        bench.connect_other()


def test_an_exclusive_handle_that_becomes_shared_lets_others_in(embedded_bench: Any) -> None:
    bench = embedded_bench  # pcsc-lite keeps the card locked here until the handle closes
    bench.insert_scripted()
    card = bench.connect(ShareMode.EXCLUSIVE)
    bench.rm.reconnect(card, ShareMode.SHARED)
    assert bench.rm.status(bench.connect_other()).state == POWERED


@on_both
def test_releasing_a_context_leaves_the_card_unless_inside_a_transaction(bench: Any) -> None:
    inserted = bench.insert_scripted()
    other = bench.connect()
    bench.connect_other()
    inserted.history.clear()
    bench.rm.release_context(bench.contexts[-1])
    assert inserted.history == []
    assert fault_of(bench, other) == ""


@on_both
def test_releasing_a_context_inside_a_transaction_resets_the_card_and_frees_it(bench: Any) -> None:
    inserted = bench.insert_scripted()
    other = bench.connect()
    holder = bench.connect_other()
    bench.rm.begin_transaction(holder)
    bench.rm.begin_transaction(holder)
    inserted.history.clear()
    bench.rm.release_context(bench.contexts[-1])
    assert inserted.history == ["reset"]
    assert fault_of(bench, other) == "SCARD_W_RESET_CARD"


@on_both
def test_disconnecting_ends_the_transaction(bench: Any) -> None:
    bench.insert_scripted()
    holder, other = bench.connect(), bench.connect_other()
    bench.rm.begin_transaction(holder)
    bench.rm.disconnect(holder)
    assert bench.rm.transmit(other, COMMAND) == b"\x90\x00"


def test_the_card_is_told_the_protocol_before_its_first_command(embedded_bench: Any) -> None:
    inserted = embedded_bench.insert_choosy()
    card = embedded_bench.connect()
    assert inserted.protocols == [TransmissionProtocol.T1]
    embedded_bench.connect_other()
    assert inserted.protocols == [TransmissionProtocol.T1]
    embedded_bench.rm.reconnect(card, protocols=Protocols.T0, initialization=Disposition.UNPOWER)
    assert inserted.protocols == [TransmissionProtocol.T1, TransmissionProtocol.T0]


def test_a_card_that_leaves_at_protocol_selection_is_gone(embedded_bench: Any) -> None:
    inserted = embedded_bench.insert_choosy()
    inserted.gone = True
    with pytest.raises(SCardError, match="UNRESPONSIVE"):
        embedded_bench.connect()
    assert not embedded_bench.slot.occupied


@pytest.mark.parametrize("initialization", [Disposition.RESET, Disposition.UNPOWER])
def test_a_card_that_leaves_at_a_reset_is_gone(embedded_bench: Any, initialization: Disposition) -> None:
    inserted = embedded_bench.insert_scripted()
    card = embedded_bench.connect()
    inserted.gone = True
    with pytest.raises(SCardError, match="NO_SMARTCARD"):
        embedded_bench.rm.reconnect(card, initialization=initialization)
    assert not embedded_bench.slot.occupied
    assert fault_of(embedded_bench, card) in {"SCARD_W_RESET_CARD", "SCARD_W_REMOVED_CARD"}


def test_a_card_that_leaves_at_a_command_is_gone(embedded_bench: Any) -> None:
    inserted = embedded_bench.insert_scripted()
    card, other = embedded_bench.connect(), embedded_bench.connect_other()
    inserted.gone = True
    with pytest.raises(SCardError, match="NO_SMARTCARD"):
        embedded_bench.rm.transmit(card, COMMAND)
    assert not embedded_bench.slot.occupied
    assert fault_of(embedded_bench, card) == fault_of(embedded_bench, other) == "SCARD_W_REMOVED_CARD"


def test_a_card_that_leaves_when_powered_again_is_gone(embedded_bench: Any) -> None:
    inserted = embedded_bench.insert_scripted()
    embedded_bench.rm.disconnect(embedded_bench.connect(), Disposition.UNPOWER)
    inserted.gone = True
    with pytest.raises(SCardError, match="NO_SMARTCARD"):
        embedded_bench.connect()
    assert not embedded_bench.slot.occupied


def test_a_mute_card_that_finds_its_voice_is_powered_by_the_next_connection(embedded_bench: Any) -> None:
    inserted = embedded_bench.insert_scripted(bytes(34))
    with pytest.raises(SCardError) as raised:
        embedded_bench.connect()
    assert raised.value.code is SCardCode.SCARD_W_UNPOWERED_CARD
    inserted.atr = bytes.fromhex("3B800181")
    assert embedded_bench.rm.status(embedded_bench.connect()).state == POWERED


def test_a_card_that_falls_mute_when_powered_again_is_unpowered_and_without_atr(embedded_bench: Any) -> None:
    inserted = embedded_bench.insert_scripted()
    embedded_bench.rm.disconnect(embedded_bench.connect(), Disposition.UNPOWER)
    inserted.mute = True
    with pytest.raises(SCardError, match="UNPOWERED"):
        embedded_bench.connect()
    status = embedded_bench.rm.status(embedded_bench.connect(ShareMode.DIRECT, Protocols.UNDEFINED))
    assert (status.state, status.atr) == (CardState.PRESENT, b"")


def test_an_error_in_the_card_reaches_the_caller_and_frees_the_reader(embedded_bench: Any) -> None:
    inserted = embedded_bench.insert_scripted()
    card = embedded_bench.connect()

    def broken(command: bytes) -> bytes:
        raise ZeroDivisionError(command.hex())

    inserted.answer = broken
    with pytest.raises(ZeroDivisionError):
        embedded_bench.rm.transmit(card, COMMAND)
    inserted.answer = lambda _: b"\x90\x00"
    assert embedded_bench.rm.transmit(card, COMMAND) == b"\x90\x00"


def broken() -> bytes:
    raise ZeroDivisionError


ENDINGS: dict[str, Callable[[Any, int], None]] = {
    "transaction": lambda bench, card: bench.rm.end_transaction(card, Disposition.RESET),
    "handle": lambda bench, card: bench.rm.disconnect(card, Disposition.RESET),
    "context": lambda bench, _: bench.rm.release_context(bench.context),
}


@pytest.mark.parametrize("ending", ENDINGS.values(), ids=ENDINGS)
def test_an_error_in_the_card_keeps_nobody_in_possession_of_it(embedded_bench: Any, ending: Any) -> None:
    inserted = embedded_bench.insert_scripted()
    card = embedded_bench.connect()
    embedded_bench.rm.begin_transaction(card)
    inserted.reset = broken
    with pytest.raises(ZeroDivisionError):
        ending(embedded_bench, card)
    del inserted.reset
    other = embedded_bench.connect_other()
    embedded_bench.rm.begin_transaction(other)
    assert embedded_bench.rm.transmit(other, COMMAND) == b"\x90\x00"


def test_an_error_in_one_card_closes_every_handle_of_the_context(embedded_bench: Any) -> None:
    inserted = embedded_bench.insert_scripted()
    cards = [embedded_bench.connect() for _ in range(3)]
    embedded_bench.rm.begin_transaction(cards[1])
    inserted.reset = broken
    with pytest.raises(ZeroDivisionError):
        embedded_bench.rm.release_context(embedded_bench.context)
    assert embedded_bench.slot.handles == []


def test_an_error_in_the_card_does_not_keep_its_reader_plugged_in(embedded_bench: Any) -> None:
    embedded_bench.insert_scripted().power_off = broken
    with pytest.raises(ZeroDivisionError):
        embedded_bench.slot.close()
    assert embedded_bench.rm.list_readers(embedded_bench.context) == [embedded_bench.empty_reader]


@on_both
def test_names_and_atr_are_attributes(bench: Any) -> None:
    from scardmgr.winscard.constants import Attribute

    bench.insert_scripted()
    card = bench.connect()
    assert bench.rm.get_attribute(card, Attribute.ATR_STRING) == bytes.fromhex("3B800181")
    name = bench.reader.encode() + b"\0"
    assert bench.rm.get_attribute(card, Attribute.DEVICE_FRIENDLY_NAME) == name
    assert bench.rm.get_attribute(card, Attribute.DEVICE_SYSTEM_NAME) == name
