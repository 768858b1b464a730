"""Nothing is left of a private daemon: no process, no directory, no socket, whatever happened to its owner."""

from __future__ import annotations

import os
import signal
import subprocess
from pathlib import Path

import pytest

from virtual_reader import PrivateDaemon
from virtual_reader.daemon import MAX_SLOTS
from virtual_reader.supervisor.ports import FIRST_PORT

OWNER = """
warnings.simplefilter("ignore")
daemon = PrivateDaemon(network=sys.argv[1])
daemon.insert(EchoICC())
opensc_tool(daemon.environment)
print(daemon.socket_path, flush=True)
{then}
"""
NETWORKS = [
    "private",
    pytest.param(
        "open",
        marks=pytest.mark.skipif(
            os.geteuid() != 0 and not Path("/run/pcscd").is_dir(), reason="needs /run/pcscd, or root to make it"
        ),
    ),
]


@pytest.fixture(params=NETWORKS)
def owner(request, ourselves, ordinary_user, offspring, eventually, alive):
    """Start an owner; a function that tells whether all is gone, and the processes of its daemon."""
    started = []

    def start(then, user=None):
        # Without namespaces an ordinary user's pcscd depends on /run/pcscd.
        user = user or (ourselves if request.param == "open" else ordinary_user)
        process = user.popen(OWNER.format(then=then), request.param)
        started.append(process)
        path = Path(process.stdout.readline().strip())
        assert path.is_socket(), process.communicate(timeout=60)
        return process, path.parent, offspring(process.pid)

    yield start
    for process in started:
        process.kill()
        process.communicate(timeout=60)


@pytest.mark.parametrize(
    "then",
    [
        "daemon.close()",
        "pass",
        "raise SystemExit(3)",
        "raise RuntimeError('as it happens')",
        "os._exit(1)",
        "os.kill(os.getpid(), 9)",
        "os.kill(os.getpid(), 15)",
        "os.kill(os.getpid(), 11)",
    ],
)
def test_nothing_is_left_however_the_owner_ends(owner, eventually, alive, then):
    process, directory, processes = owner("sys.stdin.readline(); " + then)
    assert len(processes) >= 2
    process.communicate("\n", timeout=60)
    eventually(lambda: not directory.exists())
    eventually(lambda: not any(map(alive, processes)))


def test_a_child_that_lives_on_keeps_nothing(owner, eventually, alive):
    """A child forked off without exec has the owner's descriptors, and does not count."""
    then = """
import signal
if os.fork() == 0:
    daemon.close()
    print(os.getpid(), os.path.exists(daemon.socket_path), flush=True)
    os.dup2(os.open("/dev/null", os.O_RDWR), 1)
    os.dup2(1, 2)
    signal.pause()
sys.stdin.readline()
os.kill(os.getpid(), 9)
"""
    process, directory, processes = owner(then)
    child, exists = process.stdout.readline().split()
    try:
        assert exists == "True"
        process.stdin.write("\n")
        process.stdin.flush()
        eventually(lambda: not directory.exists())
        eventually(lambda: not any(alive(pid) for pid in processes if pid != int(child)))
        assert alive(int(child))
    finally:
        os.kill(int(child), signal.SIGKILL)


def test_a_killed_supervisor_takes_pcscd_along(make_card, offspring, eventually, alive):
    with PrivateDaemon() as daemon:
        daemon.insert(make_card())
        directory = Path(daemon.socket_path).parent
        supervisor = daemon.supervisor
        processes = offspring(supervisor)
        assert len(processes) == 1
        os.kill(supervisor, signal.SIGKILL)
        eventually(lambda: not any(map(alive, processes)))
    assert not directory.exists()


def test_a_killed_pcscd_ends_the_daemon(make_card, offspring, eventually, alive):
    with PrivateDaemon() as daemon:
        reader = daemon.insert(make_card())
        directory = Path(daemon.socket_path).parent
        (pcscd,) = offspring(daemon.supervisor)
        os.kill(pcscd, signal.SIGKILL)
        eventually(lambda: not directory.exists())
        eventually(lambda: not alive(daemon.supervisor))
        with pytest.raises(Exception, match="has ended"):
            reader.wait(60)


def test_a_terminal_s_interrupt_reaches_the_owner_alone(make_card, offspring):
    with PrivateDaemon() as daemon:
        daemon.insert(make_card())
        for pid in [daemon.supervisor, *offspring(daemon.supervisor)]:
            assert os.getpgid(pid) != os.getpgid(0)
            assert os.getsid(pid) != os.getsid(0)


