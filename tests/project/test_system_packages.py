"""The system packages: installed as root, else the one command to run."""

from __future__ import annotations

import importlib.util
import subprocess
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

SCRIPT = Path(__file__).parents[2] / ".ci" / "system_packages.py"


@pytest.fixture
def script(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """The script, on a machine where two packages are missing until ``apt-get install`` ran."""
    spec = importlib.util.spec_from_file_location("system_packages", SCRIPT)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    installed: set[str] = set()
    needed = {"pcscd": "the PC/SC daemon", "opensc": "opensc-tool"}
    monkeypatch.setattr(
        module, "NEEDED", {name: (use, lambda name=name: name in installed) for name, use in needed.items()}
    )
    calls: list[list[str]] = []

    def run(command: list[str], **_: Any) -> subprocess.CompletedProcess[str]:
        calls.append(command)
        if "install" in command:
            installed.update(command)
        return subprocess.CompletedProcess(command, 0)

    monkeypatch.setattr(subprocess, "run", run)
    monkeypatch.setattr("shutil.which", lambda name, **_: f"/usr/bin/{name}")
    module.calls = calls  # type: ignore[attr-defined]
    return module


def test_root_installs_what_is_missing(script: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.geteuid", lambda: 0)
    assert script.main() == 0
    update, install = script.calls
    assert update[0] == install[0] == "apt-get"
    assert update[-1] == "update"
    assert install[-2:] == ["pcscd", "opensc"]
    assert script.main() == 0
    assert len(script.calls) == 2, "nothing is missing any more"


def test_everybody_else_is_told_the_one_command(
    script: Any, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("os.geteuid", lambda: 1000)
    assert script.main() == 1
    assert script.calls == []
    said = capsys.readouterr().err
    assert [line.strip() for line in said.splitlines() if "sudo" in line] == ["sudo apt-get install pcscd opensc"]


def test_what_apt_could_not_install_is_said(
    script: Any, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("os.geteuid", lambda: 0)
    monkeypatch.setattr(script, "apt_get", lambda *_: None)
    assert script.main() == 1
    assert "missing: opensc (opensc-tool)" in capsys.readouterr().err
