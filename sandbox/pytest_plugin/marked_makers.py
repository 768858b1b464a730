"""A function or class that makes a card, and that pytest took for the test.

``pytest.mark.card(Badge)`` with nothing else is to pytest the decorator on ``Badge``, and gives ``Badge`` back. That is
then called with the test, and what it makes takes its place. ``pytest.mark.card(what=Badge)`` is a marker.
"""

from __future__ import annotations

import re
from types import FunctionType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pytest

_WITHOUT_NAME = re.compile(r"\bmark\.card\(\s*([A-Za-z_][\w.]*)\s*,?\s*\)")
_WHAT_A_CARD_HAS = ("power_on", "transmit")


def advice(collector: pytest.Module, report: pytest.CollectReport) -> str:
    """What would be right, where a module could not be collected or lost a test for this reason; else empty."""
    maker = _in_source(collector) if report.failed else _in_module(collector, report)
    if not maker:
        return ""
    return (
        f"pytest takes pytest.mark.card({maker}) for a marker on {maker} itself: a function or class that makes the "
        f"card is given by name, pytest.mark.card(what={maker})"
    )


def _in_source(collector: pytest.Module) -> str:
    try:
        found = _WITHOUT_NAME.search(collector.path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError):
        return ""
    return "" if found is None else found[1]


def _in_module(collector: pytest.Module, report: pytest.CollectReport) -> str:
    tests = {getattr(node, "obj", None) for node in report.result}
    for name, value in vars(collector.obj).items():
        if not isinstance(value, (FunctionType, type)) or value in tests:
            continue
        if isinstance(value, type) and not all(hasattr(value, verb) for verb in _WHAT_A_CARD_HAS):
            continue  # a base class of test classes may well be marked
        marks = vars(value).get("pytestmark", ())
        if isinstance(marks, list) and any(mark.name == "card" and not (mark.args or mark.kwargs) for mark in marks):
            return str(name)
    return ""
