"""One behaviour, two resource managers: every case of the table, on the embedded one and on a private real pcscd."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from parity_page import COMMAND, PAGE, page
from parity_table import UNCHECKED, Case, all_cases, outcome, rows, same, shown

from scardmgr.winscard.codes import name_of
from scardmgr.winscard.database import SmartCardDatabase
from scardmgr.winscard.faces.database_face import DatabaseFace
from scardmgr.winscard.faces.reader_device_face import ReaderDeviceFace
from scardmgr.winscard.faces.typed_face import TypedFace

CASES = all_cases()
RUNS = [pytest.param(each, arm, id=f"{arm}: {each.id}") for arm, each in rows()]
METHODS = sorted(TypedFace.__abstractmethods__) + [
    name for face in (DatabaseFace, ReaderDeviceFace) for name in vars(face) if not name.startswith(("_", "SCard"))
]
#: Entries that speak of Windows, and differ in what no call of these functions shows.
NO_CASE = {
    "A PIN pad keeps no lock": "takes a person at the keys: test_reader_control.py",
    "Calls from within a card's own command": "neither of them runs the program's code there: test_races.py",
}
DIFFERENCES = (Path(__file__).parents[4] / "docs" / "differences.md").read_text(encoding="utf-8")


@pytest.fixture
def database(bench: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """A smart card database with nothing in it, for each case its own."""
    monkeypatch.setattr(bench.rm, "database", SmartCardDatabase.in_memory(seeded=False))


@pytest.mark.usefixtures("database")
@pytest.mark.parametrize(("case", "bench"), RUNS, indirect=["bench"])
def test_the_situation_gives_the_code(case: Case, bench: Any) -> None:
    code, given = outcome(case.function, case.situation(bench))
    assert code == name_of(case.code), f"gave {code} ({shown(given)})"
    if case.gives is not UNCHECKED:
        assert same(given, case.gives), f"gave {shown(given)}, not {shown(case.gives)}"


# The table itself


def test_every_case_has_its_own_name() -> None:
    assert [name for name, times in Counter(each.id for each in CASES).items() if times > 1] == []


def test_at_least_120_cases_judge_both() -> None:
    assert sum(len(each.runs_on) == 2 for each in CASES) >= 120


def test_a_case_runs_somewhere_and_says_why_not_everywhere() -> None:
    assert [each.id for each in CASES if each.embedded_only and each.pcscd_only] == []


def test_the_page_is_the_table() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(), f"run {COMMAND}"


@pytest.mark.parametrize("heading", sorted({each.windows for each in CASES if each.windows}))
def test_where_windows_differs_there_is_an_entry(heading: str) -> None:
    assert f"\n### {heading}\n" in DIFFERENCES


def test_where_pcsclite_and_windows_differ_there_is_a_case() -> None:
    section = DIFFERENCES.split("\n## The resource manager\n")[1].split("\n## ")[0]
    bodies = dict(re.findall(r"^### (.+)\n((?:(?!### ).*\n?)*)", section, flags=re.MULTILINE))
    differ = {title for title, body in bodies.items() if "Windows" in body.partition("- **Here:**")[0]}
    assert len(differ) > 10
    assert differ - {each.windows for each in CASES} - set(NO_CASE) == set()


def test_a_case_that_an_entry_names_is_in_the_table() -> None:
    named = re.findall(r"test_parity\.py::test_the_situation_gives_the_code`\s+\(([^)]+)\)", DIFFERENCES)
    names = {each.id for each in CASES}
    assert named
    for cases in named:
        function = ""
        for each in re.split(r",\s+", re.sub(r"\s+", " ", cases)):
            function, situation = each.split(": ") if ": " in each else (function, each)
            assert f"{function}: {situation}" in names


# The table and the docstrings

# Documented, and not to be had on these benches.
ELSEWHERE = {
    ("establish_context", "SCARD_E_NO_SERVICE"): "takes a daemon that does not answer: test_pcsc.py",
    ("get_status_change", "SCARD_E_INVALID_PARAMETER"): "takes pcsc-lite before 2.0: test_pcsc.py",
    ("control", "SCARD_E_CANCELLED"): "takes a PIN pad: test_reader_control.py",
    ("locate_cards", "SCARD_E_INVALID_PARAMETER"): "as get_status_change",
    ("locate_cards_by_atr", "SCARD_E_INVALID_PARAMETER"): "as get_status_change",
}


def documented(method: str) -> set[tuple[str, str]]:
    docstring = getattr(ReaderDeviceFace, method).__doc__
    _, _, raises = docstring.partition("Raises:")
    return {(method, name) for name in re.findall(r"SCARD_[EFW]_[A-Z_]+(?=:)", raises)}


@pytest.mark.parametrize("method", METHODS)
def test_what_is_documented_is_raised_and_what_is_raised_is_documented(method: str) -> None:
    codes = {name_of(each.code) for each in CASES if each.function == method}
    raised = {(method, name) for name in codes if name.startswith(("SCARD_E", "SCARD_F", "SCARD_W"))}
    assert documented(method) == raised | {key for key in ELSEWHERE if key[0] == method}


@pytest.mark.parametrize("method", METHODS)
def test_a_docstring_names_the_function_it_wraps(method: str) -> None:
    [wrapped] = re.findall(r"Wraps (SCard\w+)", getattr(ReaderDeviceFace, method).__doc__)
    special = {"is_valid_context": "SCardIsValidContext", "get_attribute": "SCardGetAttrib"} | {
        "set_attribute": "SCardSetAttrib",
        "error_text": "SCardGetErrorMessage",
        "locate_cards_by_atr": "SCardLocateCardsByATR",
    }
    assert wrapped == special.get(method, "SCard" + method.title().replace("_", ""))


@pytest.mark.parametrize("method", METHODS)
def test_every_function_has_a_case_on_both(method: str) -> None:
    assert any(each.function == method and len(each.runs_on) == 2 for each in CASES)
