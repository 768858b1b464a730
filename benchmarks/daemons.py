"""A hundred private daemons alive at once on one machine: what each takes, whether each works, and what is left.

One process owns them all. Into each a PC/SC program of its own is sent, which powers the card and is told by it which
daemon it is in. Then the daemons are closed; and as many once more whose owner is killed.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from measure import Figure
from processes import Usage, name_of, offspring, parents, usage

from virtual_reader.binding import SOCKET_VARIABLE

DAEMONS = 100
PEERS = Path(__file__).with_name("peers")
BOUND_S = 120.0
QUESTION = "00CA0000"


class Owner:
    """The process that owns ``count`` daemons."""

    def __init__(self, count: int) -> None:
        self.process = subprocess.Popen(
            [sys.executable, str(PEERS / "daemon_owner.py"), str(count)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self.daemons = [self.read() for _ in range(count)]
        self.processes = offspring(self.process.pid)
        self.directories = [Path(str(daemon["socket"])).parent for daemon in self.daemons]

    def read(self) -> dict[str, float | str]:
        """What it says next."""
        assert self.process.stdout is not None  # noqa: S101 - opened above
        line = self.process.stdout.readline()
        if not line:
            raise SystemExit(f"the owner of the daemons ended with {self.process.wait(BOUND_S)}")
        said: dict[str, float | str] = json.loads(line)
        return said

    def memory(self) -> dict[str, list[Usage]]:
        """What each pcscd and each supervisor takes up."""
        found: dict[str, list[Usage]] = {"pcscd": [], "supervisor": []}
        for pid in self.processes:
            found["pcscd" if name_of(pid) == "pcscd" else "supervisor"].append(usage(pid))
        return found

    def left(self) -> int:
        """How many processes and directories there still are."""
        running = parents()
        return sum(pid in running for pid in self.processes) + sum(path.exists() for path in self.directories)

    def reached(self) -> int:
        """How many daemons a program of its own reaches the right card of; several at a time."""
        with ThreadPoolExecutor(os.cpu_count()) as pool:
            return sum(pool.map(_reaches, self.daemons))


def _reaches(daemon: dict[str, float | str]) -> bool:
    """Whether a program finds the card with the daemon's number."""
    done = subprocess.run(
        [sys.executable, str(PEERS / "who_is_there.py"), QUESTION],
        env={**os.environ, SOCKET_VARIABLE: str(daemon["socket"])},
        capture_output=True,
        text=True,
        timeout=BOUND_S,
        check=False,
    )
    number = int(daemon["number"]).to_bytes(2).hex().upper()
    return done.stdout.split() == [f"3B828001{number}", f"{number}{QUESTION}9000"]


def wait_until_gone(owner: Owner) -> float:
    """Seconds until nothing is left; the bound, if something stays."""
    start = time.perf_counter()
    while (seconds := time.perf_counter() - start) < BOUND_S and owner.left() > 0:
        time.sleep(0.01)
    return seconds


def figures(count: int = DAEMONS) -> list[Figure]:
    """Memory, time, and how many were reached and left behind."""
    name = f"{count} daemons at once"
    owner = Owner(count)
    memory = owner.memory()
    reached = owner.reached()
    started = [float(daemon["started_ms"]) for daemon in owner.daemons]
    inserted = [float(daemon["inserted_ms"]) for daemon in owner.daemons]
    ours = usage(owner.process.pid)
    assert owner.process.stdin is not None  # noqa: S101 - opened with it
    owner.process.stdin.write("\n")
    owner.process.stdin.flush()
    closed_s = float(owner.read()["closed_s"])
    left_closed = owner.left()
    owner.process.communicate(timeout=BOUND_S)
    killed = Owner(count)
    killed.process.kill()
    gone_s = wait_until_gone(killed)
    left_killed = killed.left()
    killed.process.communicate(timeout=BOUND_S)
    tenth = max(1, count // 10)
    first, last = (statistics.median(part) for part in (started[:tenth], started[-tenth:]))

    def each(who: str) -> float:
        return statistics.fmean(one.proportional_kib for one in memory[who]) / 1024

    return [
        Figure(f"{name}: start of one", statistics.median(started), "ms"),
        Figure(f"{name}: start of one, the last {tenth}", last, "ms", last / first, f"over the first {tenth}"),
        Figure(f"{name}: the first card in it, until shown", statistics.median(inserted), "ms"),
        Figure(f"{name}: memory of one", each("pcscd") + each("supervisor"), "MiB (PSS)"),
        Figure(f"{name}: of which pcscd", each("pcscd"), "MiB (PSS)"),
        Figure(f"{name}: of which its supervisor", each("supervisor"), "MiB (PSS)"),
        Figure(f"{name}: their owner", ours.proportional_kib / 1024, "MiB (PSS)"),
        Figure(f"{name}: not reached by a program of its own", count - reached, "", bar=0, at_least=False),
        Figure(f"{name}: all closed within", closed_s, "s"),
        Figure(f"{name}: processes and directories left", left_closed, "", bar=0, at_least=False),
        Figure(f"{name}: owner killed, all gone within", gone_s, "s"),
        Figure(f"{name}: owner killed, processes and directories left", left_killed, "", bar=0, at_least=False),
    ]
