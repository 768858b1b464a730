"""A function or class that makes a card, and that pytest took for the test.

``pytest.mark.card(Badge)`` with nothing else is to pytest the decorator on ``Badge``, and gives ``Badge`` back. That is
then called with the test, and what it makes takes its place. ``pytest.mark.card(what=Badge)`` is a marker.
"""

from __future__ import annotations

import re
from types import FunctionType, ModuleType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pytest

_WITHOUT_NAME = re.compile(r"\bmark\.card\(\s*([A-Za-z_][\w.]*)\s*,?\s*\)")
_NOT_A_MARK = "instead of Mark"
_WHAT_A_CARD_HAS = ("power_on", "transmit")


def advice(collector: pytest.Module, report: pytest.CollectReport) -> str:
    """What would be right, where a module could not be collected or lost a test for this reason; else empty."""
    maker = ""
    if report.failed:
        maker = _in_source(collector, str(report.longrepr))
    elif report.passed and isinstance(collector.obj, ModuleType):  # a text file of doctests is a module without one
        maker = _in_module(collector.obj, report)
    if not maker:
        return ""
    return (
        f"pytest takes pytest.mark.card({maker}) for a marker on {maker} itself: a function or class that makes the "
        f"card is given by name, pytest.mark.card(what={maker})"
    )


def _in_source(collector: pytest.Module, failure: str) -> str:
    """The maker with which a failure has to do: its line shows it, or what pytest says of a ``pytestmark``."""
    try:
        source = collector.path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        return ""
    for found in _WITHOUT_NAME.finditer(source):
        maker = found[1]
        if found[0] in failure or (_NOT_A_MARK in failure and maker.rpartition(".")[2] in failure):
            return maker
    return ""


def _in_module(module: ModuleType, report: pytest.CollectReport) -> str:
    tests = {id(getattr(node, "obj", None)) for node in report.result}
    lost = _has_lost_a_test(module)
    for name, value in vars(module).items():
        maker = value if isinstance(value, (FunctionType, type)) else type(value)
        if id(maker) in tests:
            continue
        if isinstance(maker, type) and not all(hasattr(maker, verb) for verb in _WHAT_A_CARD_HAS):
            continue  # a base class of test classes may well be marked
        if not lost and not isinstance(maker, type):
            continue  # a project may have a marker of that name for functions that are no tests
        marks = vars(maker).get("pytestmark", ())
        if isinstance(marks, list) and any(mark.name == "card" and not (mark.args or mark.kwargs) for mark in marks):
            return name if maker is value else maker.__name__
    return ""


def _has_lost_a_test(module: ModuleType) -> bool:
    """Whether a card bears the name of a test, in the module or a class of it."""
    spaces = [module, *(value for value in vars(module).values() if isinstance(value, type))]
    return any(
        name.startswith("test")
        and not isinstance(value, type)
        and all(hasattr(value, verb) for verb in _WHAT_A_CARD_HAS)
        for space in spaces
        for name, value in vars(space).items()
    )
