"""A test's readers in a real pcscd that is the worker's own."""

from __future__ import annotations

import gc
import logging
import os
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING

from sandbox.pytest_plugin.stacks.seat import Seat
from sandbox.pytest_plugin.stacks.stack import ReaderOfStack, Stack
from scardmgr.winscard.constants import Disposition
from scardmgr.winscard.errors import PyscardMissing, SCardError
from scardmgr.winscard.pcscd_client import Occupancy, PCSCDClient
from virtual_reader import insert
from virtual_reader.binding import SOCKET_VARIABLE
from virtual_reader.errors import NoFreeSlot, NotShown, SlotOccupied, VirtualReaderError
from virtual_reader.process_daemon import await_removals

if TYPE_CHECKING:
    from collections.abc import Iterator

    from iso7816.icc import ICC
    from sandbox.pytest_plugin.workers_pcsc import WorkersPCSC
    from scardmgr.winscard.manager import ResourceManager
    from virtual_reader import Reader

logger = logging.getLogger(__name__)

_ANSWER_S = 2.0
_EMPTY = Occupancy(present=False, handles=0, exclusive=False)


class PCSCDStack(Stack):
    """A slot of this process's private daemon, with a :class:`Seat` in it from the first test to the last.

    Raises:
        DaemonUnavailable: there is no pcscd; says what to install.
        BoundElsewhere: this process has used another daemon before.
    """

    def __init__(self) -> None:
        self._seat = Seat()
        self._manager: WorkersPCSC | PyscardMissing
        self._client: PCSCDClient | None = None
        self._pulled = False
        self._pushing: Thread | None = None
        with _same_environment():
            self._start()

    def _start(self) -> None:
        self._reader: Reader = insert(self._seat, via="pcscd")
        try:
            self._environment = self._reader.environment
            self._manager = _manager_of(self._reader)
        except BaseException:
            self._reader.close()
            raise

    @property
    def name(self) -> str:
        """See :attr:`ReaderOfStack.name`."""
        return self._reader.name

    @property
    def resource_manager(self) -> ResourceManager:
        """See :attr:`ReaderOfStack.resource_manager`."""
        if isinstance(self._manager, PyscardMissing):
            raise self._manager
        return self._manager

    @property
    def environment(self) -> dict[str, str]:
        """See :attr:`ReaderOfStack.environment`."""
        return dict(self._environment)

    # Between tests

    def begin(self, icc: ICC) -> None:
        """See :meth:`Stack.begin`.

        Raises:
            NotShown: whatever is done, the card is not there for the test.
        """
        self._await_push()
        self._seat.take(icc)
        # A test may have had a second card, and this one is to find the slot beside empty.
        alone = await_removals(_ANSWER_S)
        if not ((alone and self._as_it_is()) or self._without_garbage() or self._with_another_daemon(icc)):
            raise NotShown(
                f"{self.name} cannot be had for the test: another program has it, or a thread of an earlier test"
            )

    def interrupt(self) -> None:
        """See :meth:`Stack.interrupt`."""
        if self._seat.commands_under_way > 0:
            with suppress(VirtualReaderError):
                self._reader.remove()
            # A thread that serves it may be at its card still.
            self._seat = Seat()
            self._pulled = True

    def end(self) -> None:
        """See :meth:`Stack.end`."""
        if not isinstance(self._manager, PyscardMissing):
            self._manager.begin_again()
        self._seat.vacate()
        if self._pulled:
            # pcscd looks every 400 ms: it may do so while others work.
            self._pushing = Thread(target=self._push_in, name="push", daemon=True)
            self._pushing.start()

    def _push_in(self) -> None:
        """Put the seat back into the reader that a test has left empty."""
        try:
            self._reader.insert(self._seat)
        except (OSError, VirtualReaderError) as error:
            logger.debug("%s: %s", self.name, error)

    def _await_push(self) -> None:
        pushing, self._pushing = self._pushing, None
        if pushing is not None:
            pushing.join()
            self._pulled = False

    def _as_it_is(self) -> bool:
        """Take the power and give it back, where nobody else uses the reader.

        Raises:
            NotShown: the card has left instead of answering to reset.
        """
        occupancy = self._occupancy()
        if occupancy is None or not occupancy.present or occupancy.handles > 0:
            return False
        activations = self._seat.activations
        try:
            self._asked().activate(self.name, Disposition.UNPOWER)
        except OSError:
            self._hang_up()
            return False
        except SCardError as error:
            logger.debug("%s: %s", self.name, error)
        removal = self._seat.removal(_ANSWER_S)
        if removal:
            raise NotShown(f"{self.name}: {removal}")
        # A connection that the last card broke looks as a card that is mute. A card that is mute was asked for its ATR.
        return self._seat.activations > activations

    def _without_garbage(self) -> bool:
        """The same, when objects that hold a handle and that nobody has any more are gone."""
        occupancy = self._occupancy()
        if occupancy is None or occupancy.handles == 0:
            return False
        gc.collect()
        return self._as_it_is()

    def _with_another_daemon(self, icc: ICC) -> bool:
        """Another program, or an object that this one keeps, has a handle still, or the last card left by itself.

        Pulling the card would not take it from them: an exclusive handle and a transaction outlast the card. And pcscd
        looks for cards every 400 ms only. A daemon ends in less time, and all that was open with it.
        """
        self._hang_up()
        with _same_environment():
            self._reader.close()
            self._seat = Seat()  # a thread that serves the one before may be at its card still
            self._seat.take(icc)
            self._start()
        return self._as_it_is()

    def _occupancy(self) -> Occupancy | None:
        """How the reader is used; ``None``: there is no reader, or no way to it for anybody new."""
        if not Path(self._environment[SOCKET_VARIABLE]).is_socket():
            self._hang_up()
            return None
        try:
            return self._asked().occupancy(self.name) if self._is_served() else _EMPTY
        except (OSError, SCardError):
            self._hang_up()
            return None

    def _is_served(self) -> bool:
        """Whether the seat is in the reader, and the reader there."""
        try:
            return not self._reader.wait(0)
        except VirtualReaderError:
            return False

    def _asked(self) -> PCSCDClient:
        if self._client is None:
            self._client = PCSCDClient(self._environment[SOCKET_VARIABLE], _ANSWER_S)
        return self._client

    def _hang_up(self) -> None:
        client, self._client = self._client, None
        if client is not None:
            client.close()

    # Within a test

    def beside(self, icc: ICC) -> SlotBeside:
        """See :meth:`Stack.beside`: there is one slot more."""
        return SlotBeside(self, icc)

    def insert(self, icc: ICC) -> None:
        """See :meth:`ReaderOfStack.insert`."""
        if self._is_served():
            raise SlotOccupied(f"there is a card in {self.name} already: remove() it first, or swap()")
        self._seat.take(icc)
        self._reader.insert(self._seat)
        self._pulled = False

    def remove(self) -> None:
        """See :meth:`ReaderOfStack.remove`."""
        self._reader.remove()
        self._pulled = True
        self._seat.vacate()

    def swap(self, icc: ICC) -> None:
        """See :meth:`ReaderOfStack.swap`: by power alone where nobody has a handle, in ms; else pulled and pushed."""
        self._seat.take(icc)
        if not self._as_it_is():
            self._reader.remove()
            self._reader.insert(self._seat)

    def reset(self) -> None:
        """See :meth:`ReaderOfStack.reset`.

        Raises:
            SCardError: SCARD_E_SHARING_VIOLATION: a handle has the card to itself.
            NotShown: a handle holds a transaction, so that pcscd lets others wait.
        """
        self.reset_card_in(self.name)

    def reset_card_in(self, name: str) -> None:
        """As :meth:`reset`, in any reader of the daemon."""
        try:
            self._asked().activate(name, Disposition.RESET)
        except OSError as error:
            self._hang_up()
            raise NotShown(f"{name}: the card is not reset while a transaction holds it ({error})") from error

    def close(self) -> None:
        """See :meth:`ReaderOfStack.close`."""
        self._await_push()
        self._hang_up()
        with _same_environment():
            self._reader.close()


