"""The pyscard-shaped face: SCardGetStatusChange."""

from __future__ import annotations

from typing import Any

from parity_pyscard import ATR, INVALID_HANDLE, UNKNOWN_READER, open_card
from parity_table import MUTE_ATR, NO_SUCH, Call, case

from scardmgr.winscard.codes import SCardCode as Code

IGNORE, CHANGED, EMPTY, PRESENT, IN_USE, MUTE = 1, 2, 0x10, 0x20, 0x100, 0x200
INFINITE = 0x7FFFFFFF
TIMEOUT = 0x8010000A


def _look(bench: Any, timeout: int, *states: Any) -> Any:
    """SCardGetStatusChange without the event counters, and with "full" and "empty" for the readers' names."""
    names = {"full": bench.reader, "empty": bench.empty_reader}
    words = {name: word for word, name in names.items()}
    believed = [(names.get(state[0], state[0]), *state[1:]) for state in states]
    hr, seen = answer = bench.rm.SCardGetStatusChange(bench.context, timeout, believed)
    assert type(answer) is list
    return [hr, [(words.get(name, name), state & 0xFFFF, atr) for name, state, atr in seen]]


def _seen(name: str, code: Code, number: int, timeout: int, believed: list[Any], seen: list[Any]) -> None:
    def situation(bench: Any) -> Call:
        bench.insert_scripted()
        return lambda: _look(bench, timeout, *believed)

    situation.__name__ = name
    case("SCardGetStatusChange", code, gives=[number, seen])(situation)


_OK = Code.SCARD_S_SUCCESS
_LATE = Code.SCARD_E_TIMEOUT
_BOTH = [("full", PRESENT | CHANGED, ATR), ("empty", EMPTY | CHANGED, [])]
_seen("unaware_of_two", _OK, 0, 0, [("full", 0), ("empty", 0)], _BOTH)
_seen("unaware_without_a_bound", _OK, 0, INFINITE, [("full", 0), ("empty", 0)], _BOTH)
_seen("nothing_changed", _LATE, TIMEOUT, 0, [("full", PRESENT)], [("full", PRESENT, ATR)])
_seen("nothing_changed_for_20_ms", _LATE, TIMEOUT, 20, [("empty", EMPTY)], [("empty", EMPTY, [])])
_seen("an_atr_may_be_given_back", _LATE, TIMEOUT, 0, [("full", PRESENT, [1, 2])], [("full", PRESENT, ATR)])
_seen("changed_may_be_given_back", _LATE, TIMEOUT, 0, [("empty", EMPTY | CHANGED)], [("empty", EMPTY, [])])
_seen("empty_believed_of_a_full_one", _OK, 0, 0, [("full", EMPTY)], [("full", PRESENT | CHANGED, ATR)])
_seen("ignored", _OK, 0, 0, [("full", IGNORE)], [("full", 0, [])])
_seen("no_reader", _OK, 0, 0, [], [])
_seen(
    "an_unknown_reader",
    Code.SCARD_E_UNKNOWN_READER,
    UNKNOWN_READER,
    0,
    [("full", 0), ("no such reader", 0)],
    [("full", 0, []), ("no such reader", 0, [])],
)


@case("SCardGetStatusChange", gives=[0, [("full", PRESENT | IN_USE | CHANGED, ATR)]])
def in_use(bench: Any) -> Call:
    open_card(bench)
    return lambda: _look(bench, 0, ("full", 0))


@case("SCardGetStatusChange", gives=[0, [("full", PRESENT | MUTE | CHANGED, [])]])
def mute_card_has_no_atr(bench: Any) -> Call:
    bench.insert_scripted(MUTE_ATR)
    return lambda: _look(bench, 0, ("full", 0))


@case("SCardGetStatusChange", Code.SCARD_E_INVALID_HANDLE, gives=[INVALID_HANDLE, [("R", 0, [])]])
def context_never_given_out(bench: Any) -> Call:
    return lambda: bench.rm.SCardGetStatusChange(NO_SUCH, 0, [("R", 0)])
