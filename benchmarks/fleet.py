"""What a run over several machines costs per test: whole runs of pytest over ssh gateways, beside runs on this machine.

usage: python benchmarks/fleet.py [--ssh-config FILE] [--python PATH] [--workers N] [--tests N] [--test-ms MS] HOST...

Each host can be logged in to without being asked, and has the package, pytest and pytest-xdist where PATH (default:
this interpreter) says. The tests are put there, into a new folder in /tmp, and removed again. Each takes a fresh card,
embedded, and next to no time of its own, unless MS says otherwise: what remains is the time it takes to hand tests out
and to collect what became of them. A last run has one test more, behind them: it asks for a private daemon, and tells
the memory (PSS) of the worker that it runs in and of that daemon.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import xml.etree.ElementTree as ET
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from pytest_run import run_tests

MODES: Final = ("load", "worksteal", "loadfile")
BOUND_S: Final = 1800.0
FILES: Final = 20

SUITE: Final = """
import time
import pytest

@pytest.mark.card("iso7816")
@pytest.mark.parametrize("number", range({count}))
def test_with_a_card(card, number):
    assert card.transmit(bytes.fromhex("00A4000C020100")) == b"\\x90\\x00"
    time.sleep({seconds})
"""

MEMORY_TEST: Final = """
from pathlib import Path
import pytest

def offspring(pid):
    for path in Path(f"/proc/{pid}/task").glob("*/children"):
        for child in path.read_text().split():
            yield child
            yield from offspring(child)

def kib(pid):
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("Pss:"))

@pytest.mark.card("iso7816", via="pcscd")
def test_memory(reader, record_property):
    record_property("worker", kib("self"))
    record_property("daemon", sum(map(kib, offspring("self"))))
"""


class Fleet:
    """The hosts, with the suite on each.

    Args:
        hosts: their names, as ssh knows them.
        ssh: the command and its options.
        python: the interpreter on each of them.
        folder: where the suite is, on each of them in ``there``.
    """

    def __init__(self, hosts: Sequence[str], ssh: Sequence[str], python: str, folder: str) -> None:
        self.hosts = list(hosts)
        self._ssh = list(ssh)
        self._python = python
        self._folder = folder

    def spread(self, files: dict[str, str]) -> None:
        """Put the suite onto each host."""
        for host in self.hosts:
            for name, text in files.items():
                command = f"umask 077 && mkdir -p {self._folder}/there && cat > {self._folder}/there/{name}"
                subprocess.run([*self._ssh, host, command], input=text, text=True, check=True, timeout=60)

    def clear(self) -> None:
        """Remove it."""
        for host in self.hosts:
            subprocess.run([*self._ssh, host, f"rm -rf {self._folder}"], check=True, timeout=60)

    def gateways(self, workers: int) -> list[str]:
        """pytest's arguments: a gateway per worker, and nothing copied to it."""
        configuration = "".join(f"//ssh_config={one}" for one in self._ssh[2:3])
        found = ["--rsyncignore", "*"]
        for host in self.hosts:
            there = f"ssh={host}{configuration}//python={self._python}//chdir={self._folder}/there"
            found += ["--tx", f"{workers}*{there}"]
        return found


def print_memory(report: Path, count: int) -> None:
    """What the memory test has told."""
    properties = ET.parse(report).getroot().iter("property")  # noqa: S314 - pytest wrote it
    told = {each.get("name"): int(each.get("value", "0")) / 1024 for each in properties}
    print(f"memory (PSS) of a worker with {count:,} tests collected: {told['worker']:.1f} MiB")
    print(f"memory (PSS) of its private daemon, pcscd and supervisor: {told['daemon']:.1f} MiB")


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("hosts", nargs="+", metavar="HOST")
    parser.add_argument("--ssh-config", metavar="FILE", help="as for ssh -F")
    parser.add_argument("--python", default=sys.executable, metavar="PATH", help="on the hosts")
    parser.add_argument("--workers", type=int, default=1, metavar="N", help="on each host")
    parser.add_argument("--tests", type=int, default=10_000, metavar="N", help="in all")
    parser.add_argument("--test-ms", type=float, default=0.0, metavar="MS", help="how long each test waits")
    arguments = parser.parse_args()
    each = arguments.tests // FILES
    count = each * FILES
    text = SUITE.format(count=each, seconds=arguments.test_ms / 1000)
    files = {"pytest.ini": "[pytest]\n", **{f"test_{number:02}.py": text for number in range(FILES)}}
    ssh = ["ssh", *(("-F", str(Path(arguments.ssh_config).resolve())) if arguments.ssh_config else ())]
    with tempfile.TemporaryDirectory(prefix="scard-fleet-", dir="/tmp") as folder:
        here = Path(folder) / "here"
        here.mkdir()
        for name, file in files.items():
            (here / name).write_text(file)
        report = Path(folder) / "report.xml"
        fleet = Fleet(arguments.hosts, ssh, arguments.python, folder)
        fleet.spread(files)
        try:
            total = len(fleet.hosts) * arguments.workers
            runs = {"here, -n 0": ["-n", "0"], f"here, -n {total}, load": ["-n", str(total), "--dist", "load"]}
            where = f"over ssh, {len(fleet.hosts)} hosts with {arguments.workers} workers each"
            for mode in MODES:
                runs[f"{where}, {mode}"] = ["--dist", mode, *fleet.gateways(arguments.workers)]
            print(f"{count:,} tests of {arguments.test_ms:g} ms, {os.cpu_count()} processors here")
            for name, how in runs.items():
                taken, processor = (value / count * 1000 for value in run_tests(here, count, *how, bound_s=BOUND_S))
                print(f"{name:50} {taken:7.2f} ms per test, {processor:7.2f} ms of a processor here", flush=True)
            fleet.spread({"test_memory.py": MEMORY_TEST})
            how = ["--dist", "load", f"--junitxml={report}", *fleet.gateways(arguments.workers)]
            run_tests(here, count + 1, *how, bound_s=BOUND_S)
            print_memory(report, count + 1)
        finally:
            fleet.clear()


if __name__ == "__main__":
    main()
