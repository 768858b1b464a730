"""The IDL file, compiled by widl into what the documentation names: ``Scardmgr.h`` and ``Scardmgr.tlb``."""

from __future__ import annotations

import sys
from collections.abc import Callable
from importlib.resources import as_file, files
from pathlib import Path
from typing import Any

import pytest

# The parsers beside the tests are modules of their own.
sys.path.append(str(Path(__file__).parent))

PACKAGES = "mingw-w64-common"
MINGW = Path("/usr/share/mingw-w64/include")


@pytest.fixture(scope="session")
def mingw() -> Path:
    """The folder of mingw's headers."""
    if not (MINGW / "scardssp.h").is_file():
        pytest.skip(f"needs the headers of mingw (apt-get install {PACKAGES})")
    return MINGW


@pytest.fixture(scope="session")
def compiled(tools: Any, completed: Any, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with ``Scardmgr.h``, ``Scardmgr_i.c``, ``Scardmgr.tlb`` and, for 32 bits, ``Scardmgr32.tlb``."""
    folder = tmp_path_factory.mktemp("type-library")
    with as_file(files("scardmgr") / "scardmgr.idl") as source:
        for options in (
            ["-m64", "-h", "-o", "Scardmgr.h"],
            ["-m64", "-u", "-o", "Scardmgr_i.c"],
            ["-m64", "-t", "-o", "Scardmgr.tlb"],
            ["-m32", "-t", "-o", "Scardmgr32.tlb"],
        ):
            done = completed([tools.widl, *options, f"-I{tools.headers}", f"-L{tools.libraries}", str(source)], folder)
            assert done.stderr == "", "widl complains of nothing"
    return folder


@pytest.fixture(scope="session")
def build(tools: Any, completed: Any, compiled: Path) -> Callable[[str], Path]:
    """Compile one of the C programs beside the tests against ``Scardmgr.h``."""

    def build(name: str) -> Path:
        source = Path(__file__).with_name("programs") / f"{name}.c"
        options = ["-std=gnu11", "-Wall", "-Wextra", "-Werror", f"-I{compiled}"]
        sources = [str(source), "Scardmgr_i.c"]
        completed([tools.winegcc, *options, "-o", name, *sources, "-lole32", "-loleaut32", "-luuid"], compiled)
        return compiled / f"{name}.exe.so"

    return build
