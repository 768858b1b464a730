"""Which daemon libpcsclite talks to in this process: it reads its socket's name once and for all."""

from __future__ import annotations

import os
import socket
import stat
from typing import TYPE_CHECKING

from .errors import BoundElsewhere

if TYPE_CHECKING:
    from scardmgr.winscard.manager import ResourceManager

SOCKET_VARIABLE = "PCSCLITE_CSOCK_NAME"
"""Of the environment: where libpcsclite finds its daemon's socket; unset: the system's."""

_bound_to = ""


def inherited_environment() -> dict[str, str]:
    """The variables that say which daemon this process was told of: none for the system's own."""
    path = os.environ.get(SOCKET_VARIABLE)
    return {} if path is None else {SOCKET_VARIABLE: path}


def bound_resource_manager(socket_path: str) -> ResourceManager:
    """The platform's resource manager, where it is the daemon behind ``socket_path``.

    Raises:
        BoundElsewhere: it is another one, and can be no other in this process.
        PyscardMissing: there is no pyscard.
    """
    from scardmgr.winscard.errors import SCardError
    from scardmgr.winscard.selection import resource_manager

    global _bound_to  # noqa: PLW0603 - what libpcsclite remembers is the process's, too
    if _bound_to != socket_path and os.environ.get(SOCKET_VARIABLE) != socket_path:
        raise BoundElsewhere(
            f"this daemon is for other processes, which find it by their environment; "
            f'for one to use in this process insert the card with via="pcscd" (the socket is {socket_path})'
        )
    manager = resource_manager("pcsc")
    if _bound_to != socket_path:
        try:
            context = manager.establish_context()
        except SCardError as error:
            raise _bound_elsewhere(socket_path) from error
        try:
            connected = socket_path in _peers()
        finally:
            manager.release_context(context)
        if not connected:
            raise _bound_elsewhere(socket_path)
        _bound_to = socket_path
    return manager


def _bound_elsewhere(socket_path: str) -> BoundElsewhere:
    return BoundElsewhere(
        f"libpcsclite has been used in this process before the card was inserted, and stays with the daemon it had "
        f"then; insert first, or use a new process (the socket is {socket_path})"
    )


def _peers() -> set[str]:
    """The paths of the Unix sockets that this process is connected to."""
    paths: set[str] = set()
    for name in os.listdir("/proc/self/fd"):  # noqa: PTH208 - names are all that is wanted
        try:
            fd = os.dup(int(name))
        except OSError:
            # It was closed meanwhile, by us (the listing itself) or by another thread.
            continue
        if not stat.S_ISSOCK(os.fstat(fd).st_mode):
            os.close(fd)
            continue
        with socket.socket(fileno=fd) as one:
            try:
                peer = one.getpeername() if one.family == socket.AF_UNIX else ""
            except OSError:
                continue
        if isinstance(peer, str):
            paths.add(peer)
    return paths
