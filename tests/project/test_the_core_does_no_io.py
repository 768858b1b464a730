"""The vocabulary and the card do no I/O, and import nothing above them: the import tree is walked."""

from __future__ import annotations

import ast
import importlib.util
from pathlib import Path

import pytest

OURS = ("iso7816", "emulator", "virtual_reader", "scardmgr", "conformance", "sandbox")
FORBIDDEN = {
    "argparse",
    "asyncio",
    "click",
    "ctypes",
    "http",
    "multiprocessing",
    "rich",
    "select",
    "selectors",
    "smartcard",
    "socket",
    "socketserver",
    "ssl",
    "subprocess",
    "urllib",
}


def sources(package: str) -> list[Path]:
    spec = importlib.util.find_spec(package)
    assert spec is not None
    assert spec.submodule_search_locations
    return [path for folder in spec.submodule_search_locations for path in Path(folder).rglob("*.py")]


def imported_top_levels(path: Path, package: str) -> set[str]:
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            found.add(package if node.level else (node.module or "").partition(".")[0])
    return found


@pytest.mark.parametrize(("package", "may_import"), [("iso7816", {"iso7816"}), ("emulator", {"emulator", "iso7816"})])
def test_no_module_reaches_a_device_a_terminal_or_a_package_above(package: str, may_import: set[str]) -> None:
    files = sources(package)
    assert files
    offences = {
        f"{path.name} imports {name}"
        for path in files
        for name in imported_top_levels(path, package)
        if name in FORBIDDEN or (name in OURS and name not in may_import)
    }
    assert offences == set()
