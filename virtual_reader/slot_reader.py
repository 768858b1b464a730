"""One slot of a private daemon."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from .errors import NotShown
from .served_reader import SHOWN_SECONDS, ServedReader

if TYPE_CHECKING:
    import socket

    from iso7816.icc import ICC
    from scardmgr.winscard.manager import ResourceManager

    from .daemon import PrivateDaemon
    from .reader_states import ShownReader


class SlotReader(ServedReader):
    """A card in a slot of a :class:`~virtual_reader.PrivateDaemon`."""

    # A connection that breaks is made again at once or not at all: the daemon lives or is gone.
    _patience = 10.0

    def __init__(self, daemon: PrivateDaemon, slot: int, *, used: bool) -> None:
        super().__init__()
        self._daemon = daemon
        self._slot = slot
        self._used = used
        self._released = False

    @property
    def name(self) -> str:
        """See :attr:`Reader.name`."""
        return self._daemon.reader_name(self._slot)

    @property
    def environment(self) -> dict[str, str]:
        """See :attr:`Reader.environment`."""
        return self._daemon.environment

    @property
    def resource_manager(self) -> ResourceManager:
        """See :attr:`Reader.resource_manager`."""
        from .binding import bound_resource_manager

        return bound_resource_manager(self._daemon.socket_path)

    def insert(self, card: ICC) -> None:
        """See :meth:`Reader.insert`."""
        if self._used and not self._wait_until_empty(time.monotonic() + SHOWN_SECONDS):
            raise NotShown(f"{self.name}: its last card's removal was not seen within {SHOWN_SECONDS:g} s")
        super().insert(card)

    def close(self) -> None:
        """See :meth:`Reader.close`. pcscd sees the card go at its next look; whoever inserts next waits for that."""
        if not self._released:
            self._released = True
            self._drop()
            self._daemon.release(self._slot)

    def _connect(self) -> socket.socket:
        return self._daemon.connect(self._slot, prompt=True)

    def _pcscd_socket(self) -> str | None:
        return self._daemon.socket_path

    def _is_this(self, shown: ShownReader) -> bool:
        return shown.name == self.name
