"""Where pyscard's extension module cannot be loaded, or libpcsclite is missing: in processes of their own."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import smartcard

PROGRAM = """
import sys
from emulator import Card
from scardmgr import EmbeddedResourceManager, pyscard_on
from virtual_reader import insert

def is_missing_outside():
    assert not [name for name in sys.modules if name.startswith("smartcard")]
    try:
        import smartcard
    except ImportError:
        return True
    return False

manager = EmbeddedResourceManager()
before = [*sys.meta_path]
assert not MUST_BE_MISSING or is_missing_outside()
with Card.from_profile("iso7816") as card, insert(card, into=manager) as reader:
    with pyscard_on(manager):
        import smartcard.scard
        from smartcard.CardMonitoring import CardMonitor, CardObserver
        from smartcard.scard import *
        from smartcard.System import readers
        assert [each.name for each in readers()] == [reader.name]
        connection = readers()[0].createConnection()
        connection.connect()
        assert connection.transmit([0, 0xA4, 0, 0x0C])[1:] == (0x90, 0)
        CardMonitor().addObserver(CardObserver())
        assert SCardGetErrorMessage(SCARD_E_NO_SERVICE) == "Service not available."
        assert SCARD_CTL_CODE(3400) == 0x42000000 + 3400
        assert SCardEstablishContext(dwScope=SCARD_SCOPE_USER)[0] == SCARD_S_SUCCESS
        assert issubclass(smartcard.scard.error, Exception)
        assert resourceManager == "pcsclite"
        module = smartcard
    assert sys.meta_path == before
    assert not MUST_BE_MISSING or is_missing_outside()
    if MUST_BE_MISSING:
        # what a program kept from inside finds what there is outside: no PC/SC
        assert SCardEstablishContext(SCARD_SCOPE_USER) == [SCARD_E_NO_SERVICE, 0]
        assert SCardListReaders(1, []) == [SCARD_E_INVALID_HANDLE, []]
        assert SCardIsValidContext(1) == SCARD_E_INVALID_HANDLE
    with pyscard_on(manager):
        import smartcard
        assert smartcard is module or not MUST_BE_MISSING
        assert [each.name for each in readers()] == [reader.name]
print("all is well")
"""

Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def run(tmp_path: Path) -> Run:
    def run_program(*, must_be_missing: bool, first_on_path: Path | None = None, by: tuple[str, ...] = ()) -> object:
        path = [str(first_on_path)] if first_on_path else []
        path += filter(None, [os.environ.get("PYTHONPATH")])
        program = PROGRAM.replace("MUST_BE_MISSING", str(must_be_missing))
        return subprocess.run(
            [*by, sys.executable, "-X", "dev", "-W", "error", "-c", program],
            env={**os.environ, "PYTHONPATH": os.pathsep.join(path)},
            check=False,
            capture_output=True,
            text=True,
            timeout=60,
        )

    return run_program  # type: ignore[return-value]


def pyscard_without(folder: Path, *left_out: str) -> Path:
    """A copy of the installed pyscard without some files of its package ``scard``."""
    installed = Path(smartcard.__file__).parent
    shutil.copytree(installed, folder / "smartcard", ignore=shutil.ignore_patterns("__pycache__", *left_out))
    return folder


def test_a_pyscard_that_was_never_compiled(tmp_path: Path, run: Run) -> None:
    done = run(must_be_missing=True, first_on_path=pyscard_without(tmp_path, "_scard.*"))
    assert (done.returncode, done.stdout, done.stderr) == (0, "all is well\n", "")


def test_a_source_tree_of_pyscard(tmp_path: Path, run: Run) -> None:
    done = run(must_be_missing=True, first_on_path=pyscard_without(tmp_path, "_scard.*", "scard.py"))
    assert (done.returncode, done.stdout, done.stderr) == (0, "all is well\n", "")


def test_no_pyscard_at_all(tmp_path: Path, run: Run) -> None:
    (tmp_path / "sitecustomize.py").write_text(
        "import sys\n"
        "from importlib.machinery import PathFinder\n"
        "find = PathFinder.find_spec\n"
        "hide = lambda name, *where: None if name.startswith('smartcard') else find(name, *where)\n"
        "PathFinder.find_spec = staticmethod(hide)\n"
    )
    done = run(must_be_missing=True, first_on_path=tmp_path)
    assert done.returncode == 1
    assert done.stderr.splitlines()[-1].endswith(
        "PyscardMissing: there is no pyscard here whose programs could run: pip install pyscard"
    )


@pytest.mark.skipif(sys.platform != "linux", reason="needs Linux")
def test_no_libpcsclite(run: Run) -> None:
    cache = subprocess.run(["/sbin/ldconfig", "-p"], check=True, capture_output=True, text=True).stdout
    library = next(line.split(" => ")[1] for line in cache.splitlines() if "libpcsclite.so.1 " in line)
    hidden = f'mount --bind /dev/null {os.path.realpath(library)} && exec "$@"'
    alone = ("unshare", "--user", "--map-root-user", "--mount", "sh", "-c", hidden, "sh")
    if subprocess.run([*alone, "true"], check=False, capture_output=True).returncode != 0:
        pytest.skip("unprivileged user namespaces are forbidden here")
    # pyscard's own extension module loads without the library, complains, and crashes when it is used
    done = run(must_be_missing=False, by=alone)
    assert (done.returncode, done.stdout, done.stderr) == (0, "all is well\n", "")
