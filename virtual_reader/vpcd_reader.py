"""A reader that somebody else runs: the vpcd driver of a pcscd that is already there."""

from __future__ import annotations

import os
import socket
from pathlib import Path
from typing import TYPE_CHECKING

from .binding import SOCKET_VARIABLE, inherited_environment
from .errors import DaemonUnavailable, ReaderArgumentError
from .reader_states import ShownReader, shown_readers
from .served_reader import ServedReader

if TYPE_CHECKING:
    from iso7816.icc import ICC
    from scardmgr.winscard.manager import ResourceManager

DEFAULT_ADDRESS = "localhost:35963"
_SYSTEM_SOCKET = "/run/pcscd/pcscd.comm"
_CONNECT_SECONDS = 5.0
_ASK_SECONDS = 2.0
_LOCAL = ("localhost", "127.0.0.1", "::1")


def parse_address(address: str) -> tuple[str, int]:
    """Host and port of ``host:port`` or ``[host]:port``.

    Raises:
        ReaderArgumentError: it is neither, or the port is not 1 to 65535.
    """
    host, colon, port = address.rpartition(":")
    if host.startswith("[") and host.endswith("]"):
        host = host[1:-1]
    elif ":" in host:
        host = ""
    if not (host and colon and port.isascii() and port.isdecimal() and 0 < int(port) < 65536):
        raise ReaderArgumentError(f"{address!r} is no address: give host:port, as in {DEFAULT_ADDRESS}")
    return host, int(port)


class VpcdReader(ServedReader):
    """A card in a running vpcd.

    While the vpcd is away the card tries to come back, less and less often, for :attr:`_patience` seconds. The
    reader's name is found out where the pcscd behind the vpcd can be asked, which is where it runs here.
    """

    _patience = 300.0

    def __init__(self, address: str, name: str | None = None) -> None:
        super().__init__()
        self._host, self._port = parse_address(address)
        self._name = name
        self._others: frozenset[str] = frozenset()

    @property
    def name(self) -> str:
        """The display name in the resource manager, or ``vpcd at HOST:PORT`` where that cannot be found out."""
        return self._name or f"vpcd at {self._host}:{self._port}"

    @property
    def resource_manager(self) -> ResourceManager:
        """The platform's."""
        from scardmgr.winscard.selection import resource_manager

        return resource_manager("pcsc")

    @property
    def environment(self) -> dict[str, str]:
        """What this process was given: the reader is where it was."""
        return inherited_environment()

    def insert(self, card: ICC) -> None:
        """See :meth:`Reader.insert`."""
        if self._name is None:
            self._others = frozenset(reader.name for reader in self._shown() if reader.present)
        try:
            super().insert(card)
        except OSError as error:
            raise DaemonUnavailable(
                f"nobody listens at {self._host}:{self._port} ({error.strerror or error}): is pcscd running there, "
                "with the driver? As root: apt-get install pcscd vsmartcard-vpcd && systemctl restart pcscd"
            ) from error
        if self._name is None:
            candidates = [one.name for one in self._shown() if one.present and one.name not in self._others]
            self._name = candidates[0] if len(candidates) == 1 else None

    def close(self) -> None:
        """See :meth:`Reader.close`."""
        self._drop()

    def _connect(self) -> socket.socket:
        connection = socket.create_connection((self._host, self._port), _CONNECT_SECONDS)
        connection.settimeout(None)
        return connection

    def _pcscd_socket(self) -> str | None:
        path = os.environ.get(SOCKET_VARIABLE, _SYSTEM_SOCKET)
        return path if self._host in _LOCAL and Path(path).is_socket() else None

    def _shown(self) -> tuple[ShownReader, ...]:
        path = self._pcscd_socket()
        try:
            return () if path is None else shown_readers(path, _ASK_SECONDS)
        except OSError:
            return ()

    def _is_this(self, shown: ShownReader) -> bool:
        return shown.name == self._name if self._name is not None else shown.name not in self._others
