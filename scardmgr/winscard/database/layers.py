"""What lies above what: the user's entries above the system's."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, TypeVar

from scardmgr.winscard.database.schema import DatabaseScope

_Key = TypeVar("_Key")
_Row = TypeVar("_Row")

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable

    from scardmgr.winscard.database.stores import Store

    #: Reads the rows of a scope by key.
    Read = Callable[[sqlite3.Connection, DatabaseScope], dict[_Key, _Row]]


class Layers(NamedTuple):
    """Where the entries of each scope are kept: two stores, or one for both."""

    user: Store
    system: Store


class Layered:
    """Rows of several scopes as one.

    Args:
        layers: asked anew for every operation.
    """

    def __init__(self, layers: Callable[[], Layers]) -> None:
        self._layers = layers

    def _store(self, scope: DatabaseScope) -> Store:
        layers = self._layers()
        return layers.user if scope is DatabaseScope.USER else layers.system

    def _own(self, scope: DatabaseScope, read: Read[_Key, _Row]) -> dict[_Key, _Row]:
        with self._store(scope).reading() as connection:
            return {} if connection is None else read(connection, scope)

    def _below(self, scope: DatabaseScope, read: Read[_Key, _Row]) -> dict[_Key, _Row]:
        """What a scope sees of others."""
        return self._own(DatabaseScope.SYSTEM, read) if scope is DatabaseScope.USER else {}

    def _visible(self, scope: DatabaseScope, read: Read[_Key, _Row]) -> dict[_Key, _Row]:
        """What a scope sees: its own rows first, then those below that they do not hide."""
        own = self._own(scope, read)
        return own | {key: row for key, row in self._below(scope, read).items() if key not in own}
