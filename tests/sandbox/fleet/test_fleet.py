"""Runs on several machines, over ssh: each worker has its own PC/SC there, and nothing of it is left.

The commands are those of docs/fleet.md.
"""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
import xml.etree.ElementTree as ET
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

BOUND = 90
PAGE = Path(__file__).parents[3] / "docs" / "fleet.md"
HOSTS = {"north": "host-1", "south": "host-2"}
"""What the hosts are called here, and on the page."""

CONFIGURATION = """
[tool.pytest.ini_options]
testpaths = ["tests"]
addopts = ["--import-mode=importlib"]
"""

SUITE = """
import json, os, subprocess, time
from pathlib import Path
import pytest

NOTES = Path({notes!r})
WORKER = os.environ["PYTEST_XDIST_WORKER"]

def offspring(pid):
    parents = {{}}
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            parents[int(folder.name)] = int((folder / "stat").read_text().rpartition(")")[2].split()[1])
        except OSError:
            continue
    found = [pid]
    for one in found:
        found += [child for child, parent in parents.items() if parent == one]
    return found

def wait_for(condition):
    deadline = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)

def note(reader):
    what = {{
        "socket": reader.environment["PCSCLITE_CSOCK_NAME"],
        "processes": offspring(os.getpid()),
        "over_ssh": "SSH_CONNECTION" in os.environ,
        "folder": os.getcwd(),
    }}
    (NOTES / (WORKER + ".new")).write_text(json.dumps(what))
    (NOTES / (WORKER + ".new")).rename(NOTES / (WORKER + ".json"))

@pytest.mark.card("iso7816", via="pcscd")
@pytest.mark.parametrize("number", range(6))
def test_a_program_sees_the_card(reader, number, tmp_path):
    environment = {{**os.environ, **reader.environment}}
    program = subprocess.run(["opensc-tool", "--atr"], env=environment, capture_output=True, text=True, timeout=60)
    assert program.stdout.startswith("3b:"), program
    note(reader)
    wait_for(lambda: len(list(NOTES.glob("*.json"))) >= 2)

@pytest.mark.card("iso7816")
@pytest.mark.parametrize("number", range(6))
def test_a_fresh_card(card, manage, number):
    assert card.transmit(bytes.fromhex("00A4000C020100")) == bytes.fromhex("9000")
    assert card.transmit(bytes.fromhex("00B0000002")) != bytes.fromhex("12349000")
    assert card.transmit(bytes.fromhex("00D60000021234")) == bytes.fromhex("9000")
"""

WAITING_SUITE = (
    SUITE
    + """
@pytest.mark.card("iso7816", via="pcscd")
@pytest.mark.parametrize("number", range(4))
def test_that_takes_long(reader, number):
    note(reader)
    wait_for((NOTES / "go on").exists)
"""
)


