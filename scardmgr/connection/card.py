"""SCard: ISCard on any resource manager."""

from __future__ import annotations

from typing import ClassVar
from uuid import UUID

from iso7816.apdu import CommandAPDU
from iso7816.errors import APDUError
from scardmgr.com import arguments
from scardmgr.com.errors import HRESULT, HResultError
from scardmgr.connection.attaching import AttachingInterface
from scardmgr.connection.attachment import Attachment, published_protocol, published_state
from scardmgr.interfaces.card import Command, ISCard
from scardmgr.interfaces.command import ISCardCmd
from scardmgr.published.enumerations import SCARD_DISPOSITIONS, SCARD_PROTOCOLS, SCARD_SHARE_MODES, SCARD_STATES
from scardmgr.winscard.constants import Disposition as CardDisposition


class SCard(AttachingInterface, ISCard):
    """A connection to a card.

    Args:
        resource_manager: what serves the readers (:func:`scardmgr.resource_manager`).

    Raises:
        HResultError: SCARD_E_NO_SERVICE: there is no resource manager.
    """

    CLSID: ClassVar[UUID] = UUID("1461AAC7-6810-11D0-918F-00AA00C18068")

    # Properties

    @property
    def Atr(self) -> bytes:
        """SCardStatus."""
        return self._require_attached().status().atr

    @property
    def CardHandle(self) -> int:
        """Known without asking; 0 without an attachment."""
        attachment = self._attachment
        return attachment.handle if attachment is not None and attachment.is_open else 0

    @property
    def Context(self) -> int:
        """Known without asking."""
        return self._context.handle

    @property
    def Protocol(self) -> SCARD_PROTOCOLS:
        """SCardStatus."""
        return published_protocol(self._require_attached().status().protocol)

    @property
    def Status(self) -> SCARD_STATES:
        """SCardStatus."""
        return published_state(self._require_attached().status().state)

    # Methods

    def AttachByHandle(self, hCard: int) -> None:
        """Borrow an open handle."""
        self._require_unattached()
        self._attachment = Attachment.by_handle(self._context, hCard, "hCard")

    def AttachByReader(
        self,
        bstrReaderName: str,
        ShareMode: SCARD_SHARE_MODES = SCARD_SHARE_MODES.EXCLUSIVE,
        PrefProtocol: SCARD_PROTOCOLS = SCARD_PROTOCOLS.T0,
    ) -> None:
        """SCardConnect."""
        self._require_unattached()
        reader = arguments.text(bstrReaderName, "bstrReaderName")
        share_mode = arguments.share_mode(ShareMode)
        protocols = arguments.protocols(PrefProtocol, "PrefProtocol")
        self._attachment = Attachment.by_reader(self._context, reader, share_mode, protocols)

    def Detach(self, Disposition: SCARD_DISPOSITIONS = SCARD_DISPOSITIONS.LEAVE) -> None:
        """SCardDisconnect; for a borrowed handle SCardReconnect, unless the card is left as it is."""
        disposition = CardDisposition(arguments.member(SCARD_DISPOSITIONS, Disposition, "Disposition"))
        attachment = self._require_attached()
        attachment.detach(disposition)
        self._attachment = None

    def LockSCard(self) -> None:
        """SCardBeginTransaction."""
        self._require_attached().lock()

    def ReAttach(
        self,
        ShareMode: SCARD_SHARE_MODES = SCARD_SHARE_MODES.EXCLUSIVE,
        InitState: SCARD_DISPOSITIONS = SCARD_DISPOSITIONS.LEAVE,
    ) -> None:
        """SCardReconnect."""
        share_mode = arguments.share_mode(ShareMode)
        disposition = CardDisposition(arguments.member(SCARD_DISPOSITIONS, InitState, "InitState"))
        self._require_attached().reconnect(disposition, share_mode)

    def Transaction(self, ppCmd: Command) -> Command:
        """SCardTransmit, and GET RESPONSE where the card asks for it."""
        if ppCmd is None:
            raise HResultError(HRESULT.E_POINTER, "ppCmd is None")
        if not isinstance(ppCmd, ISCardCmd):
            raise HResultError(HRESULT.E_INVALIDARG, f"ppCmd is of type {type(ppCmd).__name__}: ISCardCmd is needed")
        attachment = self._require_attached()
        coded = ppCmd.Apdu
        if not coded:
            raise HResultError(HRESULT.E_INVALIDARG, "the command is incomplete: it has no instruction")
        try:
            command = CommandAPDU.parse(coded)
        except APDUError as error:
            raise HResultError(HRESULT.E_INVALIDARG, str(error)) from error
        ppCmd.ApduReply = attachment.exchange(command, coded, _alternate_class(ppCmd)).to_bytes()
        return ppCmd

    def UnlockSCard(self, Disposition: SCARD_DISPOSITIONS = SCARD_DISPOSITIONS.LEAVE) -> None:
        """SCardEndTransaction."""
        disposition = CardDisposition(arguments.member(SCARD_DISPOSITIONS, Disposition, "Disposition"))
        self._require_attached().unlock(disposition)


def _alternate_class(command: ISCardCmd) -> int | None:
    """The class for what the transaction sends by itself, where the command has one of its own."""
    try:
        return command.AlternateClassId
    except HResultError as error:
        if error.hresult != HRESULT.E_ACCESSDENIED:
            raise
        return None
