"""Cards with a will of their own, and benches: a resource manager with one reader for a card and one empty."""

from __future__ import annotations

import sys
import threading
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

import pytest

from iso7816.icc import ICC, ICCMute, ICCRemoved, TransmissionProtocol
from scardmgr.winscard.constants import Protocols, ShareMode
from scardmgr.winscard.embedded import EmbeddedResourceManager, Slot
from scardmgr.winscard.values import ReaderState

if TYPE_CHECKING:
    from sandbox.pytest_plugin import CardReader
    from scardmgr.winscard.manager import ResourceManager

sys.path.append(str(Path(__file__).with_name("model")))  # its modules import each other

PATIENCE_S = 10.0

T1_ATR = bytes.fromhex("3B800181")
T0_ATR = bytes.fromhex("3B00")
BOTH_ATR = bytes.fromhex("3B80800101")


class ScriptedCard:
    """An ICC that answers as told and remembers what was done to it.

    Attributes:
        history: "on", "off", "reset" and the commands, in their order.
        answer: what makes the response from the command.
        mute: no answer to anything.
        gone: every verb finds that the card has left.
        always_ends: what the card states of itself.
    """

    always_ends = False

    def __init__(self, atr: bytes = T1_ATR, answer: Callable[[bytes], bytes] | None = None) -> None:
        self.atr = atr
        self.answer = answer or (lambda _: b"\x90\x00")
        self.history: list[str | bytes] = []
        self.mute = False
        self.gone = False

    def power_on(self) -> bytes:
        self.history.append("on")
        return self._atr()

    def power_off(self) -> None:
        self.history.append("off")

    def reset(self) -> bytes:
        self.history.append("reset")
        return self._atr()

    def transmit(self, command: bytes) -> bytes:
        self.history.append(command)
        self._listen()
        return self.answer(command)

    def _atr(self) -> bytes:
        self._listen()
        return self.atr

    def _listen(self) -> None:
        if self.gone:
            raise ICCRemoved
        if self.mute:
            raise ICCMute


class ChoosyCard(ScriptedCard):
    """One that is also told the protocol."""

    def __init__(self, atr: bytes = BOTH_ATR) -> None:
        super().__init__(atr)
        self.protocols: list[TransmissionProtocol] = []

    def set_protocol(self, protocol: TransmissionProtocol) -> None:
        self._listen()
        self.protocols.append(protocol)


class Bench(ABC):
    """A resource manager under test, an open context, a reader and a reader that stays empty."""

    kind: str
    rm: ResourceManager
    context: int
    reader: str
    empty_reader: str

    def __init__(self) -> None:
        self.contexts: list[int] = []

    @abstractmethod
    def insert(self, card: ICC) -> None:
        """Put a card into ``reader``; present when this returns."""

    @abstractmethod
    def remove(self) -> None:
        """Pull the card; gone when this returns."""

    def other_context(self) -> int:
        """Another context, released when the test ends."""
        self.contexts.append(self.rm.establish_context())
        return self.contexts[-1]

    def insert_choosy(self) -> ChoosyCard:
        card = ChoosyCard()
        self.insert(card)
        return card

    def insert_scripted(self, atr: bytes = T1_ATR) -> ScriptedCard:
        card = ScriptedCard(atr)
        self.insert(card)
        return card

    def cancelled_wait(self) -> Any:
        """A wait that another thread cancels as soon as it has begun."""
        ended = threading.Event()

        def cancel() -> None:
            while not ended.wait(0.005):
                self.rm.cancel(self.context)

        thread = threading.Thread(target=cancel, daemon=True)
        thread.start()
        try:
            return self.rm.get_status_change(self.context, 10_000, [ReaderState(self.empty_reader, 0x10)])
        finally:
            ended.set()
            thread.join(PATIENCE_S)

    def connect(self, share_mode: ShareMode = ShareMode.SHARED, protocols: Protocols = Protocols.ANY) -> int:
        return self.rm.connect(self.context, self.reader, share_mode, protocols).handle

    def connect_other(self, share_mode: ShareMode = ShareMode.SHARED, protocols: Protocols = Protocols.ANY) -> int:
        """A handle in a context of its own, as another program would have it."""
        return self.rm.connect(self.other_context(), self.reader, share_mode, protocols).handle


