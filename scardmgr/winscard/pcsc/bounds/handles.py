"""Card handles: whose turn it is at the card, and what becomes of a handle whose call was given up.

A call that would wait for others is not made: whether somebody else holds the card is asked, again and again, by
SCardEndTransaction, which pcscd refuses at once where that is so and which does nothing where nobody does. Only
SCardTransmit is made without asking, since asking takes a third of its time; and whoever is overtaken between the
question and the call waits in libpcsclite, too. If patience ends there the handle is closed beneath the call, which
libpcsclite then gives up: a command that nobody waits for must not reach the card later. To its owner the handle has
*lapsed*: it is as after a reset by others, and SCardReconnect takes the card up again under the same number.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from time import monotonic
from typing import TYPE_CHECKING, Any

from scardmgr.winscard.codes import SCardCode
from scardmgr.winscard.constants import Disposition, Protocols, ShareMode
from scardmgr.winscard.pcsc.bounds.calls import Call, is_crowded
from scardmgr.winscard.pcsc.bounds.connecting import connect
from scardmgr.winscard.pcsc.bounds.functions import (
    BEGIN_TRANSACTION,
    DISCONNECT,
    END_LEAVING,
    END_TRANSACTION,
    GET_ATTRIB,
    INVALID_HANDLE,
    RECONNECT,
    REMOVED_CARD,
    RESET_CARD,
    SHARING_VIOLATION,
    STATUS,
    SUCCESS,
    TRANSMIT,
    Function,
    code_of,
)
from scardmgr.winscard.pcsc.bounds.handover import GivenUp
from scardmgr.winscard.pcsc.bounds.library_lists import close_handle
from scardmgr.winscard.pcsc.bounds.turns import attempts

if TYPE_CHECKING:
    from scardmgr.winscard.pcsc.bounds.contexts import Context
    from scardmgr.winscard.pcsc.bounds.seats import Seat

_LEAVE = Disposition.LEAVE.value
_EXCLUSIVE = ShareMode.EXCLUSIVE.value
_ANY = Protocols.ANY.value
_INVALID_VALUE = SCardCode.SCARD_E_INVALID_VALUE.value
_INITIALIZATIONS = (_LEAVE, Disposition.RESET.value, Disposition.UNPOWER.value)
_DISPOSITIONS = tuple(each.value for each in Disposition)
#: SCardEndTransaction with one of these has not ended it.
_NOT_ENDED = (
    _INVALID_VALUE,
    INVALID_HANDLE,
    RESET_CARD,
    SHARING_VIOLATION,
    SCardCode.SCARD_E_NO_SERVICE.value,
    SCardCode.SCARD_F_COMM_ERROR.value,
)
#: No attribute: the reader does not have it, but pcscd says first who holds the card, and what happened to it.
_NO_ATTRIBUTE = 0


class Handle:
    """A card handle that was given out.

    Args:
        context: its context.
        seat: its reader.
        number: the handle.
        share_mode: as it was connected.

    Attributes:
        closed: it is no more.
        carried: how many commands it carried that were answered.
    """

    def __init__(self, context: Context, seat: Seat, number: int, share_mode: int) -> None:
        self.number = number
        self.closed = False
        self.carried = 0
        self._context = context
        self._seat = seat
        self._scard = context.scard
        self._real = number
        self._exclusive = share_mode == _EXCLUSIVE
        self._depth = 0
        self._lapsed = False
        self._keeps_others_out = False
        seat.handles.add(self)

    @property
    def reader(self) -> str:
        """Its reader's name."""
        return self._seat.reader

    # Whose turn it is

    @property
    def _alone(self) -> bool:
        """Whether nobody else can hold the card."""
        return self._exclusive or self._depth > 0

    def _refusal(self) -> int | None:
        if self.closed:
            return INVALID_HANDLE
        return RESET_CARD if self._lapsed else None

    @contextmanager
    def _entered(self, deadline: float | None = None) -> Iterator[int | None]:
        """As of the context, and why this handle refuses."""
        bound = monotonic() + self._context.bounds.patience_s if deadline is None else deadline
        with self._context.entered(bound) as refusal:
            yield self._refusal() if refusal is None else refusal

    def _has_to_wait(self) -> bool:
        if self._alone:
            return False
        if not self._context.can_be_cut:
            return self._seat.holder is not None
        return bool(self._context.perform(END_LEAVING, self._real, _LEAVE) == SHARING_VIOLATION)

    def _in_turn(self, function: Function, call: Callable[[], Any]) -> Any:
        """What ``call`` gives when nobody else holds the card; made by who holds the context's gate."""
        deadline = monotonic() + self._context.bounds.patience_s
        for _ in attempts(deadline):
            with self._entered(deadline) as refusal:
                if refusal is not None:
                    return function.refused(refusal)
                if not self._has_to_wait():
                    return call()
        return function.refused(SHARING_VIOLATION)

    def _alone_during(self, function: Function, *arguments: Any) -> Any:
        """A call that does what cannot be undone: one that would be given up is not even begun."""
        context = self._context
        if context.can_be_cut or self._alone:
            return self._perform(function, *arguments)
        begun = self._begin_now()
        if begun == SHARING_VIOLATION:
            return function.refused(begun)

        def late(_: Any) -> None:
            if begun == SUCCESS:
                self._scard.SCardEndTransaction(self._real, _LEAVE)
                self._leave()

        # Where it could not be begun, the handle has something to be told of, or to be rid of.
        try:
            answer = context.hand_over(function, self._real, *arguments, late=late)
        except GivenUp:
            return function.given_up()
        if begun == SUCCESS and not (function is DISCONNECT and code_of(answer) == SUCCESS):
            self.end_transaction(_LEAVE)
        return answer

    def _perform(self, function: Function, *arguments: Any, becomes_exclusive: bool = False) -> Any:
        """The call itself, for who holds the gate."""
        waits = function.turns and (becomes_exclusive or not self._alone)
        answer = self._context.perform(
            function, self._real, *arguments, handle=self if waits else None, certain=becomes_exclusive
        )
        if code_of(answer) == REMOVED_CARD:
            self._leave()
        return answer

    def _leave(self) -> None:
        """The transaction is over, however deep it was."""
        self._depth = 0
        if self._seat.holder is self:
            self._seat.holder = None

    def still_holds(self) -> bool:
        """Whether its transaction has not gone with the card; for who holds the gate."""
        code = code_of(self._context.perform(GET_ATTRIB, self._real, _NO_ATTRIBUTE))
        if code in (SHARING_VIOLATION, REMOVED_CARD, INVALID_HANDLE):
            self._leave()
        return self._depth > 0

    def lapse(self) -> None:
        """Close the handle beneath a call that waits in libpcsclite for others, so that this call ends."""
        real = self._real
        self.has_lapsed()
        close_handle(self._scard, real)

    def has_lapsed(self) -> None:
        """It was closed beneath its owner."""
        self._lapsed = True
        self._leave()

    # Transactions

    def begin_transaction(self) -> Any:
        """SCardBeginTransaction."""
        return self._in_turn(BEGIN_TRANSACTION, self._begin_now)

    def _begin_now(self) -> Any:
        if self._context.can_be_cut or self._alone:
            code = self._perform(BEGIN_TRANSACTION)
        else:
            try:
                code = self._context.hand_over(BEGIN_TRANSACTION, self._real, late=self._begun_too_late)
            except GivenUp:
                code = BEGIN_TRANSACTION.given_up()
        if code == SUCCESS:
            self._depth += 1
            self._seat.holder = self
        return code

    def _begun_too_late(self, code: Any) -> None:
        if code == SUCCESS:
            self._scard.SCardEndTransaction(self._real, _LEAVE)

    def end_transaction(self, disposition: int) -> Any:
        """SCardEndTransaction."""
        with self._entered() as refusal:
            if refusal is not None:
                return refusal
            code = self._perform(END_LEAVING if disposition == _LEAVE else END_TRANSACTION, disposition)
            if self._depth > 0 and code not in _NOT_ENDED:
                self._depth -= 1
                if self._depth == 0:
                    self._leave()
                    self._let_others_in()
            return code

    # Share modes

    def reconnect(self, share_mode: int, protocols: int, initialization: int) -> Any:
        """SCardReconnect."""
        if self._lapsed and not self.closed:
            return self._take_up_again(share_mode, protocols, initialization)
        return self._in_turn(RECONNECT, partial(self._reconnect_now, share_mode, protocols, initialization))

    def _reconnect_now(self, share_mode: int, protocols: int, initialization: int) -> Any:
        if self._depth > 0:
            self.still_holds()
        if share_mode == _EXCLUSIVE and not self._exclusive:
            answer = self._become_exclusive(protocols, initialization)
        else:
            answer = self._alone_during(RECONNECT, share_mode, protocols, initialization)
        if code_of(answer) == SUCCESS:
            self._keeps_others_out |= self._exclusive
            self._exclusive = share_mode == _EXCLUSIVE
            self._let_others_in()
        return answer

    def _become_exclusive(self, protocols: int, initialization: int) -> Any:
        """Reconnect as the only one; beside others pcscd refuses, and libpcsclite asks again until they have gone.

        pcscd resets the card each time before it refuses: whatever is to be done to it comes afterwards.
        """
        if protocols != 0 and initialization in _INITIALIZATIONS:
            if is_crowded(self._context.daemon_path, self.reader):
                return RECONNECT.refused(SHARING_VIOLATION)
            if initialization != _LEAVE:
                answer = self._perform(RECONNECT, _EXCLUSIVE, _ANY, _LEAVE, becomes_exclusive=True)
                if code_of(answer) == SUCCESS:
                    self._exclusive = True
                    return self._perform(RECONNECT, _EXCLUSIVE, protocols, initialization)
                if self._lapsed or self._context.busy:
                    return answer
        return self._perform(RECONNECT, _EXCLUSIVE, protocols, initialization, becomes_exclusive=True)

    def _let_others_in(self) -> None:
        """pcscd takes a handle that was exclusive for one in a transaction, until that is ended."""
        if self._keeps_others_out and not self._alone:
            self._keeps_others_out = False
            if self._context.can_be_cut:
                self._context.perform(END_LEAVING, self._real, _LEAVE)

    def _take_up_again(self, share_mode: int, protocols: int, initialization: int) -> Any:
        if initialization not in _INITIALIZATIONS:
            return RECONNECT.refused(_INVALID_VALUE)

        def connected(answer: Any) -> Any:
            self._real, self._lapsed, self._exclusive = answer[1], False, share_mode == _EXCLUSIVE
            if initialization == _LEAVE:
                return [SUCCESS, answer[2]]
            return self._perform(RECONNECT, share_mode, protocols, initialization)

        answer = connect(self._context, self.reader, share_mode, protocols, connected)
        return RECONNECT.refused(code_of(answer)) if code_of(answer) != SUCCESS else answer

    def disconnect(self, disposition: int) -> Any:
        """SCardDisconnect."""
        if self._lapsed and not self.closed:
            if disposition not in _DISPOSITIONS:
                return _INVALID_VALUE
            self._close()
            return SUCCESS
        call = partial(self._disconnect_now, disposition)
        if disposition != _LEAVE:
            return self._in_turn(DISCONNECT, call)
        with self._entered() as refusal:
            return call() if refusal is None else refusal

    def _disconnect_now(self, disposition: int) -> Any:
        context = self._context
        if disposition == _LEAVE or self._alone:
            code = context.perform(DISCONNECT, self._real, disposition)
        elif not context.can_be_cut:
            code = self._alone_during(DISCONNECT, disposition)
        else:  # overtaken, it waits in pcscd: nothing but the end of the context could end it
            try:
                code = context.hand_over(DISCONNECT, self._real, disposition, late=self._disconnected)
            except GivenUp:
                code = DISCONNECT.given_up()
        self._disconnected(code)
        return code

    def _disconnected(self, code: Any) -> None:
        if code == SUCCESS:
            self._close()

    def _close(self) -> None:
        self.closed = True
        self._leave()
        self._seat.handles.discard(self)

    # Using the card

    def transmit(self, protocol: int, command: Any) -> Any:
        """SCardTransmit."""
        context, bounds = self._context, self._context.bounds
        if not context.gate.acquire(timeout=bounds.patience_s):
            return TRANSMIT.refused(SHARING_VIOLATION)
        try:
            alone = self._exclusive or self._depth > 0
            if (
                context.can_be_cut
                and (alone or self._seat.holder is None)
                and not (self.closed or self._lapsed or context.busy or context.released)
            ):
                # As perform and its detours, in a fifth of their time.
                now, outer = monotonic(), context.call
                last = now + bounds.answer_s
                if alone:
                    call = Call(context, last, last)
                else:
                    due = now + bounds.patience_s
                    call = Call(context, due, max(last, due), self)
                try:
                    context.call = call
                    answer = self._scard.SCardTransmit(self._real, protocol, command)
                finally:
                    context.call = outer
                if answer[0] == SUCCESS:
                    self.carried += 1
                    return answer
                if answer[0] == REMOVED_CARD:
                    self._leave()
                return context.told(TRANSMIT, answer, call.fate)
        finally:
            context.gate.release()
        return self._in_turn(TRANSMIT, partial(self._transmit_now, protocol, command))

    def _transmit_now(self, protocol: int, command: Any) -> Any:
        answer = self._alone_during(TRANSMIT, protocol, command)
        self.carried += code_of(answer) == SUCCESS
        return answer

    def status(self) -> Any:
        """SCardStatus."""
        return self._in_turn(STATUS, partial(self._perform, STATUS))

    def ask(self, function: Function, *arguments: Any) -> Any:
        """A call that waits for nobody's transaction."""
        with self._entered() as refusal:
            return self._perform(function, *arguments) if refusal is None else function.refused(refusal)
