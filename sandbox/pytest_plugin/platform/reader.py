"""A reader of the platform's PC/SC, with whatever card somebody has put into it (``--scard-reader``)."""

from __future__ import annotations

from contextlib import suppress
from threading import Event, Thread
from typing import TYPE_CHECKING, TypeVar

from sandbox.pytest_plugin.dialogue import record as recording
from sandbox.pytest_plugin.platform.reader_lock import ReaderBusy, ReaderLock
from sandbox.pytest_plugin.platform.tap import Tap
from sandbox.pytest_plugin.workers_pcsc import WorkersPCSC
from sandbox.pytest_plugin.wrong_use import WrongUse
from scardmgr.winscard.codes import SCardCode
from scardmgr.winscard.constants import Disposition, Protocols, ReaderStateFlag, ShareMode
from scardmgr.winscard.errors import PyscardMissing, SCardError
from scardmgr.winscard.values import ReaderState
from virtual_reader.binding import inherited_environment

if TYPE_CHECKING:
    from collections.abc import Callable

    from sandbox.pytest_plugin.dialogue.record import Record

Value = TypeVar("Value")

#: How long the platform may take for a reset, or another program with its transaction, in seconds.
_ANSWER_S = 10.0
_OTHERS = "another program, or a fixture of a wider scope than one test, has"
_ADVICE = {
    SCardCode.SCARD_E_NO_SERVICE: "no PC/SC service answers: is pcscd running?",
    SCardCode.SCARD_E_SERVICE_STOPPED: "no PC/SC service answers: is pcscd running?",
    SCardCode.SCARD_E_NO_SMARTCARD: "there is no card in it: insert one",
    SCardCode.SCARD_W_REMOVED_CARD: "there is no card in it: insert one",
    SCardCode.SCARD_W_UNPOWERED_CARD: "the card in it does not answer to reset",
    SCardCode.SCARD_W_UNRESPONSIVE_CARD: "the card in it does not answer to reset",
    SCardCode.SCARD_E_SHARING_VIOLATION: f"{_OTHERS} the card to itself",
}


