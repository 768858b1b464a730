"""The examples of docs/pytest.md are tests, and they pass."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest

PAGE = Path(__file__).parents[3] / "docs" / "pytest.md"
EXAMPLES = re.compile(r"^```python\n(.*?)^```$", re.MULTILINE | re.DOTALL)

RunPytest = Callable[..., pytest.RunResult]


def test_the_examples_run(pytester: pytest.Pytester, run_pytest: RunPytest) -> None:
    examples = EXAMPLES.findall(PAGE.read_text(encoding="utf-8"))
    for number, example in enumerate(examples):
        (pytester.path / f"test_example_{number}.py").write_text(example, encoding="utf-8")
    tests = sum(len(re.findall("^def test_", example, re.MULTILINE)) for example in examples)
    twice = 2  # test_on_both, test_two_cards
    run_pytest("").assert_outcomes(passed=tests + twice)


def test_each_link_leads_somewhere() -> None:
    text = PAGE.read_text(encoding="utf-8")
    headings = {
        "#" + re.sub(r"[^\w -]", "", line).strip().lower().replace(" ", "-")
        for line in re.findall(r"^#+ (.*)$", text, re.MULTILINE)
    }
    for target in re.findall(r"\]\(([^)]+)\)", text):
        assert target in headings if target.startswith("#") else (PAGE.parent / target).exists(), target
