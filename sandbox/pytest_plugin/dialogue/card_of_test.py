"""The emulated card that a test has in hand: what the test itself says to it is in the report, too."""

from __future__ import annotations

from typing import TYPE_CHECKING

from emulator import Card
from sandbox.pytest_plugin.dialogue.record import RecordedICC

if TYPE_CHECKING:
    from sandbox.pytest_plugin.dialogue.record import Record


class CardOfTest(Card):
    """A card whose commands are noted also where they do not come through its reader.

    Such a command finds the card with power though the reader has taken it: pcscd does so as soon as nobody has been
    connected for 0.4 s, and no test can know when that is.
    """

    _record: Record | None = None

    def note_into(self, record: Record) -> None:
        """From now on, note them there."""
        self._record = record

    def power_on(self) -> bytes:
        """As any card's."""
        self._power_is_as_told()
        return super().power_on()

    def power_off(self) -> None:
        """As any card's."""
        super().power_off()
        self._power_is_as_told()

    def _power_is_as_told(self) -> None:
        if self._record is not None:
            self._record.reader_took_power = False

    def transmit(self, command: bytes) -> bytes:
        """As any card's. A command that comes while the reader has one under way is that one, which is noted there."""
        record = self._record
        if record is None or record.under_way is not None:
            return super().transmit(command)
        noted = RecordedICC(self, record)
        if record.reader_took_power:
            noted.power_on()
        return noted.transmit(command)
