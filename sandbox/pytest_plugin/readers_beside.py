"""More readers of a test, each with a card in it, beside the one that its marker is about."""

from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING, Self

from iso7816.icc import ICC
from sandbox.pytest_plugin.card_sources import start
from sandbox.pytest_plugin.dialogue.record import Record, RecordBeside, RecordedICC
from sandbox.pytest_plugin.reader_of_test import CardReader, ReaderOfThePast
from sandbox.pytest_plugin.wrong_use import WrongUse

if TYPE_CHECKING:
    from types import TracebackType
    from typing import Any

    from sandbox.pytest_plugin.card_sources import CardSources
    from sandbox.pytest_plugin.markers.wish import Wish
    from sandbox.pytest_plugin.stacks.stack import Stack


class ReadersBeside:
    """What the fixture ``another_reader`` is: called with a card, it gives a reader with that card in it.

    When the ``with`` block is left, these readers are gone, and the cards that were made for them are closed.

    Args:
        stack: the test's stack, on which they are, too.
        sources: where cards come from.
        wish: what the test's marker asks for.
        card: the test's own card.
        record: of that card.
    """

    def __init__(self, stack: Stack, sources: CardSources, wish: Wish, card: ICC, record: Record) -> None:
        self._stack = stack
        self._sources = sources
        self._wish = wish
        self._card_of_test = card
        self._record = record
        self._leaving: ExitStack | None = ExitStack()

    def __call__(self, what: Any = None) -> CardReader:
        """One more reader, with a card in it; returns when the resource manager shows it.

        Args:
            what: a card as the marker takes it, or one that the test has made; ``None``: one more of the marker's.

        Raises:
            WrongUse: there is no such card; says what would be one.
            NoFreeSlot: there is no room for another reader: a private pcscd has two.
            ICCRemoved: the card is a program, and does not start.
        """
        __tracebackhide__ = True
        if self._leaving is None:
            raise ReaderOfThePast("the test of these readers has ended")
        with ExitStack() as undoing:
            record = Record()
            if what is None:
                what = self._wish.what
                if isinstance(what, ICC) and not isinstance(what, type):
                    raise WrongUse("the card that the marker gives is one, and in the reader: name another one")
            icc = self._card(what, record, undoing)
            start(icc)
            place = self._stack.beside(RecordedICC(icc, record))
            undoing.callback(place.close)
            record.clear()
            self._record.beside.append(RecordBeside(place.name, what, record))
            reader = CardReader(place, icc, record, self._wish.moved)
            undoing.callback(reader.end)
            self._leaving.push(undoing.pop_all())
        return reader

    def _card(self, what: Any, record: Record, leaving: ExitStack) -> ICC:
        __tracebackhide__ = True
        if what is self._card_of_test:
            raise WrongUse("that card is in the test's reader already: give another one")
        if isinstance(what, ICC) and not isinstance(what, type):
            return what  # the test's, which closes it
        fresh = self._sources.fresh(what, self._wish.folder, record)
        leaving.callback(fresh.close)
        return fresh.icc

    def __enter__(self) -> Self:
        """It itself."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """The test has ended."""
        leaving, self._leaving = self._leaving, None
        if leaving is not None:
            leaving.close()

    def __repr__(self) -> str:
        """What it is for."""
        return "<gives another reader>"
