"""What SCardWriteCache keeps."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

import pytest

from scardmgr.winscard.codes import SCardCode
from scardmgr.winscard.database import cached_items
from scardmgr.winscard.database.cached_items import MAX_ITEM_SIZE, MAX_SIZE, CachedItems
from scardmgr.winscard.errors import SCardError

CARD, OTHER_CARD = UUID(int=1), UUID(int=2)
NOT_FOUND = SCardCode.SCARD_W_CACHE_ITEM_NOT_FOUND
STALE = SCardCode.SCARD_W_CACHE_ITEM_STALE


def code_of(call: Callable[[], object]) -> int:
    with pytest.raises(SCardError) as raised:
        call()
    return raised.value.code


def test_an_item_is_found_by_card_name_and_freshness() -> None:
    items = CachedItems()
    items.write(CARD, 0, "cardcf", b"one")
    assert items.read(CARD, 0, "cardcf") == b"one"
    assert code_of(lambda: items.read(OTHER_CARD, 0, "cardcf")) == NOT_FOUND
    assert code_of(lambda: items.read(CARD, 0, "CARDCF")) == NOT_FOUND
    items.write(CARD, 0, "cardcf", b"")
    assert items.read(CARD, 0, "cardcf") == b""


def test_an_older_item_is_stale_and_then_gone() -> None:
    items = CachedItems()
    items.write(CARD, 4, "cardcf", b"old")
    assert code_of(lambda: items.read(CARD, 5, "cardcf")) == STALE
    assert code_of(lambda: items.read(CARD, 5, "cardcf")) == NOT_FOUND
    assert code_of(lambda: items.read(CARD, 4, "cardcf")) == NOT_FOUND


def test_a_newer_item_is_stale_for_who_is_behind_and_stays() -> None:
    items = CachedItems()
    items.write(CARD, 5, "cardcf", b"new")
    assert code_of(lambda: items.read(CARD, 4, "cardcf")) == STALE
    assert items.read(CARD, 5, "cardcf") == b"new"


def test_an_item_has_a_size_that_it_may_not_exceed() -> None:
    items = CachedItems()
    items.write(CARD, 1, "file", bytes(MAX_ITEM_SIZE))
    too_big = code_of(lambda: items.write(CARD, 1, "file", bytes(MAX_ITEM_SIZE + 1)))
    assert too_big == SCardCode.SCARD_W_CACHE_ITEM_TOO_BIG
    assert items.read(CARD, 1, "file") == bytes(MAX_ITEM_SIZE)


def test_what_was_not_used_for_the_longest_time_makes_room(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cached_items, "MAX_SIZE", 10 * MAX_ITEM_SIZE)
    items = CachedItems()
    for number in range(9):
        items.write(CARD, 1, str(number), bytes(MAX_ITEM_SIZE))
    items.read(CARD, 1, "0")
    items.write(CARD, 1, "9", bytes(MAX_ITEM_SIZE))
    items.write(CARD, 1, "9", bytes(MAX_ITEM_SIZE))
    assert code_of(lambda: items.read(CARD, 1, "1")) == NOT_FOUND
    for number in (0, 2, 8, 9):
        assert items.read(CARD, 1, str(number)) == bytes(MAX_ITEM_SIZE)


def test_empty_items_are_bounded_too(monkeypatch: pytest.MonkeyPatch) -> None:
    assert MAX_SIZE >= 64 * MAX_ITEM_SIZE
    monkeypatch.setattr(cached_items, "MAX_SIZE", 1000)
    items = CachedItems()
    for number in range(1000):
        items.write(UUID(int=number), 1, "empty", b"")
    assert len(items._items) < 16


def test_what_is_kept_does_not_change_with_the_buffer_it_came_from() -> None:
    items = CachedItems()
    buffer = bytearray(b"before")
    items.write(CARD, 1, "file", buffer)
    buffer[:] = b"after!"
    assert items.read(CARD, 1, "file") == b"before"
