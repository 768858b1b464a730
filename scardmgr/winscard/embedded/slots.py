"""A reader with its one slot: the card in it, its power, and what others see of it."""

from __future__ import annotations

from _thread import RLock
from collections.abc import Callable
from enum import Enum, auto
from functools import partial
from typing import TYPE_CHECKING

from iso7816.contactless import ContactlessAtReader, at_reader
from iso7816.icc import ICC, ICCMute, ICCRemoved, ProtocolAwareICC, TransmissionProtocol
from scardmgr.winscard.codes import SCardCode
from scardmgr.winscard.constants import CardState, Protocols
from scardmgr.winscard.embedded import negotiation
from scardmgr.winscard.embedded.exchange import Abandoned, Exchange
from scardmgr.winscard.embedded.timed_icc import TimedICC, always_ends
from scardmgr.winscard.embedded.transactions import Hold
from scardmgr.winscard.embedded.waking import Bell
from scardmgr.winscard.errors import SCardError, SlotError

if TYPE_CHECKING:
    from scardmgr.winscard.embedded.handles import CardHandle
    from scardmgr.winscard.embedded.pin_pad import PINPad

MAX_ATR_SIZE = 33

_POWERED = CardState.PRESENT | CardState.POWERED | CardState.NEGOTIABLE
_MUTE = CardState.PRESENT | CardState.SWALLOWED

#: How long a removal waits for the command in flight before it leaves the powering off to that command's end.
_REMOVAL_GRACE_S = 1.0


class Answer(Enum):
    """What comes of power or reset."""

    ATR = auto()
    MUTE = auto()
    GONE = auto()