class Project:
    """A project that uses the plugin, and where each of the hosts has it."""

    def __init__(self, folder: Path, configuration: Path, suite: str) -> None:
        self.notes = folder / "notes"
        self.notes.mkdir()
        self.report = folder / "junit.xml"
        self._configuration = configuration
        self._here = folder / "project"
        (self._here / "tests").mkdir(parents=True)
        (self._here / "pyproject.toml").write_text(CONFIGURATION)
        (self._here / "tests" / "test_cards.py").write_text(suite.format(notes=str(self.notes)))
        self._folder = folder

    def hosts_that_differ(self) -> list[str]:
        """The page's first command: each host has the project elsewhere, a gateway per worker."""
        for host in HOSTS:
            shutil.copytree(self._here, self._folder / host)
        return self._documented(0, there=self._folder)

    def hosts_alike(self) -> list[str]:
        """The page's second command: everything is at the same place on each host, a gateway per host."""
        return self._documented(1, there=None)

    def _documented(self, number: int, there: Path | None) -> list[str]:
        """The arguments of a command of the page, with our hosts and our folders in it, and a worker per host."""
        commands = re.findall(r"^pytest ((?:.*\\\n)*.*)$", PAGE.read_text(encoding="utf-8"), re.MULTILINE)
        arguments = shlex.split(commands[number].replace("\\\n", " "))
        return [self._with_our_names(argument, there) for argument in arguments]

    def _with_our_names(self, argument: str, there: Path | None) -> str:
        for host, name in HOSTS.items():
            if name in argument and there is not None:
                argument = argument.replace("/srv/project", str(there / host))
            argument = argument.replace(name, host)
        for theirs, ours in (
            ("/srv/project", str(self._here)),
            ("/srv/venv/bin/python", sys.executable),
            ("fleet.conf", str(self._configuration)),
            ("/tmp/fleet", str(self._folder / "basetemp")),  # noqa: S108 - the page's
            ("tests/cards", "tests"),
            ("4*", ""),
        ):
            argument = argument.replace(theirs, ours)
        return argument

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        """Start a run; it ends as a test run does."""
        options = [
            "-p",
            "no:cacheprovider",
            "-p",
            "no:randomly",
            "-p",
            "no:hypothesispytest",
            f"--junitxml={self.report}",
            "-v",
        ]
        return subprocess.Popen(
            [sys.executable, "-m", "pytest", *options, *arguments],
            cwd=self._here,
            env={name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def noted(self) -> dict[str, dict[str, Any]]:
        """What each worker has noted of itself."""
        return {path.stem: json.loads(path.read_text()) for path in self.notes.glob("*.json")}

    def outcomes(self) -> list[str]:
        """The outcome of each test that the report has."""
        cases = ET.parse(self.report).getroot().iter("testcase")  # noqa: S314 - pytest wrote it
        return sorted(next((child.tag for child in case if child.tag != "properties"), "passed") for case in cases)


def gone(note: dict[str, Any]) -> bool:
    """Whether nothing is left of a worker, its daemon and the daemon's directory."""
    return not Path(note["socket"]).parent.exists() and not any(map(runs, note["processes"]))


def runs(pid: int) -> bool:
    """Whether a process runs; one that waits to be reaped does not."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text(encoding="ascii", errors="replace")
    except OSError:
        return False
    return stat.rpartition(")")[2].split()[0] != "Z"


@pytest.mark.parametrize(("layout", "distribution"), [("hosts_alike", "load"), ("hosts_that_differ", "worksteal")])
def test_each_worker_has_its_own_daemon_and_all_is_gone_afterwards(
    tmp_path: Path, hosts: Any, eventually: Callable[..., None], layout: str, distribution: str
) -> None:
    project = Project(tmp_path, hosts.configuration, SUITE)
    run = project.start(*getattr(project, layout)(), "--dist", distribution)
    output, _ = run.communicate(timeout=BOUND)
    assert run.returncode == 0, output
    if layout == "hosts_that_differ":
        # The page says that they are left, and that they are empty.
        left = [tmp_path / host / name for host in HOSTS for name in ("pytest", "_pytest")]
        assert {folder: list(folder.iterdir()) for folder in left} == {folder: [] for folder in left}
    assert "deprecat" not in output.lower()
    assert project.outcomes() == ["passed"] * 12
    noted = project.noted()
    assert len(noted) == 2, output
    assert len({note["socket"] for note in noted.values()}) == 2
    assert all(note["over_ssh"] for note in noted.values())
    assert len({note["folder"] for note in noted.values()}) == (1 if layout == "hosts_alike" else 2)
    # The worker, its daemon's supervisor, and pcscd.
    assert all(len(note["processes"]) >= 3 for note in noted.values())
    eventually(lambda: all(map(gone, noted.values())))


@pytest.mark.parametrize("layout", ["hosts_alike", "hosts_that_differ"])
def test_a_run_that_is_killed_leaves_nothing_on_the_hosts(
    tmp_path: Path, hosts: Any, eventually: Callable[..., None], layout: str
) -> None:
    project = Project(tmp_path, hosts.configuration, WAITING_SUITE)
    run = project.start(*getattr(project, layout)(), "-k", "long")
    eventually(lambda: len(project.noted()) == 2 or run.poll() is not None)
    noted = project.noted()
    assert run.poll() is None, run.communicate(timeout=BOUND)[0]
    assert not any(map(gone, noted.values()))
    run.kill()
    run.communicate(timeout=BOUND)
    eventually(lambda: all(map(gone, noted.values())))


def test_a_connection_that_breaks_costs_one_test_and_leaves_nothing_on_the_host(
    tmp_path: Path, hosts: Any, eventually: Callable[..., None]
) -> None:
    project = Project(tmp_path, hosts.configuration, WAITING_SUITE)
    run = project.start(*project.hosts_that_differ(), "-k", "long")
    eventually(lambda: len(project.noted()) == 2 or run.poll() is not None)
    assert run.poll() is None, run.communicate(timeout=BOUND)[0]
    broken = next(note for note in project.noted().values() if note["folder"].endswith("north"))
    os.kill(connection_to("north", run.pid), signal.SIGKILL)
    eventually(lambda: gone(broken))
    (project.notes / "go on").touch()
    output, _ = run.communicate(timeout=BOUND)
    assert run.returncode == 1, output
    assert project.outcomes().count("passed") == 3, output
    assert "crashed while running" in output
    eventually(lambda: all(map(gone, project.noted().values())))


def connection_to(host: str, controller: int) -> int:
    """The ssh that a run has to a host."""
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            arguments = (folder / "cmdline").read_bytes().split(b"\0")
            parent = int((folder / "stat").read_text().rpartition(")")[2].split()[1])
        except OSError:
            continue
        if parent == controller and arguments[0] == b"ssh" and host.encode() in arguments:
            return int(folder.name)
    raise AssertionError(f"no connection to {host}")
