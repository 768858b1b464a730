"""Card types: what the database knows of one, and its rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import IntEnum, unique
from types import MappingProxyType
from typing import TYPE_CHECKING, Final
from uuid import UUID

from scardmgr.winscard.codes import SCardCode
from scardmgr.winscard.database.faults import SenselessRow
from scardmgr.winscard.database.names import MAX_PROVIDER_LENGTH, checked, key_of
from scardmgr.winscard.errors import SCardError

if TYPE_CHECKING:
    import sqlite3

    from scardmgr.winscard.database.schema import DatabaseScope

#: ISO/IEC 7816-3, 8.2.1: TS and at most 32 more.
MAX_ATR_SIZE: Final = 33


def atr_size(buffer: bytes) -> int:
    """How many bytes of a buffer that begins with an ATR belong to it (ISO/IEC 7816-3, 8.2).

    TS, T0 (which interface bytes follow, and how many historical ones), TAi TBi TCi TDi as T0 and each TDi say, the
    historical bytes, and TCK where a protocol other than T=0 is offered. All bytes where the buffer ends before.
    """
    if len(buffer) <= 1:
        return len(buffer)
    announced, historical = buffer[1] >> 4, buffer[1] & 0x0F
    position, has_tck = 2, False
    while announced & 0x8:
        position += announced.bit_count()
        if position > len(buffer):
            return len(buffer)
        last = buffer[position - 1]
        announced = last >> 4
        has_tck |= last & 0x0F != 0
    return min(position + announced.bit_count() + historical + has_tck, len(buffer))


@unique
class ProviderId(IntEnum):
    """Which provider of a card type is meant (SCARD_PROVIDER_*)."""

    PRIMARY = 1
    CSP = 2
    KSP = 3
    CARD_MODULE = 0x80000001


_HIGHEST_PROVIDER_ID = 0xFFFFFFFF


@dataclass(frozen=True, slots=True)
class CardType:
    """A kind of card, as SCardIntroduceCardType and SCardSetCardTypeProviderName describe it.

    Attributes:
        name: display name; case does not distinguish.
        atr: 1 to 33 bytes, compared by :meth:`matches`.
        mask: as many bytes as ``atr``; ``None``: all bits count.
        primary_provider: the COM class of the primary service provider.
        interfaces: IIDs of the interfaces that the card supports, in the order they were introduced.
        provider_names: names by provider identifier (2 CSP, 3 KSP, 0x80000001 card module, or any other DWORD above 1).

    Raises:
        SCardError: SCARD_E_INVALID_VALUE: what can be no name, or no provider identifier.
            SCARD_E_INVALID_PARAMETER: the ATR is empty or longer than 33 bytes, or the mask has another length.
        TypeError: ATR or mask are no bytes.
    """

    name: str
    atr: bytes
    mask: bytes | None = None
    primary_provider: UUID | None = None
    interfaces: tuple[UUID, ...] = ()
    provider_names: Mapping[int, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Refuse what cannot be kept or compared."""
        checked(self.name)
        object.__setattr__(self, "atr", _bytes(self.atr))
        if self.mask is not None:
            object.__setattr__(self, "mask", _bytes(self.mask))
        if not 0 < len(self.atr) <= MAX_ATR_SIZE or (self.mask is not None and len(self.mask) != len(self.atr)):
            raise SCardError(SCardCode.SCARD_E_INVALID_PARAMETER)
        for provider_id, name in self.provider_names.items():
            if not ProviderId.PRIMARY < provider_id <= _HIGHEST_PROVIDER_ID:
                raise SCardError(SCardCode.SCARD_E_INVALID_VALUE)
            checked(name, MAX_PROVIDER_LENGTH)
        object.__setattr__(self, "provider_names", MappingProxyType(dict(self.provider_names)))

    def matches(self, atr: bytes) -> bool:
        """Whether (``atr`` AND mask) is the registered ATR, and just as long.

        So bits of the registered ATR that its mask hides must be 0 for anything to match.
        """
        if self.mask is None or len(atr) != len(self.atr):
            return atr == self.atr
        return bytes(given & bits for given, bits in zip(atr, self.mask, strict=True)) == self.atr

    @property
    def significant_bits(self) -> int:
        """How many bits of an ATR are compared."""
        if self.mask is None:
            return 8 * len(self.atr)
        return sum(bits.bit_count() for bits in self.mask)

    def supports(self, interfaces: Sequence[UUID]) -> bool:
        """Whether it has every one of ``interfaces``."""
        return set(interfaces) <= set(self.interfaces)


