"""A test's reader in a real pcscd that is the worker's own."""

from __future__ import annotations

import gc
import os
from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING

from sandbox.pytest_plugin.pcscd_client import PCSCDClient
from sandbox.pytest_plugin.seat import Seat
from sandbox.pytest_plugin.stack import Stack
from scardmgr.winscard.constants import Disposition
from scardmgr.winscard.errors import PyscardMissing, SCardError
from virtual_reader import insert
from virtual_reader.errors import NotShown, SlotOccupied, VirtualReaderError

if TYPE_CHECKING:
    from iso7816.icc import ICC
    from sandbox.pytest_plugin.workers_pcsc import WorkersPCSC
    from scardmgr.winscard.manager import ResourceManager
    from virtual_reader import Reader

_SOCKET_VARIABLE = "PCSCLITE_CSOCK_NAME"
_ANSWER_S = 2.0


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
        self._handles_told = 0
        self._start()

    def _start(self) -> None:
        # Who starts a program is to hand it the reader's environment. So that no other test's programs find this
        # daemon by chance, the process's own environment stays as it was.
        before = os.environ.get(_SOCKET_VARIABLE)
        self._reader: Reader = insert(self._seat, via="pcscd")
        try:
            self._environment = self._reader.environment
            self._manager = _manager_of(self._reader)
        except BaseException:
            self._reader.close()
            raise
        finally:
            if before is None:
                os.environ.pop(_SOCKET_VARIABLE, None)
            else:
                os.environ[_SOCKET_VARIABLE] = before
        self._handles_told = 0

    @property
    def name(self) -> str:
        """See :attr:`Stack.name`."""
        return self._reader.name

    @property
    def resource_manager(self) -> ResourceManager:
        """See :attr:`Stack.resource_manager`."""
        if isinstance(self._manager, PyscardMissing):
            raise self._manager
        return self._manager

    @property
    def environment(self) -> dict[str, str]:
        """See :attr:`Stack.environment`."""
        return dict(self._environment)

    # Between tests

    def begin(self, icc: ICC) -> None:
        """See :meth:`Stack.begin`.

        Raises:
            NotShown: whatever is done, the card is not there for the test.
        """
        self._seat.take(icc)
        ways: tuple[Callable[[], bool], ...] = (
            self._as_it_is,
            self._without_garbage,
            self._pulled_and_pushed,
            self._with_another_daemon,
        )
        if not any(way() for way in ways):
            raise NotShown(f"{self.name} cannot be had for the test: another program has it")

    def end(self) -> None:
        """See :meth:`Stack.end`."""
        if self._seat.commands_under_way > 0:
            # Who waits for a card that does not answer would keep its context, and its client, for ever.
            with suppress(VirtualReaderError):
                self._reader.remove()
        if not isinstance(self._manager, PyscardMissing):
            self._manager.begin_again()
        self._seat.vacate()

    def _as_it_is(self) -> bool:
        """Take the power and give it back, where nobody else uses the reader."""
        try:
            if self._reader.wait(0):
                return False
            client = self._asked()
            occupancy = client.occupancy(self.name)
            if occupancy is None or not occupancy.present or occupancy.handles > self._handles_told:
                return False
            self._handles_told = occupancy.handles
            client.activate(self.name, Disposition.UNPOWER)
        except (OSError, SCardError, VirtualReaderError):
            self._hang_up()
            return False
        return True

    def _without_garbage(self) -> bool:
        """The same, when objects that hold a handle and that nobody has any more are gone."""
        gc.collect()
        return self._as_it_is()

    def _pulled_and_pushed(self) -> bool:
        """Whoever still has a handle is told by the card's removal that it is another one.

        From then on handles that stay open, such as a service's, are none of our business, unless one has the card
        to itself.
        """
        try:
            self._reader.remove()
            self._reader.insert(self._seat)
            occupancy = self._asked().occupancy(self.name)
            if occupancy is None or occupancy.exclusive:
                return False
            self._handles_told = occupancy.handles
        except (OSError, SCardError, VirtualReaderError):
            self._hang_up()
            return False
        return self._as_it_is()

    def _with_another_daemon(self) -> bool:
        """Nobody has a handle of a daemon that is gone."""
        self._hang_up()
        self._reader.close()
        self._start()
        return self._as_it_is()

    def _asked(self) -> PCSCDClient:
        if self._client is None:
            self._client = PCSCDClient(self._environment[_SOCKET_VARIABLE], _ANSWER_S)
        return self._client

    def _hang_up(self) -> None:
        client, self._client = self._client, None
        if client is not None:
            client.close()

    # Within a test

    def insert(self, icc: ICC) -> None:
        """See :meth:`Stack.insert`."""
        if not self._reader.wait(0):
            raise SlotOccupied(f"there is a card in {self.name} already: remove() it first, or swap()")
        self._seat.take(icc)
        self._reader.insert(self._seat)

    def remove(self) -> None:
        """See :meth:`Stack.remove`."""
        self._reader.remove()
        self._seat.vacate()

    def swap(self, icc: ICC) -> None:
        """See :meth:`Stack.swap`: by power alone where nobody has a handle, in some ms; else pulled and pushed."""
        self._handles_told = 0
        self._seat.take(icc)
        if not self._as_it_is():
            self._reader.remove()
            self._reader.insert(self._seat)

    def reset(self) -> None:
        """See :meth:`Stack.reset`.

        Raises:
            SCardError: SCARD_E_SHARING_VIOLATION: a handle has the card to itself.
            NotShown: a handle holds a transaction, so that pcscd lets others wait.
        """
        try:
            self._asked().activate(self.name, Disposition.RESET)
        except OSError as error:
            self._hang_up()
            raise NotShown(f"{self.name}: the card is not reset while a transaction holds it ({error})") from error

    def close(self) -> None:
        """See :meth:`Stack.close`."""
        self._hang_up()
        self._reader.close()


def _manager_of(reader: Reader) -> WorkersPCSC | PyscardMissing:
    """The resource manager of this process, which is bound to the reader's daemon by this; or why there is none."""
    try:
        bound = reader.resource_manager
    except PyscardMissing as missing:
        return missing
    del bound
    from sandbox.pytest_plugin.workers_pcsc import WorkersPCSC

    return WorkersPCSC()
