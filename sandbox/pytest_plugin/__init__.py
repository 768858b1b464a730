"""The pytest plugin: every test its own card in its own reader, with its own PC/SC.

::

    @pytest.mark.card("iso7816", via="pcscd")
    def test_the_till(reader):
        subprocess.run(["./till"], env={**os.environ, **reader.environment}, check=True)

docs/pytest.md tells all. Whoever has the package installed loads this module with every run of pytest: it imports
nothing but pytest, and each fixture what it needs when it is first used.
"""

from __future__ import annotations

from contextlib import AbstractContextManager, ExitStack
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator

    from iso7816.icc import ICC
    from sandbox.pytest_plugin.dialogue.record import Record
    from sandbox.pytest_plugin.platform.worker import PlatformBench, PlatformWorker
    from sandbox.pytest_plugin.reader_of_test import CardReader as CardReader
    from sandbox.pytest_plugin.readers_beside import ReadersBeside
    from sandbox.pytest_plugin.worker import Bench, Worker
    from scardmgr.connection.manage import SCardManage
    from scardmgr.winscard.manager import ResourceManager

#: What was said to the test's card and what it answered, in a test's ``item.stash`` until the next test has a card.
RECORD: pytest.StashKey[Record] = pytest.StashKey()

_WORKER: pytest.StashKey[Worker | PlatformWorker] = pytest.StashKey()

_CARD_MARKER = (
    'card(what="iso7816", *, via="embedded"): the smart card that the fixtures card, reader, resource_manager and '
    "manage bring: a built-in profile by name, the path of a card definition or of an image (from the test's file "
    "on), or with what= something that makes a card. via: the reader in this process (embedded), in a private, real "
    'pcscd that other programs can be shown (pcscd), or one after the other via=("embedded", "pcscd"). Each argument '
    "is taken from the closest of function, class and module that gives it."
)

_EFFECTS_MARKER = (
    'card_effects("writes", "keys", "tries"): what the test does to its card for good: it writes, it uses keys, it '
    "spends tries of a retry counter. An emulated card is as new for the next test; on the card of --scard-reader the "
    "test runs only where --scard-allow names all of them. What class and module say holds, too."
)


def __getattr__(name: str) -> object:
    """``CardReader``, for annotations: it is imported when somebody asks for it."""
    if name == "CardReader":
        from sandbox.pytest_plugin.reader_of_test import CardReader

        return CardReader
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def pytest_addoption(parser: pytest.Parser) -> None:
    """The options."""
    group = parser.getgroup("scard", "smart cards (docs/pytest.md of scardmgr)")
    group.addoption(
        "--scard-via",
        choices=("embedded", "pcscd"),
        help="run every test that has a card on this stack, whatever its marker says: on a reader in the test's own "
        "process, or on one in a private, real pcscd",
    )
    group.addoption(
        "--scard-reader",
        metavar="NAME",
        help="run every test that has a card on the card in this reader of the platform's PC/SC, physical or not, as "
        "`scard readers` lists it; tests that need an emulated card skip, and so do those with effects",
    )
    parser.addini(
        "scard_passphrase_variable",
        "the variable of the environment that holds the passphrase of the tests' sealed card images",
        default="SCARDMGR_PASSPHRASE",
    )
    group.addoption(
        "--scard-allow",
        metavar="EFFECTS",
        help="what tests may do to the card of --scard-reader for good: any of writes,keys,tries",
    )


def pytest_configure(config: pytest.Config) -> None:
    """The markers, and what cannot be on the command line."""
    config.addinivalue_line("markers", _CARD_MARKER)
    config.addinivalue_line("markers", _EFFECTS_MARKER)
    if config.getoption("scard_reader") is not None or config.getoption("scard_allow") is not None:
        from sandbox.pytest_plugin.platform.options import check

        check(config)


def pytest_sessionstart(session: pytest.Session) -> None:
    """What stands in the way of --scard-reader is told before any test runs."""
    if session.config.getoption("scard_reader") is not None:
        from sandbox.pytest_plugin.platform.options import require_reader

        require_reader(session.config)


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report(
    collector: pytest.Collector,
) -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    """No test is lost because pytest took what makes its card for the test."""
    report = yield
    if isinstance(collector, pytest.Module):
        from sandbox.pytest_plugin.markers.marked_makers import advice

        told = advice(collector, report)
        if told and report.failed:
            report.sections.append(("smart cards", told))
        elif told:
            report.outcome, report.longrepr = "failed", told
    if any(isinstance(node, pytest.Item) and node.get_closest_marker("card_effects") for node in report.result or ()):
        from sandbox.pytest_plugin.markers.effects import mistakes

        wrong = mistakes(report.result)
        if wrong:
            report.outcome, report.longrepr, report.result = "failed", wrong, []
    return report


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """What is not allowed does not happen to the card of --scard-reader."""
    if config.getoption("scard_reader") is not None:
        from sandbox.pytest_plugin.markers.effects import skip_forbidden

        skip_forbidden(items, config.getoption("scard_allow"))


