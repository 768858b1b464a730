"""An attachment to a reader: the card handle that SCardManage or SCard holds, and what is done with it.

Each attachment is used from one thread at a time, as COM's apartment model has it.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING

from iso7816.secure_messaging.errors import SecureMessagingError
from scardmgr.com.errors import HRESULT, HResultError, resource_manager_codes
from scardmgr.connection.apdu_exchange import Transmit, exchange
from scardmgr.connection.transaction import Transaction
from scardmgr.published.enumerations import SCARD_PROTOCOLS, SCARD_STATES
from scardmgr.winscard.codes import SCardCode
from scardmgr.winscard.constants import CardState, Disposition, Protocols, ShareMode
from scardmgr.winscard.errors import SCardError
from scardmgr.winscard.values import CardStatus

if TYPE_CHECKING:
    from iso7816.apdu import CommandAPDU, ResponseAPDU
    from iso7816.secure_messaging import HostSession
    from scardmgr.connection.manager_context import ManagerContext

_STATES = (
    (CardState.ABSENT, SCARD_STATES.ABSENT),
    (CardState.SPECIFIC, SCARD_STATES.SPECIFICMODE),
    (CardState.NEGOTIABLE, SCARD_STATES.NEGOTIABLEMODE),
    (CardState.POWERED, SCARD_STATES.POWERED),
    (CardState.SWALLOWED, SCARD_STATES.SWALLOWED),
    (CardState.PRESENT, SCARD_STATES.PRESENT),
)
_DONE = b"\x90\x00"
#: Codes that mean: this reader has no card now.
_EMPTY = (SCardCode.SCARD_E_NO_SMARTCARD, SCardCode.SCARD_W_REMOVED_CARD)


def published_state(state: CardState) -> SCARD_STATES:
    """The furthest of the published states that the resource manager's flags show."""
    return next((published for flag, published in _STATES if state & flag), SCARD_STATES.ABSENT)


def published_protocol(protocol: Protocols) -> SCARD_PROTOCOLS:
    """The published number of a protocol: RAW has another one there."""
    return SCARD_PROTOCOLS.RAW if protocol & Protocols.RAW else SCARD_PROTOCOLS(int(protocol & Protocols.ANY))


