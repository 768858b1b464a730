"""Contexts: establishing, releasing, asking after them, and cancelling their waits; readers, groups, error texts."""

from __future__ import annotations

from functools import partial
from typing import Any

from parity_calls import cancelled, held
from parity_table import NO_SUCH, NO_UNPLUGGING, Call, case, outcome

from scardmgr.winscard.codes import SCardCode as Code
from scardmgr.winscard.constants import Disposition, Protocols, ReaderStateFlag, Scope, ShareMode
from scardmgr.winscard.values import ReaderState

EMPTY = ReaderStateFlag.EMPTY.value


@case("establish_context", Code.SCARD_E_INVALID_VALUE)
def scope_that_does_not_exist(bench: Any) -> Call:
    return lambda: bench.rm.establish_context(9)


def _every_scope(scope: Scope) -> None:
    def situation(bench: Any) -> Call:
        def establish() -> bool:
            bench.contexts.append(bench.rm.establish_context(scope))
            return bool(bench.rm.is_valid_context(bench.contexts[-1]))

        return establish

    situation.__name__ = f"scope_{scope.name}"
    case("establish_context", gives=True, windows="Two scopes, and what comes with this package")(situation)


for _scope in Scope:
    _every_scope(_scope)


@case("establish_context", gives=True)
def each_time_another_one(bench: Any) -> Call:
    return lambda: len({bench.other_context() for _ in range(20)}) == 20


@case(
    "establish_context", gives=True, windows="A resource manager without readers is there", embedded_only=NO_UNPLUGGING
)
def no_reader_attached(bench: Any) -> Call:
    bench.slot.close()
    bench.empty_slot.close()
    return lambda: bool(bench.rm.is_valid_context(bench.other_context()))


@case("is_valid_context", gives=True)
def context_that_is_open(bench: Any) -> Call:
    return lambda: bench.rm.is_valid_context(bench.context)


@case("is_valid_context", gives=False)
def context_that_was_released(bench: Any) -> Call:
    context = bench.other_context()
    bench.rm.release_context(context)
    return lambda: bench.rm.is_valid_context(context)


@case("is_valid_context", gives=False)
def context_that_was_never_given_out(bench: Any) -> Call:
    return lambda: bench.rm.is_valid_context(NO_SUCH)


@case("is_valid_context", gives=False)
def null(bench: Any) -> Call:
    return lambda: bench.rm.is_valid_context(0)


@case("is_valid_context", gives=False)
def card_handle_in_place_of_a_context(bench: Any) -> Call:
    bench.insert_scripted()
    card = bench.connect()
    return lambda: bench.rm.is_valid_context(card)


def _on_a_context_that_is_not_open(function: str, *arguments: Any) -> None:
    @case(function, Code.SCARD_E_INVALID_HANDLE)
    def context_never_given_out(bench: Any) -> Call:
        return lambda: getattr(bench.rm, function)(NO_SUCH, *arguments)

    @case(function, Code.SCARD_E_INVALID_HANDLE)
    def context_released(bench: Any) -> Call:
        context = bench.other_context()
        bench.rm.release_context(context)
        return lambda: getattr(bench.rm, function)(context, *arguments)


_on_a_context_that_is_not_open("release_context")
_on_a_context_that_is_not_open("cancel")
_on_a_context_that_is_not_open("list_readers")
_on_a_context_that_is_not_open("list_reader_groups")
_on_a_context_that_is_not_open("get_status_change", 0, [ReaderState("no such reader")])
_on_a_context_that_is_not_open("connect", "no such reader", ShareMode.SHARED, Protocols.UNDEFINED)


# Releasing


@case("release_context")
def context_without_handles(bench: Any) -> Call:
    return partial(bench.rm.release_context, bench.other_context())


@case("release_context", gives=[], windows="A context that is released resets a card that it had to itself")
def leaves_the_card_as_it_is(bench: Any) -> Call:
    inserted = bench.insert_scripted()
    bench.connect()
    bench.connect_other()
    inserted.history.clear()

    def release() -> list[Any]:
        bench.rm.release_context(bench.contexts[-1])
        return list(inserted.history)

    return release


@case("release_context", gives=["reset"])
def inside_a_transaction_the_card_is_reset(bench: Any) -> Call:
    inserted = bench.insert_scripted()
    bench.connect()
    bench.rm.begin_transaction(bench.connect_other())
    inserted.history.clear()

    def release() -> list[Any]:
        bench.rm.release_context(bench.contexts[-1])
        return list(inserted.history)

    return release


@case("release_context", gives=[])
def inside_a_transaction_whose_card_was_reset_since(bench: Any) -> Call:
    inserted = bench.insert_scripted()
    holder = bench.connect_other()
    bench.rm.begin_transaction(holder)
    bench.rm.begin_transaction(holder)
    bench.rm.end_transaction(holder, Disposition.RESET)
    inserted.history.clear()

    def release() -> list[Any]:
        bench.rm.release_context(bench.contexts[-1])
        return list(inserted.history)

    return release


@case("release_context", gives=["reset"])
def with_an_exclusive_handle_the_card_is_reset(bench: Any) -> Call:
    inserted = bench.insert_scripted()
    bench.connect_other(ShareMode.EXCLUSIVE)
    inserted.history.clear()

    def release() -> list[Any]:
        bench.rm.release_context(bench.contexts[-1])
        return list(inserted.history)

    return release


