"""The smart card database: card types, and locating cards. Off Windows real PC/SC is served by the same database."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from parity_table import NO_SUCH, T1_ATR, Call, case

from scardmgr.winscard.codes import SCardCode as Code
from scardmgr.winscard.constants import ReaderStateFlag
from scardmgr.winscard.values import ATRPattern, ReaderState

ALREADY_EXISTS, FILE_NOT_FOUND = 183, 2
PRIMARY = UUID("AD4F1667-EA75-4124-84D4-641B3B197C65")
INTERFACE = UUID("382AE95A-7C2C-449C-A179-56C6DE6FF3BC")
OTHER_ATR = bytes.fromhex("3B00")
ALL_BITS = b"\xff" * 4
FOUND = ReaderStateFlag.PRESENT | ReaderStateFlag.ATRMATCH | ReaderStateFlag.CHANGED
NOT_FOUND = ReaderStateFlag.PRESENT | ReaderStateFlag.CHANGED


def _introduced(bench: Any) -> None:
    bench.rm.introduce_card_type(bench.context, "My Card", PRIMARY, [INTERFACE], T1_ATR)


# Contexts that are not open


def _on_no_context(function: str, *arguments: Any) -> None:
    @case(function, Code.SCARD_E_INVALID_HANDLE)
    def context_never_given_out(bench: Any) -> Call:
        return lambda: getattr(bench.rm, function)(NO_SUCH, *arguments)

    @case(function, Code.SCARD_E_INVALID_HANDLE)
    def context_released(bench: Any) -> Call:
        context = bench.other_context()
        bench.rm.release_context(context)
        return lambda: getattr(bench.rm, function)(context, *arguments)


_on_no_context("introduce_card_type", "My Card", PRIMARY, [], T1_ATR)
_on_no_context("forget_card_type", "My Card")
_on_no_context("set_card_type_provider_name", "My Card", 2, "A CSP")
_on_no_context("get_card_type_provider_name", "My Card", 2)
_on_no_context("list_cards")
_on_no_context("list_interfaces", "My Card")
_on_no_context("get_provider_id", "My Card")
_on_no_context("locate_cards", ["My Card"], [ReaderState("R")])
_on_no_context("locate_cards_by_atr", [ATRPattern(T1_ATR, ALL_BITS)], [ReaderState("R")])
_on_no_context("introduce_reader", "Till", "device")
_on_no_context("forget_reader", "Till")
_on_no_context("introduce_reader_group", "Shop")
_on_no_context("forget_reader_group", "Shop")
_on_no_context("add_reader_to_group", "Till", "Shop")
_on_no_context("remove_reader_from_group", "Till", "Shop")
_on_no_context("read_cache", PRIMARY, 1, "item")
_on_no_context("write_cache", PRIMARY, 1, "item", b"\1")
_on_no_context("get_device_type_id", "Till")
_on_no_context("get_reader_device_instance_id", "Till")
_on_no_context("list_readers_with_device_instance_id", "id")


# Card types


@case("introduce_card_type")
def card_type_that_is_new(bench: Any) -> Call:
    return lambda: _introduced(bench)


@case("introduce_card_type", ALREADY_EXISTS)
def card_type_that_is_there(bench: Any) -> Call:
    _introduced(bench)
    return lambda: bench.rm.introduce_card_type(bench.context, "MY CARD", None, [], T1_ATR)


@case("introduce_card_type", Code.SCARD_E_INVALID_VALUE)
def card_type_without_a_name(bench: Any) -> Call:
    return lambda: bench.rm.introduce_card_type(bench.context, "", None, [], T1_ATR)


@case("introduce_card_type", Code.SCARD_E_INVALID_PARAMETER)
def card_type_without_an_atr(bench: Any) -> Call:
    return lambda: bench.rm.introduce_card_type(bench.context, "My Card", None, [], b"")


@case("introduce_card_type", Code.SCARD_E_INVALID_PARAMETER)
def mask_of_another_length_than_the_atr(bench: Any) -> Call:
    return lambda: bench.rm.introduce_card_type(bench.context, "My Card", None, [], T1_ATR, b"\xff")


@case("forget_card_type")
def card_type_that_is_known(bench: Any) -> Call:
    _introduced(bench)
    return lambda: bench.rm.forget_card_type(bench.context, "my card")


def _of_an_unknown_card_type(function: str, *arguments: Any) -> None:
    @case(function, Code.SCARD_E_UNKNOWN_CARD)
    def card_type_that_is_not_known(bench: Any) -> Call:
        return lambda: getattr(bench.rm, function)(bench.context, "My Card", *arguments)

    @case(function, Code.SCARD_E_UNKNOWN_CARD)
    def card_type_that_was_forgotten(bench: Any) -> Call:
        _introduced(bench)
        bench.rm.forget_card_type(bench.context, "My Card")
        return lambda: getattr(bench.rm, function)(bench.context, "My Card", *arguments)


_of_an_unknown_card_type("forget_card_type")
_of_an_unknown_card_type("set_card_type_provider_name", 2, "A CSP")
_of_an_unknown_card_type("get_card_type_provider_name", 2)
_of_an_unknown_card_type("list_interfaces")
_of_an_unknown_card_type("get_provider_id")


@case("set_card_type_provider_name")
def naming_a_csp(bench: Any) -> Call:
    _introduced(bench)
    return lambda: bench.rm.set_card_type_provider_name(bench.context, "My Card", 2, "A CSP")


@case("set_card_type_provider_name", Code.SCARD_E_INVALID_VALUE)
def provider_number_0(bench: Any) -> Call:
    _introduced(bench)
    return lambda: bench.rm.set_card_type_provider_name(bench.context, "My Card", 0, "A CSP")


@case("get_card_type_provider_name", gives="A CSP")
def the_csp_that_was_named(bench: Any) -> Call:
    _introduced(bench)
    bench.rm.set_card_type_provider_name(bench.context, "My Card", 2, "A CSP")
    return lambda: bench.rm.get_card_type_provider_name(bench.context, "MY card", 2)


@case("get_card_type_provider_name", gives=f"{{{PRIMARY}}}".upper())
def the_primary_provider_as_a_name(bench: Any) -> Call:
    _introduced(bench)
    return lambda: bench.rm.get_card_type_provider_name(bench.context, "My Card", 1)


@case("get_card_type_provider_name", FILE_NOT_FOUND)
def provider_that_was_never_named(bench: Any) -> Call:
    _introduced(bench)
    return lambda: bench.rm.get_card_type_provider_name(bench.context, "My Card", 3)


def _listed(name: str, gives: list[str], *arguments: Any) -> None:
    def situation(bench: Any) -> Call:
        _introduced(bench)
        bench.rm.introduce_card_type(bench.context, "Other", None, [], OTHER_ATR)
        return lambda: bench.rm.list_cards(bench.context, *arguments)

    situation.__name__ = name
    case("list_cards", gives=gives)(situation)


_listed("all_card_types", ["My Card", "Other"])
_listed("by_atr", ["My Card"], T1_ATR)
_listed("by_another_atr", ["Other"], OTHER_ATR)
_listed("by_an_atr_of_none", [], bytes.fromhex("3B01FF"))
_listed("by_interface", ["My Card"], None, [INTERFACE])
_listed("by_an_interface_of_none", [], None, [PRIMARY])
_listed("by_atr_and_interface", [], OTHER_ATR, [INTERFACE])


@case("list_cards", gives=["Masked"])
def by_an_atr_under_a_mask(bench: Any) -> Call:
    bench.rm.introduce_card_type(bench.context, "Masked", None, [], b"\x3b\x80\0\0", b"\xff\xff\0\0")
    return lambda: bench.rm.list_cards(bench.context, T1_ATR)


@case("list_interfaces", gives=True)
def interfaces_as_introduced(bench: Any) -> Call:
    _introduced(bench)
    return lambda: bench.rm.list_interfaces(bench.context, "My Card") == [INTERFACE]


@case("get_provider_id", gives=PRIMARY)
def the_primary_provider(bench: Any) -> Call:
    _introduced(bench)
    return lambda: bench.rm.get_provider_id(bench.context, "My Card")


@case("get_provider_id", Code.SCARD_E_ICC_INSTALLATION)
def no_primary_provider(bench: Any) -> Call:
    bench.rm.introduce_card_type(bench.context, "My Card", None, [], T1_ATR)
    return lambda: bench.rm.get_provider_id(bench.context, "My Card")


# Locating cards


@case("locate_cards", gives=[FOUND])
def a_card_of_the_type(bench: Any) -> Call:
    bench.insert_scripted()
    _introduced(bench)
    return lambda: bench.rm.locate_cards(bench.context, ["My Card"], [ReaderState(bench.reader)])


@case("locate_cards", gives=[NOT_FOUND])
def a_card_of_another_type(bench: Any) -> Call:
    bench.insert_scripted(OTHER_ATR)
    _introduced(bench)
    return lambda: bench.rm.locate_cards(bench.context, ["My Card"], [ReaderState(bench.reader)])


@case("locate_cards", gives=[NOT_FOUND])
def a_type_that_is_not_known(bench: Any) -> Call:
    bench.insert_scripted()
    return lambda: bench.rm.locate_cards(bench.context, ["My Card"], [ReaderState(bench.reader)])


@case("locate_cards", gives=[ReaderStateFlag.EMPTY])
def an_empty_reader_as_believed(bench: Any) -> Call:
    _introduced(bench)
    states = [ReaderState(bench.empty_reader, ReaderStateFlag.EMPTY.value)]
    return lambda: bench.rm.locate_cards(bench.context, ["My Card"], states)


@case("locate_cards", Code.SCARD_E_UNKNOWN_READER)
def in_a_reader_that_does_not_exist(bench: Any) -> Call:
    _introduced(bench)
    return lambda: bench.rm.locate_cards(bench.context, ["My Card"], [ReaderState("no such reader")])


@case("locate_cards_by_atr", gives=[FOUND])
def an_atr_to_the_last_bit(bench: Any) -> Call:
    bench.insert_scripted()
    return lambda: bench.rm.locate_cards_by_atr(
        bench.context, [ATRPattern(T1_ATR, ALL_BITS)], [ReaderState(bench.reader)]
    )


@case("locate_cards_by_atr", gives=[FOUND])
def an_atr_under_a_mask(bench: Any) -> Call:
    bench.insert_scripted()
    pattern = ATRPattern(b"\x3b\0\0\0", b"\xff\0\0\0")
    return lambda: bench.rm.locate_cards_by_atr(bench.context, [pattern], [ReaderState(bench.reader)])


@case("locate_cards_by_atr", gives=[NOT_FOUND])
def another_atr(bench: Any) -> Call:
    bench.insert_scripted()
    pattern = ATRPattern(OTHER_ATR, b"\xff\xff")
    return lambda: bench.rm.locate_cards_by_atr(bench.context, [pattern], [ReaderState(bench.reader)])


@case("locate_cards_by_atr", Code.SCARD_E_UNKNOWN_READER)
def an_atr_in_a_reader_that_does_not_exist(bench: Any) -> Call:
    return lambda: bench.rm.locate_cards_by_atr(
        bench.context, [ATRPattern(T1_ATR, ALL_BITS)], [ReaderState("no such reader")]
    )


# pyscard's manner


@case("SCardListCards", gives=[0, ["My Card"]])
def names_by_atr(bench: Any) -> Call:
    _introduced(bench)
    return lambda: bench.rm.SCardListCards(bench.context, list(T1_ATR), [])


@case("SCardIntroduceReader", gives=0)
def another_name(bench: Any) -> Call:
    return lambda: bench.rm.SCardIntroduceReader(bench.context, "Till", bench.reader)


@case("SCardForgetReader", Code.SCARD_E_UNKNOWN_READER, gives=0x80100009)
def nobodys_name(bench: Any) -> Call:
    return lambda: bench.rm.SCardForgetReader(bench.context, "Till")


def _a_group(function: str) -> None:
    @case(function, gives=0)
    def a_group(bench: Any) -> Call:
        return lambda: getattr(bench.rm, function)(bench.context, "Shop")


_a_group("SCardIntroduceReaderGroup")
_a_group("SCardForgetReaderGroup")


@case("SCardAddReaderToGroup", gives=0)
def a_reader_into_a_group(bench: Any) -> Call:
    return lambda: bench.rm.SCardAddReaderToGroup(bench.context, bench.reader, "Shop")


@case("SCardRemoveReaderFromGroup", gives=0)
def a_reader_out_of_a_group(bench: Any) -> Call:
    return lambda: bench.rm.SCardRemoveReaderFromGroup(bench.context, bench.reader, "Shop")


@case("SCardLocateCards", gives=[0, True])
def a_card_by_its_type(bench: Any) -> Call:
    bench.insert_scripted()
    _introduced(bench)

    def locate() -> Any:
        hr, [(name, state, atr)] = bench.rm.SCardLocateCards(bench.context, ["My Card"], [(bench.reader, 0)])
        return [hr, (name, state & 0xFFFF, atr) == (bench.reader, FOUND.value, list(T1_ATR))]

    return locate
