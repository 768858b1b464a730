"""The socket over which a context of libpcsclite talks to pcscd, on Linux.

libpcsclite does not tell it. It is found as the one Unix socket that was not there before SCardEstablishContext: told
by its inode, which no other socket has. Shutting it down ends whatever call is under way in the context, wherever in
libpcsclite it waits; to pcscd the client is gone then, and what the context had open is closed.
"""

from __future__ import annotations

import os
import socket
from collections.abc import Container
from contextlib import suppress
from threading import RLock

#: Where libpcsclite finds its daemon, as the environment may say otherwise.
_VARIABLE, _DEFAULT = "PCSCLITE_CSOCK_NAME", "/run/pcscd/pcscd.comm"
_DESCRIPTORS = "/proc/self/fd"

#: Of all contexts of this process, once one was found: libpcsclite reads it once.
_path_of_the_daemon = ""
#: The names of the sockets that are known to be a context's.
_of_contexts: set[str] = set()


class DaemonSocket:
    """A descriptor of our own for that socket.

    Args:
        path: where the daemon listens.
        name: of the socket, ``socket:[inode]``.
        descriptor: the one that is given back by :meth:`close`.
    """

    def __init__(self, path: str, name: str, descriptor: int) -> None:
        self.path = path
        self.name = name
        self._descriptor: int | None = descriptor
        # Whoever cuts may come late: the number may be another socket's by then. A finalizer may close anywhere.
        self._using = RLock()

    def cut(self) -> None:
        """End the conversation: a call that waits for an answer fails, and so does every later one."""
        with self._using, suppress(OSError):
            if self._descriptor is not None:
                with socket.socket(fileno=os.dup(self._descriptor)) as ours:
                    ours.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        """Give the descriptor back; pcscd sees the end of the conversation when libpcsclite has closed its own."""
        with self._using:
            descriptor, self._descriptor = self._descriptor, None
        _of_contexts.discard(self.name)
        if descriptor is not None:
            with suppress(OSError):
                os.close(descriptor)


def path_of_the_daemon() -> str:
    """Where libpcsclite connects to."""
    return _path_of_the_daemon or os.environ.get(_VARIABLE, _DEFAULT)


def sockets_of_this_process() -> dict[str, int]:
    """A descriptor for each socket, by its name ``socket:[inode]``; where the system does not tell, none."""
    found: dict[str, int] = {}
    with suppress(OSError):
        for name in os.listdir(_DESCRIPTORS):  # noqa: PTH208 - names are all that is wanted
            with suppress(OSError):  # closed meanwhile, as that of the listing itself
                target = os.readlink(f"{_DESCRIPTORS}/{name}")  # noqa: PTH115 - a Path costs more than all the rest
                if target.startswith("socket:"):
                    found[target] = int(name)
    return found


def opened_since(before: dict[str, int]) -> DaemonSocket | None:
    """The one connection to the daemon that was not there before; ``None``: there is none, or several might be it."""
    new = [
        found
        for target, descriptor in sockets_of_this_process().items()
        if target not in before and (found := _connection(descriptor, target)) is not None
    ]
    wanted = path_of_the_daemon() if _path_of_the_daemon or len(new) > 1 else ""
    if wanted:
        for other in [each for each in new if each.path != wanted]:
            new.remove(other)
            other.close()
    if len(new) != 1:
        for each in new:
            each.close()
        return None
    _remember(new[0].path)
    _of_contexts.add(new[0].name)
    return new[0]


def cut_those_of_no_context(before: Container[str] = ()) -> None:
    """End the conversations with the daemon that belong to no context that is known here.

    One of them is that of a call that was given up; a context that is known is cut by itself.

    Args:
        before: the sockets that are left alone beside.
    """
    wanted = path_of_the_daemon()
    for target, descriptor in sockets_of_this_process().items():
        is_spared = target in before or target in _of_contexts
        found = None if is_spared else _connection(descriptor, target)
        if found is not None:
            if found.path == wanted:
                found.cut()
            found.close()


def _remember(path: str) -> None:
    global _path_of_the_daemon  # noqa: PLW0603 - what libpcsclite remembers is the process's, too
    _path_of_the_daemon = path


def _connection(descriptor: int, target: str) -> DaemonSocket | None:
    """That socket, if it is a Unix socket connected to a path, by a descriptor of our own."""
    try:
        ours = os.dup(descriptor)
    except OSError:  # closed meanwhile
        return None
    path = ""
    with suppress(OSError):
        if target == f"socket:[{os.fstat(ours).st_ino}]":  # and not another one that has got its number
            with socket.socket(fileno=os.dup(ours)) as looked_at:
                if looked_at.family == socket.AF_UNIX and looked_at.type == socket.SOCK_STREAM:
                    peer = looked_at.getpeername()
                    path = peer if isinstance(peer, str) else ""
    if not path:
        os.close(ours)
        return None
    return DaemonSocket(path, target, ours)
