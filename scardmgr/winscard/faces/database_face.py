"""The typed face of the smart card database: card types, locating cards, readers and reader groups, the cache.

As in :mod:`scardmgr.winscard.faces.typed_face`: each method names the function it wraps and the codes it raises. Not
repeated: every method but the cache's may raise :class:`~scardmgr.winscard.errors.DatabaseFault`, an SCardError whose
message names the file and says what to do.

Names of card types, readers and groups mean the same in any case of letters. The context's scope decides whose
entries are written and seen: SCARD_SCOPE_USER and SCARD_SCOPE_TERMINAL write the user's, which hide those of the
system; SCARD_SCOPE_SYSTEM and SCARD_SCOPE_GLOBAL write the system's and see no user's. Where ``context`` may be
0 or ``None``, everything is seen and the system's is written.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Collection, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from scardmgr.winscard.codes import SCardCode
from scardmgr.winscard.constants import PNP_NOTIFICATION, ReaderStateFlag, Scope
from scardmgr.winscard.database.cached_items import CachedItems
from scardmgr.winscard.database.kinds_of_card import CardType, atr_size
from scardmgr.winscard.database.names import key_of
from scardmgr.winscard.database.schema import DatabaseScope
from scardmgr.winscard.errors import SCardError, StatusChangeError
from scardmgr.winscard.faces.typed_face import TypedFace

if TYPE_CHECKING:
    from uuid import UUID

    from scardmgr.winscard.database.smart_card_database import SmartCardDatabase
    from scardmgr.winscard.values import ATRPattern, ReaderState

_PNP = PNP_NOTIFICATION.casefold()
_SYSTEM_WIDE = frozenset((Scope.SYSTEM, Scope.GLOBAL))


class DatabaseFace(TypedFace):
    """The functions of the resource manager that know card types and reader groups.

    Args:
        database: what is asked.

    Attributes:
        database: what was given.
    """

    def __init__(self, database: SmartCardDatabase) -> None:
        self.database = database
        self._cached_items = CachedItems()

    # What a resource manager has to tell

    @abstractmethod
    def _scope_of(self, context: int) -> Scope:
        """The scope of an open context; SCARD_E_INVALID_HANDLE for any other number."""

    @abstractmethod
    def _attached_readers(self, context: int) -> list[str]:
        """System names of the readers that are there; none is no error."""

    # Card types

    def introduce_card_type(
        self,
        context: int,
        card_name: str,
        primary_provider: UUID | None,
        interfaces: Sequence[UUID],
        atr: bytes,
        mask: bytes | None = None,
    ) -> None:
        """Add a card type. Wraps SCardIntroduceCardType.

        Args:
            context: an open context.
            card_name: 1 to 255 characters.
            primary_provider: the COM class of the primary service provider, if there is one.
            interfaces: IIDs of the interfaces that the card supports.
            atr: 1 to 33 bytes. A card is of this type if its ATR has as many, and (its ATR AND ``mask``) is ``atr``.
            mask: as many bytes as ``atr``; ``None``: all bits count.

        Raises:
            SCardError: SCARD_E_INVALID_HANDLE: not an open context.
                SCARD_E_INVALID_VALUE: what can be no name.
                SCARD_E_INVALID_PARAMETER: the ATR is empty or too long, or the mask has another length.
                ERROR_ALREADY_EXISTS (183): the scope has a card type of that name.
        """
        scope = self._database_scope(context)
        self.database.introduce_card_type(
            CardType(card_name, atr, mask, primary_provider, tuple(interfaces)), scope=scope
        )

    def forget_card_type(self, context: int, card_name: str) -> None:
        """Remove a card type. Wraps SCardForgetCardType.

        One that is not the user's own (the system's, or one that comes with this package) is hidden from the user.

        Raises:
            SCardError: SCARD_E_INVALID_HANDLE: not an open context.
                SCARD_E_UNKNOWN_CARD: there is no card type of that name.
        """
        self.database.forget_card_type(card_name, scope=self._database_scope(context))

    def set_card_type_provider_name(self, context: int | None, card_name: str, provider_id: int, provider: str) -> None:
        """Name a provider of a card type. Wraps SCardSetCardTypeProviderName.

        Args:
            context: an open context, or 0.
            card_name: a card type.
            provider_id: a :class:`~scardmgr.winscard.database.ProviderId`, or any other number from 1 to FFFFFFFF.
            provider: 1 to 1,024 characters; for the primary provider a GUID.

        Raises:
            SCardError: SCARD_E_INVALID_HANDLE: not an open context.
                SCARD_E_UNKNOWN_CARD: there is no card type of that name.
                SCARD_E_INVALID_VALUE: what can be no provider identifier or no name of one.
        """
        scope = self._database_scope(context, null=DatabaseScope.SYSTEM)
        self.database.set_provider_name(card_name, provider_id, provider, scope=scope)

    def get_card_type_provider_name(self, context: int | None, card_name: str, provider_id: int) -> str:
        """The name of a provider of a card type. Wraps SCardGetCardTypeProviderName.

        Of the primary provider it is the GUID, in braces and upper case.

        Raises:
            SCardError: SCARD_E_INVALID_HANDLE: not an open context.
                SCARD_E_UNKNOWN_CARD: there is no card type of that name.
                ERROR_FILE_NOT_FOUND (2): it has no such provider.
        """
        scope = self._database_scope(context, null=DatabaseScope.USER)
        return self.database.provider_name(card_name, provider_id, scope=scope)

    def list_cards(
        self, context: int | None, atr: bytes | None = None, interfaces: Sequence[UUID] | None = None
    ) -> list[str]:
        """Names of card types; an empty list where none is as asked. Wraps SCardListCards.

        Args:
            context: an open context, or 0.
            atr: only those that a card with this ATR is of; ``None``: any. Bytes behind its own end are disregarded, as
                SCardListCards is given a buffer without its length.
            interfaces: only those that support every one of these; ``None`` or none: any.

        Raises:
            SCardError: SCARD_E_INVALID_HANDLE: not an open context.
        """
        scope = self._database_scope(context, null=DatabaseScope.USER)
        own = None if atr is None else atr[: atr_size(atr)]
        return [card_type.name for card_type in self.database.card_types(own, interfaces or None, scope=scope)]

    def list_interfaces(self, context: int, card_name: str) -> list[UUID]:
        """IIDs of the interfaces of a card type, as introduced. Wraps SCardListInterfaces.

        Raises:
            SCardError: SCARD_E_INVALID_HANDLE: not an open context.
                SCARD_E_UNKNOWN_CARD: there is no card type of that name.
        """
        return list(self.database.card_type(card_name, scope=self._database_scope(context)).interfaces)

    def get_provider_id(self, context: int, card_name: str) -> UUID:
        """The COM class of the primary service provider of a card type. Wraps SCardGetProviderId.

        Raises:
            SCardError: SCARD_E_INVALID_HANDLE: not an open context.
                SCARD_E_UNKNOWN_CARD: there is no card type of that name.
                SCARD_E_ICC_INSTALLATION: it has no primary provider.
        """
        primary = self.database.card_type(card_name, scope=self._database_scope(context)).primary_provider
        if primary is None:
            raise SCardError(SCardCode.SCARD_E_ICC_INSTALLATION)
        return primary

    # Locating cards

    def locate_cards(self, context: int, card_names: Sequence[str], states: Sequence[ReaderState]) -> list[ReaderState]:
        """States of readers as they are, with ATRMATCH where a card of a given type is. Wraps SCardLocateCards.

        Returns at once. Card types that are not known are disregarded.

        Raises:
            SCardError: SCARD_E_INVALID_HANDLE: not an open context.
                SCARD_E_UNKNOWN_READER: no reader of that name.
                SCARD_E_INVALID_PARAMETER: more states than the resource manager takes.
        """
        scope = self._database_scope(context)
        wanted = {key_of(name) for name in card_names}
        types = [known for known in self.database.card_types(scope=scope) if key_of(known.name) in wanted]
        return self._located(context, [known.matches for known in types], states)

    def locate_cards_by_atr(
        self, context: int, patterns: Sequence[ATRPattern], states: Sequence[ReaderState]
    ) -> list[ReaderState]:
        """The same for cards with an ATR as given, without a look at the database. Wraps SCardLocateCardsByATR.

        Raises:
            SCardError: SCARD_E_INVALID_HANDLE: not an open context.
                SCARD_E_UNKNOWN_READER: no reader of that name.
                SCARD_E_INVALID_PARAMETER: more states than the resource manager takes.
        """
        self._scope_of(context)
        return self._located(context, [pattern.matches for pattern in patterns], states)

    def _located(
        self, context: int, matches: Sequence[Callable[[bytes], bool]], states: Sequence[ReaderState]
    ) -> list[ReaderState]:
        try:
            seen: Sequence[ReaderState] = self.get_status_change(context, 0, states)
        except StatusChangeError as error:
            if error.code != SCardCode.SCARD_E_TIMEOUT:
                raise
            seen = error.states
        return [
            replace(state, event_state=state.event_state | ReaderStateFlag.ATRMATCH.value)
            if state.event_state & ReaderStateFlag.PRESENT.value and any(match(state.atr) for match in matches)
            else state
            for state in seen
        ]

    # Readers and reader groups

    def introduce_reader(self, context: int, reader: str, device: str) -> None:
        """Give a device another display name. Wraps SCardIntroduceReader.

        Args:
            context: an open context.
            reader: the display name, 1 to 255 characters.
            device: the system name; it need not be attached now.

        Raises:
            SCardError: SCARD_E_INVALID_HANDLE: not an open context.
                SCARD_E_INVALID_VALUE: what can be no name.
                SCARD_E_DUPLICATE_READER: a reader of that name is introduced or attached.
        """
        scope = self._database_scope(context)
        self.database.introduce_reader(reader, device, self._attached_readers(context), scope=scope)

    def forget_reader(self, context: int, reader: str) -> None:
        """Remove a display name, also from every group. Wraps SCardForgetReader.

        An attached reader keeps its own name, which the system introduces; it leaves its groups.

        Raises:
            SCardError: SCARD_E_INVALID_HANDLE: not an open context.
                SCARD_E_UNKNOWN_READER: no reader of that name is introduced or attached.
        """
        scope = self._database_scope(context)
        self.database.forget_reader(reader, self._attached_readers(context), scope=scope)

    def introduce_reader_group(self, context: int | None, group: str) -> None:
        """Announce a group. It comes into being with its first reader. Wraps SCardIntroduceReaderGroup.

        Raises:
            SCardError: SCARD_E_INVALID_HANDLE: not an open context.
                SCARD_E_INVALID_VALUE: what can be no name, or a group that the system manages.
        """
        self._database_scope(context, null=DatabaseScope.SYSTEM)
        self.database.introduce_group(group)

    def forget_reader_group(self, context: int, group: str) -> None:
        """Remove a group; its readers stay known. One that is not there stays away. Wraps SCardForgetReaderGroup.

        Raises:
            SCardError: SCARD_E_INVALID_HANDLE: not an open context.
                SCARD_E_INVALID_VALUE: what can be no name, or a group of the system's.
        """
        self.database.forget_group(group, scope=self._database_scope(context))

    def add_reader_to_group(self, context: int, reader: str, group: str) -> None:
        """Put a reader into a group, which is made where there is none. Wraps SCardAddReaderToGroup.

        Raises:
            SCardError: SCARD_E_INVALID_HANDLE: not an open context.
                SCARD_E_INVALID_VALUE: what can be no name, or a group that the system manages.
                SCARD_E_UNKNOWN_READER: no reader of that name is introduced or attached.
        """
        scope = self._database_scope(context)
        self.database.add_to_group(reader, group, self._attached_readers(context), scope=scope)

    def remove_reader_from_group(self, context: int, reader: str, group: str) -> None:
        """Take a reader out of a group, which goes with its last one. Wraps SCardRemoveReaderFromGroup.

        A reader that is not in the group stays out of it.

        Raises:
            SCardError: SCARD_E_INVALID_HANDLE: not an open context.
                SCARD_E_INVALID_VALUE: what can be no name, or a group that the system manages.
                SCARD_E_UNKNOWN_READER: no reader of that name is introduced or attached.
        """
        scope = self._database_scope(context)
        self.database.remove_from_group(reader, group, self._attached_readers(context), scope=scope)

    # The cache

    def read_cache(self, context: int, card_identifier: UUID, freshness_counter: int, lookup_name: str) -> bytes:
        """Bytes that :meth:`write_cache` kept in this resource manager, in any context. Wraps SCardReadCache.

        Raises:
            SCardError: SCARD_E_INVALID_HANDLE: not an open context.
                SCARD_W_CACHE_ITEM_NOT_FOUND: no such item, or it had to make room.
                SCARD_W_CACHE_ITEM_STALE: it was written with another freshness counter; an older one is removed.
        """
        self._scope_of(context)
        return self._cached_items.read(card_identifier, freshness_counter, lookup_name)

    def write_cache(
        self, context: int, card_identifier: UUID, freshness_counter: int, lookup_name: str, data: bytes
    ) -> None:
        """Keep bytes of a card in memory. Wraps SCardWriteCache.

        Args:
            context: an open context.
            card_identifier: which card.
            freshness_counter: which version of its content.
            lookup_name: which item.
            data: at most 65,536 bytes.

        Raises:
            SCardError: SCARD_E_INVALID_HANDLE: not an open context.
                SCARD_W_CACHE_ITEM_TOO_BIG: more bytes than that.
        """
        self._scope_of(context)
        self._cached_items.write(card_identifier, freshness_counter, lookup_name, data)

    # Within: what listing readers and finding one by its name come to in every resource manager

    def _listed_readers(self, context: int, groups: Sequence[str]) -> list[str]:
        scope = self._database_scope(context)
        names = self.database.listed(self._attached_readers(context), groups, scope=scope)
        if not names:
            raise SCardError(SCardCode.SCARD_E_NO_READERS_AVAILABLE)
        return names

    def _listed_groups(self, context: int) -> list[str]:
        return self.database.groups(scope=self._database_scope(context))

    def _system_name(self, context: int, name: str, attached: Collection[str]) -> str:
        """The system name of the attached reader that a name means; without such a one the name as it is."""
        if name in attached or name.casefold() == _PNP:
            return name
        device = self.database.device_of(name, scope=self._database_scope(context))
        if device is None or device in attached:
            return device or name
        return next((reader for reader in tuple(attached) if key_of(reader) == key_of(device)), name)

    def _database_scope(self, context: int | None, *, null: DatabaseScope | None = None) -> DatabaseScope:
        """Whose entries a context is about.

        Args:
            context: an open context, or where there may be none, 0 or ``None``.
            null: what no context stands for; ``None`` where there has to be one.
        """
        if context is None or context == 0:
            if null is None:
                raise SCardError(SCardCode.SCARD_E_INVALID_HANDLE)
            return null
        scope = self._scope_of(context)
        return DatabaseScope.SYSTEM if scope in _SYSTEM_WIDE else DatabaseScope.USER
