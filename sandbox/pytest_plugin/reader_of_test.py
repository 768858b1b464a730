"""The reader as a test has it in hand."""

from __future__ import annotations

from contextlib import contextmanager
from threading import Condition
from typing import TYPE_CHECKING

import pytest

from sandbox.pytest_plugin.card_sources import require_icc, start
from sandbox.pytest_plugin.dialogue.record import Event, RecordedICC
from virtual_reader.errors import NotVisibleOutside, VirtualReaderError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from iso7816.icc import ICC
    from sandbox.pytest_plugin.dialogue.record import Record
    from sandbox.pytest_plugin.stacks.stack import ReaderOfStack
    from scardmgr.winscard.manager import ResourceManager

#: How long the end of a test waits for threads that are moving its reader, in seconds.
_PATIENCE_S = 10.0


class ReaderOfThePast(VirtualReaderError):  # noqa: N818 - says what is the case
    """The reader is moved by somebody whose test has ended: it is another test's now."""


class CardReader:
    """A reader with the test's card in it.

    Args:
        stack: where it comes from.
        card: the test's card.
        record: where is noted what happens to the card.
        moved: why the test is on a stack that its marker does not name; empty where it is not.
    """

    def __init__(self, stack: ReaderOfStack, card: ICC, record: Record, moved: str = "") -> None:
        self._stack = stack
        self._card = card
        self._record = record
        self._moved = moved
        self._ended = False
        self._hands = 0
        self._changed = Condition()

    @property
    def name(self) -> str:
        """The display name in the resource manager."""
        return self._stack.name

    @property
    def card(self) -> ICC:
        """The card that is the reader's own, whether it is in it or not: of the test's reader, the fixture ``card``."""
        return self._card

    @property
    def resource_manager(self) -> ResourceManager:
        """What serves the reader in this process: pass it to ``scardmgr``.

        Raises:
            PyscardMissing: via "pcscd" without pyscard. Programs that the test starts need none.
        """
        return self._stack.resource_manager

    @property
    def environment(self) -> dict[str, str]:
        """The variables with which another program sees this reader.

        ``subprocess.run([...], env={**os.environ, **reader.environment})``

        Raises:
            NotVisibleOutside: an embedded reader exists in this process only.
        """
        __tracebackhide__ = True  # it is the test's line that is wrong
        try:
            return self._stack.environment
        except NotVisibleOutside as error:
            if not self._moved:
                raise
            reason = f"{self._moved}: {error}"
        pytest.skip(reason)

    def insert(self, card: ICC | None = None) -> None:
        """Push a card in, as a hand would; returns when the resource manager shows it.

        Args:
            card: ``None``: the test's own.

        Raises:
            SlotOccupied: there is one already.
            ICCRemoved: the card is a program, and does not start.
        """
        __tracebackhide__ = True
        with self._hand():
            icc = self._recorded(card)
            with self._noted(Event.INSERTED if card is None or card is self._card else Event.SWAPPED):
                self._stack.insert(icc)

    def remove(self) -> None:
        """Pull the card, as a hand would; returns when the resource manager shows it."""
        with self._hand(), self._noted(Event.REMOVED):
            self._stack.remove()

    def swap(self, card: ICC) -> None:
        """Another card in place of the one that is there. Open handles find their card removed.

        On pcscd a hand's pull and push take up to 0.6 s; where no handle is open, the reader takes the power from one
        card and gives it to the other instead, in milliseconds. Who waits for a removal does not see one then: for
        that :meth:`remove` and :meth:`insert`.
        """
        __tracebackhide__ = True
        with self._hand():
            icc = self._recorded(require_icc(card, "the reader is given"))
            with self._noted(Event.SWAPPED):
                self._stack.swap(icc)

    def reset(self) -> None:
        """Reset the card, as another program would: open handles are told SCARD_W_RESET_CARD.

        Raises:
            SCardError: SCARD_E_SHARING_VIOLATION: a handle has the card to itself.
        """
        with self._hand():
            self._stack.reset()

    def end(self) -> None:
        """The test has ended: its hands are off the reader. A move that another thread is at is waited for."""
        with self._changed:
            self._ended = True
            self._changed.wait_for(lambda: self._hands == 0, _PATIENCE_S)

    @contextmanager
    def _hand(self) -> Iterator[None]:
        """A hand is at the reader; not one after the other: a card may be pulled while a reset waits for it.

        Raises:
            ReaderOfThePast: the test has ended.
        """
        with self._changed:
            if self._ended:
                raise ReaderOfThePast(f"{self.name}: the test of this reader has ended, and the reader is another's")
            self._hands += 1
        try:
            yield
        finally:
            with self._changed:
                self._hands -= 1
                self._changed.notify_all()

    def _recorded(self, card: ICC | None) -> ICC:
        __tracebackhide__ = True
        icc = self._card if card is None else require_icc(card, "the reader is given")
        start(icc)
        return RecordedICC(icc, self._record)

    @contextmanager
    def _noted(self, event: Event) -> Iterator[None]:
        """Note what a hand does before what comes of it; nothing, where it cannot be done."""
        self._record.note(event)
        try:
            yield
        except BaseException:
            self._record.forget(event)
            raise

    def __repr__(self) -> str:
        """The name; never the card."""
        return f"<reader {self.name!r}>"
