"""The table of the parity suite: what a case is, and how it gets in.

A case is a situation of one function and what must come of it. The situation is a function that is given a
bench (a resource manager, a context, a reader for a card and an empty one), brings everything about, and
returns the call that is judged, so that nothing before it can be what failed. What the call gives is a value
(typed face), or what pyscard would return (functions whose name begins with SCard).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import IntFlag
from importlib import import_module
from pathlib import Path
from typing import Any

from scardmgr.winscard.codes import SCardCode, from_pcsclite, name_of
from scardmgr.winscard.errors import SCardError, StatusChangeError
from scardmgr.winscard.values import CardStatus, Connection, ReaderState

NO_SUCH = 0x0BADCAFE
SELECT_MF = bytes.fromhex("00A4000C023F00")
OK = b"\x90\x00"
T0_ATR = bytes.fromhex("3B00")
T1_ATR = bytes.fromhex("3B800181")
BOTH_ATR = bytes.fromhex("3B80800101")
MUTE_ATR = bytes(34)  # longer than an ATR can be

# Why a case runs on the embedded resource manager alone.
NO_UNPLUGGING = "pcscd's readers cannot be unplugged one by one"
NO_SUCH_CARD = "the stock driver cannot carry such a card"
NO_SUCH_LENGTH = "the stock driver carries 65,535 bytes at most"
NO_PROTOCOL = "the stock driver tells the card no protocol"
NO_REMOVAL_IN_A_COMMAND = "the stock driver gives success and no response"
OTHER_CHOICE = "pcsc-lite does otherwise"
# Why a case runs on pcscd alone.
OTHER_PROCESSES = "the embedded resource manager is for one process"

Call = Callable[[], Any]
Situation = Callable[[Any], Call]


class _Sign:
    """A value that stands for others."""

    def __init__(self, name: str) -> None:
        self._name = name

    def __repr__(self) -> str:
        return self._name


UNCHECKED: Any = _Sign("")
#: In what a pyscard-shaped call gives: any handle or context that was given out.
HANDLE: Any = _Sign("handle")


@dataclass(frozen=True)
class Case:
    """One row.

    Attributes:
        function: of the typed face, or SCard... of pyscard's.
        situation: brings it about; its name is what the page shows.
        code: what comes of it.
        gives: what the call gives beside the code; flags of a status change stand in a list, reader by reader.
        windows: heading of the entry in docs/differences.md, where Windows and pcsc-lite differ.
        embedded_only: why it does not run on pcscd.
        pcscd_only: why it does not run on the embedded resource manager.
    """

    function: str
    situation: Situation
    code: int
    gives: Any
    windows: str
    embedded_only: str
    pcscd_only: str

    @property
    def name(self) -> str:
        """The situation in words."""
        return getattr(self.situation, "__name__", "").strip("_").replace("_", " ")

    @property
    def id(self) -> str:
        """Its name in pytest."""
        return f"{self.function}: {self.name}"

    @property
    def runs_on(self) -> tuple[str, ...]:
        """The resource managers it judges."""
        if self.embedded_only:
            return ("embedded",)
        return ("pcscd",) if self.pcscd_only else ("embedded", "pcscd")


CASES: list[Case] = []


def case(
    function: str,
    code: int = SCardCode.SCARD_S_SUCCESS,
    *,
    gives: Any = UNCHECKED,
    windows: str = "",
    embedded_only: str = "",
    pcscd_only: str = "",
) -> Callable[[Situation], Situation]:
    """Enter a situation into the table; decorators may be stacked."""

    def enter(situation: Situation) -> Situation:
        CASES.append(Case(function, situation, code, gives, windows, embedded_only, pcscd_only))
        return situation

    return enter


def all_cases() -> list[Case]:
    """The whole table: every module beside this one whose name ends in ``_cases``."""
    for path in sorted(Path(__file__).parent.glob("*_cases.py")):
        import_module(path.stem)
    return CASES


def outcome(function: str, call: Call) -> tuple[str, Any]:
    """The name of the code that a call gives, and what it gives beside."""
    try:
        value = call()
    except StatusChangeError as error:
        return error.name, _plain(list(error.states))
    except SCardError as error:
        return error.name, None
    code: int = SCardCode.SCARD_S_SUCCESS
    if function.startswith("SCard") and not isinstance(value, str):
        code = value[0] if isinstance(value, list) else value
        code = from_pcsclite(code)
    return name_of(code), _plain(value)


def _plain(value: Any) -> Any:
    """What cases compare: the flags of states, without the counters, which count earlier cases too."""
    if isinstance(value, list) and value and isinstance(value[0], ReaderState):
        return [state.flags for state in value]
    if isinstance(value, Connection):
        return value.protocol
    if isinstance(value, CardStatus):
        return value.state
    return value


def same(actual: Any, expected: Any) -> bool:
    """Equal, and of the very same types all the way down."""
    if expected is HANDLE:
        return type(actual) is int and actual > 0
    if isinstance(expected, (list, tuple)):
        return (
            type(actual) is type(expected)
            and len(actual) == len(expected)
            and all(same(one, other) for one, other in zip(actual, expected, strict=True))
        )
    return bool(actual == expected) and type(actual) is type(expected)


def shown(value: Any) -> str:
    """What a case gives, in words for the page."""
    if isinstance(value, (list, tuple)):
        brackets = "[]" if isinstance(value, list) else "()"
        return brackets[0] + ", ".join(map(shown, value)) + brackets[1]
    if isinstance(value, IntFlag):
        return value.name or "0"
    if isinstance(value, (bytes, bytearray)):
        return f"{len(value)} bytes" if len(value) > 16 else value.hex(" ").upper()
    return "" if value is UNCHECKED else f"{value!r}"


def rows() -> Iterator[tuple[str, Case]]:
    """Each case with each resource manager that it judges."""
    for each in all_cases():
        for arm in each.runs_on:
            yield arm, each
