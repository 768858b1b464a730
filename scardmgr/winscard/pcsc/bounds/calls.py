"""A call that its own thread makes in libpcsclite, and what is done when it takes too long."""

from __future__ import annotations

from enum import Enum, auto
from threading import Thread
from time import monotonic
from typing import TYPE_CHECKING

from scardmgr.winscard.errors import SCardError
from scardmgr.winscard.pcsc.bounds.daemon_socket import cut_those_of_no_context
from scardmgr.winscard.pcsc.bounds.watch import WATCH
from scardmgr.winscard.pcscd_client import PCSCDClient

if TYPE_CHECKING:
    from scardmgr.winscard.pcsc.bounds.contexts import Context
    from scardmgr.winscard.pcsc.bounds.handles import Handle

#: What a call is given to end when its handle was closed or its context cut off.
CUT_S = 5.0
#: What pcscd is given to answer a question of ours, and to let a handle in where nobody has a transaction.
_DAEMON_S, _HELD_S = 10.0, 0.5
_NEVER = float("inf")


class Fate(Enum):
    """How a call that took too long was ended."""

    OTHERS = auto()
    """It waited for others; its handle was closed."""
    UNANSWERED = auto()
    """It waited for the card or the daemon; its context was cut off."""


class Call:
    """One call in a context, and its bounds.

    Args:
        context: the one, whose gate the caller holds.
        due: by :func:`time.monotonic`, when to see what it waits for.
        last: when to end it, even if it is the card or the daemon that takes so long.
        handle: the handle whose call it is, if it may wait for others within libpcsclite; else ``None``.
        certain: if it is not over when it is due, it is others that it waits for.

    Attributes:
        fate: how it was ended, if it was.
    """

    __slots__ = ("_certain", "_context", "_handle", "_is_cut", "_last", "_looked", "due", "fate")

    def __init__(
        self, context: Context, due: float, last: float, handle: Handle | None = None, certain: bool = False
    ) -> None:
        self.due = due
        self.fate: Fate | None = None
        self._context = context
        self._last = last
        self._handle = handle
        self._certain = certain
        self._is_cut = self._looked = False

    def overdue(self) -> None:
        """See :class:`~scardmgr.winscard.pcsc.bounds.watch.Due`."""
        if self._context.call is not self:
            return  # it has ended in this very moment
        if self._is_cut:
            # It waits for a lock of the process. Whoever has that waits himself, in a context that is not ours.
            self.due = _NEVER
            cut_those_of_no_context()
        elif self.fate is None and self._handle is not None and not (self._looked and self.due >= self._last):
            self.due, self._looked = _NEVER, True
            # It asks the daemon, and closes a handle: neither is for the thread that looks after all.
            Thread(target=self._see_what_for, args=(self._handle,), name="pcsc look", daemon=True).start()
        else:
            self.fate = self.fate or Fate.UNANSWERED
            self.due = monotonic() + CUT_S
            self._is_cut = True
            self._context.cut()

    def _see_what_for(self, handle: Handle) -> None:
        others = False
        try:
            others = self._certain or is_held(self._context.daemon_path, handle.reader)
        finally:
            if not others:
                self._is_due(min(monotonic() + self._context.shortest_s, self._last))
        if others and self._context.call is self:
            self.fate = Fate.OTHERS
            self._is_due(monotonic() + CUT_S)
            handle.lapse()

    def _is_due(self, when: float) -> None:
        self.due = when
        WATCH.hurry()


def is_held(path: str, reader: str) -> bool:
    """Whether a handle has a transaction on the card in a reader; not where the daemon cannot be asked."""
    client = _client(path)
    if client is None:
        return False
    try:
        return client.is_held(reader, _HELD_S)
    except (OSError, SCardError):
        return False
    finally:
        client.close()


def is_crowded(path: str, reader: str) -> bool:
    """Whether more than one handle is open to a reader; not where the daemon cannot be asked."""
    client = _client(path)
    if client is None:
        return False
    try:
        occupancy = client.occupancy(reader)
    except OSError:
        return False
    finally:
        client.close()
    return occupancy is not None and occupancy.handles > 1


def _client(path: str) -> PCSCDClient | None:
    try:
        return PCSCDClient(path, _DAEMON_S) if path else None
    except (OSError, SCardError):
        return None
