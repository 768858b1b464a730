"""The IDL file, compiled by widl into what the documentation names: ``Scardmgr.h`` and ``Scardmgr.tlb``."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib.resources import as_file, files
from pathlib import Path

import pytest

# The parsers beside the tests are modules of their own.
sys.path.append(str(Path(__file__).parent))

BOUND = 60
"""Seconds after which a program counts as hanging."""

PACKAGES = "wine64 wine64-tools libwine libwine-dev mingw-w64-common"
LIBRARIES = (*Path("/usr/lib").glob("*/wine/x86_64-windows"), Path("/usr/lib/wine/x86_64-windows"))
HEADERS = (Path("/usr/include/wine/wine/windows"), Path("/usr/include/wine/windows"))
MINGW = Path("/usr/share/mingw-w64/include")


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
    libraries = next((folder for folder in LIBRARIES if (folder / "stdole2.tlb").is_file()), None)
    headers = next((folder for folder in HEADERS if (folder / "oaidl.idl").is_file()), None)
    widl, winegcc, wine, wineserver = programs
    if not (widl and winegcc and wine and wineserver and libraries and headers):
        pytest.skip(f"needs Wine and its tools (apt-get install {PACKAGES})")
    return Tools(widl, winegcc, wine, wineserver, libraries, headers)


@pytest.fixture(scope="session")
def mingw() -> Path:
    """The folder of mingw's headers."""
    if not (MINGW / "scardssp.h").is_file():
        pytest.skip(f"needs the headers of mingw (apt-get install {PACKAGES})")
    return MINGW


@pytest.fixture(scope="session")
def compiled(tools: Tools, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with ``Scardmgr.h``, ``Scardmgr_i.c``, ``Scardmgr.tlb`` and, for 32 bits, ``Scardmgr32.tlb``."""
    folder = tmp_path_factory.mktemp("type-library")
    with as_file(files("scardmgr") / "scardmgr.idl") as source:
        for options in (
            ["-m64", "-h", "-o", "Scardmgr.h"],
            ["-m64", "-u", "-o", "Scardmgr_i.c"],
            ["-m64", "-t", "-o", "Scardmgr.tlb"],
            ["-m32", "-t", "-o", "Scardmgr32.tlb"],
        ):
            done = _run([tools.widl, *options, f"-I{tools.headers}", f"-L{tools.libraries}", str(source)], folder)
            assert done.stderr == "", "widl complains of nothing"
    return folder


@pytest.fixture(scope="session")
def build(tools: Tools, compiled: Path) -> Callable[[str], Path]:
    """Compile one of the C programs beside the tests against ``Scardmgr.h``."""

    def build(name: str) -> Path:
        source = Path(__file__).with_name("programs") / f"{name}.c"
        options = ["-std=gnu11", "-Wall", "-Wextra", "-Werror", f"-I{compiled}"]
        sources = [str(source), "Scardmgr_i.c"]
        _run([tools.winegcc, *options, "-o", name, *sources, "-lole32", "-loleaut32", "-luuid"], compiled)
        return compiled / f"{name}.exe.so"

    return build


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
        return _run([tools.wine, str(program), f"Z:{file}"], prefix, environment, text).stdout.splitlines()

    yield run
    # The server would end by itself, a little later.
    for option in ("-k", "-w"):
        subprocess.run([tools.wineserver, option], check=False, env=environment, timeout=BOUND)


def _run(
    command: list[str], folder: Path, environment: dict[str, str] | None = None, text: str = ""
) -> subprocess.CompletedProcess[str]:
    done = subprocess.run(
        command, check=False, cwd=folder, env=environment, input=text, capture_output=True, text=True, timeout=BOUND
    )
    assert done.returncode == 0, f"{command} -> {done.returncode}\n{done.stdout}\n{done.stderr}"
    return done
