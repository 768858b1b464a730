"""The socket over which a context of libpcsclite talks to pcscd, on Linux.

libpcsclite does not tell it. It is found as the one Unix socket that was not there before SCardEstablishContext: told
by its inode, which no other socket has. Shutting it down ends whatever call is under way in the context, wherever in
libpcsclite it waits; to pcscd the client is gone then, and what the context had open is closed.
"""

from __future__ import annotations

import os
import socket
from contextlib import suppress
from dataclasses import dataclass

#: Where libpcsclite finds its daemon, as the environment may say otherwise.
_VARIABLE, _DEFAULT = "PCSCLITE_CSOCK_NAME", "/run/pcscd/pcscd.comm"
_DESCRIPTORS = "/proc/self/fd"

#: Of all contexts of this process, once one was found: libpcsclite reads it once.
_path_of_the_daemon = ""


@dataclass(frozen=True, slots=True)
class DaemonSocket:
    """A descriptor of our own for that socket.

    Attributes:
        path: where the daemon listens.
    """

    path: str
    _descriptor: int

    def cut(self) -> None:
        """End the conversation: a call that waits for an answer fails, and so does every later one."""
        with suppress(OSError), socket.socket(fileno=os.dup(self._descriptor)) as ours:
            ours.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        """Give the descriptor back; pcscd sees the end of the conversation when libpcsclite has closed its own."""
        with suppress(OSError):
            os.close(self._descriptor)


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
    wanted = _path_of_the_daemon or (os.environ.get(_VARIABLE, _DEFAULT) if len(new) > 1 else "")
    if wanted:
        for other in [each for each in new if each.path != wanted]:
            new.remove(other)
            other.close()
    if len(new) != 1:
        for each in new:
            each.close()
        return None
    _remember(new[0].path)
    return new[0]


def cut_those_opened_since(before: dict[str, int]) -> None:
    """End every conversation with the daemon that has begun since: one of them is that of a call that was given up."""
    wanted = _path_of_the_daemon or os.environ.get(_VARIABLE, _DEFAULT)
    for target, descriptor in sockets_of_this_process().items():
        found = _connection(descriptor, target) if target not in before else None
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
    return DaemonSocket(path, ours)
