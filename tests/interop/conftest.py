"""Programs that nobody here wrote, run against the card in the test's reader."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

BOUND = 60
"""Seconds after which a program counts as hanging."""

Run = Callable[..., "subprocess.CompletedProcess[str]"]

WINE_PACKAGES = "wine64 wine64-tools libwine libwine-dev"
WINE_LIBRARIES = (*Path("/usr/lib").glob("*/wine/x86_64-windows"), Path("/usr/lib/wine/x86_64-windows"))
WINE_HEADERS = (Path("/usr/include/wine/wine/windows"), Path("/usr/include/wine/windows"))


@pytest.fixture
def run_program(reader: Any) -> Run:
    """Run a program that sees ``reader`` and no other."""

    def run(*arguments: str, check: bool = True, text: str = "") -> subprocess.CompletedProcess[str]:
        done = subprocess.run(
            arguments,
            check=False,
            env={**os.environ, **reader.environment, "LC_ALL": "C.UTF-8"},
            input=text,
            capture_output=True,
            text=True,
            timeout=BOUND,
        )
        assert not check or done.returncode == 0, f"{arguments} -> {done.returncode}\n{done.stdout}\n{done.stderr}"
        return done

    return run


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The working directory and the home of what runs in the test."""
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def openssl(folder: Path) -> Callable[..., str]:
    """Runs openssl in the folder, and returns what it says."""

    def run(*arguments: str) -> str:
        done = subprocess.run(
            ["openssl", *arguments], check=False, cwd=folder, capture_output=True, text=True, timeout=BOUND
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    return run


@pytest.fixture
def programs(folder: Path) -> Path:
    """What is found before all else, with ``scard`` in it."""
    place = folder / "bin"
    place.mkdir()
    (place / "scard").write_text(
        f'#!/bin/sh\nexec {sys.executable} -c "from sandbox.command_line import main; main()" "$@"\n', encoding="ascii"
    )
    (place / "scard").chmod(0o755)
    return place


@pytest.fixture
def say(folder: Path, programs: Path) -> Callable[[str], str]:
    """Types one line of a page of the manual, and returns what is said."""

    def said(line: str) -> str:
        done = subprocess.run(
            ["sh", "-c", line],
            check=False,
            cwd=folder,
            env={**os.environ, "PATH": f"{programs}{os.pathsep}{os.environ['PATH']}", "LC_ALL": "C.UTF-8"},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=BOUND,
        )
        assert done.returncode == 0, f"{line}\n{done.stdout}\n{done.stderr}"
        return done.stdout + done.stderr

    return said


@pytest.fixture
def dumped() -> Callable[[str], bytes]:
    """The bytes in OpenSC's hex dumps, all together."""

    def bytes_of(output: str) -> bytes:
        lines = re.findall(r"^(?:[0-9A-F]{8}: )?((?:[0-9A-F]{2} ){1,16})", output, flags=re.MULTILINE)
        return b"".join(bytes.fromhex(line) for line in lines)

    return bytes_of


# Wine


@dataclass(frozen=True, slots=True)
class Tools:
    """Programs and folders of Wine."""

    widl: str
    winegcc: str
    wine: str
    wineserver: str
    libraries: Path
    headers: Path


@pytest.fixture(scope="session")
def tools() -> Tools:
    """What the tests here need of Wine."""
    places = os.pathsep.join(["/usr/lib/wine", os.environ.get("PATH", "")])
    programs = [
        next((found for name in names if (found := shutil.which(name, path=places))), None)
        for names in (
            ("widl-stable", "widl"),
            ("winegcc-stable", "winegcc"),
            ("wine64",),
            ("wineserver64", "wineserver"),
        )
    ]
    libraries = next((folder for folder in WINE_LIBRARIES if (folder / "stdole2.tlb").is_file()), None)
    headers = next((folder for folder in WINE_HEADERS if (folder / "oaidl.idl").is_file()), None)
    widl, winegcc, wine, wineserver = programs
    if not (widl and winegcc and wine and wineserver and libraries and headers):
        pytest.skip(f"needs Wine and its tools (apt-get install {WINE_PACKAGES})")
    return Tools(widl, winegcc, wine, wineserver, libraries, headers)


@pytest.fixture(scope="session")
def completed() -> Run:
    """Run a program in a folder until it has done what it was to do."""
    return _completed


@pytest.fixture(scope="session")
def wine(tools: Tools, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., list[str]]]:
    """Run a program on a file in Wine, give it lines to read, and return the lines that it prints."""
    # A prefix that is not filled: its system folder is where Wine's own libraries are.
    prefix = tmp_path_factory.mktemp("wine")
    (prefix / "dosdevices").mkdir()
    (prefix / "drive_c" / "windows").mkdir(parents=True)
    (prefix / "dosdevices" / "c:").symlink_to("../drive_c")
    (prefix / "dosdevices" / "z:").symlink_to("/")
    (prefix / "drive_c" / "windows" / "system32").symlink_to(tools.libraries)
    (prefix / ".update-timestamp").write_text("disable", encoding="ascii")
    environment = {
        **os.environ,
        "HOME": str(prefix),
        "TMPDIR": str(prefix),
        "WINEPREFIX": str(prefix),
        "WINESERVER": tools.wineserver,
        "WINEDEBUG": "-all",
        # Nothing is to be set up, and no service runs.
        "WINEDLLOVERRIDES": "mscoree,mshtml,wineboot.exe,services.exe=",
    }

    def run(program: Path, file: Path, *lines: str) -> list[str]:
        text = "".join(f"{line}\n" for line in lines)
        return _completed([tools.wine, str(program), f"Z:{file}"], prefix, environment, text).stdout.splitlines()

    yield run
    # The server would end by itself, a little later.
    for option in ("-k", "-w"):
        subprocess.run([tools.wineserver, option], check=False, env=environment, timeout=BOUND)


def _completed(
    command: list[str], folder: Path, environment: dict[str, str] | None = None, text: str = ""
) -> subprocess.CompletedProcess[str]:
    done = subprocess.run(
        command, check=False, cwd=folder, env=environment, input=text, capture_output=True, text=True, timeout=BOUND
    )
    assert done.returncode == 0, f"{command} -> {done.returncode}\n{done.stdout}\n{done.stderr}"
    return done
