"""A whole run of pytest, from its start to its end."""

from __future__ import annotations

import resource
import subprocess
import sys
import time
from pathlib import Path


def run_tests(folder: Path, count: int, *arguments: str, bound_s: float) -> tuple[float, float]:
    """Run the tests of a folder, all of which must pass.

    Args:
        folder: where they are.
        count: how many there are.
        arguments: of pytest.
        bound_s: how long it may take.

    Returns:
        Seconds that it took, and seconds of a processor that it took here, with all that it started and waited for.
    """
    options = ["-q", "-p", "no:cacheprovider", "-p", "no:randomly", *arguments]
    before, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    command = [sys.executable, "-m", "pytest", *options]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=bound_s, check=False)
    taken = time.perf_counter() - start
    if done.returncode != 0 or f"{count} passed" not in done.stdout:
        raise SystemExit(f"the benchmark's tests fail:\n{done.stdout[-3000:]}{done.stderr[-1000:]}")
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return taken, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
