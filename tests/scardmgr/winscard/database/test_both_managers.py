"""The functions of the database on the embedded resource manager and on a private real pcscd: the same answers."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from scardmgr.winscard.codes import SCardCode as Code
from scardmgr.winscard.constants import PNP_NOTIFICATION, Protocols, ReaderStateFlag, ReaderType, Scope, ShareMode
from scardmgr.winscard.database import SmartCardDatabase
from scardmgr.winscard.errors import DatabaseFault, SCardError
from scardmgr.winscard.values import ATRPattern, ReaderState

BOTH = pytest.mark.parametrize("bench", ["embedded", "pcscd"], indirect=True)
ATR = bytes.fromhex("3B800181")  # of the scripted card
ONE, TWO = UUID("AD4F1667-EA75-4124-84D4-641B3B197C65"), UUID("382AE95A-7C2C-449C-A179-56C6DE6FF3BC")
DEFAULT = "SCard$DefaultReaders"
PRESENT, ATRMATCH, CHANGED = (
    flag.value for flag in (ReaderStateFlag.PRESENT, ReaderStateFlag.ATRMATCH, ReaderStateFlag.CHANGED)
)


def code_of(call: Callable[[], object]) -> int:
    with pytest.raises(SCardError) as raised:
        call()
    return raised.value.code


@pytest.fixture(autouse=True)
def fresh_database(bench: Any, database_file: Path, monkeypatch: pytest.MonkeyPatch) -> SmartCardDatabase:
    """The same kind of database under both: a file, and nothing in it."""
    database = SmartCardDatabase.at(database_file, seeded=False)
    monkeypatch.setattr(bench.rm, "database", database)
    return database


# Card types


@BOTH
def test_a_card_type_from_its_introduction_to_its_end(bench: Any) -> None:
    rm, context = bench.rm, bench.context
    rm.introduce_card_type(context, "My Card", ONE, [TWO, ONE], ATR, b"\xff\xff\xff\xff")
    rm.introduce_card_type(context, "Without", None, [], b"\x3b\x00")
    assert rm.list_cards(context) == ["My Card", "Without"]
    assert rm.list_cards(context, ATR) == ["My Card"]
    assert rm.list_cards(context, ATR + bytes(32)) == ["My Card"]
    assert rm.list_cards(context, None, [ONE]) == ["My Card"]
    assert rm.list_cards(context, None, []) == ["My Card", "Without"]
    assert rm.list_cards(context, b"\x3b\x00", [ONE]) == []
    assert rm.list_cards(context, b"") == []
    assert rm.list_interfaces(context, "MY CARD") == [TWO, ONE]
    assert rm.list_interfaces(context, "without") == []
    assert rm.get_provider_id(context, "my card") == ONE
    assert rm.get_card_type_provider_name(context, "My Card", 1) == f"{{{ONE}}}".upper()
    rm.set_card_type_provider_name(context, "my card", 2, "A CSP")
    assert rm.get_card_type_provider_name(context, "My Card", 2) == "A CSP"
    rm.forget_card_type(context, "MY card")
    assert rm.list_cards(context) == ["Without"]


@BOTH
def test_one_context_sees_what_another_introduced(bench: Any) -> None:
    bench.rm.introduce_card_type(bench.context, "My Card", None, [], ATR)
    assert bench.rm.list_cards(bench.other_context()) == ["My Card"]


@BOTH
def test_the_scope_of_the_context_decides_whose_entries_they_are(bench: Any) -> None:
    rm = bench.rm
    user, terminal, system, everyone = (
        rm.establish_context(scope) for scope in (Scope.USER, Scope.TERMINAL, Scope.SYSTEM, Scope.GLOBAL)
    )
    bench.contexts += [user, terminal, system, everyone]
    rm.introduce_card_type(system, "System", None, [], ATR)
    rm.introduce_card_type(user, "User", None, [], ATR)
    rm.introduce_card_type(terminal, "Terminal", None, [], ATR)
    assert rm.list_cards(system) == rm.list_cards(everyone) == ["System"]
    assert rm.list_cards(user) == rm.list_cards(terminal) == ["User", "Terminal", "System"]
    rm.introduce_reader(user, "Till", bench.reader)
    assert "Till" in rm.list_readers(user)
    assert "Till" not in rm.list_readers(system)
    assert code_of(lambda: rm.connect(system, "Till", ShareMode.DIRECT)) == Code.SCARD_E_UNKNOWN_READER


@BOTH
@pytest.mark.parametrize("none", [0, None])
def test_without_a_context_all_is_seen_and_the_systems_is_written(bench: Any, none: int | None) -> None:
    rm = bench.rm
    system = rm.establish_context(Scope.SYSTEM)
    bench.contexts.append(system)
    rm.introduce_card_type(bench.context, "User", None, [], ATR)
    rm.introduce_card_type(system, "System", None, [], ATR)
    assert rm.list_cards(none) == ["User", "System"]
    rm.set_card_type_provider_name(none, "System", 2, "A CSP")
    assert rm.get_card_type_provider_name(system, "System", 2) == "A CSP"
    assert rm.get_card_type_provider_name(none, "System", 2) == "A CSP"
    assert code_of(lambda: rm.set_card_type_provider_name(none, "User", 2, "x")) == Code.SCARD_E_UNKNOWN_CARD
    rm.introduce_reader_group(none, "Group")


# Locating cards


@BOTH
def test_cards_are_located_by_name_at_once(bench: Any) -> None:
    rm, context = bench.rm, bench.context
    bench.insert_scripted(ATR)
    rm.introduce_card_type(context, "My Card", None, [], ATR)
    rm.introduce_card_type(context, "Other", None, [], b"\x3b\x00")
    states = [ReaderState(bench.reader), ReaderState(bench.empty_reader)]
    [found, empty] = rm.locate_cards(context, ["no such", "MY CARD"], states)
    assert found.reader == bench.reader
    assert found.atr == ATR
    assert found.event_state & 0xFFFF & (PRESENT | ATRMATCH | CHANGED) == PRESENT | ATRMATCH | CHANGED
    assert empty.flags & (ReaderStateFlag.EMPTY | ReaderStateFlag.ATRMATCH) == ReaderStateFlag.EMPTY
    # what SCardGetStatusChange gives is the same but for ATRMATCH
    assert [found.event_state & ~ATRMATCH, empty.event_state] == [
        state.event_state for state in rm.get_status_change(context, 0, states)
    ]
    for names in ([], ["Other"], ["no such"]):
        assert not any(state.event_state & ATRMATCH for state in rm.locate_cards(context, names, states))
    # nothing has changed since: told all the same, without waiting
    [again, _] = rm.locate_cards(context, ["My Card"], [found.acknowledged(), empty.acknowledged()])
    assert again.event_state & (ATRMATCH | CHANGED) == ATRMATCH
    assert again.atr == ATR


@BOTH
def test_cards_are_located_by_atr(bench: Any) -> None:
    rm, context = bench.rm, bench.context
    bench.insert_scripted(ATR)
    states = [ReaderState(bench.empty_reader), ReaderState(bench.reader)]
    exactly = ATRPattern(ATR, b"\xff" * 4)
    other = ATRPattern(b"\x3b\x00", b"\xff\xff")
    loosely = ATRPattern(b"\x3b\x00\x00\x00", b"\xff\x00\x00\x00")
    for patterns, matches in (([exactly], 1), ([other, loosely], 1), ([other], 0), ([], 0)):
        found = rm.locate_cards_by_atr(context, patterns, states)
        assert [bool(state.event_state & ATRMATCH) for state in found] == [False, bool(matches)]


@BOTH
def test_a_state_with_atrmatch_can_be_waited_with(bench: Any) -> None:
    rm, context = bench.rm, bench.context
    bench.insert_scripted(ATR)
    rm.introduce_card_type(context, "My Card", None, [], ATR)
    code, states = rm.SCardLocateCards(context, ["My Card"], [(bench.reader, 0)])
    assert code == 0
    code, _ = rm.SCardGetStatusChange(context, 10, states)
    assert code == Code.SCARD_E_TIMEOUT


@BOTH
def test_readers_that_are_to_be_ignored_and_readers_that_do_not_exist(bench: Any) -> None:
    rm, context = bench.rm, bench.context
    bench.insert_scripted(ATR)
    pattern = [ATRPattern(ATR, b"\xff" * 4)]
    assert rm.locate_cards_by_atr(context, pattern, []) == []
    [ignored, _] = rm.locate_cards_by_atr(
        context, pattern, [ReaderState(bench.reader, ReaderStateFlag.IGNORE), ReaderState(bench.empty_reader)]
    )
    assert not ignored.event_state & ATRMATCH
    unknown = [ReaderState("no such reader")]
    assert code_of(lambda: rm.locate_cards_by_atr(context, pattern, unknown)) == Code.SCARD_E_UNKNOWN_READER
    rm.locate_cards_by_atr(context, pattern, [ReaderState(PNP_NOTIFICATION)])


# Readers and groups


@BOTH
def test_an_introduced_reader_is_another_name_for_a_device(bench: Any) -> None:
    rm, context = bench.rm, bench.context
    bench.insert_scripted(ATR)
    rm.introduce_reader(context, "Till", bench.reader)
    assert rm.list_readers(context) == [bench.reader, bench.empty_reader, "Till"]
    card = rm.connect(context, "TILL", ShareMode.SHARED, Protocols.ANY).handle
    assert rm.status(card).reader == bench.reader
    assert rm.transmit(card, b"\0\xa4\0\0") == b"\x90\0"
    [state] = rm.get_status_change(context, 0, [ReaderState("till")])
    assert (state.reader, state.atr) == ("till", ATR)
    assert state.event_state & PRESENT
    assert code_of(lambda: rm.get_status_change(context, 0, [state.acknowledged()])) == Code.SCARD_E_TIMEOUT
    rm.disconnect(card)
    rm.forget_reader(context, "tILL")
    assert rm.list_readers(context) == [bench.reader, bench.empty_reader]
    assert code_of(lambda: rm.connect(context, "Till")) == Code.SCARD_E_UNKNOWN_READER
    assert code_of(lambda: rm.get_status_change(context, 0, [ReaderState("Till")])) == Code.SCARD_E_UNKNOWN_READER


@BOTH
def test_so_it_is_in_the_pyscard_face(bench: Any) -> None:
    rm, context = bench.rm, bench.context
    bench.insert_scripted(ATR)
    assert rm.SCardIntroduceReader(context, "Till", bench.reader.upper()) == 0
    assert rm.SCardListReaders(context, []) == [0, [bench.reader, bench.empty_reader, "Till"]]
    code, card, protocol = rm.SCardConnect(context, "Till", 2, 3)
    assert (code, protocol) == (0, 2)
    assert rm.SCardDisconnect(card, 0) == 0
    code, [(name, state, atr)] = rm.SCardGetStatusChange(context, 0, [("Till", 0)])
    assert (code, name, atr) == (0, "Till", list(ATR))
    assert state & PRESENT
    assert rm.SCardListReaders(context, ["no such group"]) == [Code.SCARD_E_NO_READERS_AVAILABLE.value, []]
    assert rm.SCardConnect(context, "no such reader", 2, 3)[0] == Code.SCARD_E_UNKNOWN_READER
    assert rm.SCardGetStatusChange(context, 0, [("no such reader", 0)])[0] == Code.SCARD_E_UNKNOWN_READER


@BOTH
def test_a_reader_waits_for_its_device(bench: Any) -> None:
    rm, context = bench.rm, bench.context
    rm.introduce_reader(context, "Later", "a device that is not attached")
    assert "Later" not in rm.list_readers(context)
    assert code_of(lambda: rm.connect(context, "Later")) == Code.SCARD_E_UNKNOWN_READER
    assert code_of(lambda: rm.introduce_reader(context, "LATER", bench.reader)) == Code.SCARD_E_DUPLICATE_READER
    assert code_of(lambda: rm.introduce_reader(context, bench.reader, "x")) == Code.SCARD_E_DUPLICATE_READER


@BOTH
def test_readers_are_listed_by_group(bench: Any) -> None:
    rm, context = bench.rm, bench.context
    rm.introduce_reader(context, "Till", bench.empty_reader)
    rm.introduce_reader_group(context, "Shop")
    assert rm.list_reader_groups(context) == [DEFAULT]  # it has no reader yet
    rm.add_reader_to_group(context, "till", "Shop")
    rm.add_reader_to_group(context, bench.reader, "SHOP")
    rm.add_reader_to_group(context, bench.reader, "Office")
    assert rm.list_reader_groups(context) == [DEFAULT, "Shop", "Office"]
    assert rm.list_readers(context, ["shop"]) == [bench.reader, "Till"]
    assert rm.list_readers(context, ["Office", "Shop", "no such group"]) == [bench.reader, "Till"]
    assert rm.list_readers(context, [""]) == [bench.reader, bench.empty_reader, "Till"]
    assert rm.list_readers(context, ["SCard$AllReaders", "Office"]) == [bench.reader, bench.empty_reader, "Till"]
    assert rm.list_readers(context, [DEFAULT]) == [bench.reader, bench.empty_reader, "Till"]
    assert code_of(lambda: rm.list_readers(context, ["no such group"])) == Code.SCARD_E_NO_READERS_AVAILABLE


@BOTH
def test_a_group_goes_with_its_last_reader(bench: Any) -> None:
    rm, context = bench.rm, bench.context
    rm.introduce_reader(context, "Till", bench.reader)
    for name in ("Till", bench.reader):
        rm.add_reader_to_group(context, name, "Shop")
    rm.remove_reader_from_group(context, "TILL", "shop")
    rm.remove_reader_from_group(context, "TILL", "shop")
    assert rm.list_readers(context, ["Shop"]) == [bench.reader]
    rm.remove_reader_from_group(context, bench.reader, "Shop")
    assert rm.list_reader_groups(context) == [DEFAULT]
    rm.add_reader_to_group(context, "Till", "Shop")
    rm.forget_reader(context, "Till")
    assert rm.list_reader_groups(context) == [DEFAULT]
    rm.introduce_reader(context, "Till", bench.reader)
    assert code_of(lambda: rm.list_readers(context, ["Shop"])) == Code.SCARD_E_NO_READERS_AVAILABLE


@BOTH
def test_a_forgotten_group_leaves_its_readers(bench: Any) -> None:
    rm, context = bench.rm, bench.context
    rm.introduce_reader(context, "Till", bench.reader)
    rm.add_reader_to_group(context, "Till", "Shop")
    rm.forget_reader_group(context, "SHOP")
    rm.forget_reader_group(context, "Shop")
    assert rm.list_reader_groups(context) == [DEFAULT]
    assert "Till" in rm.list_readers(context)


@BOTH
def test_readers_can_leave_the_default_group(bench: Any) -> None:
    rm, context = bench.rm, bench.context
    rm.remove_reader_from_group(context, bench.reader, DEFAULT)
    assert rm.list_readers(context, [DEFAULT]) == [bench.empty_reader]
    assert rm.list_readers(context) == [bench.reader, bench.empty_reader]
    rm.add_reader_to_group(context, bench.reader, DEFAULT.lower())
    assert rm.list_readers(context, [DEFAULT]) == [bench.reader, bench.empty_reader]
    assert rm.list_reader_groups(context) == [DEFAULT]


@BOTH
def test_an_attached_reader_that_is_forgotten_leaves_its_groups_and_keeps_its_name(bench: Any) -> None:
    rm, context = bench.rm, bench.context
    rm.add_reader_to_group(context, bench.reader, "Shop")
    rm.remove_reader_from_group(context, bench.reader, DEFAULT)
    rm.forget_reader(context, bench.reader)
    assert rm.list_reader_groups(context) == [DEFAULT]
    assert rm.list_readers(context, [DEFAULT]) == [bench.reader, bench.empty_reader]


@BOTH
@pytest.mark.parametrize("group", ["SCard$AllReaders", "scard$localreaders", "SCard$SystemReaders"])
def test_groups_that_the_system_manages_are_not_changed(bench: Any, group: str) -> None:
    rm, context = bench.rm, bench.context
    for call in (
        lambda: rm.introduce_reader_group(context, group),
        lambda: rm.add_reader_to_group(context, bench.reader, group),
        lambda: rm.remove_reader_from_group(context, bench.reader, group),
        lambda: rm.forget_reader_group(context, group),
    ):
        assert code_of(call) == Code.SCARD_E_INVALID_VALUE
    assert code_of(lambda: rm.forget_reader_group(context, DEFAULT)) == Code.SCARD_E_INVALID_VALUE


# The cache


@BOTH
def test_what_one_context_caches_another_reads(bench: Any) -> None:
    rm, context = bench.rm, bench.context
    rm.write_cache(context, ONE, 7, "cardcf", b"\1\2\3")
    other = bench.other_context()
    assert rm.read_cache(other, ONE, 7, "cardcf") == b"\1\2\3"
    assert code_of(lambda: rm.read_cache(other, TWO, 7, "cardcf")) == Code.SCARD_W_CACHE_ITEM_NOT_FOUND
    assert code_of(lambda: rm.read_cache(other, ONE, 8, "cardcf")) == Code.SCARD_W_CACHE_ITEM_STALE
    assert code_of(lambda: rm.read_cache(context, ONE, 8, "cardcf")) == Code.SCARD_W_CACHE_ITEM_NOT_FOUND


# Devices


@BOTH
def test_the_device_behind_a_reader(bench: Any) -> None:
    rm, context = bench.rm, bench.context
    rm.introduce_reader(context, "Till", bench.reader)
    identifier = f"SCARDMGR\\READER\\{bench.reader}"
    for name in (bench.reader, "Till"):
        assert rm.get_device_type_id(context, name) is ReaderType.VENDOR
        assert rm.get_reader_device_instance_id(context, name) == identifier
    assert rm.list_readers_with_device_instance_id(context, identifier.lower()) == [bench.reader, "Till"]
    nobody = code_of(lambda: rm.list_readers_with_device_instance_id(context, "USB\\VID_0000"))
    assert nobody == Code.SCARD_E_NO_READERS_AVAILABLE
    for call in (rm.get_device_type_id, rm.get_reader_device_instance_id):
        assert code_of(lambda each=call: each(context, "no such")) == Code.SCARD_E_UNKNOWN_READER  # type: ignore[misc]
    assert rm.SCardGetDeviceTypeId(context, "Till") == [0, 0xF0]
    assert rm.SCardGetReaderDeviceInstanceId(context, "Till") == [0, identifier]
    assert rm.SCardListReadersWithDeviceInstanceId(context, identifier) == [0, [bench.reader, "Till"]]
    assert rm.SCardGetDeviceTypeId(context, "no such") == [Code.SCARD_E_UNKNOWN_READER.value, 0]
    assert rm.SCardGetReaderDeviceInstanceId(context, "no such") == [Code.SCARD_E_UNKNOWN_READER.value, ""]
    assert rm.SCardListReadersWithDeviceInstanceId(context, "") == [Code.SCARD_E_NO_READERS_AVAILABLE.value, []]


# A database that cannot be used


@BOTH
def test_a_fault_has_words_in_the_typed_face_and_a_code_in_the_pyscard_face(bench: Any, database_file: Path) -> None:
    rm, context = bench.rm, bench.context
    database_file.write_text("somebody's notes", encoding="utf-8")
    with pytest.raises(DatabaseFault, match=str(database_file)):
        rm.connect(context, "Till")
    with pytest.raises(DatabaseFault, match=str(database_file)):
        rm.list_cards(context)
    code = Code.SCARD_F_INTERNAL_ERROR.value
    assert rm.SCardListCards(context, [], []) == [code, []]
    assert rm.SCardListReaders(context, []) == [code, []]
    assert rm.SCardListReaderGroups(context) == [code, []]
    assert rm.SCardConnect(context, "Till", 2, 3) == [code, 0, 0]
    assert rm.SCardGetStatusChange(context, 0, [("Till", 0x10)]) == [code, [("Till", 0, [])]]
    assert rm.SCardGetStatusChange(context, 0, [(bench.reader, 0)])[0] == 0
    assert database_file.read_text(encoding="utf-8") == "somebody's notes"
