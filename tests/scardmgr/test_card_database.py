"""ISCardDatabase: what the smart card database knows, through either resource manager."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from scardmgr import (
    E_INVALIDARG,
    E_POINTER,
    HRESULT,
    SCARD_E_ICC_INSTALLATION,
    SCARD_E_NO_READERS_AVAILABLE,
    SCARD_E_NO_SERVICE,
    SCARD_E_UNKNOWN_CARD,
    SCARD_F_INTERNAL_ERROR,
    HResultError,
    ISCardAuth,
    ISCardVerify,
    SCardDatabase,
)
from scardmgr.winscard.database import SmartCardDatabase
from scardmgr.winscard.embedded import EmbeddedResourceManager

pytestmark = pytest.mark.card(via=("embedded", "pcscd"))

Refused = Callable[..., HResultError]
PROVIDER = UUID("0E6A7C7A-5B7D-4C0B-9C57-0C7B5B1F9B11")
PUMP = UUID("12345678-1234-1234-1234-123456789ABC")
ENGLISH = 0x0409


@pytest.fixture
def database(stand: Any) -> Iterator[SCardDatabase]:
    with SCardDatabase(stand.manager) as opened:
        yield opened


def test_provider_and_interfaces_of_a_card_type(stand: Any, database: SCardDatabase) -> None:
    stand.introduce("Loyalty", stand.atrs[0], provider=PROVIDER, interfaces=[PUMP, ISCardAuth.IID])
    assert database.GetProviderCardId("Loyalty") == PROVIDER
    assert database.ListCardInterfaces("Loyalty") == [PUMP, ISCardAuth.IID]


def test_a_card_type_may_have_neither(stand: Any, database: SCardDatabase, refused: Refused) -> None:
    stand.introduce("Bare", stand.atrs[0])
    refused(SCARD_E_ICC_INSTALLATION, database.GetProviderCardId, "Bare")
    assert database.ListCardInterfaces("Bare") == []


def test_an_unknown_card_type(database: SCardDatabase, refused: Refused) -> None:
    refused(SCARD_E_UNKNOWN_CARD, database.GetProviderCardId, "Nobody's")
    refused(SCARD_E_UNKNOWN_CARD, database.ListCardInterfaces, "Nobody's")


def test_card_types_by_atr_by_interfaces_or_by_both(stand: Any, database: SCardDatabase) -> None:
    first, second = stand.atrs
    stand.introduce("A", first, interfaces=[PUMP, ISCardAuth.IID])
    stand.introduce("B", second, interfaces=[PUMP])
    assert database.ListCards(first, None, ENGLISH) == ["A"]
    assert database.ListCards(bytearray(second)) == ["B"]
    assert database.ListCards(None, [PUMP], ENGLISH) == ["A", "B"]
    assert database.ListCards(None, [PUMP, str(ISCardAuth.IID)]) == ["A"]
    assert database.ListCards(second, (ISCardAuth.IID,)) == []
    assert database.ListCards(second, (PUMP,)) == ["B"]
    assert database.ListCards(b"\x3b\x00\x01\x02") == []


def test_nothing_asked_for_lists_all_card_types(stand: Any, database: SCardDatabase) -> None:
    seeded = database.ListCards(None, None, 0)
    stand.introduce("One more", stand.atrs[0])
    listed = database.ListCards()
    assert set(listed) == {*seeded, "One more"}
    assert database.ListCards(None, []) == listed


def test_the_best_match_comes_first(stand: Any, database: SCardDatabase) -> None:
    first = stand.atrs[0]
    open_mask = bytes.fromhex("FFFFFFFF0000")
    stand.introduce("Any of the make", bytes(a & m for a, m in zip(first, open_mask, strict=True)), open_mask)
    stand.introduce("Exactly", first)
    assert database.ListCards(first) == ["Exactly", "Any of the make"]
    assert database.ListCards(stand.atrs[1]) == ["Any of the make"]


def test_readers_and_groups(stand: Any, database: SCardDatabase) -> None:
    assert database.ListReaders(ENGLISH) == list(stand.readers)
    before = database.ListReaderGroups(ENGLISH)
    stand.manager.introduce_reader(stand.context, "Till", stand.readers[1])
    stand.manager.add_reader_to_group(stand.context, "Till", "Tills")
    assert "Till" in database.ListReaders()
    assert set(database.ListReaderGroups()) == {*before, "Tills"}


def test_without_readers(refused: Refused) -> None:
    with SCardDatabase(EmbeddedResourceManager()) as database:
        refused(SCARD_E_NO_READERS_AVAILABLE, database.ListReaders, 0)


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("3B00",), E_INVALIDARG),
        ((bytes(34),), E_INVALIDARG),
        ((None, ["no identifier"]), E_INVALIDARG),
        ((None, [7]), E_INVALIDARG),
        ((None, str(PUMP)), E_INVALIDARG),
        ((None, PUMP), E_INVALIDARG),
        ((None, None, "en"), E_INVALIDARG),
        ((None, None, True), E_INVALIDARG),
        ((None, None, 1 << 31), E_INVALIDARG),
        ((None, None, None), E_POINTER),
    ],
)
def test_what_can_be_no_query(arguments: tuple[Any, ...], code: int, refused: Refused) -> None:
    with SCardDatabase(EmbeddedResourceManager()) as database:
        refused(code, database.ListCards, *arguments)


def test_a_released_database_is_asked_nothing(refused: Refused) -> None:
    database = SCardDatabase(EmbeddedResourceManager())
    database.close()
    database.close()
    for call in (database.ListCards, database.ListReaders, database.ListReaderGroups):
        refused(HRESULT.CO_E_RELEASED, call)
    for query in (database.GetProviderCardId, database.ListCardInterfaces):
        refused(HRESULT.CO_E_RELEASED, query, "Loyalty")


def test_a_resource_manager_is_needed(refused: Refused) -> None:
    refused(SCARD_E_NO_SERVICE, SCardDatabase)


def test_a_damaged_database_is_told_of_and_left_alone(tmp_path: Path, refused: Refused) -> None:
    file = tmp_path / "cards.db"
    file.write_bytes(b"no database at all" * 100)
    with SCardDatabase(EmbeddedResourceManager(database=SmartCardDatabase.at(file))) as database:
        assert str(file) in str(refused(SCARD_F_INTERNAL_ERROR, database.ListCards))
        refused(SCARD_F_INTERNAL_ERROR, database.GetProviderCardId, "Loyalty")
    assert file.read_bytes() == b"no database at all" * 100


def test_every_interface_asked_for_has_to_be_there_in_any_order(stand: Any, database: SCardDatabase) -> None:
    stand.introduce("Both", stand.atrs[0], interfaces=[ISCardAuth.IID, ISCardVerify.IID])
    assert "Both" in database.ListCards(None, [ISCardVerify.IID, ISCardAuth.IID])
    assert "Both" not in database.ListCards(None, [ISCardVerify.IID, PUMP])
