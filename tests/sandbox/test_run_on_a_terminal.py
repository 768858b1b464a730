"""``scard run`` on a terminal: a keypress reaches the program once."""

from __future__ import annotations

import os
import pty
import subprocess
import sys

COUNT_INTERRUPTS = """
import select, signal
count = 0
def handler(*_):
    global count
    count += 1
signal.signal(signal.SIGINT, handler)
print("ready", flush=True)
while not count:
    select.select([], [], [], 0.05)
select.select([], [], [], 0.5)  # room for a second one
print("count", count, flush=True)
"""


def test_ctrl_c_is_not_passed_on_a_second_time(scard_command: tuple[str, ...]) -> None:
    leader, follower = pty.openpty()
    try:
        # setsid --ctty makes the terminal the new session's own, as a login does
        with subprocess.Popen(
            [
                "setsid",
                "--ctty",
                "--wait",
                *scard_command,
                "run",
                "--card",
                "iso7816",
                "--",
                sys.executable,
                "-c",
                COUNT_INTERRUPTS,
            ],
            stdin=follower,
            stdout=follower,
            stderr=follower,
        ) as process:
            os.close(follower)
            output = read_until(leader, b"ready")
            os.write(leader, b"\x03")
            output += read_until(leader, b"count")
            output += read_until(leader, b"\n")
            process.wait(timeout=60)
    finally:
        os.close(leader)
    assert b"count 1" in output
    assert process.returncode == 0


def read_until(terminal: int, words: bytes) -> bytes:
    """What the terminal shows until it shows ``words``; the test's timeout bounds the wait."""
    shown = b""
    while words not in shown:
        shown += os.read(terminal, 1)
    return shown
