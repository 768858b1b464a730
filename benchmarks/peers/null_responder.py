"""The same null card in Python: what the language itself costs behind the stock driver.

usage: null_responder.py FD RESPONSE_BYTES   (FD: an inherited socket, connected to the driver)
"""

from __future__ import annotations

import socket
import sys

ATR = bytes.fromhex("3B80800101")


def receive(connection: socket.socket, length: int) -> bytes:
    """Exactly ``length`` bytes, or fewer where the peer closed."""
    data = b""
    while len(data) < length:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_QUICKACK, 1)
        part = connection.recv(length - len(data))
        if not part:
            break
        data += part
    return data


def main() -> None:
    """Answer until the driver closes."""
    connection = socket.socket(fileno=int(sys.argv[1]))
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    response = b"\xa5" * int(sys.argv[2]) + b"\x90\x00"
    answer = len(response).to_bytes(2, "big") + response
    atr = len(ATR).to_bytes(2, "big") + ATR
    while len(prefix := receive(connection, 2)) == 2:
        body = receive(connection, int.from_bytes(prefix, "big"))
        if body == b"\x04":
            connection.sendall(atr)
        elif len(body) > 1:
            connection.sendall(answer)


main()
