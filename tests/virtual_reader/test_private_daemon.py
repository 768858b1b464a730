"""The private daemon, with programs that nobody here wrote."""

from __future__ import annotations

import os
import subprocess

from virtual_reader import PrivateDaemon


def opensc_tool(environment: dict[str, str], *arguments: str) -> str:
    """What opensc-tool prints."""
    command = ["opensc-tool", *arguments]
    return subprocess.run(
        command, env=os.environ | environment, capture_output=True, text=True, timeout=30, check=True
    ).stdout


def test_opensc_tool_sees_the_atr_and_exchanges_an_apdu(make_card):
    with PrivateDaemon() as daemon:
        daemon.insert(make_card())
        assert "3b:80:80:01:01" in opensc_tool(daemon.environment, "--atr")
        printed = opensc_tool(daemon.environment, "--send-apdu", "00:A4:00:0C:02:3F:00")
    assert "Received (SW1=0x90, SW2=0x00):" in printed
    assert "00 A4 00 0C 02 3F 00" in printed
