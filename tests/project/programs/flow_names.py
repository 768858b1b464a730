"""The flows of programs that the benchmarks have, as their tables would list them; nothing of them is done.

usage: flow_names.py BENCHMARKS
"""

from __future__ import annotations

import importlib
import sys

sys.path.insert(0, sys.argv[1])
flows = importlib.import_module("program_flows")


def listed(_profile: object, steps: object, _rounds: int, **_options: object) -> list[object]:
    """In place of ``measured``: a figure of each flow."""
    return [flows.share_figure(step.name, [flows.Taken(1.0, 0.0)]) for step in steps if isinstance(step, flows.Flow)]


# Before the modules that hold the flows are imported.
flows.measured = listed
flows.Desk.run = lambda *_command, **_options: 1.0
flows.WholeCommands.use = lambda *_command: flows.Taken(1.0, 0.0)
importlib.import_module("ykman_flows").program = lambda: "ykman"

run = importlib.import_module("run")
for group in ("programs", "ykman"):
    for figure in run.measure(group, 0.0, 1):
        print(figure.heading, figure.name, sep="\t")
