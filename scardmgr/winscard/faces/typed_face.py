"""The typed face of the resource manager: bytes, enums, and :class:`SCardError` for every code but success.

Each method names the function it wraps and the codes it raises, with the condition for each. Where
several conditions hold at once, the order of the list is the order in which they are looked at.
Codes that are not repeated: any method that waits for another handle's transaction, for the card to be done with
another call, or for another thread's call in the same context, raises SCARD_E_SHARING_VIOLATION when its patience ends,
where pcsc-lite waits on. Any method of a real resource manager may raise SCARD_E_NO_SERVICE (no daemon answers) and
SCARD_F_COMM_ERROR (the connection to it broke); and one that has to do with a card or reader, SCARD_E_NOT_TRANSACTED
(it does not come to an end).
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar

from scardmgr.winscard.constants import Disposition, Protocols, Scope, ShareMode

if TYPE_CHECKING:
    from scardmgr.winscard.values import CardStatus, Connection, ReaderState


class TypedFace(ABC):
    """The functions of the resource manager. Contexts and card handles are opaque positive numbers."""

    #: The name :func:`~scardmgr.winscard.selection.resource_manager` knows this kind by.
    kind: ClassVar[str]

    # Contexts

    @abstractmethod
    def establish_context(self, scope: Scope = Scope.USER) -> int:
        """Open a context and return it. Wraps SCardEstablishContext.

        Raises:
            SCardError: SCARD_E_INVALID_VALUE: there is no such scope.
                SCARD_E_NO_SERVICE: no resource manager answers.
        """

    @abstractmethod
    def release_context(self, context: int) -> None:
        """Close a context, its handles and their transactions. Wraps SCardReleaseContext.

        A card that a handle had to itself (by a transaction, or EXCLUSIVE) is reset. A wait in the context ends with
        SCARD_E_INVALID_HANDLE.

        Raises:
            SCardError: SCARD_E_INVALID_HANDLE: not an open context.
        """

    @abstractmethod
    def is_valid_context(self, context: int) -> bool:
        """Whether a context is open. Wraps SCardIsValidContext; raises nothing."""

    @abstractmethod
    def cancel(self, context: int) -> None:
        """End the wait of another thread in :meth:`get_status_change`. Wraps SCardCancel.

        Without such a wait, nothing happens; a later wait is not touched.

        Raises:
            SCardError: SCARD_E_INVALID_HANDLE: not an open context.
        """

    # Readers

    @abstractmethod
    def list_readers(self, context: int, groups: Sequence[str] = ()) -> list[str]:
        """Names of the attached readers, in the order they came. Wraps SCardListReaders.

        Behind the readers' own names stand those that SCardIntroduceReader gave them.

        Args:
            context: an open context.
            groups: readers in any of these groups; unknown groups are disregarded. None: every reader.

        Raises:
            SCardError: SCARD_E_INVALID_HANDLE: not an open context.
                SCARD_E_NO_READERS_AVAILABLE: there is no reader, or none in these groups.
        """

    @abstractmethod
    def list_reader_groups(self, context: int) -> list[str]:
        """SCard$DefaultReaders, and the groups that readers were added to. Wraps SCardListReaderGroups.

        Raises:
            SCardError: SCARD_E_INVALID_HANDLE: not an open context.
        """

    @abstractmethod
    def get_status_change(
        self, context: int, timeout_ms: int | None, states: Sequence[ReaderState]
    ) -> list[ReaderState]:
        """Wait until a reader is not as its ``current_state`` says. Wraps SCardGetStatusChange.

        Returns at once when a ``current_state`` is 0 (UNAWARE), when all are IGNORE and when ``states`` is
        empty. The answer has one :class:`ReaderState` for each one given, in the same order.

        Args:
            context: an open context.
            timeout_ms: bound of the wait in milliseconds; 0 looks once; ``None`` or INFINITE waits until
                something changes or :meth:`cancel` is called.
            states: what the caller believes.

        Raises:
            SCardError: SCARD_E_INVALID_PARAMETER: more states than the resource manager takes (pcsc-lite: 16).
                SCARD_E_INVALID_HANDLE: not an open context.
                SCARD_E_UNKNOWN_READER: no reader of that name when the wait begins.
                SCARD_E_TIMEOUT: nothing changed in that time.
                SCARD_E_CANCELLED: another thread called :meth:`cancel`.
        """

    # Card handles

    @abstractmethod
    def connect(
        self,
        context: int,
        reader: str,
        share_mode: ShareMode = ShareMode.SHARED,
        protocols: Protocols = Protocols.ANY,
    ) -> Connection:
        """Connect to the card in a reader, powering it if needed. Wraps SCardConnect.

        DIRECT needs no card and negotiates no protocol. Waits while another handle has a transaction.

        Raises:
            SCardError: SCARD_E_INVALID_HANDLE: not an open context.
                SCARD_E_PROTO_MISMATCH: no protocol asked for (not DIRECT), or none that the card offers or
                already speaks.
                SCARD_E_INVALID_VALUE: there is no such share mode.
                SCARD_E_UNKNOWN_READER: no reader has that name.
                SCARD_E_SHARING_VIOLATION: the reader is held EXCLUSIVE, or EXCLUSIVE is asked for and another
                handle is open.
                SCARD_E_NO_SMARTCARD: the reader is empty (not DIRECT).
                SCARD_W_UNPOWERED_CARD: the card does not answer to power (not DIRECT).
                SCARD_W_UNRESPONSIVE_CARD: protocol selection failed.
        """

    @abstractmethod
    def reconnect(
        self,
        card: int,
        share_mode: ShareMode = ShareMode.SHARED,
        protocols: Protocols = Protocols.ANY,
        initialization: Disposition = Disposition.LEAVE,
    ) -> Protocols:
        """Take up a card again, after a reset by others or to reset it; return the protocol. Wraps SCardReconnect.

        Args:
            card: an open handle.
            share_mode: as for :meth:`connect`.
            protocols: as for :meth:`connect`.
            initialization: LEAVE, RESET (warm) or UNPOWER (power off and on). The last two give every other
                handle SCARD_W_RESET_CARD until it reconnects.

        Raises:
            SCardError: SCARD_E_INVALID_HANDLE: not an open handle.
                SCARD_E_INVALID_VALUE: no such initialization or share mode.
                SCARD_E_PROTO_MISMATCH: as for :meth:`connect`.
                SCARD_E_READER_UNAVAILABLE: the reader is gone.
                SCARD_E_SHARING_VIOLATION: EXCLUSIVE is asked for and another handle is open.
                SCARD_E_NO_SMARTCARD: the reader is empty.
                SCARD_W_UNRESPONSIVE_CARD: the card does not answer to reset or power.
        """

    @abstractmethod
    def disconnect(self, card: int, disposition: Disposition = Disposition.LEAVE) -> None:
        """Close a handle and its transaction, doing to the card as told. Wraps SCardDisconnect.

        Args:
            card: an open handle.
            disposition: LEAVE; RESET (warm reset) or UNPOWER (power off), which give every other handle
                SCARD_W_RESET_CARD; EJECT, which no reader here has a motor for: as LEAVE.

        Raises:
            SCardError: SCARD_E_INVALID_HANDLE: not an open handle.
                SCARD_E_INVALID_VALUE: there is no such disposition.
        """

    @abstractmethod
    def begin_transaction(self, card: int) -> None:
        """Hold the card for this handle alone, waiting while another holds it. Wraps SCardBeginTransaction.

        Transactions nest: each needs its :meth:`end_transaction`. They belong to the handle, not to a thread.
        The wait ends when the other handle ends its transaction, is closed, or its context is released.

        Raises:
            SCardError: SCARD_E_INVALID_HANDLE: not an open handle (also: closed during the wait).
                SCARD_E_READER_UNAVAILABLE: the reader is gone.
                SCARD_W_REMOVED_CARD: the card was removed.
                SCARD_W_RESET_CARD: another handle reset the card.
        """

    @abstractmethod
    def end_transaction(self, card: int, disposition: Disposition = Disposition.LEAVE) -> None:
        """End a transaction, doing to the card as told. Wraps SCardEndTransaction.

        RESET and UNPOWER (power off and on) give every handle, this one too, SCARD_W_RESET_CARD.

        Raises:
            SCardError: SCARD_E_INVALID_HANDLE: not an open handle.
                SCARD_E_INVALID_VALUE: there is no such disposition.
                SCARD_E_READER_UNAVAILABLE: the reader is gone.
                SCARD_W_REMOVED_CARD: the card was removed.
                SCARD_W_RESET_CARD: another handle reset the card.
                SCARD_E_SHARING_VIOLATION: another handle holds the card.
                SCARD_E_UNSUPPORTED_FEATURE: EJECT, which no reader here has a motor for; the transaction is over.
                SCARD_E_NOT_TRANSACTED: there is no transaction to end; or the card did not answer to reset or power,
                and the transaction is over.
        """

    @abstractmethod
    def status(self, card: int) -> CardStatus:
        """State of a reader and its card. Wraps SCardStatus. Waits while another handle has a transaction.

        Raises:
            SCardError: SCARD_E_INVALID_HANDLE: not an open handle.
                SCARD_E_READER_UNAVAILABLE: the reader is gone.
                SCARD_W_REMOVED_CARD: the card was removed.
                SCARD_W_RESET_CARD: another handle reset the card.
        """

    @abstractmethod
    def transmit(self, card: int, command: bytes, protocol: Protocols | None = None) -> bytes:
        """Send one command APDU and return the response APDU. Wraps SCardTransmit.

        Waits while another handle has a transaction.

        Args:
            card: an open handle.
            command: 1 to 65,548 bytes; the stock vpcd driver carries 65,535.
            protocol: the protocol control information; ``None`` means the protocol in force. RAW is not checked.

        Raises:
            SCardError: SCARD_E_INVALID_PARAMETER: the command is empty.
                SCARD_E_INVALID_HANDLE: not an open handle.
                SCARD_E_INSUFFICIENT_BUFFER: the command, or the response, is longer than the resource manager takes.
                SCARD_E_READER_UNAVAILABLE: the reader is gone.
                SCARD_W_REMOVED_CARD: the card was removed.
                SCARD_W_RESET_CARD: another handle reset the card.
                SCARD_E_NO_SMARTCARD: the reader is empty, or became so during this command.
                SCARD_E_PROTO_MISMATCH: ``protocol`` is not the one in force.
                SCARD_W_UNPOWERED_CARD: the card did not answer, having no power.
                SCARD_E_NOT_TRANSACTED: the card did not answer.
        """

    @abstractmethod
    def control(self, card: int, code: int, data: bytes = b"") -> bytes:
        """Send a command to the reader itself. Wraps SCardControl. Does not wait for another's transaction.

        An embedded reader has features of PC/SC part 10 (:mod:`scardmgr.winscard.part10`); those of a real one are its
        driver's. Entering a PIN waits for keystrokes, as long as the structure says, and then for the card.

        Raises:
            SCardError: SCARD_E_INVALID_HANDLE: not an open handle, or no longer.
                SCARD_E_INSUFFICIENT_BUFFER: the data are longer than the resource manager takes.
                SCARD_E_READER_UNAVAILABLE: the reader is gone.
                SCARD_E_SHARING_VIOLATION: another handle holds the card.
                SCARD_E_UNSUPPORTED_FEATURE: the reader does not know the control code.
                SCARD_E_INVALID_PARAMETER: entering a PIN: the data are no such structure.
                SCARD_E_CANCELLED: entering a PIN: another thread called :meth:`cancel`.
                SCARD_W_REMOVED_CARD, SCARD_W_RESET_CARD, SCARD_E_NO_SMARTCARD, SCARD_E_PROTO_MISMATCH,
                SCARD_E_NOT_TRANSACTED: entering a PIN: as :meth:`transmit`.
        """

    @abstractmethod
    def get_attribute(self, card: int, attribute: int) -> bytes:
        """An attribute of reader or card. Wraps SCardGetAttrib. Does not wait for another's transaction.

        Raises:
            SCardError: SCARD_E_INVALID_HANDLE: not an open handle.
                SCARD_E_READER_UNAVAILABLE: the reader is gone.
                SCARD_E_SHARING_VIOLATION: another handle holds the card.
                SCARD_W_REMOVED_CARD: the card was removed.
                SCARD_W_RESET_CARD: another handle reset the card.
                SCARD_E_UNSUPPORTED_FEATURE: the reader does not have the attribute.
                SCARD_E_NO_SMARTCARD: the attribute belongs to the card, and there is none.
        """

    @abstractmethod
    def set_attribute(self, card: int, attribute: int, value: bytes) -> None:
        """Set an attribute. Wraps SCardSetAttrib. Does not wait for another's transaction.

        An embedded reader takes SCARD_ATTR_SUPRESS_T1_IFS_REQUEST, which changes nothing there; the stock driver takes
        none.

        Raises:
            SCardError: SCARD_E_INVALID_PARAMETER: the value is empty.
                SCARD_E_INVALID_HANDLE: not an open handle.
                SCARD_E_READER_UNAVAILABLE: the reader is gone.
                SCARD_E_SHARING_VIOLATION: another handle holds the card.
                SCARD_W_REMOVED_CARD: the card was removed.
                SCARD_W_RESET_CARD: another handle reset the card.
                SCARD_E_NOT_TRANSACTED: the reader refuses.
        """

    @abstractmethod
    def get_transmit_count(self, card: int) -> int:
        """How many commands a reader has carried to cards and answered. Wraps SCardGetTransmitCount.

        Those of all handles count, since the reader was plugged in (embedded); those of the handles that this object
        has given out (real).

        Raises:
            SCardError: SCARD_E_INVALID_HANDLE: not an open handle.
                SCARD_E_READER_UNAVAILABLE: the reader is gone.
                SCARD_W_REMOVED_CARD: the card was removed.
                SCARD_W_RESET_CARD: another handle reset the card.
        """

    # Error text

    @abstractmethod
    def error_text(self, code: int) -> str:
        """The text of a code as the platform words it. Wraps SCardGetErrorMessage; raises nothing."""
