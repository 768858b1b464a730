"""ISCardDatabase: ask what the smart card database knows."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from typing import ClassVar
from uuid import UUID

from scardmgr.interfaces.base import Buffer, SmartCardInterface


class ISCardDatabase(SmartCardInterface):
    """Queries of the smart card database: card types, their interfaces and providers, readers and their groups.

    The answers are those of the resource manager's functions (SCardListCards ...) in a context of user scope:
    the user's entries go before the system's, and hide those of the same name.

    Every method may also raise the resource manager's codes. E_OUTOFMEMORY never comes: Python raises
    MemoryError. ``localeId`` is a Windows language
    identifier, such as 0x0409; names here have one language, so that it changes nothing.
    """

    IID: ClassVar[UUID] = UUID("1461AAC8-6810-11D0-918F-00AA00C18068")

    @abstractmethod
    def GetProviderCardId(self, bstrCardName: str) -> UUID:
        """The identifier of a card type's primary service provider.

        Raises:
            HResultError: E_INVALIDARG: the name is empty, or no string.
                E_POINTER: the name is None.
                SCARD_E_UNKNOWN_CARD: the database has no card type of that name.
                SCARD_E_ICC_INSTALLATION: the card type has no primary service provider.
                S_OK is the return; E_OUTOFMEMORY: never.
        """

    @abstractmethod
    def ListCardInterfaces(self, bstrCardName: str) -> list[UUID]:
        """The identifiers of the interfaces that cards of a type support.

        Raises:
            HResultError: E_INVALIDARG: the name is empty, or no string.
                E_POINTER: the name is None.
                SCARD_E_UNKNOWN_CARD: the database has no card type of that name.
                S_OK is the return; E_OUTOFMEMORY: never.
        """

    @abstractmethod
    def ListCards(
        self, pAtr: Buffer | None = None, pInterfaceGuids: Sequence[UUID | str] | None = None, localeId: int = 0
    ) -> list[str]:
        """The names of the card types that an ATR matches, that support all interfaces named, or both.

        Args:
            pAtr: the ATR of a card, 1 to 33 bytes; ``None``: any.
            pInterfaceGuids: interface identifiers; ``None`` or none at all: any.
            localeId: a language identifier.

        Returns:
            The best match first: user before system, and there the one whose mask leaves the least open.

        Raises:
            HResultError: E_INVALIDARG: ``pAtr`` is no buffer or not of that length, ``pInterfaceGuids`` is no sequence
                of interface identifiers, ``localeId`` is no LONG.
                E_POINTER: ``localeId`` is None.
                S_OK is the return; E_OUTOFMEMORY: never.
        """

    @abstractmethod
    def ListReaderGroups(self, localeId: int = 0) -> list[str]:
        """The names of the reader groups.

        Raises:
            HResultError: E_INVALIDARG: ``localeId`` is no LONG.
                E_POINTER: ``localeId`` is None.
                S_OK is the return; E_OUTOFMEMORY: never.
        """

    @abstractmethod
    def ListReaders(self, localeId: int = 0) -> list[str]:
        """The names of the readers, introduced ones under the names they were introduced by.

        Raises:
            HResultError: E_INVALIDARG: ``localeId`` is no LONG.
                E_POINTER: ``localeId`` is None.
                SCARD_E_NO_READERS_AVAILABLE: there is no reader.
                S_OK is the return; E_OUTOFMEMORY: never.
        """
