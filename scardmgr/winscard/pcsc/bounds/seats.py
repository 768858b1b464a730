"""The readers of a context, and who of its handles is at the card."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from scardmgr.winscard.pcsc.bounds.handles import Handle


class Seat:
    """One reader, to the handles of one context.

    Attributes:
        reader: its name.
        handles: the open ones.
        holder: the one in a transaction. Those of other contexts are not known.
    """

    def __init__(self, reader: str) -> None:
        self.reader = reader
        self.handles: set[Handle] = set()
        self.holder: Handle | None = None

    def lapse(self) -> None:
        """The daemon has closed all handles; they can be taken up again."""
        for handle in tuple(self.handles):
            handle.has_lapsed()

    def close(self) -> None:
        """The context is released, and all handles with it."""
        for handle in tuple(self.handles):
            handle.closed = True
