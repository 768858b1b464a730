"""The benches of the resource manager's tests, for the table of cases that runs on each of them."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

HERE = Path(__file__).parent
sys.path.append(str(HERE))  # the table and its cases are modules that import each other

_specification = importlib.util.spec_from_file_location("winscard_benches", HERE.parent / "winscard" / "conftest.py")
assert _specification is not None
assert _specification.loader is not None
_benches = importlib.util.module_from_spec(_specification)
sys.modules[_specification.name] = _benches  # dataclasses look their module up
_specification.loader.exec_module(_benches)

bench = _benches.bench
real_reader = _benches.real_reader
