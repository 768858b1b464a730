"""SELECT through ``Card.transmit``, beside what it took at an earlier commit, in one run.

usage: python benchmarks/since_commit.py COMMIT [--rounds N] [--bar RATIO]

Both versions run in processes of their own, which take turns: in each round each of them selects a file in a row, a
round lasts some tenths of a second, and only the fastest half of the rounds counts. So a busy moment of the machine
falls on both alike, and is left out. The commit's files come from git, into a folder that is removed afterwards.

The status is 1 where it takes more than the bar says: 1.05 times as long.
"""

from __future__ import annotations

import argparse
import io
import statistics
import subprocess
import sys
import tarfile
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

ROOT: Final = Path(__file__).parents[1]
COMMANDS_PER_ROUND: Final = 30_000
BAR: Final = 1.05
"""Times as long as at the earlier commit."""

WORKER: Final = """
import sys, time
sys.path.insert(0, sys.argv[1])
import emulator
from pathlib import Path
assert Path(emulator.__file__).is_relative_to(sys.argv[1])
card = emulator.Card.from_profile("iso7816")
card.power_on()
select, transmit = bytes.fromhex("00A4000C023F00"), card.transmit
assert transmit(select) == b"\\x90\\x00"
for line in sys.stdin:
    begin = time.process_time_ns()
    for _ in range(int(line)):
        transmit(select)
    print(time.process_time_ns() - begin, flush=True)
"""


def unpack(commit: str, folder: Path) -> None:
    """The files of a commit. Raises CalledProcessError where there is none."""
    archive = subprocess.run(["git", "-C", ROOT, "archive", commit], check=True, stdout=subprocess.PIPE).stdout
    with tarfile.open(fileobj=io.BytesIO(archive)) as tar:
        tar.extractall(folder, filter="data")


def start(folder: Path) -> subprocess.Popen[str]:
    """A process with the card of that version."""
    return subprocess.Popen(
        [sys.executable, "-I", "-c", WORKER, str(folder)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )


def turn(worker: subprocess.Popen[str], commands: int) -> int:
    """Nanoseconds of processor time for so many commands."""
    if worker.stdin is None or worker.stdout is None:
        raise ValueError("a worker is spoken to by pipes")
    print(commands, file=worker.stdin, flush=True)
    return int(worker.stdout.readline())


def compare(commit: str, rounds: int, bar: float = BAR) -> int:
    """Print both, and their ratio; the exit status."""
    with TemporaryDirectory() as folder:
        unpack(commit, Path(folder))
        workers = [start(Path(folder)), start(ROOT)]
        try:
            for worker in workers:
                turn(worker, COMMANDS_PER_ROUND)
            spent: list[list[int]] = [[], []]
            for number in range(rounds):
                for which in (0, 1) if number % 2 else (1, 0):
                    spent[which].append(turn(workers[which], COMMANDS_PER_ROUND))
        finally:
            for worker in workers:
                worker.kill()
                worker.wait()
    then, now = (statistics.mean(sorted(each)[: (rounds + 1) // 2]) / COMMANDS_PER_ROUND for each in spent)
    print(f"SELECT at {commit}: {then:.0f} ns; now: {now:.0f} ns; ratio {now / then:.3f}, bar {bar}")
    return int(now / then > bar)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("commit", help="what git knows it by")
    parser.add_argument("--rounds", type=int, default=40)
    parser.add_argument("--bar", type=float, default=BAR, help="how many times as long it may take")
    arguments = parser.parse_args()
    raise SystemExit(compare(arguments.commit, arguments.rounds, arguments.bar))
