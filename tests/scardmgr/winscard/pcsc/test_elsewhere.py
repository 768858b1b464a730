"""Where no socket can be cut, and on Windows: a module that plays pyscard, whose calls wait until they are told."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from scardmgr.winscard.codes import SCardCode
from scardmgr.winscard.constants import INFINITE
from scardmgr.winscard.pcsc.bounds import contexts
from scardmgr.winscard.pcsc.bounds.bounded_scard import BoundedScard
from scardmgr.winscard.pcsc.bounds.contexts import Bounds

VIOLATION = SCardCode.SCARD_E_SHARING_VIOLATION.value
CONTEXT, CARD, SECONDS = 9, 5, 60.0


class WaitingScard:
    """``smartcard.scard`` that does everything, and waits in the functions that :attr:`stuck` names.

    Attributes:
        done: what was done, in its order.
        goes_on: set to let go of what waits.
    """

    def __init__(self) -> None:
        self.stuck = ""
        self.goes_on = threading.Event()
        self.done: list[str] = []
        self.cards = iter(range(CARD, CARD + 100))

    def __getattr__(self, name: str) -> Callable[..., Any]:
        if not name.startswith("SCard"):
            raise AttributeError(name)

        def function(*_: Any) -> Any:
            if name in self.stuck.split():
                self.goes_on.wait(SECONDS)
            self.done.append(name)
            match name:
                case "SCardEstablishContext":
                    return [0, CONTEXT]
                case "SCardConnect":
                    return [0, next(self.cards), 2]
                case "SCardTransmit" | "SCardListReaders" | "SCardGetAttrib" | "SCardGetStatusChange":
                    return [0, []]
                case "SCardReconnect":
                    return [0, 2]
                case "SCardStatus":
                    return [0, "R", 0, 2, []]
            return 0

        return function


@pytest.fixture
def played() -> Iterator[WaitingScard]:
    scard = WaitingScard()
    yield scard
    scard.goes_on.set()


@pytest.fixture
def scard(played: WaitingScard) -> BoundedScard:
    return BoundedScard(played, Bounds(0.1, 0.1, 0.1))


CALLS: dict[str, Callable[[BoundedScard], Any]] = {
    "SCardBeginTransaction": lambda scard: scard.SCardBeginTransaction(CARD),
    "SCardStatus": lambda scard: scard.SCardStatus(CARD),
    "SCardTransmit": lambda scard: scard.SCardTransmit(CARD, 2, [0]),
    "SCardReconnect": lambda scard: scard.SCardReconnect(CARD, 2, 3, 1),
    "SCardDisconnect": lambda scard: scard.SCardDisconnect(CARD, 1),
    "SCardConnect": lambda scard: scard.SCardConnect(CONTEXT, "R", 2, 3),
    "SCardListReaders": lambda scard: scard.SCardListReaders(CONTEXT, []),
    "SCardGetStatusChange": lambda scard: scard.SCardGetStatusChange(CONTEXT, 1, [("R", 0)]),
    "SCardReleaseContext": lambda scard: scard.SCardReleaseContext(CONTEXT),
    "SCardControl": lambda scard: scard.SCardControl(CARD, 1, []),
    "SCardIsValidContext": lambda scard: scard.SCardIsValidContext(CONTEXT + 1),
    "SCardCancel": lambda scard: scard.SCardCancel(CONTEXT + 1),
    "SCardEstablishContext": lambda scard: scard.SCardEstablishContext(0),
}
OF_OTHERS = {"SCardBeginTransaction", "SCardStatus", "SCardReconnect", "SCardDisconnect", "SCardConnect"}
OF_CARDS = {"SCardTransmit", "SCardControl"}


def code_of(answer: Any) -> int:
    return int(answer if isinstance(answer, int) else answer[0])


def expected(function: str) -> int:
    if function in OF_OTHERS:
        return VIOLATION
    code = SCardCode.SCARD_E_NOT_TRANSACTED if function in OF_CARDS else SCardCode.SCARD_E_NO_SERVICE
    return code.value


@pytest.mark.parametrize("windows", [False, True])
@pytest.mark.parametrize("function", CALLS)
def test_every_call_is_given_up(
    played: WaitingScard, scard: BoundedScard, function: str, windows: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(contexts, "_WINDOWS", windows)
    scard.SCardEstablishContext(0)
    assert scard.SCardConnect(CONTEXT, "R", 2, 3)[1] == CARD
    played.stuck = function
    assert code_of(CALLS[function](scard)) == expected(function)


@pytest.mark.parametrize("function", CALLS)
def test_so_it_is_on_what_was_opened_elsewhere_in_the_process(
    played: WaitingScard, scard: BoundedScard, function: str
) -> None:
    played.stuck = function
    assert code_of(CALLS[function](scard)) in (expected(function), VIOLATION)


@pytest.mark.parametrize(
    ("function", "undone"),
    [
        ("SCardConnect", ["SCardConnect", "SCardDisconnect"]),
        ("SCardBeginTransaction", ["SCardBeginTransaction", "SCardEndTransaction"]),
        ("SCardTransmit", ["SCardTransmit", "SCardEndTransaction"]),
    ],
)
def test_what_comes_late_is_undone(
    played: WaitingScard, scard: BoundedScard, function: str, undone: list[str], eventually: Callable[..., None]
) -> None:
    scard.SCardEstablishContext(0)
    scard.SCardConnect(CONTEXT, "R", 2, 3)
    played.stuck = function
    CALLS[function](scard)
    played.done.clear()
    assert code_of(scard.SCardListReaders(CONTEXT, [])) == VIOLATION, "the context is at it still"
    played.goes_on.set()
    eventually(lambda: played.done == undone)
    eventually(lambda: code_of(scard.SCardListReaders(CONTEXT, [])) == 0)


def test_a_context_is_released_when_it_is_free(
    played: WaitingScard, scard: BoundedScard, eventually: Callable[..., None]
) -> None:
    scard.SCardEstablishContext(0)
    played.stuck = "SCardConnect"
    scard.SCardConnect(CONTEXT, "R", 2, 3)
    assert scard.SCardReleaseContext(CONTEXT) == 0
    assert scard.SCardReleaseContext(CONTEXT) == scard.SCardIsValidContext(CONTEXT) == scard.SCardCancel(CONTEXT)
    assert "SCardReleaseContext" not in played.done
    played.goes_on.set()
    eventually(lambda: played.done[-3:] == ["SCardConnect", "SCardDisconnect", "SCardReleaseContext"])


def test_on_windows_several_calls_go_on_in_a_context(
    played: WaitingScard, scard: BoundedScard, threads: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(contexts, "_WINDOWS", True)
    scard = BoundedScard(played, Bounds(SECONDS, SECONDS))
    scard.SCardEstablishContext(0)
    scard.SCardConnect(CONTEXT, "R", 2, 3)
    played.stuck = "SCardStatus"
    asking = threads.start(lambda: scard.SCardStatus(CARD))
    assert scard.SCardListReaders(CONTEXT, []) == [0, []]
    assert scard.SCardTransmit(CARD, 2, [0]) == [0, []]
    played.goes_on.set()
    assert asking()[0] == 0


@pytest.mark.parametrize("windows", [False, True])
@pytest.mark.parametrize("end", ["cancellation", "release", "time"])
def test_a_wait_ends_where_even_its_cancellation_does_not(
    played: WaitingScard,
    scard: BoundedScard,
    end: str,
    windows: bool,
    threads: Any,
    eventually: Callable[..., None],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(contexts, "_WINDOWS", windows)
    scard.SCardEstablishContext(0)
    played.stuck = "SCardGetStatusChange SCardCancel"
    timeout_ms = 10 if end == "time" else INFINITE
    wait = threads.start(lambda: scard.SCardGetStatusChange(CONTEXT, timeout_ms, [("R", 0)]))
    code = SCardCode.SCARD_E_NO_SERVICE
    if end != "time":
        eventually(lambda: scard._contexts[CONTEXT].waits)
        ends = {"cancellation": scard.SCardCancel, "release": scard.SCardReleaseContext}[end]
        assert ends(CONTEXT) == 0
        code = {"cancellation": SCardCode.SCARD_E_CANCELLED, "release": SCardCode.SCARD_E_INVALID_HANDLE}[end]
    assert code_of(wait()) == code.value


def test_an_infinite_wait_is_cancelled_however_early(
    played: WaitingScard, threads: Any, eventually: Callable[..., None]
) -> None:
    scard = BoundedScard(played, Bounds(SECONDS, SECONDS))
    scard.SCardEstablishContext(0)
    cancellations: list[int] = []

    def cancel(_: int) -> int:
        cancellations.append(1)
        if len(cancellations) == 3:  # those before came too early for the platform
            played.goes_on.set()
        return 0

    played.SCardCancel = cancel  # type: ignore[method-assign]
    played.stuck = "SCardGetStatusChange"
    waiting = threads.start(lambda: scard.SCardGetStatusChange(CONTEXT, INFINITE, [("R", 0x10)]))
    eventually(lambda: scard._contexts[CONTEXT].waits)
    assert scard.SCardCancel(CONTEXT) == 0
    assert waiting()[0] == 0
    assert len(cancellations) == 3


def test_an_exception_of_pyscards_is_the_callers(played: WaitingScard, scard: BoundedScard) -> None:
    def wrong(*_: Any) -> Any:
        raise TypeError("Expecting a list of bytes.")

    scard.SCardEstablishContext(0)
    scard.SCardConnect(CONTEXT, "R", 2, 3)
    played.SCardTransmit = wrong  # type: ignore[method-assign]
    with pytest.raises(TypeError, match="list of bytes"):
        scard.SCardTransmit(CARD, 2, ["x"])  # type: ignore[list-item]
    played.SCardListReaders = wrong  # type: ignore[method-assign]
    for context in (CONTEXT, CONTEXT + 1):
        with pytest.raises(TypeError):
            scard.SCardListReaders(context, [])
    assert scard.SCardStatus(CARD)[0] == 0
