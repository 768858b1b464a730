"""A card in a transaction of another handle: who waits, who is refused, and what ends the wait."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from typing import Any

from parity_calls import IDLE_S, PATIENCE_S, held, held_by_another
from parity_table import NO_UNPLUGGING, OK, OTHER_PROCESSES, SELECT_MF, Call, case, outcome

from scardmgr.winscard.codes import SCardCode as Code
from scardmgr.winscard.constants import Attribute, CardState, Disposition, Protocols, ShareMode
from scardmgr.winscard.values import ReaderState

POWERED = CardState.PRESENT | CardState.POWERED | CardState.NEGOTIABLE


# Who waits


def _waits(function: str, code: Code, gives: Any, *arguments: Any) -> None:
    def situation(bench: Any) -> Call:
        card, holder = held_by_another(bench)
        call = held(lambda: getattr(bench.rm, function)(card, *arguments))
        bench.rm.end_transaction(holder)
        return call

    situation.__name__ = "waits_for_the_transaction_of_another"
    case(function, code, gives=gives)(situation)


_DONE = Code.SCARD_S_SUCCESS
_waits("begin_transaction", _DONE, None)
_waits("status", _DONE, POWERED)
_waits("transmit", _DONE, OK, SELECT_MF)


# Who is refused at once


def _refused(function: str, *arguments: Any) -> None:
    def situation(bench: Any) -> Call:
        card, _ = held_by_another(bench)
        return lambda: getattr(bench.rm, function)(card, *arguments)

    situation.__name__ = "held_by_another"
    case(function, Code.SCARD_E_SHARING_VIOLATION, windows="Control and attributes do not wait for a transaction")(
        situation
    )


_refused("get_attribute", Attribute.ATR_STRING)
_refused("set_attribute", Attribute.DEVICE_FRIENDLY_NAME, b"\1")
_refused("control", 1)


@case("get_attribute", Code.SCARD_E_SHARING_VIOLATION)
def held_by_another_though_reset_since(bench: Any) -> Call:
    card, holder = held_by_another(bench)
    bench.rm.reconnect(holder, initialization=Disposition.RESET)
    return lambda: bench.rm.get_attribute(card, Attribute.ATR_STRING)


@case("transmit", gives=OK)
def its_own_transaction(bench: Any) -> Call:
    _, holder = held_by_another(bench)
    return lambda: bench.rm.transmit(holder, SELECT_MF)


@case("transmit", gives=[b"\0mine", b"\0yours"])
def commands_of_others_come_after_the_transaction(bench: Any) -> Call:
    inserted = bench.insert_scripted()
    card, holder = bench.connect(), bench.connect_other()
    bench.rm.begin_transaction(holder)
    inserted.history.clear()
    yours = held(lambda: bench.rm.transmit(card, b"\0yours"))
    bench.rm.transmit(holder, b"\0mine")
    bench.rm.end_transaction(holder)
    yours()
    return lambda: list(inserted.history)


@case("get_status_change")
def does_not_wait_for_a_transaction(bench: Any) -> Call:
    held_by_another(bench)
    return lambda: bench.rm.get_status_change(bench.context, 0, [ReaderState(bench.reader)])


# What ends the wait of another, and what it is told then


@case("begin_transaction", windows="A transaction may be idle")
def its_holder_is_idle_for_longer_than_windows_allows(bench: Any) -> Call:
    card, holder = held_by_another(bench)
    beginning = held(lambda: bench.rm.begin_transaction(card), IDLE_S)
    bench.rm.end_transaction(holder)
    return beginning


@case("connect", gives=Protocols.T1, windows="Who is told of a reset at the end of a transaction holds on")
def its_holder_could_not_end_for_being_told_of_a_reset(bench: Any) -> Call:
    _, holder = held_by_another(bench)
    bench.rm.begin_transaction(holder)
    bench.rm.end_transaction(holder, Disposition.RESET)
    assert outcome("end_transaction", lambda: bench.rm.end_transaction(holder))[0] == "SCARD_W_RESET_CARD"
    connecting = held(lambda: bench.rm.connect(bench.other_context(), bench.reader))
    bench.rm.reconnect(holder)
    bench.rm.end_transaction(holder)
    return connecting


@case("begin_transaction")
def its_holder_disconnects(bench: Any) -> Call:
    card, holder = held_by_another(bench)
    beginning = held(lambda: bench.rm.begin_transaction(card))
    bench.rm.disconnect(holder)
    return beginning


@case("begin_transaction", Code.SCARD_W_RESET_CARD)
def its_holder_disconnects_and_resets(bench: Any) -> Call:
    card, holder = held_by_another(bench)
    beginning = held(lambda: bench.rm.begin_transaction(card))
    bench.rm.disconnect(holder, Disposition.RESET)
    return beginning


@case("begin_transaction", Code.SCARD_W_RESET_CARD)
def its_holder_ends_with_a_reset(bench: Any) -> Call:
    card, holder = held_by_another(bench)
    beginning = held(lambda: bench.rm.begin_transaction(card))
    bench.rm.end_transaction(holder, Disposition.RESET)
    return beginning


@case("begin_transaction", Code.SCARD_W_RESET_CARD)
def its_holder_reconnects_with_a_reset_and_holds_on(bench: Any) -> Call:
    card, holder = held_by_another(bench)
    beginning = held(lambda: bench.rm.begin_transaction(card))
    bench.rm.reconnect(holder, initialization=Disposition.RESET)
    return beginning


@case("begin_transaction", Code.SCARD_W_RESET_CARD)
def its_holder_releases_the_context(bench: Any) -> Call:
    card, _ = held_by_another(bench)
    beginning = held(lambda: bench.rm.begin_transaction(card))
    bench.rm.release_context(bench.contexts[-1])
    return beginning


@case("begin_transaction", Code.SCARD_W_REMOVED_CARD)
def the_card_is_removed(bench: Any) -> Call:
    card, _ = held_by_another(bench)
    beginning = held(lambda: bench.rm.begin_transaction(card))
    bench.remove()
    return beginning


@case("begin_transaction", Code.SCARD_E_READER_UNAVAILABLE, embedded_only=NO_UNPLUGGING)
def the_reader_is_unplugged(bench: Any) -> Call:
    card = bench.rm.connect(bench.context, bench.empty_reader, ShareMode.DIRECT, Protocols.UNDEFINED).handle
    holder = bench.rm.connect(bench.other_context(), bench.empty_reader, ShareMode.DIRECT, Protocols.UNDEFINED).handle
    bench.rm.begin_transaction(holder)
    beginning = held(lambda: bench.rm.begin_transaction(card))
    bench.empty_slot.close()
    return beginning


@case("begin_transaction", Code.SCARD_E_INVALID_HANDLE)
def closed_while_it_waits(bench: Any) -> Call:
    card, _ = held_by_another(bench)
    beginning = held(lambda: bench.rm.begin_transaction(card))
    bench.rm.disconnect(card)
    return beginning


@case("transmit", gives=OK)
def the_card_was_exchanged_in_the_transaction_of_another(bench: Any) -> Call:
    held_by_another(bench)
    bench.remove()
    bench.insert_scripted()
    other = bench.connect_other()
    return lambda: bench.rm.transmit(other, SELECT_MF)


_HOLDER = """
import sys
from smartcard.scard import *
hr, context = SCardEstablishContext(SCARD_SCOPE_USER)
hr, card, protocol = SCardConnect(context, sys.argv[1], SCARD_SHARE_SHARED, SCARD_PROTOCOL_ANY)
assert hr == 0, hr
assert SCardBeginTransaction(card) == 0
print("held", flush=True)
sys.stdin.read()
"""


def _held_by_a_process(bench: Any) -> subprocess.Popen[str]:
    process = subprocess.Popen(
        [sys.executable, "-c", _HOLDER, bench.reader],
        env={**os.environ, **bench.environment},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "held\n"
    return process


def _kill(process: subprocess.Popen[str]) -> None:
    with process:
        os.kill(process.pid, signal.SIGKILL)
        process.wait(PATIENCE_S)


@case("begin_transaction", Code.SCARD_W_RESET_CARD, pcscd_only=OTHER_PROCESSES)
def its_holder_is_a_process_that_is_killed(bench: Any) -> Call:
    bench.insert_scripted()
    card = bench.connect()
    process = _held_by_a_process(bench)
    beginning = held(lambda: bench.rm.begin_transaction(card))
    _kill(process)
    return beginning


@case("connect", gives=Protocols.T1, pcscd_only=OTHER_PROCESSES)
def the_card_was_held_by_a_process_that_is_killed(bench: Any) -> Call:
    bench.insert_scripted()
    process = _held_by_a_process(bench)
    connecting = held(lambda: bench.rm.connect(bench.context, bench.reader))
    _kill(process)
    return connecting
