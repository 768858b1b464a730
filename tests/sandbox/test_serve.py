"""``scard serve``: the card in a vpcd that is already running."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from emulator import Card


@pytest.fixture
def vpcd() -> Iterator[socket.socket]:
    """The reader's side of the protocol, as the driver has it: it listens, the card connects."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(30)
        yield listener


def ask(connection: socket.socket, message: bytes) -> bytes:
    connection.sendall(len(message).to_bytes(2, "big") + message)
    length = int.from_bytes(receive(connection, 2), "big")
    return receive(connection, length)


def receive(connection: socket.socket, count: int) -> bytes:
    data = b""
    while len(data) < count:
        piece = connection.recv(count - len(data))
        assert piece
        data += piece
    return data


@pytest.mark.parametrize("in_another_thread", [False, True])
@pytest.mark.parametrize("signum", [signal.SIGINT, signal.SIGTERM])
def test_it_serves_until_interrupted(
    signum: signal.Signals,
    in_another_thread: bool,
    vpcd: socket.socket,
    scard_command: tuple[str, ...],
    signal_besides: Callable[[int, signal.Signals], None],
    card: Card,
) -> None:
    send = signal_besides if in_another_thread else os.kill
    address = f"127.0.0.1:{vpcd.getsockname()[1]}"
    with subprocess.Popen(
        [*scard_command, "serve", "--card", "iso7816", "--vpcd", address], stdout=subprocess.PIPE, text=True
    ) as process:
        connection, _ = vpcd.accept()
        with connection:
            connection.settimeout(30)
            connection.sendall(b"\0\x01\x01")
            assert ask(connection, b"\x04") == card.atr
            assert ask(connection, bytes.fromhex("00A4000C023F00")) == b"\x90\x00"
            assert process.stdout is not None
            assert address in process.stdout.readline()
            send(process.pid, signum)
            try:
                process.wait(timeout=20)
            finally:
                process.kill()
            assert connection.recv(1) == b""
    assert process.returncode == 0


def test_without_a_vpcd_it_says_so(vpcd: socket.socket, scard: Any) -> None:
    address = f"127.0.0.1:{vpcd.getsockname()[1]}"
    vpcd.close()
    done = scard("serve", "--card", "iso7816", "--vpcd", address)
    assert done.returncode == 3
    assert address in done.stderr
    assert done.stderr.count("\n") == 1
