"""What one worker process keeps from test to test, and what each test gets of it."""

from __future__ import annotations

import os
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from typing import TYPE_CHECKING

from iso7816.icc import ICCRemoved
from sandbox.pytest_plugin.card_sources import CardSources, start
from sandbox.pytest_plugin.dialogue.record import RecordedICC
from sandbox.pytest_plugin.reader_of_test import CardReader
from sandbox.pytest_plugin.readers_beside import ReadersBeside
from sandbox.pytest_plugin.stacks.stack import make_stack
from sandbox.pytest_plugin.wrong_use import WrongUse
from scardmgr.winscard.errors import PyscardMissing, SlotError
from scardmgr.winscard.selection import giving
from virtual_reader.errors import VirtualReaderError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from iso7816.icc import ICC
    from sandbox.pytest_plugin.dialogue.record import Record
    from sandbox.pytest_plugin.markers.wish import Wish
    from sandbox.pytest_plugin.stacks.stack import Stack


@dataclass(frozen=True, slots=True)
class Bench:
    """What a test has before it.

    Attributes:
        reader: the reader, with the card in it.
        card: the card.
        beside: makes readers beside that one.
    """

    reader: CardReader
    card: ICC
    beside: ReadersBeside


class Worker:
    """The readers of this process, made when a test first needs one, and the cards it has read.

    Args:
        passphrase_variable: where in the environment the passphrase of sealed images is.
    """

    def __init__(self, passphrase_variable: str) -> None:
        self._process = os.getpid()
        self._stacks: dict[str, Stack] = {}
        self._sources = CardSources(passphrase_variable)
        self._latest_record: Record | None = None
        self._has_pyscard = find_spec("smartcard") is not None

    @property
    def forked(self) -> bool:
        """Whether this process was forked off the one that the readers belong to."""
        return os.getpid() != self._process

    @contextmanager
    def bench(self, wish: Wish, record: Record) -> Iterator[Bench]:
        """A fresh card in a reader, for one test.

        Args:
            wish: what the test asks for.
            record: where is noted what happens to the card.

        Raises:
            WrongUse: there is no such card or reader; says what would do.
        """
        self._keep_only(record)
        stack = self._stack(wish.via)
        with ExitStack() as leaving:
            fresh = self._sources.fresh(wish.what, wish.folder, record)
            leaving.callback(fresh.close)
            try:
                start(fresh.icc)
                stack.begin(RecordedICC(fresh.icc, record))
            except (ICCRemoved, SlotError, VirtualReaderError) as error:
                raise WrongUse(str(error)) from error
            leaving.callback(stack.end)
            # A leaked connection of pyscard is released before the card goes, unless it waits for the card.
            self._serve_this_process(stack, leaving)
            leaving.callback(stack.interrupt)
            record.clear()
            reader = CardReader(stack, fresh.icc, record, wish.moved)
            leaving.callback(reader.end)
            beside = leaving.enter_context(ReadersBeside(stack, self._sources, wish, fresh.icc, record))
            yield Bench(reader, fresh.icc, beside)

    def close(self) -> None:
        """Give the readers back."""
        while self._stacks:
            _, stack = self._stacks.popitem()
            if not self.forked:
                stack.close()

    def _keep_only(self, record: Record) -> None:
        """The report of the test before is written: what it kept would fill the memory."""
        if self._latest_record is not None:
            self._latest_record.clear()
        self._latest_record = record

    def _stack(self, via: str) -> Stack:
        stack = self._stacks.get(via)
        if stack is None:
            try:
                stack = self._stacks[via] = make_stack(via)
            except VirtualReaderError as error:
                raise WrongUse(str(error)) from error
        return stack

    def _serve_this_process(self, stack: Stack, leaving: ExitStack) -> None:
        """Have the program under test, where it runs in this process, find the test's reader."""
        try:
            manager = stack.resource_manager
        except PyscardMissing:
            return
        leaving.enter_context(giving(manager))
        if self._has_pyscard:
            from scardmgr.winscard.pyscard_programs import pyscard_on

            leaving.enter_context(pyscard_on(manager))
