"""``docs/differences.md``: every entry is complete, and every test that it names exists."""

from __future__ import annotations

import ast
import re
from functools import lru_cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "differences.md").read_text(encoding="utf-8")
PARTS = ("**Documents:**", "**Here:**", "**Why:**", "**Pinned by:**")
ENTRIES = {
    title: body
    for section in re.split(r"^## ", PAGE, flags=re.MULTILINE)[1:]
    for title, body in re.findall(r"^### (.+)\n((?:(?!^### ).*\n?)*)", section, flags=re.MULTILINE)
}


@lru_cache
def functions_of(path: Path) -> frozenset[str]:
    """Names of the test functions of a file."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return frozenset(node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef))


def test_the_page_has_entries() -> None:
    assert len(ENTRIES) == PAGE.count("\n### ") > 0


@pytest.mark.parametrize("title", ENTRIES)
def test_an_entry_is_complete_and_its_tests_exist(title: str) -> None:
    body = ENTRIES[title]
    assert [body.count(part) for part in PARTS] == [1] * len(PARTS)
    named = re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", body.partition(PARTS[-1])[2])
    assert named
    for file, test in named:
        assert test in functions_of(ROOT / file), f"{file}::{test}"
