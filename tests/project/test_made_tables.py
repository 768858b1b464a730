"""Tables in the manual that a script makes are what it makes now."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest

DOCS = Path(__file__).parents[2] / "docs"
#: A script, and something that its table has to have.
TABLES = {
    "make_command_table": "| `00 B0` | READ BINARY | 2 |",
    "make_forms_table": "| ISCardManage.AttachByIFD |",
    "make_operation_table": "| 9080 | HASH | message",
    "make_status_word_table": "| 6983 | authentication method blocked | SCARD_W_CHV_BLOCKED |",
}


def test_every_script_that_makes_a_table_is_tried() -> None:
    assert {path.stem for path in DOCS.glob("make_*_table.py")} == set(TABLES)


@pytest.mark.parametrize("name", TABLES)
def test_the_table_is_up_to_date(name: str) -> None:
    spec = importlib.util.spec_from_file_location(name, DOCS / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    script = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(script)
    page = script.PAGE.read_text(encoding="utf-8")
    there = page.partition(script.BEGIN)[2].partition(script.END)[0]
    assert TABLES[name] in there
    assert there == script.table(), f"run python docs/{name}.py"
