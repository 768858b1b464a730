"""The embedded resource manager, as one worker uses it for one test after the other."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from scardmgr.winscard.constants import Scope
from scardmgr.winscard.database import SmartCardDatabase
from scardmgr.winscard.embedded import EmbeddedResourceManager
from scardmgr.winscard.errors import SCardError

if TYPE_CHECKING:
    from scardmgr.winscard.embedded import Slot
    from scardmgr.winscard.embedded.pin_pad import PINPad


class WorkersEmbedded(EmbeddedResourceManager):
    """One that can be had as new: it knows what was opened in it since."""

    def __init__(self) -> None:
        super().__init__()
        self._opened: set[int] = set()
        self._added: list[Slot] = []

    def establish_context(self, scope: Scope = Scope.USER) -> int:
        """As it is; remembered."""
        context = super().establish_context(scope)
        self._opened.add(context)
        return context

    def release_context(self, context: int) -> None:
        """As it is."""
        super().release_context(context)
        self._opened.discard(context)

    def add_reader(self, name: str, pin_pad: PINPad | None = None) -> Slot:
        """As it is; remembered."""
        slot = super().add_reader(name, pin_pad)
        self._added.append(slot)
        return slot

    def begin_again(self, but: Slot) -> None:
        """Release all contexts, unplug all readers but one, and forget what the database was told."""
        while self._added:
            slot = self._added.pop()
            if slot is not but:
                slot.close()
        opened = tuple(self._opened)
        for context in opened:
            with suppress(SCardError):  # another thread has released it this moment
                super().release_context(context)
        self._opened.difference_update(opened)
        self.database = SmartCardDatabase.in_memory()