class Slot:
    """A reader of an :class:`~scardmgr.winscard.embedded.EmbeddedResourceManager`, as the hand at it sees it.

    Put cards in with :meth:`insert`, pull them with :meth:`remove`, unplug the reader with :meth:`close`.
    Every other attribute belongs to the resource manager.

    Attributes:
        pin_pad: the reader's own keys, ``None`` for a reader without.
        inserted: the card as the hand put it in; it stays known after it is pulled.
        unit: the reader's number, from 0 on: the lowest that no other reader had when it came.
    """

    def __init__(
        self,
        name: str,
        world: RLock,
        unplug: Callable[[Slot], None],
        patience_s: float,
        answer_s: float,
        pin_pad: PINPad | None = None,
        unit: int = 0,
    ) -> None:
        self._name = name
        self.pin_pad = pin_pad
        self.unit: int = unit
        self._unplug = unplug
        self.world = world
        self._patience_s = patience_s
        self._answer_s = answer_s
        self.exchange = Exchange(patience_s)
        self.changed = Bell()
        self.hold = Hold(world, patience_s)
        self.icc: ICC | None = None
        self._to_be_told: ProtocolAwareICC | None = None
        self.state: CardState = CardState.ABSENT
        self.atr: bytes = b""
        self.protocol: Protocols = Protocols.UNDEFINED
        self.event_counter = 1
        self.handles: list[CardHandle] = []
        self.exclusive = False
        self.transmissions = 0
        self.closed = False
        self.inserted: ICC | None = None
        self._timed: TimedICC | None = None
        self._unfinished: tuple[ICC | None, TimedICC | None, Exchange] | None = None

    def __repr__(self) -> str:
        return f"<Slot {self._name!r}: {'closed' if self.closed else self.state.name}>"

    # The hand at the slot

    @property
    def name(self) -> str:
        """The reader's display name."""
        return self._name

    @property
    def contactless(self) -> bool:
        """Whether there is a card in the slot that is contactless."""
        return isinstance(self.icc, ContactlessAtReader)

    @property
    def occupied(self) -> bool:
        """Whether there is a card in the slot."""
        return self.icc is not None

    def insert(self, icc: ICC) -> None:
        """Put a card in. It is powered, and present (mute or not) when this returns.

        Raises:
            SlotError: the slot holds a card, or is closed, or the card was gone again before it had power, or it was
                pulled out of a command and is not done with that.
            SCardError: SCARD_E_SHARING_VIOLATION: another card is being inserted, for as long as the patience lasts.
        """
        while True:
            exchange = self.exchange
            try:
                self._insert_now(icc, exchange)
            except Abandoned:
                if exchange.abandoned:
                    continue
                raise
            return

    def _insert_now(self, icc: ICC, exchange: Exchange) -> None:
        with exchange:
            if self.closed or self.icc is not None:
                raise SlotError(f"{self._name}: {'the reader is closed' if self.closed else 'there is a card in it'}")
            if self._is_unfinished(icc):
                raise SlotError(f"{self._name}: the card is still executing the command that it was pulled out of")
            inserted, timed = icc, None if always_ends(icc) else TimedICC(icc, self._answer_s, exchange)
            icc = at_reader(icc if timed is None else timed)
            try:
                atr = _atr_of(icc.power_on)
            except ICCRemoved as gone:
                raise SlotError(f"{self._name}: {str(gone) or 'the card was gone before it had power'}") from gone
            # Asked once: telling a protocol class from another takes longer than a reset.
            self._to_be_told = icc if isinstance(icc, ProtocolAwareICC) else None
            with self.world:
                if not self.closed:
                    self.icc, self._timed, self.inserted = icc, timed, inserted
                    self.protocol = Protocols.UNDEFINED
                    self._show(atr)
                    self._count_event()
                    if (when_gone := getattr(inserted, "when_gone", None)) is not None:
                        when_gone(partial(self.card_left, icc))
                    return
            icc.power_off()
            raise SlotError(f"{self._name}: the reader was closed before the card had power")

    def remove(self) -> None:
        """Pull the card, also out of a running command; without a card, nothing happens."""
        icc, left = self.icc, (self.inserted, self._timed)
        if icc is not None and self.card_left(icc):
            self._power_off_pulled(icc, *left)

    def close(self) -> None:
        """Pull the card and unplug the reader: it is no longer listed, its handles are of no more use."""
        with (
            self.world
        ):  # at once: nobody is told of a removal first, and an error in the card does not keep the reader
            icc, left = self.icc, (self.inserted, self._timed)
            pulled = icc is not None and self.card_left(icc)
            self._unplug_now()
        if icc is not None and pulled:
            self._power_off_pulled(icc, *left)

    def _power_off_pulled(self, icc: ICC, inserted: ICC | None, timed: TimedICC | None) -> None:
        # A command in flight keeps the card busy: an ICC is not called by two threads at once.
        exchange = self.exchange
        if exchange.is_mine():
            return
        if exchange.acquire(timeout=_REMOVAL_GRACE_S):
            try:
                icc.power_off()
            finally:
                if timed is not None and timed.busy:
                    self._unfinished = (inserted, timed, exchange)
                exchange.release()
            return
        with self.world:
            if self.icc is None:  # the reader is free for another card, whatever this one is about
                exchange.abandoned = True
                self._unfinished = (inserted, timed, exchange)
                self.exchange = Exchange(self._patience_s)
                return
        icc.power_off()  # it was idle, or there would not be another card

    def _unplug_now(self) -> None:
        if self.closed:
            return
        self.closed = True
        for handle in tuple(self.handles):
            handle.fault = SCardCode.SCARD_E_READER_UNAVAILABLE
        self.hold.drop()
        self._unplug(self)
        self.changed.ring()

    # The card and its power; the caller holds ``exchange``

    def power_up(self) -> Answer:
        """Power the card (cold reset). A card that does not answer is left as it was, without ATR."""
        return self._activate(lambda icc: icc.power_on(), mute_state=None)

    def warm_reset(self) -> Answer:
        """Reset the card. A card that does not answer becomes mute."""
        return self._activate(lambda icc: icc.reset(), mute_state=_MUTE)

    def power_cycle(self) -> Answer:
        """Power the card off and on. A card that does not answer becomes mute."""
        self.power_down()
        return self._activate(lambda icc: icc.power_on(), mute_state=_MUTE)

    def power_down(self) -> None:
        """Take the power away; the ATR stays known."""
        icc = self.icc
        if icc is None:
            return
        icc.power_off()
        with self.world:
            if self.icc is icc:
                self.state = CardState.PRESENT
                self.protocol = Protocols.UNDEFINED
                self.changed.ring()

    def negotiate(self, wanted: Protocols) -> None:
        """Put one of the wanted protocols in force, or find it in force already.

        Raises:
            SCardError: SCARD_E_PROTO_MISMATCH: the card offers, or speaks, none of them.
                SCARD_W_UNRESPONSIVE_CARD: the card did not answer to protocol selection.
                SCARD_E_NO_SMARTCARD: it was pulled during protocol selection.
        """
        if Protocols.RAW in wanted:
            self.protocol = Protocols.RAW
            return
        icc, in_force = self.icc, self.protocol
        if in_force is not Protocols.UNDEFINED:
            if wanted & in_force:
                return
        elif (chosen := negotiation.choose(wanted, self.atr)) is not Protocols.UNDEFINED:
            if self._to_be_told is not None:
                self._tell(self._to_be_told, chosen)
            with self.world:
                if self.icc is icc:
                    self.protocol = chosen
                    return
            if icc is not None:  # pulled out of this very selection
                icc.power_off()
            raise SCardError(SCardCode.SCARD_E_NO_SMARTCARD)
        # A card that has gone this moment took its protocol and its ATR with it.
        gone = self.icc is None or self.icc is not icc
        raise SCardError(SCardCode.SCARD_E_NO_SMARTCARD if gone else SCardCode.SCARD_E_PROTO_MISMATCH)

    def card_left(self, icc: ICC) -> bool:
        """Show that ``icc`` is gone; whether it was the card in the slot."""
        with self.world:
            if self.icc is not icc:
                return False
            self.icc = None
            self.state = CardState.ABSENT
            self.atr = b""
            self.protocol = Protocols.UNDEFINED
            for handle in tuple(self.handles):
                handle.fault = SCardCode.SCARD_W_REMOVED_CARD
            self.hold.drop()
            self._count_event()
            return True

    def tell_of_reset(self) -> None:
        """Give every handle SCARD_W_RESET_CARD for its next call; one that is to be told of a removal keeps that.

        Also where there is no card to reset, as pcsc-lite does.
        """
        with self.world:
            for handle in tuple(self.handles):
                if handle.fault is None:
                    handle.fault = SCardCode.SCARD_W_RESET_CARD
            self.hold.wake()

    def _activate(self, verb: Callable[[ICC], bytes], mute_state: CardState | None) -> Answer:
        icc = self.icc
        if icc is None:
            return Answer.GONE
        try:
            atr = _atr_of(lambda: verb(icc))
        except ICCRemoved:
            self.card_left(icc)
            return Answer.GONE
        with self.world:
            if self.icc is icc:
                self.protocol = Protocols.UNDEFINED
                if atr or mute_state is not None:
                    self._show(atr)
                else:
                    self.atr = b""
                self.changed.ring()
                return Answer.ATR if atr else Answer.MUTE
        icc.power_off()  # pulled out of this very reset
        return Answer.GONE

    def _is_unfinished(self, icc: ICC) -> bool:
        """Whether a card was pulled out of a command that still has not ended."""
        if self._unfinished is None or self._unfinished[0] is not icc:
            return False
        _, timed, exchange = self._unfinished
        if not exchange.acquire(False):
            return True
        exchange.release()
        return timed is not None and timed.busy

    def _tell(self, icc: ProtocolAwareICC, protocol: Protocols) -> None:
        try:
            icc.set_protocol(TransmissionProtocol(protocol.value))
        except ICCMute:
            raise SCardError(SCardCode.SCARD_W_UNRESPONSIVE_CARD) from None
        except ICCRemoved:
            self.card_left(icc)
            raise SCardError(SCardCode.SCARD_W_UNRESPONSIVE_CARD) from None

    def _show(self, atr: bytes) -> None:
        self.atr = atr
        self.state = _POWERED if atr else _MUTE

    def _count_event(self) -> None:
        # 16 bits, without 0: who gives that back says nothing of events, and would miss a pair of them.
        self.event_counter = self.event_counter % 0xFFFF + 1
        self.changed.ring()


def _atr_of(verb: Callable[[], bytes]) -> bytes:
    """The ATR a verb gives: empty from a mute card (an impossible length counts as mute). Raises ICCRemoved."""
    try:
        atr = bytes(verb())
    except ICCMute:
        return b""
    return atr if len(atr) <= MAX_ATR_SIZE else b""