class SlotBeside(ReaderOfStack):
    """The daemon's other slot, for one test: pushing a card in and pulling it takes as long as it takes.

    Args:
        stack: whose daemon it is.
        icc: the card.

    Raises:
        NoFreeSlot: there is a card in it already.
    """

    def __init__(self, stack: PCSCDStack, icc: ICC) -> None:
        self._stack = stack
        with _same_environment():
            try:
                self._reader = insert(icc, via="pcscd")
            except NoFreeSlot:
                raise NoFreeSlot("a private pcscd has two readers, and both of them have a card") from None

    @property
    def name(self) -> str:
        """See :attr:`ReaderOfStack.name`."""
        return self._reader.name

    @property
    def resource_manager(self) -> ResourceManager:
        """See :attr:`ReaderOfStack.resource_manager`."""
        return self._stack.resource_manager

    @property
    def environment(self) -> dict[str, str]:
        """See :attr:`ReaderOfStack.environment`."""
        return self._stack.environment

    def insert(self, icc: ICC) -> None:
        """See :meth:`ReaderOfStack.insert`."""
        self._reader.insert(icc)

    def remove(self) -> None:
        """See :meth:`ReaderOfStack.remove`."""
        self._reader.remove()

    def swap(self, icc: ICC) -> None:
        """See :meth:`ReaderOfStack.swap`: pulled and pushed."""
        self._reader.remove()
        self._reader.insert(icc)

    def reset(self) -> None:
        """See :meth:`ReaderOfStack.reset`."""
        self._stack.reset_card_in(self.name)

    def close(self) -> None:
        """See :meth:`ReaderOfStack.close`."""
        with _same_environment():
            self._reader.close()


@contextmanager
def _same_environment() -> Iterator[None]:
    """Whatever a daemon that begins or ends does to it, the process's own environment stays as it was.

    Who starts a program is to hand it the reader's, so that no other test's programs find the daemon by chance.
    """
    before = os.environ.get(SOCKET_VARIABLE)
    try:
        yield
    finally:
        if before is None:
            os.environ.pop(SOCKET_VARIABLE, None)
        else:
            os.environ[SOCKET_VARIABLE] = before


def _manager_of(reader: Reader) -> WorkersPCSC | PyscardMissing:
    """The resource manager of this process, which is bound to the reader's daemon by this; or why there is none."""
    try:
        bound = reader.resource_manager
    except PyscardMissing as missing:
        return missing
    del bound
    from sandbox.pytest_plugin.workers_pcsc import WorkersPCSC

    return WorkersPCSC()
