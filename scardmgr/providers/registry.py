"""Which provider serves which card.

A card type is a provider and the ATRs that it serves. :class:`CardTypes` is asked in the order of
registration, newest first; the provider for ISO/IEC 7816-4 cards stands at the end and serves every ATR.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING

from scardmgr.com_errors import HResultError
from scardmgr.winscard.codes import SCardCode

if TYPE_CHECKING:
    from uuid import UUID

    from scardmgr.attachment import Attachment
    from scardmgr.interfaces.authentication import ISCardAuth
    from scardmgr.interfaces.file_access import ISCardFileAccess
    from scardmgr.interfaces.verification import ISCardVerify


@dataclass(frozen=True, slots=True)
class ATRPattern:
    """An ATR, of which only the bits set in ``mask`` count, as in the smart card database.

    Raises:
        ValueError: ``atr`` and ``mask`` differ in length, or are empty.
    """

    atr: bytes
    mask: bytes

    def __post_init__(self) -> None:
        """Refuse a pattern that cannot be compared."""
        if not self.atr or len(self.atr) != len(self.mask):
            raise ValueError("an ATR pattern has as many mask bytes as ATR bytes, and at least one")

    def matches(self, atr: bytes) -> bool:
        """Whether ``atr`` has the same length, and the same bits wherever the mask is set."""
        return len(atr) == len(self.atr) and all(
            (given ^ own) & bits == 0 for given, own, bits in zip(atr, self.atr, self.mask, strict=True)
        )


class CardProvider(ABC):
    """The implementation of the interfaces for one kind of card."""

    @abstractmethod
    def serves(self, atr: bytes) -> bool:
        """Whether a card with this ATR is one of the kind."""

    @abstractmethod
    def create_file_access(self, attachment: Attachment) -> ISCardFileAccess:
        """The ISCardFileAccess for an attached card."""

    @abstractmethod
    def create_verification(self, attachment: Attachment) -> ISCardVerify:
        """The ISCardVerify for an attached card."""

    @abstractmethod
    def create_authentication(self, attachment: Attachment) -> ISCardAuth:
        """The ISCardAuth for an attached card."""

    def create_other(self, attachment: Attachment, iid: UUID | None, name: str, user_data: object) -> object | None:
        """Any other interface, by IID or, where there is none, by name; ``None`` for one that it does not have."""
        del attachment, iid, name, user_data
        return None


class CardTypes:
    """Providers in the order they are asked.

    Args:
        *providers: asked in this order.
    """

    def __init__(self, *providers: CardProvider) -> None:
        self._providers = list(providers)

    def register(self, provider: CardProvider) -> None:
        """Ask ``provider`` before all that are there."""
        self._providers.insert(0, provider)

    def unregister(self, provider: CardProvider) -> None:
        """Ask ``provider`` no more. Raises ValueError where it is not there."""
        self._providers.remove(provider)

    def provider_for(self, atr: bytes) -> CardProvider:
        """The first provider that serves a card with this ATR.

        Raises:
            HResultError: SCARD_E_CARD_UNSUPPORTED: none does.
        """
        for provider in self._providers:
            if provider.serves(atr):
                return provider
        raise HResultError(SCardCode.SCARD_E_CARD_UNSUPPORTED, f"no provider serves the ATR {atr.hex(' ').upper()}")
