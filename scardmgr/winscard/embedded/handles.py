"""A connection to a slot, and all that a card handle can do.

The order in which conditions are looked at, and so which code wins, is pcsc-lite's.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING

from iso7816.icc import ICCMute, ICCRemoved
from scardmgr.winscard.asides import do_aside
from scardmgr.winscard.codes import SCardCode
from scardmgr.winscard.constants import MAX_BUFFER_SIZE_EXTENDED, CardState, Disposition, Protocols, ShareMode
from scardmgr.winscard.embedded.attributes import accept_attribute, attribute_value
from scardmgr.winscard.embedded.exchange import Abandoned
from scardmgr.winscard.embedded.reader_control import answer_control
from scardmgr.winscard.embedded.slots import Answer
from scardmgr.winscard.errors import SCardError
from scardmgr.winscard.values import CardStatus

if TYPE_CHECKING:
    from iso7816.icc import ICC
    from scardmgr.winscard.embedded.contexts import Context
    from scardmgr.winscard.embedded.slots import Slot

_SHARE_MODES = frozenset(ShareMode)
_DISPOSITIONS = frozenset(Disposition)
_INITIALIZATIONS = frozenset({Disposition.LEAVE, Disposition.RESET, Disposition.UNPOWER})
_SELECTABLE = Protocols.ANY | Protocols.RAW

_MINIMUM_RESPONSE = 2
_UNPOWERED = CardState.PRESENT

#: How SCardEndTransaction tells that a reset failed.
_END_FAILURES = {
    Answer.ATR: None,
    Answer.MUTE: SCardCode.SCARD_E_NOT_TRANSACTED,
    Answer.GONE: SCardCode.SCARD_W_REMOVED_CARD,
}


def check_request(share_mode: int, protocols: Protocols) -> None:
    """Judge the arguments of connecting on their own.

    Raises:
        SCardError: SCARD_E_PROTO_MISMATCH: no protocol asked for, though not DIRECT.
            SCARD_E_INVALID_VALUE: there is no such share mode.
    """
    if share_mode != ShareMode.DIRECT and not protocols & _SELECTABLE:
        raise SCardError(SCardCode.SCARD_E_PROTO_MISMATCH)
    if share_mode not in _SHARE_MODES:
        raise SCardError(SCardCode.SCARD_E_INVALID_VALUE)


class CardHandle:
    """What a card handle stands for.

    Attributes:
        number: the handle the caller has.
        slot: the reader it is connected to.
        context: the context it was made in.
        fault: what its next call is told instead of being served, until it reconnects; ``None`` normally.
        closed: disconnected; only a call that was waiting at that moment can still see it.
    """

    __slots__ = ("_forget", "closed", "context", "fault", "number", "slot")

    def __init__(self, number: int, slot: Slot, context: Context, forget: Callable[[CardHandle], None]) -> None:
        self.number = number
        self.slot = slot
        self.context = context
        self._forget = forget
        self.fault: SCardCode | None = None
        self.closed = False

    # Connecting

    def connect(self, share_mode: int, protocols: Protocols) -> Protocols:
        """Connect to the slot; see :meth:`~scardmgr.winscard.faces.typed_face.TypedFace.connect`."""
        slot = self.slot

        def attempt() -> Protocols | None:
            with slot.exchange:
                if slot.closed:
                    raise SCardError(SCardCode.SCARD_E_UNKNOWN_READER)
                if slot.exclusive:
                    raise SCardError(SCardCode.SCARD_E_SHARING_VIOLATION)
                return None if slot.hold.excludes(self) else self._connect_now(share_mode, protocols)

        return slot.hold.when_free(self, attempt)

    def _connect_now(self, share_mode: int, protocols: Protocols) -> Protocols:
        slot = self.slot
        icc = slot.icc
        if share_mode != ShareMode.DIRECT:
            if icc is None:
                raise SCardError(SCardCode.SCARD_E_NO_SMARTCARD)
            if CardState.POWERED not in slot.state:
                answer = slot.power_up()
                if answer is not Answer.ATR:
                    gone = answer is Answer.GONE
                    raise SCardError(SCardCode.SCARD_E_NO_SMARTCARD if gone else SCardCode.SCARD_W_UNPOWERED_CARD)
            slot.negotiate(protocols)
        elif Protocols.RAW in protocols:
            slot.negotiate(Protocols.RAW)
        with slot.world:
            if share_mode == ShareMode.EXCLUSIVE:
                if slot.handles:
                    raise SCardError(SCardCode.SCARD_E_SHARING_VIOLATION)
                slot.exclusive = True
            slot.handles.append(self)
            if share_mode != ShareMode.DIRECT:
                self.fault = _removal_since(slot, icc)
            slot.changed.ring()
        return slot.protocol

    def reconnect(self, share_mode: int, protocols: Protocols, initialization: int) -> Protocols:
        """Take the card up again; see :meth:`~scardmgr.winscard.faces.typed_face.TypedFace.reconnect`."""
        if initialization not in _INITIALIZATIONS or share_mode not in _SHARE_MODES:
            raise SCardError(SCardCode.SCARD_E_INVALID_VALUE)
        check_request(share_mode, protocols)
        slot = self.slot

        def attempt() -> Protocols | None:
            with slot.exchange:
                self._check_open()
                return None if slot.hold.excludes(self) else self._reconnect_now(share_mode, protocols, initialization)

        return slot.hold.when_free(self, attempt)

    def _reconnect_now(self, share_mode: int, protocols: Protocols, initialization: int) -> Protocols:
        slot = self.slot
        icc = slot.icc
        # Nobody connects meanwhile: that takes the exchange, too.
        if share_mode == ShareMode.EXCLUSIVE and len(slot.handles) > 1:
            raise SCardError(SCardCode.SCARD_E_SHARING_VIOLATION)
        if initialization == Disposition.LEAVE:
            answer = Answer.MUTE if CardState.SWALLOWED in slot.state else Answer.ATR
        else:
            answer = self._reset(initialization)
        if icc is None or answer is Answer.GONE:
            raise SCardError(SCardCode.SCARD_E_NO_SMARTCARD)
        if answer is Answer.MUTE:
            raise SCardError(SCardCode.SCARD_W_UNRESPONSIVE_CARD)
        if share_mode != ShareMode.DIRECT:
            slot.negotiate(protocols)
        elif Protocols.RAW in protocols:
            slot.negotiate(Protocols.RAW)
        with slot.world:
            slot.exclusive = share_mode == ShareMode.EXCLUSIVE
            self.fault = _removal_since(slot, icc)
            slot.changed.ring()
        return slot.protocol

    def _reset(self, disposition: int) -> Answer:
        """Reset the card, or power it off and on, and have everybody told."""
        self.slot.tell_of_reset()
        return self.slot.warm_reset() if disposition == Disposition.RESET else self.slot.power_cycle()

    def disconnect(self, disposition: int) -> None:
        """Close; see :meth:`~scardmgr.winscard.faces.typed_face.TypedFace.disconnect`."""
        if disposition not in _DISPOSITIONS:
            raise SCardError(SCardCode.SCARD_E_INVALID_VALUE)
        slot = self.slot

        def attempt() -> bool | None:
            if slot.closed:
                self._close()
                return True
            with slot.exchange:
                if self.closed:
                    raise SCardError(SCardCode.SCARD_E_INVALID_HANDLE)
                if slot.hold.excludes(self):
                    return None
                try:
                    if disposition == Disposition.RESET:
                        self._reset(disposition)
                    elif disposition == Disposition.UNPOWER:
                        slot.tell_of_reset()
                        slot.power_down()
                finally:  # an error in the card must not keep the reader
                    self._close()
                return True

        if disposition == Disposition.LEAVE or slot.exchange.is_lost() or slot.hold.is_lost_to(self):
            self._close()
        elif slot.exchange.is_mine():
            # The card itself calls back, or a signal handler or a finalizer in the middle of its command.
            do_aside(_quietly, self.disconnect, disposition)
        else:
            slot.hold.when_free(self, attempt)

    def release(self) -> None:
        """Close because the context is released: a card that it had to itself is reset."""
        alone = self.slot.exclusive or self.slot.hold.holder is self
        try:
            self.disconnect(Disposition.RESET if alone and self.fault is None else Disposition.LEAVE)
        except SCardError:  # the card is busy for too long, or another thread has disconnected meanwhile
            self.give_up()

    def give_up(self) -> None:
        """Close, if it was open at all, because nobody will ever know of it."""
        with self.slot.world:
            if self in self.slot.handles:
                self._close()

    def _close(self) -> None:
        slot = self.slot
        with slot.world:
            if self.closed:
                raise SCardError(SCardCode.SCARD_E_INVALID_HANDLE)
            self.closed = True
            self._forget(self)
            slot.handles.remove(self)
            slot.exclusive = False
            if slot.hold.holder is self:
                slot.hold.drop()
            else:
                slot.hold.wake()  # a call that waits on this very handle
            slot.changed.ring()

    # Transactions

    def begin_transaction(self) -> None:
        """Hold the card; see :meth:`~scardmgr.winscard.faces.typed_face.TypedFace.begin_transaction`."""
        if not self._begin_now():
            self.slot.hold.when_free(self, lambda: self._begin_now() or None)

    def _begin_now(self) -> bool:
        """Begin a transaction, if nobody else holds the card or is to have it first."""
        slot = self.slot
        with slot.world:
            self._check_ready()
            return slot.hold.begin(self)

    def end_transaction(self, disposition: int) -> None:
        """Free the card; see :meth:`~scardmgr.winscard.faces.typed_face.TypedFace.end_transaction`."""
        slot = self.slot
        if disposition == Disposition.LEAVE:
            with slot.world:
                self._check_ready()
                slot.hold.end(self)
            return
        if disposition not in _DISPOSITIONS:
            raise SCardError(SCardCode.SCARD_E_INVALID_VALUE)
        self._check_ready()
        failure: SCardCode | None = SCardCode.SCARD_E_UNSUPPORTED_FEATURE
        try:
            with slot.exchange:
                if slot.hold.excludes(self):
                    raise SCardError(SCardCode.SCARD_E_SHARING_VIOLATION)
                if disposition != Disposition.EJECT:
                    failure = _END_FAILURES[self._reset(disposition)]
        except BaseException:  # an error in the card must not keep the reader
            with suppress(SCardError):
                slot.hold.end(self)
            raise
        with slot.world:
            self._check_open()
            if self.fault is SCardCode.SCARD_W_REMOVED_CARD:  # and the transaction went with the card
                raise SCardError(self.fault)
            try:
                slot.hold.end(self)
            except SCardError:
                if failure is None:
                    raise
        if failure is not None:
            raise SCardError(failure)

    # Using the card

    def transmit(self, command: bytes, protocol: Protocols | None) -> bytes:
        """Exchange one APDU; see :meth:`~scardmgr.winscard.faces.typed_face.TypedFace.transmit`."""
        slot = self.slot
        exchange = slot.exchange
        try:
            with exchange:
                holder = slot.hold.holder
                if holder is None or holder is self:
                    return self._transmit_now(command, protocol)
        except Abandoned:
            if not exchange.abandoned:
                raise

        def attempt() -> bytes | None:
            with slot.exchange:
                return None if slot.hold.excludes(self) else self._transmit_now(command, protocol)

        return slot.hold.when_free(self, attempt)

    def _transmit_now(self, command: bytes, protocol: Protocols | None) -> bytes:
        slot = self.slot
        icc = slot.icc
        if self.fault is not None or self.closed:
            self._check_ready()
        if icc is None:
            raw = protocol == Protocols.RAW
            raise SCardError(SCardCode.SCARD_E_NOT_TRANSACTED if raw else SCardCode.SCARD_E_NO_SMARTCARD)
        if protocol is None:
            wrong = slot.protocol is Protocols.UNDEFINED
        else:
            wrong = protocol != slot.protocol and protocol != Protocols.RAW
        if wrong:  # or the card has gone this moment, and its protocol with it
            raise SCardError(SCardCode.SCARD_E_PROTO_MISMATCH if slot.icc is icc else SCardCode.SCARD_E_NO_SMARTCARD)
        try:
            response = icc.transmit(command)
        except ICCMute:
            if slot.state == _UNPOWERED:
                raise SCardError(SCardCode.SCARD_W_UNPOWERED_CARD) from None
            response = b""
        except ICCRemoved:
            slot.card_left(icc)
            raise SCardError(SCardCode.SCARD_E_NO_SMARTCARD) from None
        if slot.icc is not icc:
            # Pulled out of this very command: what it still said reaches nobody.
            icc.power_off()
            raise SCardError(SCardCode.SCARD_E_NO_SMARTCARD)
        if not _MINIMUM_RESPONSE <= len(response) <= MAX_BUFFER_SIZE_EXTENDED:
            too_long = len(response) > _MINIMUM_RESPONSE
            raise SCardError(SCardCode.SCARD_E_INSUFFICIENT_BUFFER if too_long else SCardCode.SCARD_E_NOT_TRANSACTED)
        slot.transmissions += 1
        return response

    def status(self) -> CardStatus:
        """State of reader and card; see :meth:`~scardmgr.winscard.faces.typed_face.TypedFace.status`."""
        slot = self.slot

        def attempt() -> CardStatus | None:
            with slot.world:
                self._check_ready()
                if slot.hold.excludes(self):
                    return None
                return CardStatus(slot.name, slot.state, slot.protocol, slot.atr, slot.event_counter)

        return slot.hold.when_free(self, attempt)

    def attribute(self, attribute: int) -> bytes:
        """An attribute; see :meth:`~scardmgr.winscard.faces.typed_face.TypedFace.get_attribute`."""
        with self.slot.world:
            self._check_sharing()
            self._check_ready()
            return attribute_value(self.slot, attribute)

    def set_attribute(self, attribute: int) -> None:
        """Set an attribute; see :meth:`~scardmgr.winscard.faces.typed_face.TypedFace.set_attribute`."""
        with self.slot.world:
            self._check_sharing()
            self._check_ready()
            accept_attribute(attribute)

    def control(self, code: int, data: bytes) -> bytes:
        """Command the reader; see :meth:`~scardmgr.winscard.faces.typed_face.TypedFace.control`."""
        with self.slot.world:
            self._check_sharing()
        return answer_control(self, code, data, self._check_ready)

    def transmit_count(self) -> int:
        """See :meth:`~scardmgr.winscard.faces.typed_face.TypedFace.get_transmit_count`."""
        with self.slot.world:
            self._check_ready()
            return self.slot.transmissions

    def _check_sharing(self) -> None:
        """For the calls that do not wait."""
        self._check_open()
        if self.slot.hold.excludes(self):
            raise SCardError(SCardCode.SCARD_E_SHARING_VIOLATION)

    def _check_open(self) -> None:
        if self.closed:
            raise SCardError(SCardCode.SCARD_E_INVALID_HANDLE)
        if self.slot.closed:
            raise SCardError(SCardCode.SCARD_E_READER_UNAVAILABLE)

    def _check_ready(self) -> None:
        self._check_open()
        if self.fault is not None:
            raise SCardError(self.fault)


def _removal_since(slot: Slot, icc: ICC | None) -> SCardCode | None:
    """The fault of a handle that gets ``icc`` now: none, unless a hand has pulled it this moment."""
    return SCardCode.SCARD_W_REMOVED_CARD if slot.icc is None or slot.icc is not icc else None


def _quietly(act: Callable[[int], None], disposition: int) -> None:
    with suppress(SCardError):  # there is nobody to be told
        act(disposition)