class EmbeddedBench(Bench):
    """A resource manager of the test's own: it is what is tested, its bounds, slots and insides included."""

    kind = "embedded"

    def __init__(self, patience_s: float = PATIENCE_S, answer_s: float = PATIENCE_S) -> None:
        super().__init__()
        self.rm = self.embedded = EmbeddedResourceManager(patience_s, answer_s=answer_s)
        self.reader, self.empty_reader = "Reader 0", "Reader 1"
        self.slot: Slot = self.embedded.add_reader(self.reader)
        self.empty_slot: Slot = self.embedded.add_reader(self.empty_reader)
        self.context = self.rm.establish_context()

    def insert(self, card: ICC) -> None:
        self.slot.insert(card)

    def remove(self) -> None:
        self.slot.remove()

    def waiters(self) -> int:
        """How many threads wait for something to happen in the resource manager."""
        rm = self.embedded
        return sum(len(context.ending.alarms) for context in rm._contexts.values()) + sum(
            len(slot.hold.queue) for slot in rm._slots.values()
        )

    def left_over(self) -> list[object]:
        """Whatever a call that has ended may have forgotten."""
        rm, slots = self.embedded, [self.slot, self.empty_slot]
        return [
            *(alarm for bell in [rm._readers_changed, *(slot.changed for slot in slots)] for alarm in bell.alarms),
            *(place for slot in slots for place in slot.hold.queue),
            *(alarm for context in rm._contexts.values() for alarm in context.ending.alarms),
        ]


class PCSCDBench(Bench):
    """The worker's private pcscd: the plugin's reader has the card, the daemon's other slot stays empty."""

    kind = "pcscd"

    def __init__(self, reader: CardReader) -> None:
        super().__init__()
        self._in_hand = reader
        self.environment = reader.environment
        self.rm = reader.resource_manager
        self.context = self.rm.establish_context()
        self.reader = reader.name
        [self.empty_reader] = {*self.rm.list_readers(self.context)} - {reader.name}

    def insert(self, card: ICC) -> None:
        self._in_hand.swap(card)

    def remove(self) -> None:
        self._in_hand.remove()


@pytest.fixture
def embedded_bench() -> EmbeddedBench:
    return EmbeddedBench()


@pytest.fixture
def bench(request: pytest.FixtureRequest) -> Iterator[Bench]:
    """The bench that the test names by indirect parameter: "embedded" or "pcscd"."""
    made: Bench
    if request.param == "embedded":
        made = EmbeddedBench()
    else:
        request.applymarker(pytest.mark.card(ScriptedCard, via="pcscd"))
        made = PCSCDBench(request.getfixturevalue("reader"))
    yield made
    for context in (made.context, *made.contexts):
        if made.rm.is_valid_context(context):
            made.rm.cancel(context)  # libpcsclite would wait with the release for the end of a wait
            made.rm.release_context(context)


@pytest.fixture
def make_embedded_bench() -> Callable[..., EmbeddedBench]:
    return EmbeddedBench


@pytest.fixture
def scripted_card() -> type[ScriptedCard]:
    return ScriptedCard


@pytest.fixture
def choosy_card() -> type[ChoosyCard]:
    return ChoosyCard


@pytest.fixture(scope="session")
def walking() -> ModuleType:
    """Steps on an embedded resource manager beside the model: model/side_by_side.py."""
    return import_module("side_by_side")


@pytest.fixture(scope="session")
def step_table() -> ModuleType:
    """What steps there are: model/step_table.py."""
    return import_module("step_table")


class Threads:
    """Calls on threads of their own, each with its result or its exception."""

    def __init__(self) -> None:
        self._threads: list[threading.Thread] = []

    def start(self, call: Callable[[], Any]) -> Callable[[], Any]:
        """Start a call; the function returned waits for it and gives what it gave."""
        outcome: list[tuple[bool, Any]] = []

        def run() -> None:
            try:
                outcome.append((True, call()))
            except Exception as error:  # noqa: BLE001 - handed to whoever asks for the result
                outcome.append((False, error))

        thread = threading.Thread(target=run, daemon=True)
        thread.start()
        self._threads.append(thread)

        def result() -> Any:
            thread.join(PATIENCE_S)
            assert outcome, "the call did not end"
            done, value = outcome[0]
            if not done:
                raise value
            return value

        return result

    def join(self) -> None:
        for thread in self._threads:
            thread.join(PATIENCE_S)
            assert not thread.is_alive(), "a call did not end"


@pytest.fixture
def threads() -> Iterator[Threads]:
    started = Threads()
    yield started
    started.join()
