"""Numbers to objects: the typed face on contexts, handles and slots."""

from __future__ import annotations

from _thread import RLock
from collections.abc import Sequence
from contextlib import ExitStack
from heapq import heappop, heappush
from itertools import count
from sys import is_finalizing
from typing import TYPE_CHECKING, Any, ClassVar

from scardmgr.winscard.codes import SCardCode
from scardmgr.winscard.constants import (
    INFINITE,
    MAX_BUFFER_SIZE_EXTENDED,
    Disposition,
    Protocols,
    Scope,
    ShareMode,
)
from scardmgr.winscard.database.smart_card_database import SmartCardDatabase
from scardmgr.winscard.embedded.contexts import Context, nothing_to_wait_for
from scardmgr.winscard.embedded.handles import CardHandle, check_request
from scardmgr.winscard.embedded.slots import Slot
from scardmgr.winscard.embedded.status_change import ReaderView, compare, disregarded, is_pnp
from scardmgr.winscard.embedded.waking import Bell
from scardmgr.winscard.error_texts import pcsclite_text
from scardmgr.winscard.errors import SCardError
from scardmgr.winscard.manager import ResourceManager
from scardmgr.winscard.values import CardStatus, Connection, ReaderState

if TYPE_CHECKING:
    from scardmgr.winscard.embedded.pin_pad import PINPad

#: Contexts and handles count upwards from here: never used twice in this process, also not by two managers, and never
#: mistaken for each other.
_CONTEXT_NUMBERS = count(0x0C000001)
_HANDLE_NUMBERS = count(0x0D000001)

_SCOPES = frozenset(Scope)