@dataclass(slots=True, eq=False)
class Attachment:
    """A card handle, and what is known of the card behind it.

    Attributes:
        context: where the handle lives.
        handle: the card handle.
        reader: the reader's name.
        share_mode: what was asked for, which an empty reader cannot give; of a borrowed handle SHARED, as nobody tells.
        protocols: what was asked for.
        protocol: the one in force; UNDEFINED in direct mode.
        borrowed: whether the handle is somebody else's, to be left open.
        lent: whether others may use the handle beside this attachment.
        epoch: counts up when what is selected in the card can no longer be known.
        provider_state: what a provider keeps for all interfaces of this attachment.
        session: the secure messaging session under which every command goes, ``None``: none, which it becomes whenever
            the card may have been reset. A session that a wrong message has ended stays until it is taken away:
            nothing goes in the clear unasked.
    """

    context: ManagerContext
    handle: int
    reader: str
    share_mode: ShareMode
    protocols: Protocols
    protocol: Protocols
    borrowed: bool = False
    lent: bool = False
    epoch: int = 0
    provider_state: object = None
    session: HostSession | None = None
    _held: ShareMode = field(default=ShareMode.SHARED, repr=False)
    _locks: int = field(default=0, repr=False)
    _open: bool = field(default=True, repr=False)

    @classmethod
    def by_reader(
        cls, context: ManagerContext, reader: str, share_mode: ShareMode, protocols: Protocols = Protocols.ANY
    ) -> Attachment:
        """Connect to a reader. Raises HResultError: codes of SCardConnect."""
        with resource_manager_codes():
            connection = context.resource_manager.connect(context.handle, reader, share_mode, protocols)
        return cls(context, connection.handle, reader, share_mode, protocols, connection.protocol, _held=share_mode)

    @classmethod
    def by_handle(cls, context: ManagerContext, handle: object, name: str) -> Attachment:
        """Borrow a handle.

        Raises:
            HResultError: E_INVALIDARG: not an open handle; ``name`` is the argument's. Codes of SCardStatus.
        """
        if isinstance(handle, bool) or not isinstance(handle, int):
            raise HResultError(HRESULT.E_INVALIDARG, f"{name} is of type {type(handle).__name__}: a handle is a number")
        try:
            status = context.resource_manager.status(handle)
        except SCardError as error:
            if error.code == SCardCode.SCARD_E_INVALID_HANDLE:
                raise HResultError(
                    HRESULT.E_INVALIDARG, f"{name} is not an open handle of this resource manager"
                ) from error
            raise HResultError(error.code) from error
        return cls(
            context, handle, status.reader, ShareMode.SHARED, Protocols.ANY, status.protocol, borrowed=True, lent=True
        )

    @property
    def is_open(self) -> bool:
        """Whether the attachment has not been given up."""
        return self._open

    def require_open(self) -> None:
        """Raise HResultError SCARD_E_INVALID_HANDLE where the attachment has been given up."""
        if not self._open or not self.context.is_open:
            raise HResultError(SCardCode.SCARD_E_INVALID_HANDLE, "detached: attach again and create the interface anew")

    def status(self) -> CardStatus:
        """State, protocol and ATR. A card that was removed shows as an empty reader.

        Raises:
            HResultError: other codes of SCardStatus.
        """
        self.require_open()
        try:
            return self.context.resource_manager.status(self.handle)
        except SCardError as error:
            if error.code in _EMPTY:
                return CardStatus(self.reader, CardState.ABSENT, Protocols.UNDEFINED, b"")
            raise HResultError(error.code) from error

    # Exclusive use

    def lock(self) -> None:
        """Begin a transaction. Raises HResultError: codes of SCardBeginTransaction."""
        self.require_open()
        try:
            self.context.resource_manager.begin_transaction(self.handle)
        except SCardError as error:
            raise HResultError(error.code) from error
        if self._locks == 0:
            self._doubt_unless_alone()
        self._locks += 1

    def unlock(self, disposition: Disposition) -> None:
        """End a transaction, doing to the card as told; EJECT is UNPOWER, since pcsc-lite does not know it there.

        Raises:
            HResultError: SCARD_E_NOT_TRANSACTED: none was begun here. Codes of SCardEndTransaction.
        """
        self.require_open()
        if self._locks == 0:
            raise HResultError(SCardCode.SCARD_E_NOT_TRANSACTED, "there is no lock to release")
        self._locks -= 1
        if disposition is not Disposition.LEAVE:
            self.epoch += 1
            self.session = None
        try:
            self.context.resource_manager.end_transaction(self.handle, _without_motor(disposition))
        except SCardError as error:
            raise HResultError(error.code) from error

    @property
    def is_locked(self) -> bool:
        """Whether a transaction is begun here."""
        return self._locks > 0

    @property
    def keeps_selection(self) -> bool:
        """Whether nobody else can select something in the card before the next command here."""
        return not self.lent and (self.is_locked or self._held is ShareMode.EXCLUSIVE)

    def transaction(self) -> Transaction:
        """Hold the card during several commands; within a lock that is held already, nothing is needed."""
        return Transaction(self)

    def _doubt_unless_alone(self) -> None:
        """Between transactions others may have selected something else, unless there can be no others."""
        if self.lent or self._held is not ShareMode.EXCLUSIVE:
            self.epoch += 1

    # Commands

    def exchange(
        self, command: CommandAPDU, coded: bytes | None = None, carrier_class: int | None = None
    ) -> ResponseAPDU:
        """Send a command to the card; the other arguments are those of :func:`exchange`.

        Raises:
            HResultError: codes of SCardTransmit. E_UNEXPECTED: the session has ended.
        """
        self.require_open()
        if self.lent:
            self.epoch += 1
        if self.session is not None and self.session.is_over:
            raise HResultError(HRESULT.E_UNEXPECTED, "secure messaging has ended: end the session, or begin another")
        try:
            if self.session is None:
                return exchange(self.transmitter(), command, self.protocol, coded, carrier_class)
            return self._protected_exchange(self.session, command, carrier_class)
        except SCardError as error:
            raise HResultError(error.code) from error

    def _protected_exchange(
        self, session: HostSession, command: CommandAPDU, carrier_class: int | None
    ) -> ResponseAPDU:
        """Raises SCardError; HResultError SCARD_F_COMM_ERROR where a message is wrong, which ends the session."""
        try:
            protected = session.protect(command)
            answer = exchange(self.transmitter(), protected, self.protocol, carrier_class=carrier_class)
            return session.open(command, answer)
        except SecureMessagingError as error:
            raise HResultError(SCardCode.SCARD_F_COMM_ERROR, f"secure messaging: {error}") from error

    def is_done(self, coded: bytes) -> bool:
        """Whether the card does a command without response data that is sent as it is; not under secure messaging.

        Raises:
            HResultError: codes of SCardTransmit.
        """
        if self.session is not None:
            return False
        if self.lent:
            self.epoch += 1
        try:
            return self.context.resource_manager.transmit(self.handle, coded) == _DONE
        except SCardError as error:
            raise HResultError(error.code) from error

    def transmitter(self) -> Transmit:
        """SCardTransmit on this handle, for whoever follows up nothing and translates no codes; raises SCardError."""
        return partial(self.context.resource_manager.transmit, self.handle)

    # Reset and release

    def reconnect(
        self,
        disposition: Disposition = Disposition.LEAVE,
        share_mode: ShareMode | None = None,
        *,
        direct_if_empty: bool = False,
    ) -> None:
        """Take the card up again.

        Args:
            disposition: what happens to the card; EJECT is UNPOWER, since SCardReconnect does not know it.
            share_mode: from now on; ``None``: as before.
            direct_if_empty: attach to an empty reader in direct mode instead of failing; not with a borrowed handle.

        Raises:
            HResultError: codes of SCardReconnect.
        """
        self.require_open()
        disposition = _without_motor(disposition)
        wanted = self.share_mode if share_mode is None else share_mode
        self.epoch += 1
        self.session = None
        manager = self.context.resource_manager
        try:
            self.protocol = manager.reconnect(self.handle, wanted, self.protocols, disposition)
        except SCardError as error:
            if error.code not in _EMPTY or not direct_if_empty or self.borrowed:
                raise HResultError(error.code) from error
            self.share_mode = wanted
            self._connect_to_empty_reader()
        else:
            self.share_mode = self._held = wanted

    def _connect_to_empty_reader(self) -> None:
        """Disconnect, where still connected, and connect in direct mode: no empty reader can be reconnected to."""
        manager = self.context.resource_manager
        self._locks = 0
        if self._open:
            self._open = False
            with suppress(SCardError):  # a handle that is no more need not be closed
                manager.disconnect(self.handle, Disposition.LEAVE)
        with resource_manager_codes():
            self.handle, self.protocol = manager.connect(
                self.context.handle, self.reader, ShareMode.DIRECT, Protocols.UNDEFINED
            )
        self._held, self._open = ShareMode.DIRECT, True

    def detach(self, disposition: Disposition = Disposition.LEAVE) -> None:
        """Give the attachment up: close a handle of our own, leave a borrowed one open.

        A borrowed one is told a disposition other than LEAVE by SCardReconnect first; where that fails,
        the attachment stays. EJECT is UNPOWER there, since SCardReconnect does not know it. Before a handle of our own
        is closed with EJECT, the card loses its power as well: few readers have a motor.

        Raises:
            HResultError: SCARD_E_INVALID_HANDLE: given up already. Codes of SCardReconnect and SCardDisconnect.
        """
        self.require_open()
        manager = self.context.resource_manager
        if self.borrowed:
            if disposition is not Disposition.LEAVE:
                self.reconnect(disposition)
            while self._locks > 0:
                self.unlock(Disposition.LEAVE)
            self._open = False
            return
        if disposition is Disposition.EJECT:
            with suppress(SCardError):  # a card that is no more has no power
                manager.reconnect(self.handle, self._held, self.protocols, Disposition.UNPOWER)
        self._open = False
        self._locks = 0
        with resource_manager_codes():
            manager.disconnect(self.handle, disposition)


def _without_motor(disposition: Disposition) -> Disposition:
    """What takes the place of a disposition where a call knows no EJECT."""
    return Disposition.UNPOWER if disposition is Disposition.EJECT else disposition
