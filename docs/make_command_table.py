"""Make the table of commands in docs/card.md from the command table of the emulated card.

usage: python docs/make_command_table.py
"""

from __future__ import annotations

import re
from pathlib import Path

from emulator.command import Case
from emulator.command_limits import LIMITS
from emulator.command_table import COMMANDS

PAGE = Path(__file__).with_name("card.md")
BEGIN, END = "<!-- commands: begin -->\n", "<!-- commands: end -->"
CASES = {Case.NO_DATA: "1", Case.RESPONSE: "2", Case.COMMAND: "3", Case.BOTH: "4"}


def table() -> str:
    """The table, in Markdown."""
    lines = ["| CLA INS | command | cases | limits | clause |", "|---|---|---|---|---|"]
    for row in COMMANDS:
        cases = ", ".join(number for case, number in CASES.items() if case in row.cases)
        lines.append(f"| `{row.cla:02X} {row.ins:02X}` | {row.name} | {cases} | {LIMITS[row.code]} | {row.clause} |")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    text = PAGE.read_text(encoding="utf-8")
    pattern = re.escape(BEGIN) + ".*?" + re.escape(END)
    PAGE.write_text(re.sub(pattern, lambda _: BEGIN + table() + END, text, flags=re.DOTALL), encoding="utf-8")
