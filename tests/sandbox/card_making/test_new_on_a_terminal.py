"""``scard new`` on a terminal asks for the passphrase of a file, and shows nothing of it."""

from __future__ import annotations

import os
import pty
import subprocess
from collections.abc import Callable
from typing import Any

import pytest

from .conftest import PASSPHRASE


@pytest.fixture
def at_the_terminal(folder: Any, scard_command: tuple[str, ...]) -> Callable[..., tuple[int, bytes]]:
    """Run ``scard new`` with its options; what is typed when it asks. Returns its exit status and what was shown."""

    def run(typed: bytes, *options: str) -> tuple[int, bytes]:
        leader, follower = pty.openpty()
        try:
            command = ["setsid", "--ctty", "--wait", *scard_command, "new", "piv", "out.card", *options]
            with subprocess.Popen(command, stdin=follower, stdout=follower, stderr=follower) as process:
                os.close(follower)
                shown = b""
                while b": " not in shown:
                    shown += os.read(leader, 1024)
                os.write(leader, typed)
                try:
                    while piece := os.read(leader, 1024):
                        shown += piece
                except OSError:  # Linux says so when the last one has closed its side
                    pass
                return process.wait(timeout=60), shown
        finally:
            os.close(leader)

    return run


@pytest.mark.parametrize("options", [("--key", "encrypted.pem", "--cert", "cert.pem"), ("--p12", "both.p12")])
def test_it_asks_and_hides_the_answer(folder: Any, at_the_terminal: Any, options: tuple[str, ...]) -> None:
    status, shown = at_the_terminal(PASSPHRASE + b"\n", *options)
    assert f"Passphrase of {options[1]}: ".encode() in shown
    assert PASSPHRASE not in shown
    assert status == 0, shown
    assert [held.certificate for held in folder.slots()] == [folder.holder]


@pytest.mark.parametrize(("typed", "status"), [(b"another one\n", 1), (b"\x03", 130)])
def test_a_wrong_answer_and_none_leave_no_file(folder: Any, at_the_terminal: Any, typed: bytes, status: int) -> None:
    assert at_the_terminal(typed, "--key", "encrypted.pem")[0] == status
    assert folder.nothing_new()
