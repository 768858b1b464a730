"""One process at a time has the reader, and whoever waits for it can be told to stop."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import pytest

from sandbox.pytest_plugin.platform.reader_lock import ReaderBusy, ReaderLock

READER, EMPTY = "Virtual Reader 00 00", "Virtual Reader 00 01"
ENDS_S = 60


def test_a_lock_is_had_by_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first, second = ReaderLock(READER, tmp_path), ReaderLock(READER, tmp_path)
    first.acquire(0)
    with pytest.raises(ReaderBusy, match="another process has had the reader for 0 s"):
        second.acquire(0)
    of_another = ReaderLock(EMPTY, tmp_path)
    of_another.acquire(0)
    monkeypatch.setenv("PCSCLITE_CSOCK_NAME", "/elsewhere")
    elsewhere = ReaderLock(READER, tmp_path)
    elsewhere.acquire(0)
    first.release()
    second.acquire(0)
    for lock in (second, of_another, elsewhere):
        lock.release()


def test_a_process_that_is_killed_gives_its_lock_back(tmp_path: Path) -> None:
    program = (
        "import sys, pathlib\n"
        "from sandbox.pytest_plugin.platform.reader_lock import ReaderLock\n"
        f"lock = ReaderLock({READER!r}, pathlib.Path(sys.argv[1]))\n"
        "lock.acquire(0)\n"
        "print('has it', flush=True)\n"
        "input()\n"
    )
    lock = ReaderLock(READER, tmp_path)
    with subprocess.Popen(
        [sys.executable, "-c", program, str(tmp_path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == b"has it\n"
        with pytest.raises(ReaderBusy):
            lock.acquire(0)
        other.kill()
    lock.acquire(5)
    lock.release()


def test_a_lock_that_cannot_be_is_told_with_its_file(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no folder")
    with pytest.raises(ReaderBusy, match="file"):
        ReaderLock(READER, tmp_path / "file").acquire(0)


@pytest.mark.skipif(sys.platform != "linux", reason="looks at the files that a process has open")
def test_an_interrupt_ends_the_wait(tmp_path: Path) -> None:
    program = (
        "import sys, pathlib\n"
        "from sandbox.pytest_plugin.platform.reader_lock import ReaderLock\n"
        f"lock = ReaderLock({READER!r}, pathlib.Path(sys.argv[1]))\n"
        "try:\n"
        "    lock.acquire(60)\n"
        "except KeyboardInterrupt:\n"
        "    print('told', flush=True)\n"
    )
    lock = ReaderLock(READER, tmp_path)
    lock.acquire(0)
    with subprocess.Popen([sys.executable, "-c", program, str(tmp_path)], stdout=subprocess.PIPE) as other:
        try:
            _wait_for_it_to_look(other.pid, tmp_path)
            other.send_signal(signal.SIGINT)
            assert other.communicate(timeout=ENDS_S)[0] == b"told\n"
        finally:
            other.kill()
            lock.release()


def _wait_for_it_to_look(process: int, folder: Path) -> None:
    """Until it has opened the lock."""
    deadline = time.monotonic() + ENDS_S
    while time.monotonic() < deadline:
        for file in Path(f"/proc/{process}/fd").iterdir():
            with suppress(OSError):
                if file.readlink().is_relative_to(folder):
                    return
    pytest.fail("nobody looks at the lock")
