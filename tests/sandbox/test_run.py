"""``scard run``: the program's own exit status, signals passed on, nothing left behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from emulator import Card

FREE_FILE = bytes.fromhex("00A4000C020100")


def test_the_programs_status_is_ours(scard: Any) -> None:
    assert scard("run", "--card", "iso7816", "--", "sh", "-c", "exit 7").returncode == 7
    assert scard("run", "--card", "iso7816", "true").returncode == 0


def test_a_program_killed_by_a_signal_gives_128_and_its_number(scard: Any) -> None:
    done = scard("run", "--card", "iso7816", "--", "sh", "-c", "kill -TERM $$")
    assert done.returncode == 128 + signal.SIGTERM


def test_standard_streams_and_arguments_are_the_programs(scard: Any) -> None:
    done = scard("run", "--card", "iso7816", "--", "sh", "-c", 'cat; echo "$@" >&2', "sh", "--card", "a b", text="in")
    assert done.stdout == "in"
    assert done.stderr.splitlines()[-1] == "--card a b"


def test_the_program_sees_a_socket_that_is_gone_afterwards(scard: Any) -> None:
    done = scard(
        "run", "--card", "iso7816", "--", "sh", "-c", 'test -S "$PCSCLITE_CSOCK_NAME" && dirname "$PCSCLITE_CSOCK_NAME"'
    )
    assert done.returncode == 0
    assert not Path(done.stdout.strip()).exists()


@contextmanager
def waiting_program(scard_command: tuple[str, ...], script: str) -> Iterator[subprocess.Popen[str]]:
    """``scard run`` with a shell script that says "ready" and then waits."""
    with subprocess.Popen(
        [*scard_command, "run", "--card", "iso7816", "--", "sh", "-c", script],
        stdout=subprocess.PIPE,
        stdin=subprocess.DEVNULL,
        text=True,
        start_new_session=True,
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        yield process


@pytest.mark.parametrize("signum", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_goes_on_to_the_program(signum: signal.Signals, scard_command: tuple[str, ...]) -> None:
    name = signum.name.removeprefix("SIG")
    script = f'trap "echo caught; exit 9" {name}; echo ready; while :; do sleep 0.05; done'
    with waiting_program(scard_command, script) as process:
        process.send_signal(signum)
        output, _ = process.communicate(timeout=60)
    assert output == "caught\n"
    assert process.returncode == 9


def test_a_signal_that_another_thread_is_given_goes_on_to_the_program_too(
    scard_command: tuple[str, ...], signal_besides: Callable[[int, signal.Signals], None]
) -> None:
    script = 'trap "echo caught; exit 9" TERM; echo ready; while :; do sleep 0.05; done'
    with waiting_program(scard_command, script) as process:
        signal_besides(process.pid, signal.SIGTERM)
        try:
            output, _ = process.communicate(timeout=20)
        finally:
            process.kill()
    assert (output, process.returncode) == ("caught\n", 9)


@pytest.mark.parametrize("via", ["pcscd", "embedded"])
def test_signals_that_whoever_called_us_ignores_are_ignored_in_the_program(
    via: str, scard_command: tuple[str, ...]
) -> None:
    """As behind nohup and in the background of a shell, with and without us."""
    program = "import signal; print([n for n in (1, 2, 3, 15) if signal.getsignal(n) is signal.SIG_IGN])"
    python = [sys.executable, "-c", program]
    for ignored, seen in (("HUP INT", "[1, 2]\n"), ("QUIT", "[3]\n")):
        for command in (python, [*scard_command, "run", "--via", via, "--card", "iso7816", "--", *python]):
            ignoring = ["sh", "-c", f'trap "" {ignored}; exec "$@"', "sh", *command]
            done = subprocess.run(ignoring, check=False, capture_output=True, text=True, timeout=60)
            assert (done.returncode, done.stdout) == (0, seen), done.stderr


def test_terminated_everything_is_torn_down(scard_command: tuple[str, ...]) -> None:
    script = 'echo ready; dirname "$PCSCLITE_CSOCK_NAME"; exec sleep 60'
    with waiting_program(scard_command, script) as process:
        assert process.stdout is not None
        folder = Path(process.stdout.readline().strip())
        assert folder.is_dir()
        process.terminate()
        process.wait(timeout=60)
    assert process.returncode == 128 + signal.SIGTERM
    assert not folder.exists()


def test_killed_with_sigkill_it_leaves_no_daemon_and_no_directory(scard_command: tuple[str, ...]) -> None:
    script = 'echo ready; dirname "$PCSCLITE_CSOCK_NAME"; exec sleep 1'
    with waiting_program(scard_command, script) as process:
        assert process.stdout is not None
        folder = Path(process.stdout.readline().strip())
        os.kill(process.pid, signal.SIGKILL)
        process.wait(timeout=60)
        bound = time.monotonic() + 60
        while folder.exists():
            assert time.monotonic() < bound
            os.sched_yield()


def free_file(path: Path) -> bytes:
    with Card.open(path, mode="copy") as card:
        card.power_on()
        card.transmit(FREE_FILE)
        return card.transmit(bytes.fromhex("00B0000004"))[:-2]


WRITE = "00D6000004CAFEBABE"


@pytest.fixture
def writer() -> tuple[str, ...]:
    """A PC/SC program that writes into the free file."""
    return ("opensc-tool", "--card-driver", "default", "--send-apdu", FREE_FILE.hex(), "--send-apdu", WRITE)


def test_an_image_keeps_changes_and_an_ephemeral_one_does_not(image: Path, writer: tuple[str, ...], scard: Any) -> None:
    before = free_file(image)
    assert scard("run", "--card", str(image), "--ephemeral", "--", *writer).returncode == 0
    assert free_file(image) == before
    assert scard("run", "--card", str(image), "--", *writer).returncode == 0
    assert free_file(image) == bytes.fromhex("CAFEBABE")


def test_a_profile_is_saved_also_when_the_program_fails(tmp_path: Path, writer: tuple[str, ...], scard: Any) -> None:
    out = tmp_path / "out.card"
    script = '"$@"; exit 3'
    done = scard("run", "--card", "iso7816", "--save", str(out), "--", "sh", "-c", script, "sh", *writer)
    assert done.returncode == 3
    assert free_file(out) == bytes.fromhex("CAFEBABE")


def test_a_program_that_cannot_be_looked_for_is_told_in_one_line(scard: Any) -> None:
    done = scard("run", "--card", "iso7816", "--", "a" * 300)  # as a folder of PATH that is not ours to enter
    assert (done.returncode, done.stderr.count("\n")) == (127, 1), done.stderr
    assert "no such program" in done.stderr


def test_a_folder_that_cannot_be_saved_into_is_refused_before_anything_runs(tmp_path: Path, scard: Any) -> None:
    done = scard("run", "--card", "iso7816", "--save", str(tmp_path / "no" / "out.card"), "--", "echo", "ran")
    assert done.returncode == 125
    assert done.stdout == ""


def test_an_image_that_another_run_has_open_is_refused(image: Path, scard: Any) -> None:
    with Card.open(image, mode="rw"):
        done = scard("run", "--card", str(image), "--", "true")
    assert done.returncode == 125
    assert done.stderr.count("\n") == 1
    assert str(image) in done.stderr


def test_a_warning_is_one_line(scard: Any) -> None:
    done = scard("run", "--card", "iso7816", "--", "true", SCARDMGR_NETWORK="open")
    assert done.returncode == 0
    assert done.stderr.startswith("scard: warning: ")
    assert done.stderr.count("\n") == 1


def test_it_needs_no_pyscard(tmp_path: Path, scard: Any) -> None:
    (tmp_path / "smartcard.py").write_text("raise ImportError('not installed')\n", encoding="ascii")
    search_path = os.pathsep.join([str(tmp_path), *filter(None, [os.environ.get("PYTHONPATH")])])
    done = scard("run", "--card", "iso7816", "--", "opensc-tool", "--atr", PYTHONPATH=search_path)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("3b:")
