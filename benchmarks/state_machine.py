"""A million steps on the embedded resource manager, each compared with a model: codes, results, what cards feel.

usage: python benchmarks/state_machine.py [--steps N] [--seed N]

A walk begins with a new resource manager and takes some hundreds of steps at random: readers, cards, contexts,
handles, transactions, looks at the state, through the typed face and through pyscard's in turns. The model is the
tests' own (tests/scardmgr/winscard/model). Where the two differ, the fewest steps that still show it are printed,
and the status is 1.
"""

from __future__ import annotations

import argparse
import random
import sys
import time
from collections import Counter
from pathlib import Path
from typing import Final

from scardmgr.winscard.codes import SCardCode

sys.path.append(str(Path(__file__).parents[1] / "tests" / "scardmgr" / "winscard" / "model"))

from side_by_side import Divergence, Walk, diverges, shortened
from step_table import BEGINNING, STEPS, chosen_step

WALK: Final = 400
PROGRESS_S: Final = 10.0


def run(steps: int, seed: int) -> int:
    """Take ``steps`` steps; the exit status."""
    outcomes: Counter[tuple[str, str]] = Counter()
    start = told = time.monotonic()
    done = walks = 0
    while done < steps:
        rng = random.Random(f"{seed}.{walks}")
        walk = Walk(through_pyscard=walks % 2 == 1)
        try:
            for step in BEGINNING:
                walk.take(step)
            for _ in range(min(WALK, steps - done)):
                step = chosen_step(rng)
                outcome = walk.take(step)
                outcomes[step[0], outcome.name if isinstance(outcome, SCardCode) else ""] += 1
                done += 1
        except Divergence as divergence:
            _report(walk, divergence, seed, walks)
            return 1
        walks += 1
        if time.monotonic() - told > PROGRESS_S:
            told = time.monotonic()
            print(f"{done:,} steps, no divergence", flush=True)
    codes = {code for _, code in outcomes if code}
    print(
        f"{done:,} steps in {walks:,} walks, {time.monotonic() - start:.1f} s: "
        f"{len(STEPS)} kinds of step, {len(codes)} codes, {len(outcomes)} pairs of both"
    )
    print("no divergence")
    return 0


def _report(walk: Walk, divergence: Divergence, seed: int, number: int) -> None:
    through_pyscard = walk.manager is not walk.embedded
    face = "pyscard" if through_pyscard else "typed"
    print(f"seed {seed}, walk {number}, step {len(walk.taken)}, {face} face: {divergence}", file=sys.stderr)
    fewest = shortened(walk.taken, through_pyscard=through_pyscard)
    print("the fewest steps that show it:", file=sys.stderr)
    for step in fewest:
        print(f"  {step}", file=sys.stderr)
    print(diverges(fewest, through_pyscard=through_pyscard), file=sys.stderr)


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--steps", type=int, default=100_000, help="how many steps to take")
    parser.add_argument("--seed", type=int, default=1, help="of the random numbers")
    arguments = parser.parse_args()
    raise SystemExit(run(arguments.steps, arguments.seed))


if __name__ == "__main__":
    main()
