"""Standard input and output to a TCP port and back, each way later by some milliseconds: a host that is far away.

usage, in a configuration of ssh: ProxyCommand python slow_connection.py %h %p MILLISECONDS
"""

from __future__ import annotations

import os
import queue
import socket
import sys
import threading
import time
from collections.abc import Callable

CHUNK = 65536


def pass_on(
    read: Callable[[], bytes], write: Callable[[bytes], object], end: Callable[[], object], late: float
) -> None:
    """Read in one thread, write in another, ``late`` seconds later; until the end of what is read has got across."""
    under_way: queue.SimpleQueue[tuple[float, bytes]] = queue.SimpleQueue()

    def take() -> None:
        data = b"."
        while data:
            try:
                data = read()
            except OSError:
                data = b""
            under_way.put((time.monotonic() + late, data))

    threading.Thread(target=take, daemon=True).start()
    while True:
        due, data = under_way.get()
        time.sleep(max(0.0, due - time.monotonic()))
        try:
            if not data:
                end()
                return
            write(data)
        except OSError:
            return


def main(host: str, port: str, milliseconds: str) -> None:
    """Both ways; over when the server has closed its end."""
    late = float(milliseconds) / 1000
    connection = socket.create_connection((host, int(port)))
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def close_theirs() -> None:
        connection.shutdown(socket.SHUT_WR)

    there = (lambda: os.read(0, CHUNK), connection.sendall, close_theirs, late)
    threading.Thread(target=pass_on, args=there, daemon=True).start()
    pass_on(lambda: connection.recv(CHUNK), lambda data: os.write(1, data), lambda: os.close(1), late)


main(*sys.argv[1:])
