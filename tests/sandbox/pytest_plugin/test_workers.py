"""Under pytest-xdist each worker has its own readers and its own daemon, and nothing of them outlives it."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

RunPytest = Callable[..., pytest.RunResult]

PATIENCE_S = 60.0


def descendants(ancestor: int) -> dict[int, str]:
    """The processes that a process has started, at whatever remove: pids and names."""
    parents, names = {}, {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                name, _, rest = (entry / "stat").read_text().partition("(")[2].rpartition(")")
            except OSError:
                continue
            parents[int(entry.name)], names[int(entry.name)] = int(rest.split()[1]), name
    found: dict[int, str] = {}
    for pid in parents:
        one, line = pid, set()
        while one in parents and one not in line:
            line.add(one)
            one = parents[one]
            if one == ancestor:
                found[pid] = names[pid]
                break
    return found


@pytest.fixture
def daemons(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The folder for the directories of all daemons that a test's pytest starts."""
    monkeypatch.delenv("PYTEST_XDIST_WORKER", raising=False)
    with TemporaryDirectory(prefix="scard-", dir="/tmp") as folder:  # a socket's path is short
        monkeypatch.setenv("XDG_RUNTIME_DIR", folder)
        yield Path(folder)


def is_alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def until_nothing_is_left(folder: Path, processes: Iterable[int] = ()) -> None:
    """Wait, with a bound, until none of the processes and no daemon's directory is there."""
    pause, deadline = threading.Event(), time.monotonic() + PATIENCE_S
    while left := [*filter(is_alive, processes), *folder.iterdir()]:
        assert time.monotonic() < deadline, left
        pause.wait(0.02)


def test_each_worker_has_its_own_daemon_and_its_own_cards(
    run_pytest: RunPytest, pytester: pytest.Pytester, daemons: Path
) -> None:
    result = run_pytest(
        """
        from pathlib import Path

        @pytest.mark.card(via=("embedded", "pcscd"))
        @pytest.mark.parametrize("n", range(40))
        def test_it(n, reader, resource_manager, worker_id, request):
            use(reader, ShareMode.EXCLUSIVE)
            if resource_manager.kind == "pcsc":
                socket = reader.environment["PCSCLITE_CSOCK_NAME"]
                Path(__file__).with_name(f"{worker_id}.{socket.replace('/', '_')}").touch()
        """,
        "-n2",
        "--dist=load",
    )
    result.assert_outcomes(passed=80)
    sockets = [path.name for path in pytester.path.glob("gw*._*")]
    assert sorted(name.partition(".")[0] for name in sockets) == ["gw0", "gw1"], "one daemon for each"
    assert len({name.partition(".")[2] for name in sockets}) == 2
    until_nothing_is_left(daemons)


def test_a_killed_worker_leaves_nothing_and_the_run_goes_on(
    run_pytest: RunPytest, daemons: Path, pytester: pytest.Pytester
) -> None:
    result = run_pytest(
        """
        import signal
        from pathlib import Path

        pytestmark = pytest.mark.card(via="pcscd")

        @pytest.mark.parametrize("n", range(10))
        def test_it(n, reader):
            use(reader, ShareMode.EXCLUSIVE)
            if n == 3:
                def children(pid):
                    return [
                        child for task in Path(f"/proc/{pid}/task").iterdir()
                        for child in (task / "children").read_text().split()
                    ]

                found = children("self")
                found += children(found[0])
                Path(__file__).with_name("processes").write_text(" ".join(found))
                os.kill(os.getpid(), signal.SIGKILL)
        """,
        "-n2",
    )
    result.assert_outcomes(passed=9, failed=1)
    result.stdout.fnmatch_lines(["*worker 'gw?' crashed*"])
    processes = [int(pid) for pid in (pytester.path / "processes").read_text().split()]
    assert len(processes) == 2, "a supervisor and its pcscd"
    until_nothing_is_left(daemons, processes)


def test_a_run_that_is_killed_leaves_nothing(pytester: pytest.Pytester, daemons: Path) -> None:
    pytester.makepyfile(
        test_it="""
        import pathlib, pytest, threading

        @pytest.mark.card(via="pcscd")
        def test_it(reader):
            pathlib.Path(__file__).with_name("ready").touch()
            threading.Event().wait(60)
        """
    )
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-q", "test_it.py"]
    with subprocess.Popen(command, cwd=pytester.path, stdout=subprocess.DEVNULL) as run:
        pause, deadline = threading.Event(), time.monotonic() + PATIENCE_S
        while not (pytester.path / "ready").exists() and time.monotonic() < deadline:
            pause.wait(0.02)
        started = descendants(run.pid)
        run.kill()
    assert "pcscd" in started.values()
    until_nothing_is_left(daemons, started)


def test_a_test_in_a_process_that_was_forked_off_has_its_own(run_pytest: RunPytest, daemons: Path) -> None:
    run_pytest(
        """
        def test_of_the_parent(reader):
            use(reader)

        def test_another_process(request, pytestconfig):
            child = os.fork()
            if child == 0:
                status = 1
                try:
                    reader = request.getfixturevalue("reader")
                    use(reader)
                    status = 0
                finally:
                    os._exit(status)
            assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
        """,
    ).assert_outcomes(passed=2)
    until_nothing_is_left(daemons)
