"""TCP ports: the fixed ones of a network of one's own, and free ones of everybody's."""

from __future__ import annotations

import os
import socket

FIRST_PORT = 0x8C7B
ADDRESS = "127.0.0.1"
# The same machine by another address: what comes over this one is acknowledged at once in a network of our own.
PROMPT_ADDRESS = "127.0.0.2"


def free_port_pairs(count: int) -> list[int]:
    """``count`` ports, each free and followed by a free one at the moment of asking."""
    held: list[socket.socket] = []
    ports: list[int] = []
    try:
        while len(ports) < count:
            first, second = socket.socket(), socket.socket()
            held += (first, second)
            first.bind(("", 0))
            port: int = first.getsockname()[1]
            try:
                second.bind(("", port + 1))
            except (OSError, OverflowError):
                continue
            ports.append(port)
        return ports
    finally:
        for one in held:
            one.close()


def is_listening(pid: int, port: int) -> bool:
    """Whether it is process ``pid`` that listens on the IPv4 port."""
    with open("/proc/self/net/tcp", encoding="ascii") as table:  # noqa: PTH123 - pathlib is slow to load
        rows = [line.split() for line in table]
    # local address as hex ADDRESS:PORT in column 1, state in 3 (0A is LISTEN), inode in 9
    inodes = {row[9] for row in rows[1:] if row[3] == "0A" and int(row[1].rpartition(":")[2], 16) == port}
    folder = f"/proc/{pid}/fd"
    try:
        links = {os.readlink(f"{folder}/{name}") for name in os.listdir(folder)}  # noqa: PTH115, PTH208
    except OSError:
        return False
    return any(f"socket:[{inode}]" in links for inode in inodes)
