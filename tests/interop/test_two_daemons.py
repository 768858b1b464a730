"""Two daemons at once, each with its own card: nothing shared, nothing left behind."""

from __future__ import annotations

import os
import subprocess
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from emulator import Card
from virtual_reader import PrivateDaemon


def opensc_tool(environment: dict[str, str], *arguments: str) -> str:
    done = subprocess.run(
        ["opensc-tool", "--card-driver", "default", *arguments],
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    return done.stdout


def with_first_file(card: Card, content: bytes) -> None:
    """Write ``content`` into the free file 0100."""
    card.power_on()
    assert card.transmit(bytes.fromhex("00A4000C020100")) == b"\x90\x00"
    assert card.transmit(bytes.fromhex("00D60000") + bytes([len(content)]) + content) == b"\x90\x00"


def test_each_program_sees_its_own_card_only() -> None:
    with (
        Card.from_profile("iso7816") as left,
        Card.from_profile("iso7816") as right,
        PrivateDaemon(name="Left") as left_daemon,
        PrivateDaemon(name="Right") as right_daemon,
    ):
        with_first_file(left, b"left card")
        with_first_file(right, b"right card")
        sockets = [Path(daemon.environment["PCSCLITE_CSOCK_NAME"]) for daemon in (left_daemon, right_daemon)]
        assert sockets[0] != sockets[1]
        with left_daemon.insert(left) as left_reader, right_daemon.insert(right) as right_reader:
            environments = [left_reader.environment, right_reader.environment]
            read = ("--send-apdu", "00A4000C020100", "--send-apdu", "00B000000A")
            with ThreadPoolExecutor(2) as pool:
                names = list(pool.map(lambda environment: opensc_tool(environment, "--list-readers"), environments))
                contents = list(pool.map(lambda environment: opensc_tool(environment, *read), environments))
        assert "Left" in names[0]
        assert "Right" not in names[0]
        assert "Right" in names[1]
        assert "Left" not in names[1]
        assert "left card" in contents[0]
        assert "right card" in contents[1]
    assert not any(socket.parent.exists() for socket in sockets)
