"""What ``pyscard_on`` exchanges, for whom, and that everything is as it was when it is left."""

from __future__ import annotations

import functools
import gc
import sys
import threading
from collections.abc import Callable, Iterator
from importlib import import_module, reload
from pathlib import Path
from typing import Any

import pytest
import smartcard.scard
import smartcard.scard._scard as extension
from smartcard.CardMonitoring import CardMonitor, CardMonitoringThread, CardObserver
from smartcard.Exceptions import CardConnectionException
from smartcard.pcsc.PCSCCardConnection import PCSCCardConnection
from smartcard.pcsc.PCSCCardRequest import PCSCCardRequest
from smartcard.pcsc.PCSCReader import PCSCReader
from smartcard.reader.ReaderGroups import readergroups as groups_singleton
from smartcard.ReaderMonitoring import ReaderMonitor, ReaderMonitoringThread
from smartcard.scard import *  # noqa: F403 - as programs do
from smartcard.scard import SCARD_SCOPE_USER, SCardEstablishContext, SCardListReaders, SCardReleaseContext
from smartcard.System import readergroups

from emulator import Card
from scardmgr import EmbeddedResourceManager, pyscard_on
from virtual_reader import Reader, insert

Observer = Callable[[], Any]


# A reader of the plugin has pyscard_on for the whole of its test: here every block has to be the test's own.


@pytest.fixture
def card() -> Iterator[Card]:
    with Card.from_profile("iso7816") as emulated:
        yield emulated


@pytest.fixture
def manager() -> EmbeddedResourceManager:
    return EmbeddedResourceManager()


@pytest.fixture
def reader(card: Card, manager: EmbeddedResourceManager) -> Iterator[Reader]:
    with insert(card, into=manager) as inserted:
        yield inserted


@pytest.fixture
def real(card: Card) -> Iterator[Reader]:
    with insert(card, via="pcscd") as inserted:
        yield inserted


def reader_names(establish: Any = SCardEstablishContext, listing: Any = SCardListReaders) -> list[str]:
    """By pyscard's functions, bound when this module was imported."""
    hresult, context = establish(SCARD_SCOPE_USER)
    assert hresult == 0
    names: list[str] = listing(context, [])[1]
    assert SCardReleaseContext(context) == 0
    return names


class Holder:
    establish = staticmethod(SCardEstablishContext)


def everything() -> dict[str, Any]:
    """All that could be exchanged: names in modules, and the singletons."""
    modules = {
        (module, name): value
        for module, loaded in list(sys.modules.items())
        if module.startswith("smartcard")
        for name, value in vars(loaded).items()
    }
    singletons = {
        "card monitor": CardMonitor.instance,
        "card thread": CardMonitoringThread.instance,
        "groups": groups_singleton.instance,
        "reader monitor": dict(ReaderMonitor._ReaderMonitor__shared_state),
        "reader thread": dict(ReaderMonitoringThread._ReaderMonitoringThread__shared_state),
    }
    return {**{str(key): value for key, value in modules.items()}, **singletons}


def manager_with(name: str) -> EmbeddedResourceManager:
    manager = EmbeddedResourceManager()
    manager.add_reader(name)
    return manager


