"""The port at which a foreign card finds its reader: on loopback only, for one connection, of a user who may."""

from __future__ import annotations

import os
import select
import selectors
import socket
import time
import weakref
from collections.abc import Callable
from pathlib import Path

from ..errors import CardLost
from .polling import ENDED, Selector

HOST = "127.0.0.1"
_LOOK_S = 0.05
_TABLES = ("/proc/net/tcp", "/proc/net/tcp6")
_ESTABLISHED = "01"
_ROOT = 0


class CardPort:
    """Listens until the one connection has come.

    Args:
        port: which one; 0: any that is free.

    Attributes:
        number: which one it is.
        turned_away: who connected and was not taken for the card, in words; ``""``: nobody.

    Raises:
        CardLost: it cannot be had.
    """

    def __init__(self, port: int) -> None:
        try:
            self._listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        except OSError as error:
            raise CardLost(f"has no port to connect to: {error.strerror or error}") from error
        self.turned_away = ""
        self._finalizer = weakref.finalize(self, self._listener.close)
        try:
            if os.name == "posix":  # elsewhere it would take the port from who has it
                self._listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            self._listener.bind((HOST, port))
            self._listener.listen(1)
            self._listener.setblocking(False)
        except OSError as error:
            self._listener.close()
            raise CardLost(f"has no port to connect to: {HOST}:{port}: {error.strerror or error}") from error
        self.number: int = self._listener.getsockname()[1]

    def accept(self, seconds: float, given_up: Callable[[], bool]) -> socket.socket | None:
        """The connection; ``None``: none came in time, or ``given_up``, which is asked now and then, says so.

        Connections of other users than ours and root are closed: who has the port first would be the card. So is one
        that has ended already and cannot be told to be ours.

        Raises:
            CardLost: there can be no connection: too many files are open.
        """
        deadline = time.monotonic() + seconds
        with Selector() as selector:
            selector.register(self._listener, selectors.EVENT_READ)
            while (left := deadline - time.monotonic()) > 0 and not given_up():
                if not selector.select(min(left, _LOOK_S)):
                    continue
                try:
                    connection, peer = self._listener.accept()
                except (BlockingIOError, ConnectionError):
                    continue  # it went before we came
                except OSError as error:
                    raise CardLost(f"cannot be connected to: {error.strerror or error}") from error
                owner = _owner(peer[1], self.number)
                if owner is None and _has_ended(connection):
                    self.turned_away = "somebody did, and closed the connection at once"
                elif owner not in (None, os.geteuid(), _ROOT):
                    self.turned_away = f"user {owner} did, who is neither ours nor root"
                else:
                    return connection
                connection.close()
        return None

    def close(self) -> None:
        """Listen no more: who connects is refused."""
        self._finalizer()


def _has_ended(connection: socket.socket) -> bool:
    """Whether the other end has been closed, where that can be told."""
    if not ENDED:
        return False
    watched = select.poll()
    watched.register(connection, ENDED)
    return bool(watched.poll(0))


def _owner(theirs: int, ours: int) -> int | None:
    """The user who has made the connection between these ports; ``None``: nobody can tell."""
    for path in _TABLES:
        try:
            lines = Path(path).read_text(encoding="ascii").splitlines()[1:]
        except OSError:
            continue
        owner = owner_of_connection(lines, theirs, ours)
        if owner is not None:
            return owner
    return None


def owner_of_connection(lines: list[str], local: int, remote: int) -> int | None:
    """The user that made a connection, as the lines of /proc/net/tcp tell it (proc(5)); ``None`` where none does.

    Line::

        sl: ADDRESS:PORT ADDRESS:PORT STATE queues timer retransmissions UID ...    (ports in hex: local, remote)
    """
    for line in lines:
        match line.split():
            case [_, near, far, state, _, _, _, uid, *_] if state == _ESTABLISHED and uid.isdecimal():
                if near.endswith(f":{local:04X}") and far.endswith(f":{remote:04X}"):
                    return int(uid)
    return None
