"""The files of a private daemon, and the folder that pcscd insists on."""

from __future__ import annotations

import contextlib
import fcntl
import os
import socket
import time
from collections.abc import Sequence

NAME_PREFIX = "scardmgr-"
# A directory just made is not locked yet.
_YOUNG_SECONDS = 60.0


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
        try:
            # Held for as long as the supervisor lives: who finds it free may clear the directory away.
            self._lock = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
            fcntl.flock(self._lock, fcntl.LOCK_EX)
            self.listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
            self.listener.bind(self.socket_path)
            self.listener.listen(64)
            os.mkdir(f"{path}/c")  # noqa: PTH102
            self.configuration = os.open(f"{path}/c", os.O_RDONLY | os.O_DIRECTORY)
            os.fchmod(self.configuration, 0o755)
        except OSError:
            self.remove()
            raise

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
        remove_files(self.path)


def remove_files(path: str) -> None:
    """Remove a daemon's directory and what a supervisor puts into it; what is not there is passed over."""
    for name in ("c/reader.conf", "s"):
        with contextlib.suppress(FileNotFoundError):
            os.unlink(f"{path}/{name}")  # noqa: PTH108
    for folder in (f"{path}/c", path):
        with contextlib.suppress(FileNotFoundError):
            os.rmdir(folder)  # noqa: PTH106


def remove_abandoned(base: str) -> None:
    """Remove directories whose supervisor and owner were killed in one blow, by us or by anybody of our user's."""
    long_ago = time.time() - _YOUNG_SECONDS
    for name in os.listdir(base):  # noqa: PTH208
        path = f"{base}/{name}"
        # What is not ours, in use, or no such directory at all, is none of our business.
        with contextlib.suppress(OSError):
            if name.startswith(NAME_PREFIX) and os.lstat(path).st_mtime < long_ago:
                lock = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
                try:
                    if os.fstat(lock).st_uid == os.getuid():
                        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                        remove_files(path)
                finally:
                    os.close(lock)
