"""What each test gets with ``--scard-reader``: the fixtures of an emulated card, as far as a physical one goes."""

from __future__ import annotations

import os
from contextlib import contextmanager
from typing import TYPE_CHECKING, NoReturn

import pytest

from sandbox.pytest_plugin.platform.reader import PlatformReader
from sandbox.pytest_plugin.reader_of_test import CardReader
from scardmgr.winscard.selection import giving

if TYPE_CHECKING:
    from collections.abc import Iterator

    from iso7816.icc import ICC
    from sandbox.pytest_plugin.dialogue.record import Record
    from sandbox.pytest_plugin.markers.wish import Wish
    from scardmgr.winscard.manager import ResourceManager


class PlatformCardReader(CardReader):
    """The reader as a test has it in hand; its card is not moved by programs.

    Args:
        reader: the reader.
    """

    def __init__(self, reader: PlatformReader) -> None:
        self._platform = reader

    @property
    def name(self) -> str:
        """The display name in the resource manager."""
        return self._platform.name

    @property
    def card(self) -> NoReturn:
        """There is no looking into a physical card: the test is skipped."""
        __tracebackhide__ = True
        _skip("reader.card")

    @property
    def resource_manager(self) -> ResourceManager:
        """What serves the reader in this process: the platform's."""
        return self._platform.manager

    @property
    def environment(self) -> dict[str, str]:
        """The variables with which another program sees this reader: those that this process has, too."""
        return self._platform.environment

    def insert(self, card: ICC | None = None) -> NoReturn:  # noqa: ARG002 - as with an emulated card
        """No program pushes a physical card: the test is skipped."""
        __tracebackhide__ = True
        _skip("reader.insert")

    def remove(self) -> NoReturn:
        """No program pulls a physical card: the test is skipped."""
        __tracebackhide__ = True
        _skip("reader.remove")

    def swap(self, card: ICC) -> NoReturn:  # noqa: ARG002 - as with an emulated card
        """No program exchanges a physical card: the test is skipped."""
        __tracebackhide__ = True
        _skip("reader.swap")

    def reset(self) -> None:
        """Reset the card, as another program would: open handles are told SCARD_W_RESET_CARD.

        Raises:
            SCardError: SCARD_E_SHARING_VIOLATION: a handle has the card to itself, or a transaction.
            TimeoutError: so has a handle of another program.
        """
        self._platform.reset()


class PlatformBench:
    """What a test has before it.

    Attributes:
        reader: the reader, with the card in it.
    """

    def __init__(self, reader: PlatformReader) -> None:
        self.reader = PlatformCardReader(reader)

    @property
    def card(self) -> NoReturn:
        """There is no looking into a physical card: the test is skipped."""
        _skip("the fixture card")

    @property
    def beside(self) -> NoReturn:
        """No program puts a card into a physical reader: the test is skipped."""
        _skip("the fixture another_reader")


class PlatformWorker:
    """The reader that ``--scard-reader`` names, in this process.

    Args:
        name: the reader's name.

    Raises:
        WrongUse: it cannot be used; says why.
    """

    def __init__(self, name: str) -> None:
        self._process = os.getpid()
        self._reader = PlatformReader(name)

    @property
    def forked(self) -> bool:
        """Whether this process was forked off the one that uses the reader."""
        return os.getpid() != self._process

    @contextmanager
    def bench(self, wish: Wish, record: Record) -> Iterator[PlatformBench]:
        """The card in the reader, reset, for one test.

        Args:
            wish: what the test asks for. A profile, a definition or an image names a kind of card, and whoever runs
                the tests has put one of that kind into the reader; a card that the test makes is in no reader: skipped.
            record: where is noted what is said to the card.

        Raises:
            WrongUse: there is no card, or somebody else has it.
        """
        if not isinstance(wish.what, (str, os.PathLike)):
            _skip("a card that the test makes")
        self._reader.begin(record)
        try:
            with giving(self._reader.manager):
                yield PlatformBench(self._reader)
        finally:
            self._reader.end()

    def close(self) -> None:
        """Leave the reader to others."""
        if not self.forked:
            self._reader.close()


def _skip(what: str) -> NoReturn:
    __tracebackhide__ = True  # the place of the skip is the test
    pytest.skip(f"{what} is of an emulated card only: --scard-reader runs the tests on the card in a reader of PC/SC")
