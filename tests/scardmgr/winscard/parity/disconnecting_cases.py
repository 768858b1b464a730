"""SCardDisconnect: what is done to the card, and who has to be waited for."""

from __future__ import annotations

from typing import Any

from parity_calls import held, history
from parity_table import (
    MUTE_ATR,
    Call,
    case,
)

from scardmgr.winscard.codes import SCardCode as Code
from scardmgr.winscard.constants import CardState, Disposition, Protocols, ShareMode

DIRECT, UNDEFINED = ShareMode.DIRECT, Protocols.UNDEFINED
NOT_POWERED = CardState.PRESENT


def _disposition(disposition: Disposition, felt: list[str], state: CardState) -> None:
    def situation(bench: Any) -> Call:
        inserted = bench.insert_scripted()
        card = bench.connect()
        other = bench.connect_other(DIRECT, UNDEFINED)
        inserted.history.clear()

        def disconnect() -> tuple[list[Any], CardState]:
            bench.rm.disconnect(card, disposition)
            bench.rm.reconnect(other, DIRECT, UNDEFINED)
            return history(inserted, len(felt)), bench.rm.status(other).state

        return disconnect

    situation.__name__ = f"{disposition.name}_as_card_and_others_feel_it"
    case("disconnect", gives=(felt, state))(situation)


_POWERED = CardState.PRESENT | CardState.POWERED | CardState.NEGOTIABLE
_disposition(Disposition.LEAVE, [], _POWERED)
_disposition(Disposition.RESET, ["reset"], _POWERED)
_disposition(Disposition.UNPOWER, ["off"], NOT_POWERED)
_disposition(Disposition.EJECT, [], _POWERED)


@case("disconnect", Code.SCARD_E_INVALID_VALUE)
def disposition_that_does_not_exist(bench: Any) -> Call:
    bench.insert_scripted()
    card = bench.connect()
    return lambda: bench.rm.disconnect(card, 9)


@case("disconnect")
def card_reset_by_another(bench: Any) -> Call:
    bench.insert_scripted()
    card, other = bench.connect(), bench.connect_other()
    bench.rm.reconnect(other, initialization=Disposition.RESET)
    return lambda: bench.rm.disconnect(card)


@case("disconnect")
def card_removed(bench: Any) -> Call:
    bench.insert_scripted()
    card = bench.connect()
    bench.remove()
    return lambda: bench.rm.disconnect(card)


@case("disconnect")
def resetting_a_card_that_was_removed(bench: Any) -> Call:
    bench.insert_scripted()
    card = bench.connect()
    bench.remove()
    return lambda: bench.rm.disconnect(card, Disposition.RESET)


@case("disconnect")
def resetting_a_card_that_does_not_answer(bench: Any) -> Call:
    inserted = bench.insert_scripted()
    card = bench.connect()
    inserted.atr = MUTE_ATR
    return lambda: bench.rm.disconnect(card, Disposition.RESET)


@case("disconnect")
def beside_the_transaction_of_another(bench: Any) -> Call:
    bench.insert_scripted()
    card, holder = bench.connect(), bench.connect_other()
    bench.rm.begin_transaction(holder)
    return lambda: bench.rm.disconnect(card)


def _waits_to(disposition: Disposition) -> None:
    def situation(bench: Any) -> Call:
        bench.insert_scripted()
        card, holder = bench.connect(), bench.connect_other()
        bench.rm.begin_transaction(holder)
        disconnecting = held(lambda: bench.rm.disconnect(card, disposition))
        bench.rm.end_transaction(holder)
        return disconnecting

    situation.__name__ = f"{disposition.name}_waits_for_the_transaction_of_another"
    case("disconnect")(situation)


for _waiting in (Disposition.RESET, Disposition.UNPOWER, Disposition.EJECT):
    _waits_to(_waiting)
