"""A test's readers in this process."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sandbox.pytest_plugin.stacks.stack import ReaderOfStack, Stack
from sandbox.pytest_plugin.stacks.workers_embedded import WorkersEmbedded
from scardmgr.winscard.codes import SCardCode
from scardmgr.winscard.constants import Disposition, Protocols, ShareMode
from scardmgr.winscard.errors import SCardError
from virtual_reader.embedded_reader import add_numbered_reader
from virtual_reader.errors import NotVisibleOutside, SlotOccupied
from virtual_reader.insertion import DEFAULT_NAME

if TYPE_CHECKING:
    from iso7816.icc import ICC


class EmbeddedReaderOfStack(ReaderOfStack):
    """One more reader of a resource manager in this process.

    Args:
        manager: the resource manager.
    """

    def __init__(self, manager: WorkersEmbedded) -> None:
        self._manager = manager
        self._slot = add_numbered_reader(manager, DEFAULT_NAME)

    @property
    def name(self) -> str:
        """See :attr:`ReaderOfStack.name`."""
        return self._slot.name

    @property
    def resource_manager(self) -> WorkersEmbedded:
        """See :attr:`ReaderOfStack.resource_manager`."""
        return self._manager

    @property
    def environment(self) -> dict[str, str]:
        """See :attr:`ReaderOfStack.environment`: there is none."""
        __tracebackhide__ = True
        raise NotVisibleOutside(
            "an embedded reader exists in this process only: for a program that the test starts, mark the test "
            'with pytest.mark.card(..., via="pcscd")'
        )

    def insert(self, icc: ICC) -> None:
        """See :meth:`ReaderOfStack.insert`."""
        if self._slot.occupied:
            raise SlotOccupied(f"there is a card in {self.name} already: remove() it first, or swap()")
        self._slot.insert(icc)

    def remove(self) -> None:
        """See :meth:`ReaderOfStack.remove`."""
        self._slot.remove()

    def swap(self, icc: ICC) -> None:
        """See :meth:`ReaderOfStack.swap`: pulled and pushed, which takes no time here."""
        self._slot.remove()
        self._slot.insert(icc)

    def reset(self) -> None:
        """See :meth:`ReaderOfStack.reset`."""
        if self._slot.hold.holder is not None:
            raise SCardError(SCardCode.SCARD_E_SHARING_VIOLATION)
        context = self._manager.establish_context()
        try:
            handle, _ = self._manager.connect(context, self.name, ShareMode.DIRECT, Protocols.UNDEFINED)
            self._manager.reconnect(handle, ShareMode.DIRECT, Protocols.UNDEFINED, Disposition.RESET)
            self._manager.disconnect(handle)
        finally:
            self._manager.release_context(context)

    def close(self) -> None:
        """See :meth:`ReaderOfStack.close`."""
        self._slot.close()


class EmbeddedStack(EmbeddedReaderOfStack, Stack):
    """The first reader of a resource manager that is the worker's own."""

    def __init__(self) -> None:
        super().__init__(WorkersEmbedded())

    def begin(self, icc: ICC) -> None:
        """See :meth:`Stack.begin`."""
        self._slot.insert(icc)

    def beside(self, icc: ICC) -> EmbeddedReaderOfStack:
        """See :meth:`Stack.beside`; there is room for any number."""
        reader = EmbeddedReaderOfStack(self._manager)
        try:
            reader.insert(icc)
        except BaseException:
            reader.close()
            raise
        return reader

    def interrupt(self) -> None:
        """See :meth:`Stack.interrupt`."""
        exchange = self._slot.exchange
        if exchange.acquire(False):
            exchange.release()
        else:
            self._slot.remove()

    def end(self) -> None:
        """See :meth:`Stack.end`."""
        # First the card: what waits for it, or has it to itself, then need not be waited for.
        self._slot.remove()
        self._manager.begin_again(but=self._slot)