class PlatformReader:
    """The reader, and what this process has opened on it.

    Args:
        name: the reader's name, as the platform lists it.

    Raises:
        WrongUse: there is no pyscard, no PC/SC service, or no such reader; says which there are.
    """

    def __init__(self, name: str) -> None:
        self.name = name
        try:
            self.manager = WorkersPCSC()
        except PyscardMissing as error:
            raise WrongUse(f"--scard-reader: {error}") from None
        from smartcard.scard import _scard

        self._tap = Tap(name, _scard)
        self._lock = ReaderLock(name)
        self._used = False
        self._waiting: Thread | None = None
        self._require_reader()
        self._tap.open()

    @property
    def environment(self) -> dict[str, str]:
        """What this process has inherited, and another program needs, too; nothing for the system's own daemon."""
        return inherited_environment()

    def begin(self, record: Record) -> None:
        """A test begins: no other process of this user uses the reader for its tests, and the card is reset.

        Raises:
            WrongUse: no card is there, or it cannot be had; says why.
        """
        try:
            self._lock.acquire()
        except ReaderBusy as error:
            raise WrongUse(f'--scard-reader "{self.name}": {error}') from None
        try:
            atr = self._answered(self._reset_card)
        except BaseException as error:  # what ends a test from outside, too: the lock is for the next one
            self._lock.release()
            if isinstance(error, TimeoutError):
                raise WrongUse(f'--scard-reader "{self.name}": {_OTHERS} the card in a transaction') from None
            if isinstance(error, SCardError):
                raise WrongUse(self._explained(error)) from None
            raise
        self._used = True
        record.note(recording.Event.RESET, atr)
        self._tap.begin(record)

    def end(self) -> None:
        """The test has ended: release what it left open in this process."""
        try:
            self.manager.begin_again()
            with suppress(TimeoutError):
                self._answered(lambda _given_up: self._tap.end())
        finally:
            self._lock.release()

    def reset(self) -> None:
        """Reset the card, as another program would: who has a handle is told of it.

        Raises:
            SCardError: SCARD_E_SHARING_VIOLATION: a handle has the card to itself.
            TimeoutError: a handle holds a transaction.
        """
        record = self._tap.record
        if self._tap.holding:
            raise SCardError(SCardCode.SCARD_E_SHARING_VIOLATION)
        self._tap.record = None
        try:
            atr = self._answered(self._reset_card)
        finally:
            self._tap.record = record
        if record is not None:
            record.note(recording.Event.RESET, atr)

    def close(self) -> None:
        """The worker ends: what the last test verified is forgotten, unless another worker's test has the card."""
        if self._used:
            with suppress(ReaderBusy, SCardError, TimeoutError):
                self._lock.acquire(0)
                self._answered(self._reset_card)
        self._lock.release()
        self._tap.close()

    def _require_reader(self) -> None:
        if not self.name:  # to pcsc-lite that is no name of an unknown reader
            raise WrongUse(self._explained(SCardError(SCardCode.SCARD_E_UNKNOWN_READER)))
        try:
            state = self._answered(self._look)
        except TimeoutError:
            raise WrongUse(f'--scard-reader "{self.name}": PC/SC has not answered for {_ANSWER_S:g} s') from None
        except SCardError as error:
            raise WrongUse(self._explained(error)) from None
        if ReaderStateFlag.PRESENT not in state.flags:
            raise WrongUse(self._explained(SCardError(SCardCode.SCARD_E_NO_SMARTCARD)))

    def _look(self, _given_up: Event) -> ReaderState:
        context = self.manager.establish_context()
        try:
            return self.manager.get_status_change(context, 0, [ReaderState(self.name)])[0]
        finally:
            self.manager.release_context(context)

    def _reset_card(self, given_up: Event) -> bytes:
        """Reset the card through a handle of its own, unless nobody waits for that any more; the ATR."""
        manager = self.manager
        context = manager.establish_context()
        try:
            card, _ = manager.connect(context, self.name, ShareMode.SHARED, Protocols.ANY)
            if not given_up.is_set():
                manager.reconnect(card, ShareMode.SHARED, Protocols.ANY, Disposition.RESET)
            return manager.status(card).atr
        finally:
            manager.release_context(context)

    def _answered(self, call: Callable[[Event], Value]) -> Value:
        """What ``call`` returns or raises, in a thread that is left alone where it takes too long: libpcsclite waits.

        Raises:
            TimeoutError: it does; or an earlier call still waits.
        """
        if self._waiting is not None and self._waiting.is_alive():
            raise TimeoutError(f"PC/SC still does not answer for {self.name}")
        results: list[Value] = []
        errors: list[Exception] = []
        given_up = Event()

        def run() -> None:
            try:
                results.append(call(given_up))
            except Exception as error:  # noqa: BLE001 - it is raised where it is waited for
                errors.append(error)

        self._waiting = Thread(target=run, daemon=True, name="card reset")
        self._waiting.start()
        self._waiting.join(_ANSWER_S)
        if errors:
            raise errors[0]
        if not results:
            given_up.set()
            raise TimeoutError(f"PC/SC has not answered for {_ANSWER_S:g} s")
        return results[0]

    def _explained(self, error: SCardError) -> str:
        if error.code in (SCardCode.SCARD_E_UNKNOWN_READER, SCardCode.SCARD_E_NO_READERS_AVAILABLE):
            there = ", ".join(f'"{name}"' for name in self._readers()) or "there is none"
            return f'--scard-reader: there is no reader "{self.name}" ({there})'
        advice = next((words for code, words in _ADVICE.items() if code == error.code), str(error))
        return f'--scard-reader "{self.name}": {advice}'

    def _readers(self) -> list[str]:
        try:
            context = self.manager.establish_context()
            try:
                return self.manager.list_readers(context)
            finally:
                self.manager.release_context(context)
        except SCardError:
            return []
