"""The smart card database: names of readers, groups, the cache, devices."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

from parity_table import Call, case

from scardmgr.winscard.codes import SCardCode as Code
from scardmgr.winscard.constants import Protocols, ReaderStateFlag, ReaderType
from scardmgr.winscard.values import ReaderState

PRIMARY = UUID("AD4F1667-EA75-4124-84D4-641B3B197C65")
INTERFACE = UUID("382AE95A-7C2C-449C-A179-56C6DE6FF3BC")
FOUND = ReaderStateFlag.PRESENT | ReaderStateFlag.CHANGED
DEFAULT = "SCard$DefaultReaders"


# Readers and groups


def _till(bench: Any) -> None:
    bench.rm.introduce_reader(bench.context, "Till", bench.reader)


@case("connect", gives=Protocols.T1)
def a_reader_by_the_name_it_was_introduced_under(bench: Any) -> Call:
    bench.insert_scripted()
    _till(bench)
    return lambda: bench.rm.connect(bench.context, "TILL")


@case("connect", Code.SCARD_E_UNKNOWN_READER)
def a_reader_that_was_introduced_and_forgotten(bench: Any) -> Call:
    _till(bench)
    bench.rm.forget_reader(bench.context, "Till")
    return lambda: bench.rm.connect(bench.context, "Till")


@case("get_status_change", gives=[FOUND])
def a_reader_by_another_name(bench: Any) -> Call:
    bench.insert_scripted()
    _till(bench)
    return lambda: bench.rm.get_status_change(bench.context, 0, [ReaderState("Till")])


def _readers(name: str, gives: Any, prepare: Callable[[Any], None], *groups: str) -> None:
    def situation(bench: Any) -> Call:
        prepare(bench)
        words = {bench.reader: "full", bench.empty_reader: "empty"}
        return lambda: [words.get(one, one) for one in bench.rm.list_readers(bench.context, groups)]

    situation.__name__ = name
    if isinstance(gives, Code):
        case("list_readers", gives)(situation)
    else:
        case("list_readers", gives=gives)(situation)


def _in_the_shop(bench: Any) -> None:
    _till(bench)
    bench.rm.add_reader_to_group(bench.context, "Till", "Shop")


def _out_of_the_default_group(bench: Any) -> None:
    bench.rm.remove_reader_from_group(bench.context, bench.reader, DEFAULT)


_readers("with_one_introduced", ["full", "empty", "Till"], _till)
_readers("of_a_group", ["Till"], _in_the_shop, "Shop")
_readers("of_a_group_and_one_that_does_not_exist", ["Till"], _in_the_shop, "no such group", "SHOP")
_readers("of_all_groups", ["full", "empty", "Till"], _in_the_shop, "SCard$AllReaders")
_readers("without_the_one_taken_out_of_the_default_group", ["empty"], _out_of_the_default_group, DEFAULT)
_readers("of_no_group_also_the_one_taken_out", ["full", "empty"], _out_of_the_default_group)
_readers("of_a_group_that_does_not_exist", Code.SCARD_E_NO_READERS_AVAILABLE, _till, "no such group")


@case("introduce_reader", Code.SCARD_E_DUPLICATE_READER)
def name_that_was_introduced(bench: Any) -> Call:
    _till(bench)
    return lambda: bench.rm.introduce_reader(bench.context, "TILL", bench.empty_reader)


@case("introduce_reader", Code.SCARD_E_DUPLICATE_READER)
def name_of_an_attached_reader(bench: Any) -> Call:
    return lambda: bench.rm.introduce_reader(bench.context, bench.reader, "device")


@case("introduce_reader", Code.SCARD_E_INVALID_VALUE)
def reader_without_a_name(bench: Any) -> Call:
    return lambda: bench.rm.introduce_reader(bench.context, "", bench.reader)


@case("introduce_reader")
def device_that_is_not_attached(bench: Any) -> Call:
    return lambda: bench.rm.introduce_reader(bench.context, "Till", "no such device")


@case("forget_reader")
def reader_that_was_introduced(bench: Any) -> Call:
    _till(bench)
    return lambda: bench.rm.forget_reader(bench.context, "till")


@case("forget_reader", Code.SCARD_E_UNKNOWN_READER)
def reader_that_nobody_knows(bench: Any) -> Call:
    return lambda: bench.rm.forget_reader(bench.context, "Till")


@case("introduce_reader_group")
def group_that_is_new(bench: Any) -> Call:
    return lambda: bench.rm.introduce_reader_group(bench.context, "Shop")


@case("list_reader_groups", gives=[DEFAULT])
def a_group_without_readers_is_not_listed(bench: Any) -> Call:
    bench.rm.introduce_reader_group(bench.context, "Shop")
    return lambda: bench.rm.list_reader_groups(bench.context)


@case("list_reader_groups", gives=[DEFAULT, "Shop"])
def a_group_with_a_reader(bench: Any) -> Call:
    _in_the_shop(bench)
    return lambda: bench.rm.list_reader_groups(bench.context)


@case("add_reader_to_group", Code.SCARD_E_UNKNOWN_READER)
def unknown_reader_into_a_group(bench: Any) -> Call:
    return lambda: bench.rm.add_reader_to_group(bench.context, "Till", "Shop")


@case("remove_reader_from_group", Code.SCARD_E_UNKNOWN_READER)
def unknown_reader_out_of_a_group(bench: Any) -> Call:
    return lambda: bench.rm.remove_reader_from_group(bench.context, "Till", "Shop")


@case("remove_reader_from_group")
def reader_that_is_not_in_the_group(bench: Any) -> Call:
    return lambda: bench.rm.remove_reader_from_group(bench.context, bench.reader, "Shop")


@case("forget_reader_group")
def group_that_is_not_there(bench: Any) -> Call:
    return lambda: bench.rm.forget_reader_group(bench.context, "Shop")


def _of_the_system(function: str, *, with_a_reader: bool) -> None:
    @case(function, Code.SCARD_E_INVALID_VALUE)
    def group_that_the_system_manages(bench: Any) -> Call:
        arguments = (bench.reader, "SCard$AllReaders") if with_a_reader else ("SCard$AllReaders",)
        return lambda: getattr(bench.rm, function)(bench.context, *arguments)


_of_the_system("introduce_reader_group", with_a_reader=False)
_of_the_system("forget_reader_group", with_a_reader=False)
_of_the_system("add_reader_to_group", with_a_reader=True)
_of_the_system("remove_reader_from_group", with_a_reader=True)


# The cache, and devices


@case("read_cache", gives=b"\1\2\3")
def what_another_context_wrote(bench: Any) -> Call:
    bench.rm.write_cache(bench.context, PRIMARY, 7, "item", b"\1\2\3")
    other = bench.other_context()
    return lambda: bench.rm.read_cache(other, PRIMARY, 7, "item")


@case("read_cache", Code.SCARD_W_CACHE_ITEM_NOT_FOUND)
def what_nobody_wrote(bench: Any) -> Call:
    return lambda: bench.rm.read_cache(bench.context, INTERFACE, 7, "no such item")


@case("read_cache", Code.SCARD_W_CACHE_ITEM_STALE)
def what_was_written_of_an_older_content(bench: Any) -> Call:
    bench.rm.write_cache(bench.context, PRIMARY, 7, "item", b"\1\2\3")
    return lambda: bench.rm.read_cache(bench.context, PRIMARY, 8, "item")


@case("write_cache", Code.SCARD_W_CACHE_ITEM_TOO_BIG)
def more_bytes_than_an_item_may_have(bench: Any) -> Call:
    return lambda: bench.rm.write_cache(bench.context, PRIMARY, 7, "item", bytes(65_537))


@case("get_device_type_id", gives=ReaderType.VENDOR)
def type_of_an_attached_reader(bench: Any) -> Call:
    return lambda: bench.rm.get_device_type_id(bench.context, bench.reader)


@case("get_reader_device_instance_id", gives=True)
def identifier_of_an_introduced_reader(bench: Any) -> Call:
    _till(bench)
    identifier = f"SCARDMGR\\READER\\{bench.reader}"
    return lambda: bench.rm.get_reader_device_instance_id(bench.context, "Till") == identifier


@case("list_readers_with_device_instance_id", gives=True)
def all_names_of_a_device(bench: Any) -> Call:
    _till(bench)
    identifier = bench.rm.get_reader_device_instance_id(bench.context, bench.reader)
    names = [bench.reader, "Till"]
    return lambda: bench.rm.list_readers_with_device_instance_id(bench.context, identifier) == names


def _of_no_reader(function: str) -> None:
    @case(function, Code.SCARD_E_UNKNOWN_READER)
    def reader_that_does_not_exist(bench: Any) -> Call:
        return lambda: getattr(bench.rm, function)(bench.context, "no such reader")


_of_no_reader("get_device_type_id")
_of_no_reader("get_reader_device_instance_id")


@case("list_readers_with_device_instance_id", Code.SCARD_E_NO_READERS_AVAILABLE)
def identifier_of_no_device(bench: Any) -> Call:
    return lambda: bench.rm.list_readers_with_device_instance_id(bench.context, "USB\\VID_0000")
