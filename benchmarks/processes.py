"""What processes take up, as /proc tells it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

_PROC = Path("/proc")


@dataclass(frozen=True, slots=True)
class Usage:
    """What one process takes up.

    Attributes:
        resident_kib: memory that is resident, whoever shares it (VmRSS).
        proportional_kib: the same with what is shared divided by the number of those who share it (PSS).
        private_kib: what nobody shares: what would be free if it ended.
        threads: how many.
        descriptors: how many are open.
    """

    resident_kib: int
    proportional_kib: int
    private_kib: int
    threads: int
    descriptors: int


def usage(pid: int) -> Usage:
    """What a process takes up. Raises OSError where it is gone, or is not ours to look at."""
    folder = _PROC / str(pid)
    status = _numbers(folder / "status")
    memory = _numbers(folder / "smaps_rollup")
    return Usage(
        resident_kib=status["VmRSS"],
        proportional_kib=memory["Pss"],
        private_kib=memory["Private_Clean"] + memory["Private_Dirty"],
        threads=status["Threads"],
        descriptors=sum(1 for _ in (folder / "fd").iterdir()),
    )


def _numbers(path: Path) -> dict[str, int]:
    """The lines ``Name: NUMBER ...`` of a file."""
    pairs = (line.partition(":")[::2] for line in path.read_text(encoding="ascii", errors="replace").splitlines())
    return {name: int(rest.split()[0]) for name, rest in pairs if rest.split() and rest.split()[0].isdecimal()}


def parents() -> dict[int, int]:
    """The parent of each process that runs; who waits to be reaped runs no more."""
    found = {}
    for folder in _PROC.glob("[0-9]*"):
        try:
            stat = (folder / "stat").read_text(encoding="ascii", errors="replace")
        except OSError:
            continue  # it has ended meanwhile
        state, parent = stat.rpartition(")")[2].split()[:2]
        if state != "Z":
            found[int(folder.name)] = int(parent)
    return found


def offspring(pid: int) -> list[int]:
    """The processes that descend from one, nearest first."""
    table = parents()
    found = [pid]
    for one in found:
        found += [child for child, parent in table.items() if parent == one]
    return found[1:]


def name_of(pid: int) -> str:
    """What the process executes, as /proc/PID/comm has it."""
    return (_PROC / str(pid) / "comm").read_text(encoding="ascii", errors="replace").strip()