def _bytes(buffer: bytes) -> bytes:
    """Bytes of one's own; TypeError for anything else, such as the text that a damaged file may have there."""
    return bytes(memoryview(buffer))


def read(connection: sqlite3.Connection, scope: DatabaseScope) -> dict[str, CardType | None]:
    """All rows of a scope by key, in the order of introduction; ``None`` hides what lies further down.

    Rows are fetched before they are looked at: a statement that is left unfinished would keep the file open.
    """
    rows = connection.execute(
        "SELECT id, key, name, atr, mask, primary_provider FROM card_types WHERE scope = ? ORDER BY id", (scope,)
    ).fetchall()
    interfaces: dict[int, list[bytes]] = {}
    for owner, interface in connection.execute(
        "SELECT card_type, interface FROM card_interfaces ORDER BY card_type, position"
    ).fetchall():
        interfaces.setdefault(owner, []).append(interface)
    providers: dict[int, dict[int, str]] = {}
    for owner, provider_id, provider in connection.execute(
        "SELECT card_type, provider_id, name FROM card_providers"
    ).fetchall():
        providers.setdefault(owner, {})[provider_id] = provider
    return {
        key: None
        if atr is None
        else _card_type(name, atr, mask, primary, interfaces.get(number, []), providers.get(number, {}))
        for number, key, name, atr, mask, primary in rows
    }


def _card_type(
    name: str, atr: bytes, mask: bytes | None, primary: bytes | None, interfaces: list[bytes], names: dict[int, str]
) -> CardType:
    try:
        return CardType(
            name,
            atr,
            mask,
            None if primary is None else UUID(bytes=_bytes(primary)),
            tuple(UUID(bytes=_bytes(interface)) for interface in interfaces),
            names,
        )
    except (SCardError, TypeError, ValueError) as error:
        raise SenselessRow(f"the card type {name!r} makes no sense: {error}") from error


def insert(connection: sqlite3.Connection, scope: DatabaseScope, card_type: CardType) -> None:
    """Put a card type in place of what the scope has under its name."""
    remove(connection, scope, card_type.name)
    primary = card_type.primary_provider
    number = connection.execute(
        "INSERT INTO card_types (scope, key, name, atr, mask, primary_provider) VALUES (?, ?, ?, ?, ?, ?)",
        (
            scope,
            key_of(card_type.name),
            card_type.name,
            card_type.atr,
            card_type.mask,
            None if primary is None else primary.bytes,
        ),
    ).lastrowid
    connection.executemany(
        "INSERT INTO card_interfaces (card_type, position, interface) VALUES (?, ?, ?)",
        [(number, position, interface.bytes) for position, interface in enumerate(card_type.interfaces)],
    )
    connection.executemany(
        "INSERT INTO card_providers (card_type, provider_id, name) VALUES (?, ?, ?)",
        [(number, provider_id, name) for provider_id, name in card_type.provider_names.items()],
    )


def hide(connection: sqlite3.Connection, scope: DatabaseScope, name: str) -> None:
    """Put a row that hides in place of what the scope has under a name."""
    remove(connection, scope, name)
    connection.execute("INSERT INTO card_types (scope, key, name) VALUES (?, ?, ?)", (scope, key_of(name), name))


def remove(connection: sqlite3.Connection, scope: DatabaseScope, name: str) -> None:
    """Remove the row that a scope has under a name, if any."""
    connection.execute("DELETE FROM card_types WHERE scope = ? AND key = ?", (scope, key_of(name)))
