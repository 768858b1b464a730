"""Make the table in docs/type-library.md: members whose page and binary form differ.

usage: python docs/make_forms_table.py
"""

from __future__ import annotations

import re
from pathlib import Path

from scardmgr.published.definitions import ParameterDefinition, interfaces, tables

PAGE = Path(__file__).with_name("type-library.md")
BEGIN, END = "<!-- forms: begin -->\n", "<!-- forms: end -->"
SOURCES = {
    "typelib_and_sample": "type library and sample of a service provider",
    "sdk_header": "scardssp.h of the Platform SDK",
}


def table() -> str:
    """The table, in Markdown."""
    lines = ["| member | page, and Python | binary form, and IDL | source |", "|---|---|---|---|"]
    for interface in interfaces():
        sources = {method["name"]: list(method.get("variants", ())) for method in tables()[interface.name]["methods"]}
        for member in interface.members:
            page, binary = _text(member.parameters), _text(member.binary)
            if page != binary:
                source = SOURCES[sources[member.name][0]]
                lines.append(f"| {interface.name}.{member.attribute} | {page} | {binary} | {source} |")
    return "\n".join(lines) + "\n"


def _text(parameters: tuple[ParameterDefinition, ...]) -> str:
    return "<br>".join(f"`{_one(each)}`" for each in parameters) or "none"


def _one(each: ParameterDefinition) -> str:
    attributes = each.direction.value.replace(",", ", ") + (", lcid" if each.lcid else "")
    base, _, stars = each.type.partition(" ")
    default = "" if each.default is None else f" = {each.default}"
    return f"[{attributes}] {base} {stars}{each.name}{default}"


if __name__ == "__main__":
    text = PAGE.read_text(encoding="utf-8")
    pattern = re.escape(BEGIN) + ".*?" + re.escape(END)
    PAGE.write_text(re.sub(pattern, lambda _: BEGIN + table() + END, text, flags=re.DOTALL), encoding="utf-8")