@case("release_context")
def its_handle_was_disconnected_by_itself(bench: Any) -> Call:
    bench.insert_scripted()
    bench.rm.disconnect(bench.connect_other())
    return lambda: bench.rm.release_context(bench.contexts[-1])


@case("connect", gives=Protocols.T1)
def after_a_released_context_had_the_reader_exclusively(bench: Any) -> Call:
    bench.insert_scripted()
    bench.connect_other(ShareMode.EXCLUSIVE)
    bench.rm.release_context(bench.contexts[-1])
    return lambda: bench.rm.connect(bench.context, bench.reader)


# Cancelling


@case("cancel")
def nothing_waits(bench: Any) -> Call:
    return lambda: bench.rm.cancel(bench.context)


def _wait(bench: Any, context: int, timeout_ms: int | None = None) -> Call:
    """A wait for something that does not happen."""
    return lambda: bench.rm.get_status_change(context, timeout_ms, [ReaderState(bench.empty_reader, EMPTY)])


@case("get_status_change", Code.SCARD_E_CANCELLED, gives=[ReaderStateFlag.EMPTY])
def infinite_wait_cancelled_by_another_thread(bench: Any) -> Call:
    return cancelled(bench, held(_wait(bench, bench.context)))


@case("get_status_change", Code.SCARD_E_CANCELLED, gives=[ReaderStateFlag.EMPTY])
def bounded_wait_cancelled_by_another_thread(bench: Any) -> Call:
    return cancelled(bench, held(_wait(bench, bench.context, 60_000)))


@case("get_status_change", Code.SCARD_E_CANCELLED)
def cancelled_for_the_second_time(bench: Any) -> Call:
    first = cancelled(bench, held(_wait(bench, bench.context)))
    assert outcome("get_status_change", first)[0] == "SCARD_E_CANCELLED"
    return cancelled(bench, held(_wait(bench, bench.context)))


@case("get_status_change", Code.SCARD_E_TIMEOUT)
def cancelled_before_it_began_to_wait(bench: Any) -> Call:
    bench.rm.cancel(bench.context)
    return _wait(bench, bench.context, 20)


@case("get_status_change", Code.SCARD_E_TIMEOUT)
def the_wait_of_another_context_was_cancelled(bench: Any) -> Call:
    wait = held(_wait(bench, bench.other_context(), 600))
    bench.rm.cancel(bench.context)
    return wait


@case(
    "get_status_change",
    Code.SCARD_E_CANCELLED,
    windows="SCardCancel ends the waits that have begun",
)
def two_waits_in_one_context_are_cancelled_at_once(bench: Any) -> Call:
    one, other = held(_wait(bench, bench.context)), held(_wait(bench, bench.context))
    cancelled(bench, one, other)
    assert outcome("get_status_change", one)[0] == "SCARD_E_CANCELLED"
    return other


@case(
    "get_status_change",
    Code.SCARD_E_INVALID_HANDLE,
    windows="Releasing a context ends its wait",
)
def context_released_during_the_wait(bench: Any) -> Call:
    wait = held(_wait(bench, bench.other_context()))
    bench.rm.release_context(bench.contexts[-1])
    return wait


# Readers and groups


@case("list_readers", gives=True)
def two_readers_in_the_order_they_came(bench: Any) -> Call:
    return lambda: bench.rm.list_readers(bench.context) == [bench.reader, bench.empty_reader]


@case("list_readers", gives=True)
def in_the_default_group(bench: Any) -> Call:
    names = [bench.reader, bench.empty_reader]
    return lambda: bench.rm.list_readers(bench.context, ["SCard$DefaultReaders"]) == names


@case(
    "list_readers",
    Code.SCARD_E_NO_READERS_AVAILABLE,
    windows="A resource manager without readers is there",
    embedded_only=NO_UNPLUGGING,
)
def no_reader(bench: Any) -> Call:
    bench.slot.close()
    bench.empty_slot.close()
    return lambda: bench.rm.list_readers(bench.context)


@case("list_readers", Code.SCARD_E_INVALID_HANDLE, windows="Listing takes a context")
def null_in_place_of_a_context(bench: Any) -> Call:
    return lambda: bench.rm.list_readers(0)


@case("list_reader_groups", Code.SCARD_E_INVALID_HANDLE, windows="Listing takes a context")
def groups_of_null(bench: Any) -> Call:
    return lambda: bench.rm.list_reader_groups(0)


@case("list_reader_groups", gives=["SCard$DefaultReaders"])
def the_default_group(bench: Any) -> Call:
    return lambda: bench.rm.list_reader_groups(bench.context)


# Error texts


@case("error_text", gives="Command successful.")
def text_of_success(bench: Any) -> Call:
    return lambda: bench.rm.error_text(0)


@case("error_text", gives="Sharing violation.", windows="Texts of codes are pcsc-lite's")
def text_of_a_code(bench: Any) -> Call:
    return lambda: bench.rm.error_text(Code.SCARD_E_SHARING_VIOLATION)


@case("error_text", gives="Unknown error: 0x80100070", windows="Texts of codes are pcsc-lite's")
def text_of_a_code_that_only_windows_has(bench: Any) -> Call:
    return lambda: bench.rm.error_text(Code.SCARD_W_CACHE_ITEM_NOT_FOUND)


@case("error_text", gives="Unknown error: 0x12345678")
def text_of_a_number_that_is_no_code(bench: Any) -> Call:
    return lambda: bench.rm.error_text(0x12345678)