def test_names_taken_before_work_however_they_were_taken(
    manager: EmbeddedResourceManager, reader: Reader, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    partial = functools.partial(SCardEstablishContext, SCARD_SCOPE_USER)
    taken = [SCardEstablishContext, Holder.establish, lambda _: partial(), smartcard.scard.SCardEstablishContext]
    with pyscard_on(manager):
        assert [reader_names(each) for each in taken] == [[reader.name]] * 4
        assert reader_names(extension.SCardEstablishContext, extension.SCardListReaders) == [reader.name]


def test_a_module_imported_inside_is_right_inside_and_outside(
    reader: Reader, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "imported_inside.py").write_text(
        "from smartcard.scard import *\nfrom smartcard.System import readers\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    try:
        with pyscard_on(manager_with("One")), pyscard_on(manager_with("Two")):
            inside: Any = import_module("imported_inside")
            assert [each.name for each in inside.readers()] == ["Two"]
        assert inside.SCardListReaders is SCardListReaders
        with pyscard_on(manager_with("Three")):
            assert reader_names(inside.SCardEstablishContext) == ["Three"]
    finally:
        sys.modules.pop("imported_inside", None)


def test_afterwards_everything_is_as_before(manager: EmbeddedResourceManager, reader: Reader) -> None:
    before = everything()
    with pyscard_on(manager):
        monitor = CardMonitor()
        monitor.addObserver(CardObserver())
        readergroups()
        assert everything() != before
    assert everything() == before


def test_afterwards_everything_is_as_before_also_when_it_ends_badly(manager: EmbeddedResourceManager) -> None:
    before = everything()
    with pytest.raises(ZeroDivisionError), pyscard_on(manager):
        1 / 0  # noqa: B018 - the error is what is wanted
    with pytest.raises(KeyboardInterrupt), pyscard_on(manager):
        raise KeyboardInterrupt
    assert everything() == before


def test_nested_the_inner_one_counts_and_objects_stay_with_their_own() -> None:
    with pyscard_on(manager_with("Outer")):
        hresult, outer = SCardEstablishContext(SCARD_SCOPE_USER)
        assert hresult == 0
        with pyscard_on(manager_with("Inner")):
            assert reader_names() == ["Inner"]
            assert SCardListReaders(outer, [])[1] == ["Outer"]
        assert reader_names() == ["Outer"]
        assert SCardReleaseContext(outer) == 0


def test_the_same_manager_nested(manager: EmbeddedResourceManager, reader: Reader) -> None:
    with pyscard_on(manager):
        outer = PCSCReader(reader.name).createConnection()
        outer.connect()
        with pyscard_on(manager):
            inner = PCSCReader(reader.name).createConnection()
            inner.connect()
        with pytest.raises(CardConnectionException, match="not connected"):
            inner.transmit([0, 0xA4, 0, 0x0C])
        assert outer.transmit([0, 0xA4, 0, 0x0C])[1:] == (0x90, 0x00)


def test_one_after_the_other_and_a_leftover_of_the_first_touches_nothing_of_the_second(card: Card) -> None:
    first, second = EmbeddedResourceManager(), EmbeddedResourceManager()
    with insert(card, into=first) as reader, pyscard_on(first):
        leftover = PCSCReader(reader.name).createConnection()
        leftover.connect()
    with insert(card, into=second) as reader, pyscard_on(second):
        connection = PCSCReader(reader.name).createConnection()
        connection.connect()
        with pytest.raises(CardConnectionException):
            leftover.connect()
        del leftover
        gc.collect()
        assert connection.transmit([0, 0xA4, 0, 0x0C])[1:] == (0x90, 0x00)


def test_what_is_left_over_is_released_and_says_so(
    manager: EmbeddedResourceManager, reader: Reader, recwarn: pytest.WarningsRecorder
) -> None:
    with pyscard_on(manager):
        connection = PCSCReader(reader.name).createConnection()
        connection.connect()
        raw = SCardEstablishContext(SCARD_SCOPE_USER)[1]
        context = connection.component.hcontext
    assert not manager.is_valid_context(context)
    assert not manager.is_valid_context(raw)
    with pytest.raises(CardConnectionException, match="not connected"):
        connection.transmit([0, 0xA4, 0, 0x0C])
    with pytest.raises(CardConnectionException, match="already released"):
        connection.connect()
    connection.release()
    del connection
    gc.collect()
    assert not recwarn


@pytest.mark.parametrize("what", ["connection", "request", "request that began again"])
def test_a_leftover_is_let_go_whatever_it_is(
    manager: EmbeddedResourceManager, reader: Reader, what: str, recwarn: pytest.WarningsRecorder
) -> None:
    class MyConnection(PCSCCardConnection):
        def __init__(self) -> None:
            super().__init__(reader.name)

    with pyscard_on(manager):
        leftover: Any = MyConnection() if what == "connection" else PCSCCardRequest(timeout=0)
        if what == "request that began again":
            manager.release_context(leftover.hcontext)
            establish_again(leftover)
        assert manager.is_valid_context(leftover.hcontext)
    assert leftover.hcontext is None
    del leftover
    gc.collect()
    assert not recwarn


def establish_again(self: PCSCCardRequest) -> None:
    """As PCSCCardRequest does where the service was stopped meanwhile."""
    self.hcontext = SCardEstablishContext(SCARD_SCOPE_USER)[1]


def test_leftovers_are_not_looked_for_among_all_objects(reader: Reader, monkeypatch: pytest.MonkeyPatch) -> None:
    """Which takes 50 ms in a large program."""

    def look(*_: object) -> None:
        raise AssertionError("all objects of the process are gone through")

    for way in ("get_objects", "get_referrers", "get_referents", "collect"):
        monkeypatch.setattr(gc, way, look)
    leftovers = []
    for _ in range(3):
        with pyscard_on(reader.resource_manager):
            leftovers.append(PCSCReader(reader.name).createConnection())
            leftovers[-1].connect()
    monkeypatch.undo()
    assert all(each.component.hcontext is None for each in leftovers)


def test_blocks_of_several_threads_overlap() -> None:
    first_is_in, second_is_in, first_is_out = threading.Event(), threading.Event(), threading.Event()
    seen: list[list[str]] = []
    before = everything()

    def first() -> None:
        with pyscard_on(manager_with("First")):
            first_is_in.set()
            second_is_in.wait(20)
        first_is_out.set()

    def second() -> None:
        first_is_in.wait(20)
        with pyscard_on(manager_with("Second")):
            CardMonitor().addObserver(CardObserver())
            second_is_in.set()
            first_is_out.wait(20)
            seen.append(reader_names())

    threads = [threading.Thread(target=first), threading.Thread(target=second)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert seen == [["Second"]]
    assert everything() == before


def test_monitors_of_before_see_the_block_inside_and_their_own_afterwards(card: Card, observer: Observer) -> None:
    outer, inner = EmbeddedResourceManager(), EmbeddedResourceManager()
    with insert(card, into=outer, name="Outer"), pyscard_on(outer):
        cards, around = CardMonitor(), observer()
        cards.addObserver(around)
        plugs, plugged = ReaderMonitor(period=0.01), observer()
        plugs.addObserver(plugged)
        around.until(lambda: around.came)
        plugged.until(lambda: plugged.came)
        thread = CardMonitoringThread.instance
        with Card.from_profile("iso7816") as other, insert(other, into=inner, name="Inner"), pyscard_on(inner):
            within = observer()
            cards.addObserver(within)
            plugs.addObserver(within)
            within.until(lambda: within.readers == ["Inner 00 00"] * 2)
            assert thread is not CardMonitoringThread.instance
            assert thread.is_alive()
        assert thread is CardMonitoringThread.instance
        assert within.readers == ["Inner 00 00"] * 2
        with Card.from_profile("iso7816") as other, insert(other, into=outer, name="Later"):
            around.until(lambda: "Later 00 00" in around.readers)
            plugged.until(lambda: "Later 00 00" in plugged.readers)
        assert (around.readers, plugged.readers) == (["Outer 00 00", "Later 00 00"], ["Outer 00 00", "Later 00 00"])
        plugs.deleteObserver(plugged)


def test_no_thread_of_a_monitor_is_left_running(
    manager: EmbeddedResourceManager, reader: Reader, observer: Observer
) -> None:
    before = set(threading.enumerate())
    with pyscard_on(manager):
        seen = observer()
        CardMonitor().addObserver(seen)
        ReaderMonitor().addObserver(seen)
        seen.until(lambda: len(seen.came) >= 2)
        assert set(threading.enumerate()) > before
    assert set(threading.enumerate()) <= before


def test_on_the_platforms_own_it_is_as_ever(real: Reader) -> None:
    outside = reader_names()
    assert real.name in outside
    with pyscard_on(manager_with("Embedded")):
        assert reader_names() == ["Embedded"]
        with pyscard_on(real.resource_manager):
            assert reader_names() == outside
        assert reader_names() == ["Embedded"]


def test_what_is_real_stays_real_inside(real: Reader) -> None:
    hresult, before = SCardEstablishContext(SCARD_SCOPE_USER)
    assert hresult == 0
    with pyscard_on(manager_with("Embedded")):
        # a context of before, and our own resource manager, which is what it says
        assert real.name in SCardListReaders(before, [])[1]
        context = real.resource_manager.establish_context()
        assert real.name in real.resource_manager.list_readers(context)
        real.resource_manager.release_context(context)
        assert SCardReleaseContext(before) == 0
        assert SCardReleaseContext(before) == smartcard.scard.SCARD_E_INVALID_HANDLE
    assert real.name in reader_names()


def test_a_handle_of_the_manager_is_good_for_pyscards_functions(
    manager: EmbeddedResourceManager, reader: Reader
) -> None:
    context = manager.establish_context()
    handle = manager.connect(context, reader.name).handle
    with pyscard_on(manager):
        assert smartcard.scard.SCardStatus(handle)[1] == reader.name
    assert manager.is_valid_context(context)
    manager.release_context(context)


def test_pyscard_reloaded_inside(manager: EmbeddedResourceManager, reader: Reader) -> None:
    import smartcard.util as module

    with pyscard_on(manager):
        reload(module)
        assert reader_names() == [reader.name]
