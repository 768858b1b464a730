"""The table of cases runs on the benches of the resource manager's tests; its modules import each other."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.append(str(Path(__file__).parent))
