"""The files of a private daemon, and the folder that pcscd insists on."""

from __future__ import annotations

import os
import socket
from collections.abc import Sequence


class DaemonDirectory:
    """A directory (0700) with pcscd's listening socket in it, and reader.conf in a folder of its own.

    pcscd runs as another user where we are root, and then cannot enter: it is given descriptors of the socket
    and of the folder.

    Attributes:
        listener: the listening socket.
        configuration: a descriptor of the folder with reader.conf.
    """

    def __init__(self, path: str) -> None:
        self.path = path
        os.mkdir(path, 0o700)  # noqa: PTH102 - pathlib is slow to load
        self.listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.listener.bind(self.socket_path)
        self.listener.listen(64)
        os.mkdir(f"{path}/c")  # noqa: PTH102
        self.configuration = os.open(f"{path}/c", os.O_RDONLY | os.O_DIRECTORY)
        os.fchmod(self.configuration, 0o755)

    @property
    def socket_path(self) -> str:
        """The path of the listening socket."""
        return f"{self.path}/s"

    def write_configuration(self, names: Sequence[str], libraries: Sequence[str], ports: Sequence[int]) -> None:
        """reader.conf: an entry, which is two slots, for each port; the second slot is on the port above."""
        entries = [
            f'FRIENDLYNAME "{name}"\nDEVICENAME /dev/null:{port:#06x}\nLIBPATH {library}\nCHANNELID {port:#06x}\n'
            for name, library, port in zip(names, libraries, ports, strict=True)
        ]
        fd = os.open("reader.conf", os.O_WRONLY | os.O_CREAT | os.O_TRUNC, dir_fd=self.configuration)
        try:
            os.fchmod(fd, 0o644)
            os.write(fd, "\n".join(entries).encode())
        finally:
            os.close(fd)

    def remove(self) -> None:
        """Leave nothing behind."""
        for name in ("c/reader.conf", "s"):
            try:
                os.unlink(f"{self.path}/{name}")  # noqa: PTH108
            except FileNotFoundError:
                continue
        for path in (f"{self.path}/c", self.path):
            try:
                os.rmdir(path)  # noqa: PTH106
            except FileNotFoundError:
                continue
