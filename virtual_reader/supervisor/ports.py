"""TCP ports: the fixed ones of a network of one's own, and free ones of everybody's."""

from __future__ import annotations

import socket

FIRST_PORT = 0x7C7B
"""Below those that the kernel gives to connections (ip_local_port_range): a card that is connected to the first slot
could else have the port of the second one, which pcscd then cannot open."""
ADDRESS = "127.0.0.1"
# The same machine by another address: what comes over this one is acknowledged at once in a network of our own.
PROMPT_ADDRESS = "127.0.0.2"


def hold_free_port_pairs(count: int) -> list[tuple[socket.socket, socket.socket]]:
    """``count`` pairs of sockets, each pair bound to a port and the one above it.

    As long as they are open nobody is given these ports. They do not listen and, like the driver's sockets, have
    SO_REUSEADDR set: the driver can bind to the same ports.
    """
    pairs: list[tuple[socket.socket, socket.socket]] = []
    unfit: list[socket.socket] = []
    while len(pairs) < count:
        first, second = socket.socket(), socket.socket()
        for one in (first, second):
            one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        first.bind(("", 0))
        try:
            second.bind(("", first.getsockname()[1] + 1))
        except (OSError, OverflowError):
            unfit += (first, second)
        else:
            pairs.append((first, second))
    for one in unfit:
        one.close()
    return pairs
