"""The emulated card that a test has in hand: what the test itself says to it is in the report, too."""

from __future__ import annotations

from typing import TYPE_CHECKING

from emulator import Card
from sandbox.pytest_plugin.dialogue.record import RecordedICC

if TYPE_CHECKING:
    from sandbox.pytest_plugin.dialogue.record import Record


class CardOfTest(Card):
    """A card whose commands are noted also where they do not come through its reader."""

    _record: Record | None = None

    def note_into(self, record: Record) -> None:
        """From now on, note them there."""
        self._record = record

    def transmit(self, command: bytes) -> bytes:
        """As any card's. A command that comes while the reader has one under way is that one, which is noted there."""
        record = self._record
        if record is None or record.under_way is not None:
            return super().transmit(command)
        return RecordedICC(self, record).transmit(command)
