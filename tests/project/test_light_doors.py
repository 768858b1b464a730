"""Importing one door does not import the rest."""

from __future__ import annotations

import subprocess
import sys

import pytest

HEAVY = {"cryptography", "rich", "smartcard", "sqlite3", "click"}


def modules_after(statement: str) -> set[str]:
    """The names of all modules that a fresh interpreter holds after ``statement``."""
    code = f"{statement}\nimport sys\nprint(*sys.modules)"
    # -S and -I would hide the installed packages; what site itself loads is the same for every statement
    command = [sys.executable, "-X", "faulthandler", "-c", code]
    done = subprocess.run(command, check=False, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    return set(done.stdout.split())


@pytest.fixture(scope="module")
def modules_at_start() -> set[str]:
    return modules_after("pass")


@pytest.mark.parametrize(
    ("package", "allowed"),
    [
        ("iso7816", {"iso7816"}),
        ("emulator", {"emulator"}),
        ("virtual_reader", {"virtual_reader"}),
        ("scardmgr", {"scardmgr"}),
        ("conformance", {"conformance"}),
        ("sandbox", {"sandbox"}),
        ("sandbox.command_line", {"sandbox", "click"}),
    ],
)
def test_importing_a_package_loads_no_heavy_module_and_no_other_package(
    package: str, allowed: set[str], modules_at_start: set[str]
) -> None:
    ours = {"iso7816", "emulator", "virtual_reader", "scardmgr", "conformance", "sandbox"}
    loaded = {name.partition(".")[0] for name in modules_after(f"import {package}") - modules_at_start}
    assert (loaded & (HEAVY | ours)) - allowed == set()


@pytest.mark.parametrize("statement", ["from emulator import Card", "from virtual_reader import insert"])
def test_a_door_opens_without_real_pcsc_and_without_a_terminal(statement: str, modules_at_start: set[str]) -> None:
    loaded = {name.partition(".")[0] for name in modules_after(statement) - modules_at_start}
    assert loaded & {"smartcard", "click", "rich", "sandbox"} == set()


def test_the_iscard_interfaces_need_no_emulator_and_no_pyscard(modules_at_start: set[str]) -> None:
    loaded = {
        name.partition(".")[0]
        for name in modules_after(
            "import scardmgr\nscardmgr.SCardManage(scardmgr.resource_manager('embedded'))\nscardmgr.ISCardManage"
        )
        - modules_at_start
    }
    assert loaded & {"smartcard", "emulator", "virtual_reader", "click", "rich"} == set()
