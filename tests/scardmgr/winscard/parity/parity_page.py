"""The page docs/parity.md, made from the table."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path

from parity_table import Case, all_cases, shown

from scardmgr.winscard.codes import name_of

PAGE = Path(__file__).parents[4] / "docs" / "parity.md"
COMMAND = "python tests/scardmgr/winscard/parity/write_page.py"
WHERE = {"embedded": "embedded only", "pcscd": "pcscd only"}


def page() -> str:
    """The whole page."""
    cases = all_cases()
    both = [each for each in cases if len(each.runs_on) == 2]
    lines = [
        "# Parity",
        "",
        "Every row is a test that runs unchanged on the embedded resource manager and on a private real pcscd",
        "(`tests/scardmgr/winscard/parity/`). Functions in lower case are the typed face's; `SCard...` are pyscard's,",
        "and what they return is compared value for value and type for type. Where pcsc-lite and Windows differ, the",
        "row leads to the entry in [differences.md](differences.md).",
        "",
        f"{len(cases)} cases: {len(both)} on both, the others on one of them, with the reason. Made by",
        f"`{COMMAND}`.",
        "",
        "## On both",
        "",
        *_table(both, ("Function", "Situation", "Code", "Gives", "Windows"), _windows),
    ]
    for arm, title in WHERE.items():
        alone = [each for each in cases if each.runs_on == (arm,)]
        lines += ["", f"## {title.capitalize()}", ""]
        lines += _table(alone, ("Function", "Situation", "Code", "Gives", "Why"), _reason)
    return "\n".join(lines) + "\n"


def _table(cases: Iterable[Case], heading: Iterable[str], last: Callable[[Case], str]) -> list[str]:
    in_order = sorted(cases, key=lambda one: (one.function.startswith("SCard"), one.function, one.name))
    return [
        _row(heading),
        _row("---" for _ in heading),
        *(_row((each.function, each.name, name_of(each.code), shown(each.gives), last(each))) for each in in_order),
    ]


def _row(cells: Iterable[str]) -> str:
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def _windows(case: Case) -> str:
    return f"[{case.windows}](differences.md)" if case.windows else ""


def _reason(case: Case) -> str:
    reason = case.embedded_only or case.pcscd_only
    return f"{reason} ({_windows(case)})" if case.windows else reason
