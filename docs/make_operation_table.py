"""Make the table in docs/card.md of the forms of PERFORM SECURITY OPERATION, from the operations of the emulated card.

usage: python docs/make_operation_table.py
"""

from __future__ import annotations

import re
from pathlib import Path

from emulator.commands.security_operation import SecurityOperation
from emulator.operation_forms import FORMS

PAGE = Path(__file__).with_name("card.md")
BEGIN, END = "<!-- operations: begin -->\n", "<!-- operations: end -->"


def table() -> str:
    """The table, in Markdown."""
    lines = ["| P1-P2 | operation | data; response | template, key's usage | clause |", "|---|---|---|---|---|"]
    for operation in SecurityOperation:
        form = FORMS[operation]
        lines.append(f"| {operation.value:04X} | {form.name} | {form.data} | {form.key} | {form.clause} |")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    text = PAGE.read_text(encoding="utf-8")
    pattern = re.escape(BEGIN) + ".*?" + re.escape(END)
    PAGE.write_text(re.sub(pattern, lambda _: BEGIN + table() + END, text, flags=re.DOTALL), encoding="utf-8")
