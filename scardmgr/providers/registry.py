"""Which provider serves which card.

The smart card database knows card types: patterns that ATRs match, each with the identifier of a primary service
provider or without one. :class:`CardTypes` holds the providers themselves. In this order:

1. of the card types that the ATR matches, the best match first, the first whose provider is registered;
2. the newest registered provider that claims the ATR itself (:meth:`CardProvider.serves`);
3. a general provider: the one that rule 1 found, if it is general, otherwise the first one that serves the ATR. The one
   for ISO/IEC 7816-4 cards serves any, so that a card type which names no provider, or one that nobody registered,
   keeps no card from working.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, ClassVar
from uuid import UUID

from scardmgr.com.errors import HResultError
from scardmgr.winscard.codes import SCardCode
from scardmgr.winscard.values import ATRPattern

if TYPE_CHECKING:
    from collections.abc import Iterable

    from scardmgr.connection.attachment import Attachment
    from scardmgr.interfaces.authentication import ISCardAuth
    from scardmgr.interfaces.crypto_provider import CRYPTPROV
    from scardmgr.interfaces.file_access import ISCardFileAccess
    from scardmgr.interfaces.secure_messaging import SecureMessaging
    from scardmgr.interfaces.verification import ISCardVerify

__all__ = ["ATRPattern", "CardProvider", "CardTypes"]


class CardProvider(ABC):
    """The implementation of the interfaces for one kind of card.

    Attributes:
        PROVIDER_ID: what a card type in the smart card database names as its primary service provider; ``None``:
            no card type can name it. It is not inherited, since a subclass is another provider.
    """

    PROVIDER_ID: ClassVar[UUID | None] = None

    def __init_subclass__(cls) -> None:
        """Leave a subclass without an identifier unless it states its own."""
        super().__init_subclass__()
        cls.PROVIDER_ID = vars(cls).get("PROVIDER_ID")

    def serves(self, atr: bytes) -> bool:
        """Whether it claims a card with this ATR, whatever the database says; unless overridden, it claims none."""
        del atr
        return False

    @abstractmethod
    def create_file_access(self, attachment: Attachment) -> ISCardFileAccess:
        """The ISCardFileAccess for an attached card."""

    @abstractmethod
    def create_verification(self, attachment: Attachment) -> ISCardVerify:
        """The ISCardVerify for an attached card."""

    @abstractmethod
    def create_authentication(self, attachment: Attachment) -> ISCardAuth:
        """The ISCardAuth for an attached card."""

    def create_crypto_provider(self, attachment: Attachment, user_data: object) -> CRYPTPROV | None:
        """The CRYPTPROV for an attached card; ``None`` where there is none, which is so unless overridden."""
        del attachment, user_data
        return None

    def create_secure_messaging(self, attachment: Attachment) -> SecureMessaging | None:
        """The SecureMessaging for an attached card; ``None`` where there is none, which is so unless overridden."""
        del attachment
        return None

    def create_other(self, attachment: Attachment, iid: UUID | None, name: str, user_data: object) -> object | None:
        """Any interface that CreateInterface is asked for, by IID or, where there is none, by name.

        It is asked before the methods above, so it may make those interfaces too, in a way that ``user_data`` says.

        Returns:
            The interface; ``None`` for one that the methods above make, or that there is not.
        """
        del attachment, iid, name, user_data
        return None


class CardTypes:
    """The providers to choose from.

    Args:
        *general: providers to fall back on, asked in this order.
    """

    def __init__(self, *general: CardProvider) -> None:
        self._general = list(general)
        self._registered: list[CardProvider] = []

    def register(self, provider: CardProvider) -> None:
        """Add a provider, which goes before those that are there."""
        self._registered.insert(0, provider)

    def unregister(self, provider: CardProvider) -> None:
        """Take a provider away. Raises ValueError where it is not there."""
        (self._registered if provider in self._registered else self._general).remove(provider)

    def provider_for(self, atr: bytes, named: Iterable[UUID] = ()) -> CardProvider:
        """The provider for a card.

        Args:
            atr: the card's ATR.
            named: the primary service providers of the card types that the ATR matches, the best match first.

        Raises:
            HResultError: SCARD_E_CARD_UNSUPPORTED: no card type names a provider that is here, none claims the ATR, and
                there is no general one.
        """
        missing: list[UUID] = []
        by_name = None
        for identifier in named:
            by_name = self._named(identifier)
            if by_name is not None:
                break
            missing.append(identifier)
        if by_name is not None and by_name not in self._general:
            return by_name
        # What an application registers for a card goes before what serves any card.
        for provider in self._registered:
            if provider.serves(atr):
                return provider
        if by_name is not None:
            return by_name
        for provider in self._general:
            if provider.serves(atr):
                return provider
        reason = f"no provider serves the ATR {atr.hex(' ').upper()}"
        if missing:
            reason += f"; its card types name some that are not registered: {', '.join(map(str, missing))}"
        raise HResultError(SCardCode.SCARD_E_CARD_UNSUPPORTED, reason)

    def _named(self, identifier: UUID) -> CardProvider | None:
        providers = (*self._registered, *self._general)
        return next((provider for provider in providers if identifier == provider.PROVIDER_ID), None)