def pytest_runtest_setup(item: pytest.Item) -> None:
    """As above, whatever was changed since the collection; before any fixture does something to the card."""
    if item.get_closest_marker("card_effects") is not None:
        from sandbox.pytest_plugin.markers.effects import effects_of, require_allowed
        from sandbox.pytest_plugin.wrong_use import WrongUse

        mistake = ""
        try:
            if item.config.getoption("scard_reader") is None:
                effects_of(item)
            else:
                require_allowed(item, item.config.getoption("scard_allow"))
        except WrongUse as error:
            mistake = str(error)
        if mistake:
            pytest.fail(mistake, pytrace=False)


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """A test that fails shows what was said to its card."""
    report = yield
    record = item.stash.get(RECORD, None)
    if record is not None:
        if report.failed or record.told:
            from sandbox.pytest_plugin.dialogue.report import add_to

            add_to(report, item, record)
        if report.when == "teardown":
            del item.stash[RECORD]
    return report


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """A test whose marker names several stacks is run on each."""
    if "_scard_stack" in metafunc.fixturenames and metafunc.config.getoption("scard_reader") is None:
        from sandbox.pytest_plugin.markers.wish import STACK_PARAMETER, stacks_of

        stacks = stacks_of(metafunc.definition, metafunc.config.getoption("scard_via"))
        if stacks:
            metafunc.parametrize(STACK_PARAMETER, stacks, indirect=True)


def pytest_unconfigure(config: pytest.Config) -> None:
    """The readers end with their worker."""
    worker = config.stash.get(_WORKER, None)
    if worker is not None:
        worker.close()


@pytest.fixture
def _scard_stack(request: pytest.FixtureRequest) -> str | None:
    """On which of several stacks the test is run."""
    return getattr(request, "param", None)


@pytest.fixture
def _scard_bench(request: pytest.FixtureRequest, _scard_stack: str | None) -> Iterator[Bench | PlatformBench]:
    """A fresh card in a reader that is in order."""
    from sandbox.pytest_plugin.dialogue.record import Record
    from sandbox.pytest_plugin.markers.wish import wish_of
    from sandbox.pytest_plugin.wrong_use import WrongUse

    item, stash = request.node, request.config.stash
    record = item.stash[RECORD] = Record()
    with ExitStack() as leaving:
        mistake = ""
        try:
            worker = stash.get(_WORKER, None)
            if worker is None or worker.forked:
                worker = stash[_WORKER] = _new_worker(request.config)
            placing: AbstractContextManager[Bench | PlatformBench] = worker.bench(wish_of(item), record)
            bench = leaving.enter_context(placing)
            leaving.callback(record.end)
        except WrongUse as error:
            mistake = str(error)
        if mistake:
            pytest.fail(mistake, pytrace=False)
        yield bench


def _new_worker(config: pytest.Config) -> Worker | PlatformWorker:
    name = config.getoption("scard_reader")
    if name is not None:
        from sandbox.pytest_plugin.platform.worker import PlatformWorker

        return PlatformWorker(name)
    from sandbox.pytest_plugin.worker import Worker

    return Worker(config.getini("scard_passphrase_variable"))


@pytest.fixture
def card(_scard_bench: Bench | PlatformBench) -> ICC:
    """The smart card in the reader, as new for each test: by default an emulated ISO/IEC 7816 card (emulator.Card).
    The marker says which one: @pytest.mark.card("iso7816"), or the path of a card definition or image.
    What the program under test left on it can be looked at: card.transmit(bytes.fromhex("00B0000010")).
    """
    return _scard_bench.card


@pytest.fixture
def reader(_scard_bench: Bench | PlatformBench) -> CardReader:
    """The card reader, with a fresh card in it: .name, .resource_manager, .environment.
    reader.remove(), .insert(), .swap(card) and .reset() do with the card what a hand or another program would do.
    A program that the test starts sees the reader with @pytest.mark.card(..., via="pcscd") and
    subprocess.run([...], env={**os.environ, **reader.environment}).
    """
    return _scard_bench.reader


@pytest.fixture
def another_reader(_scard_bench: Bench | PlatformBench) -> ReadersBeside:
    """Gives one more reader beside it, with a card of its own in it, until the test ends: another_reader("badge.toml"),
    or whatever else the marker takes; another_reader() for one more of the marker's card. It has a .card, too.
    """
    return _scard_bench.beside


@pytest.fixture
def resource_manager(_scard_bench: Bench | PlatformBench) -> ResourceManager:
    """The PC/SC resource manager that serves the reader: SCardEstablishContext(...), or connect(...) with types.
    scardmgr.resource_manager() gives this one, too, while the test runs, and pyscard works on it.
    """
    return _manager_of(_scard_bench)


@pytest.fixture
def manage(_scard_bench: Bench | PlatformBench) -> Iterator[SCardManage]:
    """An ISCardManage that is attached to the reader: CreateFileAccess(), CreateCHVerification(), CreateCardAuth()."""
    from scardmgr.connection.manage import SCardManage

    with SCardManage(_manager_of(_scard_bench)) as attached:
        attached.AttachByIFD(_scard_bench.reader.name)
        yield attached


def _manager_of(bench: Bench | PlatformBench) -> ResourceManager:
    from scardmgr.winscard.errors import PyscardMissing

    try:
        return bench.reader.resource_manager
    except PyscardMissing as error:
        missing = f"{error}. Programs that a test starts need no pyscard, only the fixture reader"
    pytest.fail(missing, pytrace=False)
