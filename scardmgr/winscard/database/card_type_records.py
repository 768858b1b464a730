"""Card types in the database: introducing, forgetting, finding."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from enum import IntEnum, unique
from typing import Final
from uuid import UUID

from scardmgr.winscard.codes import SCardCode
from scardmgr.winscard.database import kinds_of_card as rows
from scardmgr.winscard.database.kinds_of_card import CardType, ProviderId
from scardmgr.winscard.database.layers import Layered, Layers
from scardmgr.winscard.database.names import key_of
from scardmgr.winscard.database.schema import DatabaseScope
from scardmgr.winscard.errors import SCardError

#: What Windows returns for a provider that a card type does not have (not one of the SCARD codes).
ERROR_FILE_NOT_FOUND: Final = 2
#: What Windows returns for a card type that is there already (not one of the SCARD codes).
ERROR_ALREADY_EXISTS: Final = 183


@unique
class Origin(IntEnum):
    """Where a card type comes from; the lower number goes first."""

    USER = 0
    SYSTEM = 1
    PACKAGE = 2


class CardTypeRecords(Layered):
    """Card types of the user, of the system, and below them those that come with this package.

    Args:
        layers: see :class:`~scardmgr.winscard.database.layers.Layered`.
        seed: gives what lies below everything, by key.
    """

    def __init__(self, layers: Callable[[], Layers], seed: Callable[[], Mapping[str, CardType]]) -> None:
        super().__init__(layers)
        self._seed = seed

    def card_types(
        self,
        atr: bytes | None = None,
        interfaces: Sequence[UUID] | None = None,
        *,
        scope: DatabaseScope = DatabaseScope.USER,
    ) -> list[CardType]:
        """What a scope sees: its own, then the system's, then the package's.

        Within each in the order they were introduced; asked by ATR, those that compare more bits go first, and of
        those that compare as many, the one whose name does.

        Args:
            atr: only those that a card with this ATR is of; ``None``: any.
            interfaces: only those with every one of these; ``None``: any.
            scope: who asks.

        Raises:
            DatabaseFault: the database cannot be used.
        """
        found = [
            (origin, card_type)
            for origin, card_type in self.card_types_by_origin(scope=scope)
            if (atr is None or card_type.matches(atr)) and (interfaces is None or card_type.supports(interfaces))
        ]
        if atr is not None:
            found.sort(key=lambda each: (each[0], -each[1].significant_bits, key_of(each[1].name)))
        return [card_type for _, card_type in found]

    def card_types_by_origin(self, *, scope: DatabaseScope = DatabaseScope.USER) -> list[tuple[Origin, CardType]]:
        """The card types that a scope sees, each with where it comes from, in the order of :meth:`card_types`.

        Raises:
            DatabaseFault: the database cannot be used.
        """
        own_origin = Origin.USER if scope is DatabaseScope.USER else Origin.SYSTEM
        found: dict[str, tuple[Origin, CardType | None]] = {}
        for origin, layer in (
            (own_origin, self._own(scope, rows.read)),
            (Origin.SYSTEM, self._below(scope, rows.read)),
            (Origin.PACKAGE, self._seed()),
        ):
            for key, card_type in layer.items():
                found.setdefault(key, (origin, card_type))
        return [(origin, card_type) for origin, card_type in found.values() if card_type is not None]

    def card_type(self, name: str, *, scope: DatabaseScope = DatabaseScope.USER) -> CardType:
        """The card type of a name.

        Raises:
            SCardError: SCARD_E_UNKNOWN_CARD: there is none.
            DatabaseFault: the database cannot be used.
        """
        return _known(self._seed_below(self._visible(scope, rows.read)).get(key_of(name)))

    def introduce_card_type(self, card_type: CardType, *, scope: DatabaseScope = DatabaseScope.USER) -> None:
        """Add a card type to a scope, where it hides what lies below under the same name.

        Raises:
            SCardError: ERROR_ALREADY_EXISTS (183): the scope itself has one of that name.
            DatabaseFault: the database cannot be used.
        """
        with self._store(scope).writing() as connection:
            if rows.read(connection, scope).get(key_of(card_type.name)) is not None:
                raise SCardError(ERROR_ALREADY_EXISTS)
            rows.insert(connection, scope, card_type)

    def forget_card_type(self, name: str, *, scope: DatabaseScope = DatabaseScope.USER) -> None:
        """Make a name unknown to a scope, also where the card type lies below it.

        Raises:
            SCardError: SCARD_E_UNKNOWN_CARD: it is.
            DatabaseFault: the database cannot be used.
        """
        key = key_of(name)
        below = self._seed_below(self._below(scope, rows.read)).get(key)
        if below is None and self._own(scope, rows.read).get(key) is None:
            raise SCardError(SCardCode.SCARD_E_UNKNOWN_CARD)  # without making a file
        with self._store(scope).writing() as connection:
            _known(rows.read(connection, scope).get(key, below))
            if below is None:
                rows.remove(connection, scope, name)
            else:
                rows.hide(connection, scope, name)

    def set_provider_name(
        self, name: str, provider_id: int, provider: str, *, scope: DatabaseScope = DatabaseScope.USER
    ) -> None:
        """Name a provider of a card type. One that lies below the scope is copied into it and changed there.

        Raises:
            SCardError: SCARD_E_UNKNOWN_CARD: there is no such card type.
                SCARD_E_INVALID_VALUE: no provider identifier, an empty name, or no GUID for the primary provider.
            DatabaseFault: the database cannot be used.
        """
        key = key_of(name)
        below = self._seed_below(self._below(scope, rows.read)).get(key)
        _with_provider(_known(self._own(scope, rows.read).get(key, below)), provider_id, provider)
        with self._store(scope).writing() as connection:
            known = _known(rows.read(connection, scope).get(key, below))
            rows.insert(connection, scope, _with_provider(known, provider_id, provider))

    def provider_name(self, name: str, provider_id: int, *, scope: DatabaseScope = DatabaseScope.USER) -> str:
        """The name of a provider of a card type; of the primary one its GUID, in braces and upper case.

        Raises:
            SCardError: SCARD_E_UNKNOWN_CARD: there is no such card type.
                ERROR_FILE_NOT_FOUND (2): it does not have that provider.
            DatabaseFault: the database cannot be used.
        """
        card_type = self.card_type(name, scope=scope)
        if provider_id == ProviderId.PRIMARY and card_type.primary_provider is not None:
            return f"{{{card_type.primary_provider}}}".upper()
        try:
            return card_type.provider_names[provider_id]
        except KeyError:
            raise SCardError(ERROR_FILE_NOT_FOUND) from None

    def _seed_below(self, found: dict[str, CardType | None]) -> dict[str, CardType | None]:
        return found | {key: card_type for key, card_type in self._seed().items() if key not in found}


def _known(card_type: CardType | None) -> CardType:
    if card_type is None:
        raise SCardError(SCardCode.SCARD_E_UNKNOWN_CARD)
    return card_type


def _with_provider(card_type: CardType, provider_id: int, provider: str) -> CardType:
    if provider_id != ProviderId.PRIMARY:
        return replace(card_type, provider_names={**card_type.provider_names, provider_id: provider})
    try:
        return replace(card_type, primary_provider=UUID(provider))
    except ValueError:
        raise SCardError(SCardCode.SCARD_E_INVALID_VALUE) from None
