"""The pytest plugin: every test its own card in its own reader, with its own PC/SC.

::

    @pytest.mark.card("iso7816", via="pcscd")
    def test_the_till(reader):
        subprocess.run(["./till"], env={**os.environ, **reader.environment}, check=True)

docs/pytest.md tells all. Whoever has the package installed loads this module with every run of pytest: it imports
nothing but pytest, and each fixture what it needs when it is first used.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from iso7816.icc import ICC
    from sandbox.pytest_plugin.reader_of_test import CardReader
    from sandbox.pytest_plugin.recording import Record
    from sandbox.pytest_plugin.worker import Bench, Worker
    from scardmgr.manage import SCardManage
    from scardmgr.winscard.manager import ResourceManager

#: What was said to the test's card and what it answered, in a test's ``item.stash``; see ``recording.Entry``.
RECORD: pytest.StashKey[Record] = pytest.StashKey()

_WORKER: pytest.StashKey[Worker] = pytest.StashKey()

_CARD_MARKER = (
    'card(what="iso7816", *, via="embedded"): the smart card that the fixtures card, reader, resource_manager and '
    "manage bring: a built-in profile by name, the path of a card definition or of an image (from the test's file "
    "on), or something that makes a card. via: the reader in this process (embedded), or in a private, real pcscd "
    "that other programs can be shown (pcscd). The closest of function, class and module counts."
)


def pytest_addoption(parser: pytest.Parser) -> None:
    """The options."""
    group = parser.getgroup("scard", "smart cards (docs/pytest.md of scardmgr)")
    group.addoption(
        "--scard-via",
        choices=("embedded", "pcscd"),
        help="run every test that has a card on this stack, whatever its marker says: on a reader in the test's own "
        "process, or on one in a private, real pcscd",
    )


def pytest_configure(config: pytest.Config) -> None:
    """The markers."""
    config.addinivalue_line("markers", _CARD_MARKER)


def pytest_unconfigure(config: pytest.Config) -> None:
    """The readers end with their worker."""
    worker = config.stash.get(_WORKER, None)
    if worker is not None:
        worker.close()


@pytest.fixture
def _scard_bench(request: pytest.FixtureRequest) -> Iterator[Bench]:
    """A fresh card in a reader that is in order."""
    from sandbox.pytest_plugin.marking import wish_of
    from sandbox.pytest_plugin.worker import Worker
    from sandbox.pytest_plugin.wrong_use import WrongUse

    item, stash = request.node, request.config.stash
    worker = stash.get(_WORKER, None)
    if worker is None or worker.forked:
        worker = stash[_WORKER] = Worker()
    record: Record = []
    item.stash[RECORD] = record
    try:
        placing = worker.bench(wish_of(item), record)
        bench = placing.__enter__()
    except WrongUse as mistake:
        pytest.fail(str(mistake), pytrace=False)
    yield bench
    placing.__exit__(None, None, None)


@pytest.fixture
def card(_scard_bench: Bench) -> ICC:
    """The smart card in the reader, as new for each test: by default an emulated ISO/IEC 7816 card (emulator.Card).

    The marker says which one: @pytest.mark.card("iso7816"), or the path of a card definition or image.
    What the program under test left on it can be looked at: card.transmit(bytes.fromhex("00B0000010")).
    """
    return _scard_bench.card


@pytest.fixture
def reader(_scard_bench: Bench) -> CardReader:
    """The card reader, with a fresh card in it: .name, .resource_manager, .environment.

    reader.remove(), .insert(), .swap(card) and .reset() do with the card what a hand or another program would do.
    A program that the test starts sees the reader with @pytest.mark.card(..., via="pcscd") and
    subprocess.run([...], env={**os.environ, **reader.environment}).
    """
    return _scard_bench.reader


@pytest.fixture
def resource_manager(_scard_bench: Bench) -> ResourceManager:
    """The PC/SC resource manager that serves the reader: SCardEstablishContext(...), or connect(...) with types.

    scardmgr.resource_manager() gives this one, too, while the test runs, and pyscard works on it.
    """
    return _scard_bench.reader.resource_manager


@pytest.fixture
def manage(_scard_bench: Bench) -> Iterator[SCardManage]:
    """An ISCardManage that is attached to the reader: CreateFileAccess(), CreateCHVerification(), CreateCardAuth()."""
    from scardmgr.manage import SCardManage

    reader = _scard_bench.reader
    with SCardManage(reader.resource_manager) as attached:
        attached.AttachByIFD(reader.name)
        yield attached
