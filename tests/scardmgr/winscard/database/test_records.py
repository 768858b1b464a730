"""Card types in a database of every kind: memory, one file for both scopes, a file for each."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from pathlib import Path
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scardmgr.winscard.codes import SCardCode
from scardmgr.winscard.database import CardType, DatabaseScope, Origin, ProviderId, SmartCardDatabase
from scardmgr.winscard.errors import SCardError

USER, SYSTEM = DatabaseScope.USER, DatabaseScope.SYSTEM
ATR = bytes.fromhex("3B00")
OTHER_ATR = bytes.fromhex("3B01")
UNKNOWN_CARD = SCardCode.SCARD_E_UNKNOWN_CARD
GUIDS = st.uuids()
NAMES = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1, max_size=20)


def code_of(call: Callable[[], object]) -> int:
    with pytest.raises(SCardError) as raised:
        call()
    return raised.value.code


def names(database: SmartCardDatabase, scope: DatabaseScope = USER) -> list[str]:
    return [card_type.name for card_type in database.card_types(scope=scope)]


def test_what_is_introduced_is_kept_whole(database: SmartCardDatabase, full_type: CardType) -> None:
    database.introduce_card_type(full_type)
    assert database.card_type("Every Field") == full_type
    assert database.card_types() == [full_type]


@given(
    name=NAMES,
    atr=st.binary(min_size=1, max_size=33),
    primary=st.none() | GUIDS,
    interfaces=st.lists(GUIDS, max_size=4),
    providers=st.dictionaries(st.integers(2, 0xFFFFFFFF), NAMES, max_size=4),
)
def test_any_card_type_is_kept_whole(
    name: str, atr: bytes, primary: UUID | None, interfaces: list[UUID], providers: dict[int, str]
) -> None:
    database = SmartCardDatabase.in_memory(seeded=False)
    card_type = CardType(name, atr, bytes(reversed(atr)), primary, tuple(interfaces), providers)
    database.introduce_card_type(card_type)
    assert database.card_type(name) == card_type
    assert database.card_types() == [card_type]
    database.forget_card_type(name)
    assert database.card_types() == []


def test_names_mean_the_same_in_any_case_of_letters(database: SmartCardDatabase) -> None:
    database.introduce_card_type(CardType("Größe", ATR))
    assert database.card_type("GRÖSSE").name == "Größe"
    assert code_of(lambda: database.introduce_card_type(CardType("größe", OTHER_ATR))) == 183
    database.forget_card_type("gRöSSe")
    assert names(database) == []


def test_a_card_type_that_is_there_already_stays_as_it_is(database: SmartCardDatabase, full_type: CardType) -> None:
    database.introduce_card_type(full_type)
    other = dataclasses.replace(full_type, atr=OTHER_ATR, mask=None)
    assert code_of(lambda: database.introduce_card_type(other)) == 183
    assert database.card_types() == [full_type]


def test_types_are_listed_in_the_order_they_came(database: SmartCardDatabase) -> None:
    for name in ("Zebra", "Ape", "Mole"):
        database.introduce_card_type(CardType(name, ATR))
    database.forget_card_type("Zebra")
    database.introduce_card_type(CardType("Zebra", ATR))
    assert names(database) == ["Ape", "Mole", "Zebra"]


def test_asked_by_atr_the_best_match_goes_first_and_the_user_before_the_system(database: SmartCardDatabase) -> None:
    some = CardType("Some bits", b"\x3b\x00", b"\xff\x00")
    few = CardType("Few bits", b"\x00\x00", b"\x01\x00")
    database.introduce_card_type(dataclasses.replace(few, atr=b"\x01\x00"))
    database.introduce_card_type(CardType("Beta", ATR))
    database.introduce_card_type(some)
    database.introduce_card_type(CardType("alpha", ATR))
    database.introduce_card_type(CardType("Other", OTHER_ATR))
    database.introduce_card_type(CardType("System", ATR), scope=SYSTEM)
    found = [card_type.name for card_type in database.card_types(ATR)]
    assert found == ["alpha", "Beta", "Some bits", "Few bits", "System"]


def test_both_filters_have_to_let_a_type_pass(database: SmartCardDatabase) -> None:
    one, two = UUID(int=1), UUID(int=2)
    database.introduce_card_type(CardType("A", ATR, interfaces=(one, two)))
    database.introduce_card_type(CardType("B", ATR, interfaces=(one,)))
    database.introduce_card_type(CardType("C", OTHER_ATR, interfaces=(one, two)))
    assert [found.name for found in database.card_types(None, [two])] == ["A", "C"]
    assert [found.name for found in database.card_types(ATR, [two, one])] == ["A"]
    assert database.card_types(ATR, [UUID(int=3)]) == []
    assert database.card_types(b"\x3f\x00") == []


# Scopes


def test_the_users_entry_hides_the_systems(database: SmartCardDatabase) -> None:
    database.introduce_card_type(CardType("Card", ATR), scope=SYSTEM)
    assert database.card_type("Card").atr == ATR
    database.introduce_card_type(CardType("CARD", OTHER_ATR), scope=USER)
    assert database.card_type("Card").atr == OTHER_ATR
    assert names(database) == ["CARD"]
    assert database.card_types(ATR) == []
    assert database.card_type("Card", scope=SYSTEM).atr == ATR
    assert names(database, SYSTEM) == ["Card"]


def test_the_system_sees_no_user(database: SmartCardDatabase) -> None:
    database.introduce_card_type(CardType("Mine", ATR), scope=USER)
    assert names(database, SYSTEM) == []
    assert code_of(lambda: database.forget_card_type("Mine", scope=SYSTEM)) == UNKNOWN_CARD
    assert names(database) == ["Mine"]


def test_what_a_user_forgets_is_forgotten_and_stays_with_the_system(database: SmartCardDatabase) -> None:
    database.introduce_card_type(CardType("Card", ATR), scope=SYSTEM)
    database.forget_card_type("card")
    assert names(database) == []
    assert code_of(lambda: database.forget_card_type("Card")) == UNKNOWN_CARD
    assert names(database, SYSTEM) == ["Card"]
    database.introduce_card_type(CardType("Card", OTHER_ATR))
    assert database.card_type("Card").atr == OTHER_ATR
    database.forget_card_type("Card")
    assert names(database) == []


def test_a_system_entry_is_forgotten_for_all(database: SmartCardDatabase) -> None:
    database.introduce_card_type(CardType("Card", ATR), scope=SYSTEM)
    database.forget_card_type("Card", scope=SYSTEM)
    assert names(database) == names(database, SYSTEM) == []


def test_where_a_type_comes_from_is_told(tmp_path: Path) -> None:
    database = SmartCardDatabase.at(tmp_path / "user", tmp_path / "system")
    database.introduce_card_type(CardType("Mine", ATR))
    database.introduce_card_type(CardType("Everybody's", ATR), scope=SYSTEM)
    origins = [origin for origin, _ in database.card_types_by_origin()]
    assert origins[:2] == [Origin.USER, Origin.SYSTEM]
    assert set(origins[2:]) == {Origin.PACKAGE}


# Providers


def test_providers_are_named_by_identifier(database: SmartCardDatabase) -> None:
    database.introduce_card_type(CardType("Card", ATR))
    for provider_id in (ProviderId.CSP, ProviderId.KSP, ProviderId.CARD_MODULE, 4711):
        assert code_of(lambda each=provider_id: database.provider_name("Card", each)) == 2  # type: ignore[misc]
        database.set_provider_name("card", provider_id, f"first {provider_id}")
        database.set_provider_name("card", provider_id, f"Provider {provider_id}")
        assert database.provider_name("CARD", provider_id) == f"Provider {provider_id}"
    assert code_of(lambda: database.provider_name("Card", 1)) == 2
    assert code_of(lambda: database.provider_name("No card", 2)) == UNKNOWN_CARD


def test_the_primary_provider_is_a_guid(database: SmartCardDatabase) -> None:
    database.introduce_card_type(CardType("Card", ATR))
    database.set_provider_name("Card", 1, "{ad4f1667-ea75-4124-84d4-641b3b197c65}")
    assert database.provider_name("Card", 1) == "{AD4F1667-EA75-4124-84D4-641B3B197C65}"
    assert database.card_type("Card").primary_provider == UUID("AD4F1667-EA75-4124-84D4-641B3B197C65")
    assert code_of(lambda: database.set_provider_name("Card", 1, "no GUID")) == SCardCode.SCARD_E_INVALID_VALUE


@pytest.mark.parametrize(("provider_id", "provider"), [(0, "x"), (-1, "x"), (1 << 32, "x"), (2, ""), (2, "a\0")])
def test_what_is_no_provider(database: SmartCardDatabase, provider_id: int, provider: str) -> None:
    database.introduce_card_type(CardType("Card", ATR))
    refused = code_of(lambda: database.set_provider_name("Card", provider_id, provider))
    assert refused == SCardCode.SCARD_E_INVALID_VALUE
    assert database.card_type("Card").provider_names == {}


def test_a_user_who_names_a_provider_changes_nobody_elses_entry(
    database: SmartCardDatabase, full_type: CardType
) -> None:
    database.introduce_card_type(full_type, scope=SYSTEM)
    database.set_provider_name("every field", 2, "Mine")
    assert database.provider_name("Every Field", 2) == "Mine"
    assert database.provider_name("Every Field", 3) == "A KSP"
    assert database.card_type("Every Field", scope=SYSTEM) == full_type


# The seed


def test_a_forgotten_seed_stays_forgotten(tmp_path: Path) -> None:
    def database() -> SmartCardDatabase:
        return SmartCardDatabase.at(tmp_path / "user", tmp_path / "system")

    seeded = names(database())
    assert seeded
    database().forget_card_type(seeded[0].upper())
    assert names(database()) == seeded[1:]
    assert code_of(lambda: database().card_type(seeded[0])) == UNKNOWN_CARD
    assert code_of(lambda: database().forget_card_type(seeded[0])) == UNKNOWN_CARD
    assert names(database(), SYSTEM) == seeded
    database().forget_card_type(seeded[1], scope=SYSTEM)
    assert names(database()) == seeded[2:]


def test_a_seed_can_be_replaced_and_changed(tmp_path: Path) -> None:
    database = SmartCardDatabase.at(tmp_path / "user")
    first, second, *_ = database.card_types()
    database.introduce_card_type(CardType(first.name, OTHER_ATR))
    assert database.card_type(first.name).atr == OTHER_ATR
    database.set_provider_name(second.name, 2, "Another CSP")
    changed = dict(second.provider_names) | {2: "Another CSP"}
    assert database.card_type(second.name) == dataclasses.replace(second, provider_names=changed)


# Files come with the first write


def test_reading_makes_nothing(tmp_path: Path) -> None:
    database = SmartCardDatabase.at(tmp_path / "a" / "user", tmp_path / "b" / "system")
    names(database)
    assert code_of(lambda: database.card_type("No such")) == UNKNOWN_CARD
    assert code_of(lambda: database.forget_card_type("No such")) == UNKNOWN_CARD
    assert code_of(lambda: database.set_provider_name("No such", 2, "x")) == UNKNOWN_CARD
    assert database.listed(["R"], ["G"]) == []
    assert database.groups() == ["SCard$DefaultReaders"]
    database.remove_from_group("R", "G", ["R"])
    database.forget_group("G")
    database.introduce_group("G")
    assert list(tmp_path.iterdir()) == []


def test_each_scope_has_its_file(tmp_path: Path) -> None:
    database = SmartCardDatabase.at(tmp_path / "u" / "user", tmp_path / "s" / "system")
    database.introduce_card_type(CardType("A", ATR))
    assert [path.name for path in tmp_path.iterdir()] == ["u"]
    database.introduce_card_type(CardType("B", ATR), scope=SYSTEM)
    assert [path.name for path in (tmp_path / "s").iterdir()] == ["system"]
    modes = {name: (tmp_path / name).stat().st_mode & 0o777 for name in ("u", "u/user", "s/system")}
    assert modes == {"u": 0o700, "u/user": 0o600, "s/system": 0o644}
