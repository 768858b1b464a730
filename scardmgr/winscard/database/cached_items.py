"""What SCardWriteCache keeps: bytes of a card, as long as the card has not changed.

On Windows the service holds these in its memory; here the resource manager does. They are no part of the database.
"""

from __future__ import annotations

from collections import OrderedDict
from threading import Lock
from typing import Final, NamedTuple
from uuid import UUID

from scardmgr.winscard.codes import SCardCode
from scardmgr.winscard.errors import SCardError

#: The longest item, in bytes: what an elementary file can hold.
MAX_ITEM_SIZE: Final = 0x10000
#: All items together, in bytes; what was not used for the longest time makes room.
MAX_SIZE: Final = 0x400000


class _Item(NamedTuple):
    freshness: int
    data: bytes


class CachedItems:
    """Items by card and name, each with the freshness counter it was written with. Thread-safe."""

    def __init__(self) -> None:
        self._items: OrderedDict[tuple[UUID, str], _Item] = OrderedDict()
        self._size = 0
        self._lock = Lock()

    def read(self, card: UUID, freshness: int, name: str) -> bytes:
        """The item, if it was written with that freshness counter. One that is older is removed.

        Raises:
            SCardError: SCARD_W_CACHE_ITEM_NOT_FOUND: there is none.
                SCARD_W_CACHE_ITEM_STALE: its freshness counter is another.
        """
        with self._lock:
            item = self._items.get((card, name))
            if item is None:
                raise SCardError(SCardCode.SCARD_W_CACHE_ITEM_NOT_FOUND)
            if item.freshness != freshness:
                if item.freshness < freshness:
                    self._remove(card, name)
                raise SCardError(SCardCode.SCARD_W_CACHE_ITEM_STALE)
            self._items.move_to_end((card, name))
            return item.data

    def write(self, card: UUID, freshness: int, name: str, data: bytes) -> None:
        """Keep an item in place of the one of that name.

        Raises:
            SCardError: SCARD_W_CACHE_ITEM_TOO_BIG: it has more than 65,536 bytes.
        """
        if len(data) > MAX_ITEM_SIZE:
            raise SCardError(SCardCode.SCARD_W_CACHE_ITEM_TOO_BIG)
        with self._lock:
            self._remove(card, name)
            self._items[card, name] = _Item(freshness, bytes(data))
            self._size += _size(name, data)
            while self._size > MAX_SIZE:
                (_, oldest), item = self._items.popitem(last=False)
                self._size -= _size(oldest, item.data)

    def _remove(self, card: UUID, name: str) -> None:
        item = self._items.pop((card, name), None)
        if item is not None:
            self._size -= _size(name, item.data)


def _size(name: str, data: bytes) -> int:
    """What an item counts; a name counts too, so that empty items cannot be without number."""
    return len(name) + len(data) + 64
