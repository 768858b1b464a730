"""Real PC/SC in a process of its own: a daemon that stops, Ctrl-C, forks, exits, and others who block the library."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Any

import pytest

from virtual_reader import PrivateDaemon, Reader
from virtual_reader.binding import SOCKET_VARIABLE

PROGRAM = Path(__file__).with_name("programs") / "calls_in_trouble.py"
SECONDS = 60.0

Start = Callable[[str], "subprocess.Popen[str]"]


@pytest.fixture
def daemon() -> Iterator[PrivateDaemon]:
    with PrivateDaemon() as daemon:
        yield daemon


@pytest.fixture
def served(daemon: PrivateDaemon, scripted_card: Any) -> Iterator[Reader]:
    with daemon.insert(scripted_card()) as reader:
        yield reader


@pytest.fixture
def start(served: Reader) -> Iterator[Start]:
    """The program in one of its troubles."""
    with ExitStack() as stack:

        def begin(trouble: str) -> subprocess.Popen[str]:
            process = stack.enter_context(
                subprocess.Popen(
                    [sys.executable, "-X", "faulthandler", str(PROGRAM), trouble, served.name],
                    env={**os.environ, **served.environment},
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    text=True,
                )
            )
            stack.callback(process.kill)
            return process

        yield begin


def line(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    return process.stdout.readline().strip()


def go_on(process: subprocess.Popen[str]) -> None:
    assert process.stdin is not None
    process.stdin.write("\n")
    process.stdin.flush()


def found(process: subprocess.Popen[str]) -> dict[str, str]:
    """What the program says in the end, having ended well."""
    said, _ = process.communicate(timeout=SECONDS)
    assert process.returncode == 0
    given: dict[str, str] = json.loads(said.splitlines()[-1])
    return given


def pcscd_of(daemon: PrivateDaemon) -> int:
    """The daemon's process."""
    [pid] = Path(f"/proc/{daemon.supervisor}/task/{daemon.supervisor}/children").read_text().split()
    return int(pid)


def stop(pid: int) -> None:
    """Stop a process; when this returns none of its threads runs any more."""
    os.kill(pid, signal.SIGSTOP)
    while any("State:\tT" not in status.read_text() for status in Path(f"/proc/{pid}/task").glob("*/status")):
        os.sched_yield()


def take_all_places(path: str, stack: ExitStack) -> None:
    """Have others wait to be let in, as many as may."""
    with suppress(BlockingIOError):
        while True:
            client = stack.enter_context(socket.socket(socket.AF_UNIX))
            client.setblocking(False)
            client.connect(path)


@pytest.mark.parametrize("crowded", [False, True], ids=["nobody else", "others who want to connect"])
def test_a_daemon_that_is_stopped_is_waited_for_by_nobody(
    daemon: PrivateDaemon, served: Reader, start: Start, crowded: bool
) -> None:
    process = start("stopped_daemon")
    assert line(process) == "ready"
    pid = pcscd_of(daemon)
    stop(pid)
    others = ExitStack()
    try:
        if crowded:
            take_all_places(served.environment[SOCKET_VARIABLE], others)
        go_on(process)
        assert line(process) == "over"
    finally:
        others.close()
        os.kill(pid, signal.SIGCONT)
    go_on(process)
    unanswered = "SCARD_E_NO_SERVICE"
    assert found(process) == {
        "a wait that is cancelled": "SCARD_E_CANCELLED",
        "list_readers": unanswered,
        "get_status_change at once": unanswered,
        "get_status_change": unanswered,
        "connect": "SCARD_E_SHARING_VIOLATION",
        "is_valid_context": "done",
        "cancel": "done",
        "release_context": "done",
        "begin_transaction": unanswered,
        "status": unanswered,
        "transmit": "SCARD_E_NOT_TRANSACTED",
        "reconnect": unanswered,
        "disconnect": unanswered,
        "disconnect with a reset": unanswered,
        "control": "SCARD_E_NOT_TRANSACTED",
        "get_attribute": "SCARD_E_NOT_TRANSACTED",
        "set_attribute": "SCARD_E_NOT_TRANSACTED",
        "end_transaction": unanswered,
        "establish_context": unanswered,
        "releases": "done",
        "afterwards": "done",
    }


def test_who_is_blocked_by_others_of_the_process_gets_out(start: Start) -> None:
    given = found(start("blocked_by_others"))
    assert given == {"transmit": "SCARD_E_NOT_TRANSACTED", "afterwards": "done", "release": "done"}


def test_ctrl_c_ends_a_wait(start: Start) -> None:
    process = start("interrupted")
    for _ in range(4):
        assert line(process) == "ready"
        process.send_signal(signal.SIGINT)
    assert found(process) == {
        "get_status_change": "interrupted",
        "begin_transaction": "interrupted",
        "status": "interrupted",
        "connect": "interrupted",
        "afterwards": "done",
        "and": "done",
    }


def test_a_child_has_contexts_of_its_own(start: Start) -> None:
    given = found(start("forked"))
    children = {given.pop(f"child {turn}") for turn in range(5)}
    assert children == {"SCARD_E_INVALID_HANDLE, SCARD_E_INVALID_HANDLE, False, done"}
    assert {given.pop(f"status {turn}") for turn in range(5)} == {"0"}
    assert given == {"parent": "done", "threads": "True"}


@pytest.mark.parametrize("turn", range(3))
def test_a_program_ends_with_everything_under_way(start: Start, turn: int) -> None:
    assert found(start("exits")) == {"connect": "SCARD_E_SHARING_VIOLATION"}
