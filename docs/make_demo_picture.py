"""Make docs/demo.svg, the picture in the README, from the real output of ``scard demo``.

usage: python docs/make_demo_picture.py
"""

from __future__ import annotations

import io
import re
from pathlib import Path

from rich.console import Console

from sandbox.command_line.demo import perform

PICTURE = Path(__file__).with_name("demo.svg")
WIDTH = 132


def picture() -> str:
    """The output as SVG. It is the same each time: random bytes lie behind what a line shows of an APDU."""
    console = Console(record=True, width=WIDTH, file=io.StringIO(), force_terminal=True, highlight=False)
    perform(console)
    svg = console.export_svg(title="scard demo", unique_id="scard-demo")
    return re.sub(r"@font-face \{.*?\}\s*", "", svg, flags=re.DOTALL)  # a picture loads nothing from elsewhere


if __name__ == "__main__":
    PICTURE.write_text(picture(), encoding="utf-8")
