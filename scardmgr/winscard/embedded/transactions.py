"""Transactions: one handle holds the card of a slot, the others wait."""

from __future__ import annotations

from threading import Condition
from time import monotonic
from typing import TYPE_CHECKING

from scardmgr.winscard.codes import SCardCode
from scardmgr.winscard.errors import SCardError

if TYPE_CHECKING:
    from scardmgr.winscard.embedded.handles import CardHandle


class Hold:
    """Who holds the card of one slot. It belongs to a handle, whatever thread uses that.

    Attributes:
        holder: the handle inside a transaction, or ``None``. Reading it needs no lock.
    """

    def __init__(self, world: Condition, patience_s: float) -> None:
        self.holder: CardHandle | None = None
        self._depth = 0
        self._world = world
        self._patience_s = patience_s

    def begin(self, handle: CardHandle) -> None:
        """Begin a transaction, or one inside the handle's own; the caller holds ``world``."""
        self.holder = handle
        self._depth += 1

    def end(self, handle: CardHandle) -> None:
        """End the innermost transaction; the last one frees the card.

        Raises:
            SCardError: SCARD_E_SHARING_VIOLATION: another handle holds the card.
                SCARD_E_NOT_TRANSACTED: nobody does.
        """
        with self._world:
            if self.holder is None:
                raise SCardError(SCardCode.SCARD_E_NOT_TRANSACTED)
            if self.holder is not handle:
                raise SCardError(SCardCode.SCARD_E_SHARING_VIOLATION)
            self._depth -= 1
            if self._depth == 0:
                self.drop()

    def drop(self) -> None:
        """Free the card, however deep the transaction; the caller holds ``world``."""
        self.holder = None
        self._depth = 0
        self._world.notify_all()

    def excludes(self, handle: CardHandle | None) -> bool:
        """Whether somebody else than ``handle`` holds the card."""
        return self.holder is not None and self.holder is not handle

    def wait(self, handle: CardHandle | None) -> None:
        """Wait while somebody else holds the card; also ends when ``handle`` gets something to be told of.

        The caller looks again afterwards.

        Raises:
            SCardError: SCARD_E_SHARING_VIOLATION: held longer than the patience of the resource manager.
                SCARD_E_INVALID_HANDLE: ``handle`` was closed meanwhile.
        """
        deadline = monotonic() + self._patience_s
        with self._world:
            fault = None if handle is None else handle.fault
            while self.excludes(handle):
                if handle is not None and handle.closed:
                    raise SCardError(SCardCode.SCARD_E_INVALID_HANDLE)
                if handle is not None and handle.fault is not fault:
                    return
                remaining = deadline - monotonic()
                if remaining <= 0:
                    raise SCardError(SCardCode.SCARD_E_SHARING_VIOLATION)
                self._world.wait(remaining)
