"""The rows of each interface are a module of their own, which the test finds; they import what they have in common."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.append(str(Path(__file__).parent))
