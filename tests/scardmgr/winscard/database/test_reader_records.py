"""Readers and groups of two scopes, in a database of every kind."""

from __future__ import annotations

import pytest

from scardmgr.winscard.codes import SCardCode
from scardmgr.winscard.database import DatabaseScope, SmartCardDatabase
from scardmgr.winscard.errors import SCardError

USER, SYSTEM = DatabaseScope.USER, DatabaseScope.SYSTEM
ATTACHED = ["Reader 0", "Reader 1"]
DEFAULT = "SCard$DefaultReaders"


@pytest.fixture
def shop(database: SmartCardDatabase) -> SmartCardDatabase:
    """The system knows a reader Till, and a group Shop with it and Reader 1."""
    database.introduce_reader("Till", "Reader 0", ATTACHED, scope=SYSTEM)
    database.add_to_group("Till", "Shop", ATTACHED, scope=SYSTEM)
    database.add_to_group("Reader 1", "Shop", ATTACHED, scope=SYSTEM)
    return database


def test_a_user_sees_what_the_system_introduced(shop: SmartCardDatabase) -> None:
    assert shop.listed(ATTACHED) == [*ATTACHED, "Till"]
    assert shop.groups() == [DEFAULT, "Shop"]
    assert shop.listed(ATTACHED, ["shop"]) == ["Reader 1", "Till"]
    with pytest.raises(SCardError) as raised:
        shop.introduce_reader("TILL", "Reader 1", ATTACHED)
    assert raised.value.code is SCardCode.SCARD_E_DUPLICATE_READER


def test_what_a_user_takes_out_is_out_for_him_alone(shop: SmartCardDatabase) -> None:
    shop.remove_from_group("till", "SHOP", ATTACHED)
    assert shop.listed(ATTACHED, ["Shop"]) == ["Reader 1"]
    assert shop.listed(ATTACHED, ["Shop"], scope=SYSTEM) == ["Reader 1", "Till"]
    shop.remove_from_group("Reader 1", "Shop", ATTACHED)
    assert shop.groups() == [DEFAULT]
    shop.add_to_group("Till", "Shop", ATTACHED)
    assert shop.listed(ATTACHED, ["Shop"]) == ["Till"]


def test_a_group_that_a_user_forgets_is_there_for_the_others(shop: SmartCardDatabase) -> None:
    shop.add_to_group("Reader 0", "Shop", ATTACHED)
    shop.forget_group("sHOP")
    assert shop.groups() == [DEFAULT]
    assert shop.listed(ATTACHED, ["Shop"]) == []
    assert shop.listed(ATTACHED, ["Shop"], scope=SYSTEM) == ["Reader 1", "Till"]
    shop.forget_group("Shop", scope=SYSTEM)
    assert shop.groups(scope=SYSTEM) == [DEFAULT]


def test_a_reader_that_a_user_forgets_is_there_for_the_others(shop: SmartCardDatabase) -> None:
    shop.forget_reader("TILL", ATTACHED)
    assert shop.listed(ATTACHED) == ATTACHED
    assert shop.device_of("Till") is None
    assert shop.listed(ATTACHED, ["Shop"]) == ["Reader 1"]
    assert shop.listed(ATTACHED, ["Shop"], scope=SYSTEM) == ["Reader 1", "Till"]
    shop.introduce_reader("Till", "Reader 1", ATTACHED)
    assert shop.device_of("Till") == "Reader 1"
    assert shop.listed(ATTACHED, ["Shop"]) == ["Reader 1"]
    shop.forget_reader("Till", ATTACHED)
    with pytest.raises(SCardError) as raised:
        shop.forget_reader("Till", ATTACHED)
    assert raised.value.code is SCardCode.SCARD_E_UNKNOWN_READER


def test_a_user_puts_a_reader_back_that_the_system_took_out_of_the_default_group(database: SmartCardDatabase) -> None:
    database.remove_from_group("Reader 0", DEFAULT, ATTACHED, scope=SYSTEM)
    assert database.listed(ATTACHED, [DEFAULT]) == ["Reader 1"]
    database.add_to_group("Reader 0", DEFAULT, ATTACHED)
    assert database.listed(ATTACHED, [DEFAULT]) == ATTACHED
    assert database.listed(ATTACHED, [DEFAULT], scope=SYSTEM) == ["Reader 1"]


def test_a_forgotten_reader_is_in_the_default_group_again_when_it_comes_back(database: SmartCardDatabase) -> None:
    database.remove_from_group("Reader 0", DEFAULT, ATTACHED, scope=SYSTEM)
    database.forget_reader("Reader 0", ATTACHED)
    assert database.listed(ATTACHED, [DEFAULT]) == ATTACHED
    assert database.listed(ATTACHED, [DEFAULT], scope=SYSTEM) == ["Reader 1"]


def test_a_group_keeps_the_name_that_it_came_with(shop: SmartCardDatabase) -> None:
    shop.add_to_group("Reader 0", "SHOP", ATTACHED, scope=SYSTEM)
    assert shop.groups() == [DEFAULT, "Shop"]


def test_a_reader_that_is_attached_under_an_introduced_name_goes_first(shop: SmartCardDatabase) -> None:
    attached = [*ATTACHED, "Till"]
    assert shop.listed(attached) == attached
    assert shop.listed(["Reader 1"]) == ["Reader 1"]
