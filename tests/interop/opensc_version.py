"""The version of the OpenSC that is installed."""

from __future__ import annotations

import re
import shutil
import subprocess


def opensc_version() -> tuple[int, ...]:
    """Of the OpenSC that is installed; empty where there is none."""
    program = shutil.which("opensc-tool")
    if program is None:
        return ()
    said = subprocess.run([program, "--info"], check=False, capture_output=True, text=True, timeout=60).stdout
    found = re.search(r"(?i)opensc[ -](\d+)\.(\d+)", said)
    return () if found is None else tuple(map(int, found.groups()))
