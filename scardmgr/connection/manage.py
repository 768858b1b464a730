"""SCardManage: ISCardManage on any resource manager."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Final
from uuid import UUID

from scardmgr.com import arguments
from scardmgr.com.errors import HRESULT, HResultError, resource_manager_codes
from scardmgr.connection.attaching import AttachingInterface
from scardmgr.connection.attachment import Attachment, published_protocol, published_state
from scardmgr.connection.card import SCard
from scardmgr.connection.without_card import interface_without_card
from scardmgr.interfaces.authentication import ISCardAuth
from scardmgr.interfaces.card import ISCard
from scardmgr.interfaces.crypto_provider import CRYPTPROV
from scardmgr.interfaces.file_access import ISCardFileAccess
from scardmgr.interfaces.management import ISCardManage
from scardmgr.interfaces.secure_messaging import SecureMessaging
from scardmgr.interfaces.verification import ISCardVerify
from scardmgr.providers.standard import CARD_TYPES
from scardmgr.published.enumerations import SCARD_DISPOSITIONS, SCARD_PROTOCOLS, SCARD_SHARE_MODES, SCARD_STATES
from scardmgr.winscard.codes import SCardCode
from scardmgr.winscard.constants import CardState, Disposition, Protocols, ShareMode
from scardmgr.winscard.errors import SCardError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from scardmgr.com.unknown import IUnknown
    from scardmgr.providers.registry import CardProvider, CardTypes
    from scardmgr.winscard.faces.database_face import DatabaseFace

_NULL_UUID = UUID(int=0)
#: Codes of SCardGetProviderId that mean: this card type names none, or has been forgotten meanwhile.
_NAMES_NONE: Final = (SCardCode.SCARD_E_ICC_INSTALLATION, SCardCode.SCARD_E_UNKNOWN_CARD)
_OF_A_CARD: Final[tuple[type[IUnknown], ...]] = (
    ISCardManage,
    ISCardFileAccess,
    ISCardAuth,
    ISCardVerify,
    ISCard,
    CRYPTPROV,
    SecureMessaging,
)
_BY_IID: Final = {interface.IID: interface for interface in _OF_A_CARD}
_BY_NAME: Final = {interface.__name__: interface for interface in _OF_A_CARD} | {"CryptoProvider": CRYPTPROV}


class SCardManage(AttachingInterface, ISCardManage):
    """The service provider's entrance.

    Args:
        resource_manager: what serves the readers (:func:`scardmgr.resource_manager`).
        card_types: the providers to choose from; ``None``: those of the process.

    Raises:
        HResultError: SCARD_E_NO_SERVICE: there is no resource manager.
    """

    CLSID: ClassVar[UUID] = UUID("0B186465-BD0D-4BCC-A253-B08497744DCD")

    def __init__(self, resource_manager: DatabaseFace | None = None, card_types: CardTypes | None = None) -> None:
        super().__init__(resource_manager)
        self._card_types = CARD_TYPES if card_types is None else card_types

    # Attach and detach

    def AttachByHandle(self, hICC: int) -> None:
        """Borrow an open handle."""
        self._require_unattached()
        self._attachment = Attachment.by_handle(self._context, hICC, "hICC")

    def AttachByIFD(self, bstrIFDName: str, Flags: SCARD_SHARE_MODES = SCARD_SHARE_MODES.SHARED) -> None:
        """SCardConnect; in direct mode where the reader is empty."""
        self._require_unattached()
        reader = arguments.text(bstrIFDName, "bstrIFDName")
        # winscard's third share mode is no member of the published enumeration, but it is one that can be asked for.
        share_mode = arguments.member(ShareMode, Flags, "Flags")
        try:
            self._attachment = Attachment.by_reader(self._context, reader, share_mode)
        except HResultError as error:
            if error.hresult != SCardCode.SCARD_E_NO_SMARTCARD:
                raise
            attachment = Attachment.by_reader(self._context, reader, ShareMode.DIRECT, Protocols.UNDEFINED)
            attachment.share_mode, attachment.protocols = share_mode, Protocols.ANY
            self._attachment = attachment

    def Detach(self) -> None:
        """SCardDisconnect; nothing for a borrowed handle."""
        attachment = self._require_attached()
        self._attachment = None
        attachment.detach()

    def Reconnect(self) -> None:
        """SCardReconnect; in direct mode where the reader is empty."""
        self._require_attached().reconnect(direct_if_empty=True)

    # Lock and status

    def SCardLock(self) -> None:
        """SCardBeginTransaction."""
        if self._attachment is None:
            raise HResultError(HRESULT.E_FAIL, "not attached: there is nothing to lock")
        self._attachment.lock()

    def SCardUnlock(self, Disposition: SCARD_DISPOSITIONS = SCARD_DISPOSITIONS.LEAVE) -> None:
        """SCardEndTransaction."""
        self._require_attached().unlock(_disposition(Disposition))

    def Status(self) -> tuple[SCARD_STATES, SCARD_PROTOCOLS]:
        """SCardStatus."""
        status = self._require_attached().status()
        return published_state(status.state), published_protocol(status.protocol)

    # Other interfaces

    def CreateFileAccess(self) -> ISCardFileAccess:
        """From the provider that serves the card."""
        attachment, provider = self._provider()
        return provider.create_file_access(attachment)

    def CreateCardAuth(self) -> ISCardAuth:
        """From the provider that serves the card."""
        attachment, provider = self._provider()
        return provider.create_authentication(attachment)

    def CreateCHVerification(self) -> ISCardVerify:
        """From the provider that serves the card."""
        attachment, provider = self._provider()
        return provider.create_verification(attachment)

    def CreateInterface(
        self, pguidInterface: UUID | str | None, bstrName: str | None = None, pUserData: object = None
    ) -> object:
        """From the provider, else one that needs none; ISCardManage is this object, ISCard a new one on its handle."""
        iid = _as_iid(pguidInterface)
        name = "" if bstrName is None else bstrName
        if not isinstance(name, str):
            raise HResultError(HRESULT.E_INVALIDARG, "bstrName has to be a string")
        if iid is None and name == "":
            raise HResultError(HRESULT.E_POINTER, "neither an IID nor a name is given")
        attachment, provider = self._provider()
        interface = _BY_NAME.get(name) if iid is None else _BY_IID.get(iid)
        if interface is ISCardManage:
            self.AddRef()
            return self
        if interface is ISCard:
            card = SCard(self._context.resource_manager)
            card.AttachByHandle(attachment.handle)
            attachment.lent = True
            return card
        made = provider.create_other(attachment, iid, name, pUserData)
        if made is None and interface is not None:
            made = _create(interface, provider, attachment, pUserData)
        elif made is None:
            made = interface_without_card(iid, name, self._context.resource_manager)
        if made is None:
            raise _no_such_interface(iid, name, interface)
        return made

    # What the methods above have in common

    def _provider(self) -> tuple[Attachment, CardProvider]:
        """The attachment and who serves its card."""
        attachment = self._require_attached()
        status = attachment.status()
        if status.state & CardState.ABSENT or not status.atr:
            raise HResultError(SCardCode.SCARD_E_NO_SMARTCARD, f"there is no card in {attachment.reader}")
        if attachment.protocol == Protocols.UNDEFINED:
            raise HResultError(
                SCardCode.SCARD_E_NOT_READY, f"attached to {attachment.reader} without a protocol: Reconnect first"
            )
        with resource_manager_codes():
            return attachment, self._card_types.provider_for(status.atr, self._primary_providers(status.atr))

    def _primary_providers(self, atr: bytes) -> Iterator[UUID]:
        """What the database names for a card, the best match first. Raises SCardError: as the database does."""
        manager, context = self._context.resource_manager, self._context.handle
        for name in manager.list_cards(context, atr):
            try:
                yield manager.get_provider_id(context, name)
            except SCardError as error:
                if error.code not in _NAMES_NONE:
                    raise


def _disposition(value: SCARD_DISPOSITIONS) -> Disposition:
    """A disposition argument as winscard's. Raises HResultError E_INVALIDARG."""
    return Disposition(arguments.member(SCARD_DISPOSITIONS, value, "Disposition"))


def _as_iid(value: UUID | str | None) -> UUID | None:
    """An IID argument; the null UUID is none. Raises HResultError E_INVALIDARG."""
    if value is None:
        return None
    iid = arguments.identifier(value, "pguidInterface")
    return None if iid == _NULL_UUID else iid


def _create(
    interface: type[IUnknown], provider: CardProvider, attachment: Attachment, user_data: object
) -> object | None:
    """An interface that every provider has a method for. Raises HResultError: as the provider."""
    if interface is ISCardFileAccess:
        return provider.create_file_access(attachment)
    if interface is ISCardAuth:
        return provider.create_authentication(attachment)
    if interface is ISCardVerify:
        return provider.create_verification(attachment)
    if interface is SecureMessaging:
        return provider.create_secure_messaging(attachment)
    return provider.create_crypto_provider(attachment, user_data)


def _no_such_interface(iid: UUID | None, name: str, interface: type[IUnknown] | None) -> HResultError:
    if interface is CRYPTPROV:
        return HResultError(SCardCode.SCARD_E_UNSUPPORTED_FEATURE, "the card's provider has no CryptoProvider")
    return HResultError(HRESULT.E_INVALIDARG, f"the card's provider has no interface {iid or repr(name)}")
