"""From the shell: what ``scard`` costs before and after the program it runs."""

from __future__ import annotations

import statistics
import subprocess
import sys
from pathlib import Path

from measure import Figure, durations

COMMANDS = {
    "scard --help": (["--help"], 0.25),
    "scard run --card iso7816 -- true": (["run", "--card", "iso7816", "--", "true"], 0.5),
}


def figures(count: int) -> list[Figure]:
    """Seconds from start to exit, median; beside an interpreter that does nothing."""
    scard = str(Path(sys.executable).with_name("scard"))

    def run(*command: str) -> None:
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)

    bare = durations(lambda: run(sys.executable, "-c", "pass"), count)
    found = [Figure("python -c pass", statistics.median(bare) / 1000, "s")]
    for name, (arguments, bar) in COMMANDS.items():
        run(scard, *arguments)
        times = durations(lambda arguments=arguments: run(scard, *arguments), count)  # type: ignore[misc]
        found.append(Figure(name, statistics.median(times) / 1000, "s", bar=bar, at_least=False))
    return found