SYSTEM = """
import pathlib, signal, time
warnings.simplefilter("ignore")
from virtual_reader.reader_states import shown_readers
def mount(*arguments): subprocess.run(["mount", *arguments], check=True)
mount("-t", "tmpfs", "tmpfs", "/run")
os.mkdir("/run/configuration")
system = subprocess.Popen(["pcscd", "--foreground", "--config", "/run/configuration"], stdout=subprocess.DEVNULL)
pid_file, ipc = pathlib.Path("/run/pcscd/pcscd.pid"), "/run/pcscd/pcscd.comm"
while not (pid_file.exists() and os.path.exists(ipc)): time.sleep(0.005)
before = pid_file.read_bytes(), pid_file.stat()
try:
    for network in sys.argv[1:]:
        with PrivateDaemon(network=network) as daemon:
            assert daemon.isolated == (network == "private")
            daemon.insert(EchoICC())
            assert "3b:80:80:01:01" in opensc_tool(daemon.environment)
            assert (pid_file.read_bytes(), pid_file.stat()) == before
        assert (pid_file.read_bytes(), pid_file.stat()) == before
        assert shown_readers(ipc, 10) == ()
        assert system.poll() is None
    print("the system's daemon is well")
finally:
    system.kill()
    system.wait()
"""


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root, for whom alone there is a danger")
def test_as_root_a_running_system_daemon_is_left_alone(ourselves):
    """In a mount namespace of the test's own, with a pcscd of root's as systems without socket activation run it."""
    printed = ourselves.run(SYSTEM, "private", "open", prefix=("unshare", "--mount"))
    assert printed == "the system's daemon is well\n"


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root, to lose a capability")
def test_as_a_container_s_root_it_falls_back_with_a_warning(ourselves):
    """Root without CAP_SYS_ADMIN, as containers mostly have it: no namespaces, and nothing left behind either."""
    program = """
import pathlib
def ours(): return {path.name for path in pathlib.Path("/tmp").glob("scardmgr-*")} - others
others = set(); others = ours()
ipc = pathlib.Path("/run/pcscd").exists()
with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    with PrivateDaemon() as daemon:
        assert not daemon.isolated
        daemon.insert(EchoICC())
        print(opensc_tool(daemon.environment))
assert [one.category for one in caught] == [OpenPortWarning], caught
assert not os.path.exists(daemon.socket_path)
try: PrivateDaemon(network="private")
except DaemonUnavailable as error: print("refused:", error)
"""
    without = "-sys_admin,-sys_ptrace"
    prefix = ("setpriv", f"--bounding-set={without}", f"--inh-caps={without}")
    printed = ourselves.run(program, prefix=prefix)
    assert "3b:80:80:01:01" in printed
    assert "refused: no private PC/SC daemon: no network namespace" in printed


def test_as_a_container_s_only_user_it_runs_too(ordinary_user):
    """Root by name in a user namespace that has no other user: what is the system's is out of sight."""
    program = """
assert os.getuid() == 0
with PrivateDaemon() as daemon:
    daemon.insert(EchoICC())
    print(opensc_tool(daemon.environment))
"""
    printed = ordinary_user.run(program, prefix=("unshare", "--user", "--map-root-user"))
    assert "3b:80:80:01:01" in printed


def test_nobody_else_on_the_machine_can_plug_a_card_in(make_card):
    with PrivateDaemon() as daemon:
        daemon.insert(make_card())
        listening = subprocess.run(["ss", "-tln"], capture_output=True, text=True, check=True).stdout
        assert daemon.isolated
        assert f":{FIRST_PORT} " not in listening


def test_no_connection_is_given_a_port_that_pcscd_is_to_open():
    """A card connected to the first slot would else now and then, one time in 14,000, be at the port of the second."""
    lowest_given = 32768  # ip_local_port_range, as each network namespace begins
    assert lowest_given >= FIRST_PORT + MAX_SLOTS


def test_what_was_killed_in_one_blow_is_cleared_away_by_the_next(ordinary_user):
    program = """
import pathlib, signal, tempfile, time
with tempfile.TemporaryDirectory() as folder:
    os.environ["XDG_RUNTIME_DIR"] = folder
    owner = "import sys; sys.path[:0] = %r; from virtual_reader import *; d = PrivateDaemon(); " % sys.path
    owner += "print(d.supervisor, flush=True); sys.stdin.read()"
    with subprocess.Popen([sys.executable, "-c", owner], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        supervisor = int(process.stdout.readline())
        os.kill(process.pid, signal.SIGSTOP)
        os.kill(supervisor, signal.SIGKILL)
        os.kill(process.pid, signal.SIGKILL)
    (left,) = pathlib.Path(folder).iterdir()
    mine = pathlib.Path(folder, "scardmgr-mine")
    mine.mkdir()
    for path in (left, mine): os.utime(path, (time.time() - 100,) * 2)
    with PrivateDaemon() as daemon:
        with PrivateDaemon() as another:
            used = pathlib.Path(daemon.socket_path).parent
            os.utime(used, (time.time() - 100,) * 2)
            with PrivateDaemon(): assert used.exists()
        assert not left.exists() and not mine.exists()
    assert not list(pathlib.Path(folder).iterdir())
"""
    ordinary_user.run(program)


def test_close_does_not_wait_for_a_child_that_was_forked_off(ourselves):
    """The child has the connection to the supervisor open, too, which then does not end by the owner's closing it."""
    program = """
import signal, time
daemon = PrivateDaemon()
child = os.fork()
if child == 0:
    time.sleep(600)
    os._exit(0)
daemon.close()
print(daemon._process.returncode)
os.kill(child, signal.SIGKILL)
"""
    assert ourselves.run(program) == "0\n", "it was waited for in vain, and killed"
