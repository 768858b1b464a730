"""The table in docs/type-library.md is what the published tables say."""

from __future__ import annotations

import importlib.util
from pathlib import Path

SCRIPT = Path(__file__).parents[2] / "docs" / "make_forms_table.py"


def test_the_table_is_up_to_date() -> None:
    spec = importlib.util.spec_from_file_location("make_forms_table", SCRIPT)
    assert spec is not None
    assert spec.loader is not None
    script = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(script)
    page = script.PAGE.read_text(encoding="utf-8")
    there = page.partition(script.BEGIN)[2].partition(script.END)[0]
    assert "| ISCardManage.AttachByIFD |" in there
    assert there == script.table(), "run python docs/make_forms_table.py"
