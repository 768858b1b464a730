"""Steps taken on an embedded resource manager and on the model alike, and compared."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final

from reference_manager import Model
from reference_reader import CardModel, ContextModel, HandleModel, ReaderModel, Refused, WrongHand
from step_table import AS_SEEN, CARDS, NEVER, STALE, Step
from through_pyscard import ThroughPyscard

from iso7816.icc import ICCMute, ICCRemoved, TransmissionProtocol
from scardmgr.winscard.codes import SCardCode
from scardmgr.winscard.constants import Protocols
from scardmgr.winscard.embedded import EmbeddedResourceManager, Slot
from scardmgr.winscard.errors import SCardError, SlotError, StatusChangeError
from scardmgr.winscard.values import ReaderState

NEVER_A_NUMBER: Final = 0x0BADCAFE


class Divergence(AssertionError):  # noqa: N818 - says what is the case
    """The resource manager did otherwise than the model."""


class Puppet:
    """A card that does what its model says, and writes down what it feels. Some do not say that they always end."""

    def __init__(self, model: CardModel, felt: list[tuple[int, object]]) -> None:
        self.model = model
        self._felt = felt

    @property
    def always_ends(self) -> bool:
        return self.model.serial % 8 != 0

    def power_on(self) -> bytes:
        return self._feel("on", self.model.atr)

    def reset(self) -> bytes:
        return self._feel("reset", self.model.atr)

    def power_off(self) -> None:
        self._felt.append((self.model.serial, "off"))

    def transmit(self, command: bytes) -> bytes:
        return self._feel(command, command[::-1] + b"\x90\x00")

    def _feel(self, what: object, answer: bytes) -> bytes:
        self._felt.append((self.model.serial, what))
        if self.model.leaving:
            raise ICCRemoved
        if self.model.mute:
            raise ICCMute
        return answer


class ToldPuppet(Puppet):
    """One that is told the protocol."""

    def set_protocol(self, protocol: TransmissionProtocol) -> None:
        self._feel(Protocols(protocol.value), b"")


class Walk:
    """A resource manager and a model, side by side.

    Args:
        through_pyscard: use the pyscard face, else the typed one.

    Attributes:
        taken: the steps so far.
    """

    def __init__(self, *, through_pyscard: bool = False) -> None:
        self.taken: list[Step] = []
        self.embedded = EmbeddedResourceManager(patience_s=0)
        self.manager: Any = ThroughPyscard(self.embedded) if through_pyscard else self.embedded
        self.model = Model()
        self._felt: list[tuple[int, object]] = []
        self._serial = 0
        self._slots: dict[str, tuple[Slot, ReaderModel]] = {}
        self._contexts: list[tuple[int, ContextModel]] = []
        self._handles: list[tuple[int, HandleModel]] = []
        self._past_contexts: list[tuple[int, ContextModel]] = []
        self._past_handles: list[tuple[int, HandleModel]] = []
        self._seen: dict[str, int] = {}

    def take(self, step: Step) -> object:
        """Take a step on both; what it gave, for a count.

        Raises:
            Divergence: they did not do the same.
        """
        self.taken.append(step)
        name, *arguments = step
        outcome: object = getattr(self, f"_{name.replace(' ', '_')}")(*arguments)
        if self._felt != self.model.felt:
            raise Divergence(f"{step}: the card felt {self._felt} and not {self.model.felt}")
        self._felt.clear()
        self.model.felt.clear()
        return outcome

    def _compare(self, real: Callable[[], Any], ideal: Callable[[], Any]) -> Any:
        """The outcome on both sides: a code or a result."""
        did, expected = _outcome(real), _outcome(ideal)
        if did != expected:
            raise Divergence(f"{self.taken[-1]}: {_shown(did)}, and not {_shown(expected)}")
        return did

    def _keep(self, real: Callable[[], Any], ideal: Callable[[], Any], into: list[Any]) -> object:
        """The same, for what makes a context or a handle: ``real`` gives its number and more, ``ideal`` it and more."""
        did, expected = _outcome(real), _outcome(ideal)
        made = isinstance(did, tuple) and isinstance(expected, tuple)
        if (did[1:] != expected[1:]) if made else (did != expected):
            raise Divergence(f"{self.taken[-1]}: {_shown(did)}, and not {_shown(expected)}")
        if made:
            into.append((did[0], expected[0]))
        return did

    def _forget_closed(self) -> None:
        for now, past in ((self._contexts, self._past_contexts), (self._handles, self._past_handles)):
            closed: list[Any] = [each for each in now if not each[1].open]  # type: ignore[attr-defined]
            past.extend(closed)
            del past[:-4]
            for each in closed:
                now.remove(each)

    # The hand

    def _plug(self, name: str) -> object:
        def real() -> None:
            slot = self.embedded.add_reader(name)
            self._slots[name] = slot, self.model.readers[name]

        # The model first: the slot is kept together with it.
        expected = _outcome(lambda: self.model.plug(name))
        return self._compare(real, lambda: _again(expected))

    def _unplug(self, name: str) -> object:
        if name not in self._slots:
            return None
        slot, reader = self._slots[name]
        return self._compare(slot.close, lambda: self.model.unplug(reader))

    def _insert(self, name: str, kind: str) -> object:
        if name not in self._slots:
            return None
        slot, reader = self._slots[name]
        self._serial += 1
        atr, protocols, aware = CARDS[kind]
        card = CardModel(self._serial, bytes.fromhex(atr), protocols, aware, mute=kind == "silent")
        puppet = (ToldPuppet if aware else Puppet)(card, self._felt)
        return self._compare(lambda: slot.insert(puppet), lambda: reader.insert(card))

    def _remove(self, name: str) -> object:
        if name not in self._slots:
            return None
        slot, reader = self._slots[name]
        return self._compare(slot.remove, reader.remove)

    def _fall_mute(self, name: str) -> None:
        self._set(name, mute=True)

    def _speak(self, name: str) -> None:
        self._set(name, mute=False)

    def _prepare_to_leave(self, name: str) -> None:
        self._set(name, leaving=True)

    def _set(self, name: str, **what: bool) -> None:
        reader = self.model.readers.get(name)
        if reader is not None and reader.card is not None:
            for key, value in what.items():
                setattr(reader.card, key, value)

    # Contexts

    def _establish(self, scope: int) -> object:
        if len(self._contexts) >= 6:
            return None
        return self._keep(
            lambda: (self.manager.establish_context(scope),),
            lambda: (self.model.establish(scope),),
            self._contexts,
        )

    def _release(self, which: int) -> object:
        number, context = _chosen(which, self._contexts, self._past_contexts)
        outcome = self._compare(lambda: self.manager.release_context(number), lambda: self.model.release(context))
        self._forget_closed()
        return outcome

    def _is_valid(self, which: int) -> object:
        number, context = _chosen(which, self._contexts, self._past_contexts)
        return self._compare(lambda: self.manager.is_valid_context(number), lambda: self.model.is_valid(context))

    def _cancel(self, which: int) -> object:
        number, context = _chosen(which, self._contexts, self._past_contexts)
        return self._compare(lambda: self.manager.cancel(number), lambda: self.model.cancel(context))

    def _list_readers(self, which: int) -> object:
        number, context = _chosen(which, self._contexts, self._past_contexts)
        return self._compare(lambda: self.manager.list_readers(number), lambda: self.model.list_readers(context))

    def _look(self, which: int, names: tuple[str, ...], belief: int | str) -> object:
        number, context = _chosen(which, self._contexts, self._past_contexts)
        beliefs = [(name, self._seen.get(name, 0) if belief == AS_SEEN else belief) for name in names]

        def real() -> tuple[bool, list[tuple[str, int, bytes]]]:
            try:
                states = self.manager.get_status_change(number, 0, [ReaderState(*each) for each in beliefs])
                changed = True
            except StatusChangeError as error:
                if error.code != SCardCode.SCARD_E_TIMEOUT:
                    raise
                states, changed = list(error.states), False
            return changed, [(state.reader, state.event_state, state.atr) for state in states]

        outcome = self._compare(real, lambda: self.model.look(context, beliefs))
        if isinstance(outcome, tuple):
            self._seen |= {name: state & ~2 for name, state, _ in outcome[1] if state}
        return outcome

    # Handles

    def _connect(self, which: int, name: str, mode: int, protocols: Protocols) -> object:
        number, context = _chosen(which, self._contexts, self._past_contexts)

        def ideal() -> tuple[HandleModel, Protocols]:
            handle = self.model.connect(context, name, mode, protocols)
            return handle, handle.reader.protocol

        return self._keep(
            lambda: tuple(self.manager.connect(number, name, mode, protocols)),
            ideal,
            self._handles,
        )

    def _reconnect(self, which: int, mode: int, protocols: Protocols, how: int) -> object:
        return self._on_handle(which, "reconnect", "reconnect", mode, protocols, how)

    def _disconnect(self, which: int, how: int) -> object:
        outcome = self._on_handle(which, "disconnect", "disconnect", how)
        self._forget_closed()
        return outcome

    def _begin(self, which: int) -> object:
        return self._on_handle(which, "begin_transaction", "begin")

    def _end(self, which: int, how: int) -> object:
        return self._on_handle(which, "end_transaction", "end", how)

    def _status(self, which: int) -> object:
        number, handle = _chosen(which, self._handles, self._past_handles)

        def real() -> tuple[object, ...]:
            found = self.manager.status(number)
            return found.reader, found.state, found.protocol, found.atr, found.event_counter

        return self._compare(real, lambda: self.model.status(handle))

    def _transmit(self, which: int, command: bytes, protocol: Protocols | None) -> object:
        if protocol is None and self.manager is not self.embedded:
            protocol = Protocols.RAW
        return self._on_handle(which, "transmit", "transmit", command, protocol)

    def _attribute(self, which: int, attribute: int) -> object:
        return self._on_handle(which, "get_attribute", "attribute", attribute)

    def _count(self, which: int) -> object:
        return self._on_handle(which, "get_transmit_count", "count")

    def _set_attribute(self, which: int) -> object:
        number, handle = _chosen(which, self._handles, self._past_handles)
        return self._compare(
            lambda: self.manager.set_attribute(number, 0xDEAD, b"\0"), lambda: self.model.set_attribute(handle)
        )

    def _control(self, which: int) -> object:
        number, handle = _chosen(which, self._handles, self._past_handles)
        return self._compare(lambda: self.manager.control(number, 0xDEAD), lambda: self.model.control(handle))

    def _on_handle(self, which: int, real: str, ideal: str, *arguments: object) -> object:
        number, handle = _chosen(which, self._handles, self._past_handles)
        return self._compare(
            lambda: getattr(self.manager, real)(number, *arguments),
            lambda: getattr(self.model, ideal)(handle, *arguments),
        )


def _chosen(which: int, now: list[tuple[int, Any]], past: list[tuple[int, Any]]) -> tuple[int, Any]:
    if which == STALE and past:
        return past[-1]
    if which in (STALE, NEVER) or not now:
        return NEVER_A_NUMBER, None
    return now[which % len(now)]


def _outcome(call: Callable[[], Any]) -> Any:
    """What a call gives; for an error of ours its code."""
    try:
        return call()
    except (SCardError, Refused) as error:
        return SCardCode(error.code)
    except (SlotError, WrongHand):
        return "a wrong hand"


def _again(outcome: object) -> object:
    if isinstance(outcome, SCardCode):
        raise Refused(outcome)
    return outcome


def _shown(outcome: object) -> str:
    return outcome.name if isinstance(outcome, SCardCode) else repr(outcome)


def diverges(steps: Sequence[Step], *, through_pyscard: bool = False) -> str | None:
    """What goes wrong where these steps are taken from the start; ``None`` if nothing does."""
    walk = Walk(through_pyscard=through_pyscard)
    try:
        for step in steps:
            walk.take(step)
    except Divergence as divergence:
        return str(divergence)
    return None


def shortened(steps: Sequence[Step], *, through_pyscard: bool = False) -> list[Step]:
    """As few of the steps as still diverge."""
    kept = list(steps)
    size = len(kept) // 2
    while size:
        position = 0
        while position < len(kept):
            fewer = kept[:position] + kept[position + size :]
            if diverges(fewer, through_pyscard=through_pyscard) is None:
                position += size
            else:
                kept = fewer
        size //= 2
    return kept