class EmbeddedResourceManager(ResourceManager):
    """A resource manager in this process, for readers and cards in this process.

    Thread-safe. Nothing runs in the background: what happens, happens inside a call, or in a thread that the call waits
    for (:mod:`~scardmgr.winscard.embedded.timed_icc`).

    Args:
        patience_s: how long a call waits for another handle's transaction before it gives up with
            SCARD_E_SHARING_VIOLATION.
        database: the smart card database; by default one of its own, in memory.
        answer_s: how long a card that does not state ``always_ends`` may take for one answer; then it is mute.
    """

    kind: ClassVar[str] = "embedded"

    def __init__(
        self, patience_s: float = 60.0, database: SmartCardDatabase | None = None, *, answer_s: float = 60.0
    ) -> None:
        super().__init__(SmartCardDatabase.in_memory() if database is None else database)
        self._patience_s = patience_s
        self._answer_s = answer_s
        self._world = RLock()
        self._slots: dict[str, Slot] = {}
        self._free_units: list[int] = []
        self._reader_events = 1
        self._readers_changed = Bell()
        self._contexts: dict[int, Context] = {}
        self._cards: dict[int, CardHandle] = {}

    def __repr__(self) -> str:
        return f"<EmbeddedResourceManager: {len(self._slots)} readers, {len(self._contexts)} contexts>"

    def add_reader(self, name: str, pin_pad: PINPad | None = None) -> Slot:
        """Plug in a reader with an empty slot.

        Args:
            name: its display name.
            pin_pad: keys for entering PINs at the reader itself; ``None`` for a reader without.

        Raises:
            SCardError: SCARD_E_INVALID_VALUE: an empty name, or that of the PnP notification.
                SCARD_E_DUPLICATE_READER: there is a reader of that name.
        """
        if not name or "\0" in name or is_pnp(name):
            raise SCardError(SCardCode.SCARD_E_INVALID_VALUE)
        with self._world:
            if name in self._slots:
                raise SCardError(SCardCode.SCARD_E_DUPLICATE_READER)
            unit = heappop(self._free_units) if self._free_units else len(self._slots)
            slot = Slot(name, self._world, self._unplug, self._patience_s, self._answer_s, pin_pad, unit)
            self._slots[name] = slot
            self._count_reader_event()
        return slot

    # Contexts

    def establish_context(self, scope: Scope = Scope.USER) -> int:
        """See :meth:`~scardmgr.winscard.faces.typed_face.TypedFace.establish_context`."""
        if scope not in _SCOPES:
            raise SCardError(SCardCode.SCARD_E_INVALID_VALUE)
        number = next(_CONTEXT_NUMBERS)
        self._contexts[number] = Context(self._world, scope)
        return number

    def release_context(self, context: int) -> None:
        """See :meth:`~scardmgr.winscard.faces.typed_face.TypedFace.release_context`."""
        self._outlive_threads()
        with self._world:
            released = self._contexts.pop(context, None)
            if released is None:
                raise SCardError(SCardCode.SCARD_E_INVALID_HANDLE)
            handles = released.release()
            for handle in handles:
                self._cards.pop(handle.number, None)
        with ExitStack() as all_of_them:  # also where an error in one card is raised
            for handle in reversed(handles):
                all_of_them.callback(handle.release)

    def is_valid_context(self, context: int) -> bool:
        """See :meth:`~scardmgr.winscard.faces.typed_face.TypedFace.is_valid_context`."""
        return context in self._contexts

    def cancel(self, context: int) -> None:
        """See :meth:`~scardmgr.winscard.faces.typed_face.TypedFace.cancel`."""
        self._context(context).cancel()

    # Readers

    def list_readers(self, context: int, groups: Sequence[str] = ()) -> list[str]:
        """See :meth:`~scardmgr.winscard.faces.typed_face.TypedFace.list_readers`."""
        return self._listed_readers(context, groups)

    def list_reader_groups(self, context: int) -> list[str]:
        """See :meth:`~scardmgr.winscard.faces.typed_face.TypedFace.list_reader_groups`."""
        return self._listed_groups(context)

    def get_status_change(
        self, context: int, timeout_ms: int | None, states: Sequence[ReaderState]
    ) -> list[ReaderState]:
        """See :meth:`~scardmgr.winscard.faces.typed_face.TypedFace.get_status_change`."""
        if nothing_to_wait_for(states):
            return [disregarded(state) for state in states]
        waiting = self._context(context)
        names = {state.reader: self._system_name(context, state.reader, self._slots) for state in states}
        infinite = timeout_ms is None or timeout_ms == INFINITE
        with self._world:
            slots = [self._slots.get(names[state.reader]) for state in states]
            if any(slot is None and not is_pnp(state.reader) for slot, state in zip(slots, states, strict=True)):
                raise SCardError(SCardCode.SCARD_E_UNKNOWN_READER)
            events_at_start = self._reader_events

        def look() -> tuple[list[ReaderState], bool]:
            with self._world:
                views = {
                    name: _view(slot) for name, device in names.items() if (slot := self._slots.get(device)) is not None
                }
                return compare(states, views, self._reader_events, events_at_start)

        bells = [self._readers_changed if slot is None else slot.changed for slot in slots]
        return waiting.wait_for_change(look, bells, None if infinite or timeout_ms is None else timeout_ms / 1000)

    # Card handles

    def connect(
        self,
        context: int,
        reader: str,
        share_mode: ShareMode = ShareMode.SHARED,
        protocols: Protocols = Protocols.ANY,
    ) -> Connection:
        """See :meth:`~scardmgr.winscard.faces.typed_face.TypedFace.connect`."""
        owner = self._context(context)
        check_request(share_mode, protocols)
        slot = self._slots.get(self._system_name(context, reader, self._slots))
        if slot is None:
            raise SCardError(SCardCode.SCARD_E_UNKNOWN_READER)
        number = next(_HANDLE_NUMBERS)
        handle = CardHandle(number, slot, owner, self._forget)
        try:
            protocol = handle.connect(share_mode, protocols)
            with self._world:
                if owner.released:
                    raise SCardError(SCardCode.SCARD_E_INVALID_HANDLE)
                owner.handles[number] = handle
                self._cards[number] = handle
                return Connection(number, protocol)
        except BaseException:  # also KeyboardInterrupt: the reader must not stay with a handle that nobody has
            handle.give_up()
            raise

    def reconnect(
        self,
        card: int,
        share_mode: ShareMode = ShareMode.SHARED,
        protocols: Protocols = Protocols.ANY,
        initialization: Disposition = Disposition.LEAVE,
    ) -> Protocols:
        """See :meth:`~scardmgr.winscard.faces.typed_face.TypedFace.reconnect`."""
        return self._card(card).reconnect(share_mode, protocols, initialization)

    def disconnect(self, card: int, disposition: Disposition = Disposition.LEAVE) -> None:
        """See :meth:`~scardmgr.winscard.faces.typed_face.TypedFace.disconnect`."""
        self._card(card).disconnect(disposition)

    def begin_transaction(self, card: int) -> None:
        """See :meth:`~scardmgr.winscard.faces.typed_face.TypedFace.begin_transaction`."""
        self._card(card).begin_transaction()

    def end_transaction(self, card: int, disposition: Disposition = Disposition.LEAVE) -> None:
        """See :meth:`~scardmgr.winscard.faces.typed_face.TypedFace.end_transaction`."""
        self._card(card).end_transaction(disposition)

    def status(self, card: int) -> CardStatus:
        """See :meth:`~scardmgr.winscard.faces.typed_face.TypedFace.status`."""
        return self._card(card).status()

    def transmit(self, card: int, command: bytes, protocol: Protocols | None = None) -> bytes:
        """See :meth:`~scardmgr.winscard.faces.typed_face.TypedFace.transmit`."""
        if not command:
            raise SCardError(SCardCode.SCARD_E_INVALID_PARAMETER)
        handle = self._cards.get(card)
        if handle is None:
            raise SCardError(SCardCode.SCARD_E_INVALID_HANDLE)
        if len(command) > MAX_BUFFER_SIZE_EXTENDED:
            raise SCardError(SCardCode.SCARD_E_INSUFFICIENT_BUFFER)
        return handle.transmit(command, protocol)

    def control(self, card: int, code: int, data: bytes = b"") -> bytes:
        """See :meth:`~scardmgr.winscard.faces.typed_face.TypedFace.control`."""
        handle = self._card(card)
        if len(data) > MAX_BUFFER_SIZE_EXTENDED:
            raise SCardError(SCardCode.SCARD_E_INSUFFICIENT_BUFFER)
        return handle.control(code, data)

    def get_attribute(self, card: int, attribute: int) -> bytes:
        """See :meth:`~scardmgr.winscard.faces.typed_face.TypedFace.get_attribute`."""
        return self._card(card).attribute(attribute)

    def set_attribute(self, card: int, attribute: int, value: bytes) -> None:
        """See :meth:`~scardmgr.winscard.faces.typed_face.TypedFace.set_attribute`."""
        if not value:
            raise SCardError(SCardCode.SCARD_E_INVALID_PARAMETER)
        self._card(card).set_attribute(attribute)

    def get_transmit_count(self, card: int) -> int:
        """See :meth:`~scardmgr.winscard.faces.typed_face.TypedFace.get_transmit_count`."""
        return self._card(card).transmit_count()

    # Error text

    def error_text(self, code: int) -> str:
        """See :meth:`~scardmgr.winscard.faces.typed_face.TypedFace.error_text`: pcsc-lite's words."""
        return pcsclite_text(code)

    # Within

    def _scope_of(self, context: int) -> Scope:
        return self._context(context).scope

    def _attached_readers(self, context: int) -> list[str]:
        self._context(context)
        with self._world:
            return list(self._slots)

    def _context(self, number: int) -> Context:
        self._outlive_threads()
        try:
            return self._contexts[number]
        except KeyError:
            raise SCardError(SCardCode.SCARD_E_INVALID_HANDLE) from None

    def _card(self, number: int) -> CardHandle:
        self._outlive_threads()
        try:
            return self._cards[number]
        except KeyError:
            raise SCardError(SCardCode.SCARD_E_INVALID_HANDLE) from None

    def _outlive_threads(self) -> None:
        """Take ``world`` from a daemon thread that the end of the interpreter has stopped inside.

        pyscard's objects release what they have when they are deleted, and many are only then.
        """
        world: Any = self._world
        if is_finalizing() and not world._is_owned():  # noqa: SLF001 - as threading.Condition does
            world._at_fork_reinit()  # noqa: SLF001 - as logging does in a forked process, where the threads are gone, too

    def _forget(self, handle: CardHandle) -> None:
        """Forget a handle that is closed; the caller holds ``world``."""
        self._cards.pop(handle.number, None)
        handle.context.handles.pop(handle.number, None)

    def _unplug(self, slot: Slot) -> None:
        """Forget a slot; the caller holds ``world``."""
        del self._slots[slot.name]
        heappush(self._free_units, slot.unit)
        self._count_reader_event()

    def _count_reader_event(self) -> None:
        self._reader_events = self._reader_events % 0xFFFF + 1
        self._readers_changed.ring()


def _view(slot: Slot) -> ReaderView:
    return ReaderView(slot.state, slot.atr, slot.event_counter, len(slot.handles), slot.exclusive)
