"""The one private daemon that this process itself uses."""

from __future__ import annotations

import os
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING

from .binding import SOCKET_VARIABLE, bound_resource_manager
from .daemon import PrivateDaemon

if TYPE_CHECKING:
    from iso7816.icc import ICC

    from .readers import Reader

_lock = threading.RLock()
_current: ProcessDaemon | None = None
# libpcsclite keeps the path for as long as the process lives, and so do we; by process, as a forked one has another.
_directories: dict[int, str] = {}


class ProcessDaemon(PrivateDaemon):
    """Ends with its last reader. While it runs, the process's own environment points to it."""

    def __init__(self, slots: int, name: str) -> None:
        super().__init__(slots, name=name, directory=_directories.get(os.getpid(), ""))
        _directories[os.getpid()] = str(Path(self.socket_path).parent)
        self._before = os.environ.get(SOCKET_VARIABLE)
        os.environ[SOCKET_VARIABLE] = self.socket_path

    def release(self, slot: int) -> None:
        """As a private daemon's; the last one out ends the daemon."""
        with _lock:
            super().release(slot)
            if not self.in_use:
                self.close()

    def close(self) -> None:
        """As a private daemon's; the environment is as it was before."""
        global _current  # noqa: PLW0603 - there is one per process
        with _lock:
            if _current is self:
                _current = None
                if self._before is None:
                    os.environ.pop(SOCKET_VARIABLE, None)
                else:
                    os.environ[SOCKET_VARIABLE] = self._before
            super().close()


def insert_for_this_process(card: ICC, slots: int, name: str) -> Reader:
    """Put a card into this process's daemon, starting it where there is none.

    Raises:
        NoFreeSlot: all its slots are taken.
        BoundElsewhere: pyscard is in use in this process, with another daemon.
        DaemonUnavailable, NotShown: as :class:`PrivateDaemon`.
    """
    global _current  # noqa: PLW0603 - there is one per process
    with _lock:
        if _current is None or _current.forked:
            _current = ProcessDaemon(slots, name)
        daemon = _current
        try:
            reader = daemon.insert(card)
            if "smartcard.scard" in sys.modules:
                try:
                    bound_resource_manager(daemon.socket_path)
                except BaseException:
                    reader.close()
                    raise
        finally:
            if not daemon.in_use:
                daemon.close()
        return reader


def await_removals(seconds: float) -> bool:
    """Wait until this process's daemon shows no card in the slots that are free; whether it does."""
    daemon = _current
    return daemon is None or daemon.forked or daemon.await_removals(seconds)
