"""pyscard's own tests and examples, unmodified, on the embedded resource manager.

They come with its source distribution, which pip gets from where it gets everything; nothing of it is kept here.
"""

from __future__ import annotations

import fcntl
import os
import re
import shutil
import subprocess
import sys
import tarfile
from concurrent.futures import ThreadPoolExecutor
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pytest

SCARD = [sys.executable, "-c", "from sandbox.command_line import main; main()"]
PROGRAM = Path(__file__).with_name("programs") / "pyscards_suite.py"
BOUND = 200

CARD = """
[card]
protocols = ["T=0"]
historical_bytes = "80 31 E0 73 F7 41 40 {life} 05 90 00"

[files."3F00"]
type = "DF"
"""

#: Examples that go on until somebody inserts a card, or for ever.
ENDLESS = {"sample_MonitorCardsAndTransmit.py", "sample_TransmitCardObserver.py", "sample_getStatusChange.py"}
#: Examples that tell what the stock driver and pcsc-lite do not have (attributes, features of part 10, reader groups).
TELLS_THE_DIFFERENCE = {
    "sample_getAttrib.py",
    "sample_control.py",
    "sample_pinpad.py",
    "sample_readerGroups.py",
}
#: The example that says on standard error that the reader has no PIN pad.
SAYS_NO_PIN_PAD = "sample_pinpad.py"
#: In the state of a reader that an example tells: the count of events, which is the reader's past, and zeros.
EVENTS = re.compile(r"(?<=^State: 0x)(?:[0-9a-f]+(?=[0-9a-f]{4}$))?0*", re.MULTILINE | re.IGNORECASE)
#: Examples with windows.
WITH_WINDOWS = "wx"

#: A test that compares a text in the words of an English Windows; off Windows the text is pcsc-lite's.
WORDS_OF_WINDOWS = {"test_locateCards"}

pytestmark = [pytest.mark.timeout(300), pytest.mark.filterwarnings("default")]


@pytest.fixture(scope="session")
def sources(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The source distribution of the pyscard that is installed, unpacked; once for all workers."""
    folder = tmp_path_factory.getbasetemp()
    shared = folder.parent if "PYTEST_XDIST_WORKER" in os.environ else folder
    unpacked = shared / f"pyscard-{version('pyscard')}"
    with (shared / "pyscard.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not unpacked.exists():
            wanted = f"pyscard=={version('pyscard')}"
            pip = [sys.executable, "-m", "pip", "download", "-q", "--retries", "2", "--timeout", "20"]
            downloaded = subprocess.run(
                [*pip, "--no-deps", "--no-binary", "pyscard", wanted],
                cwd=shared,
                check=False,
                capture_output=True,
                text=True,
                timeout=BOUND,
            )
            archive = shared / f"pyscard-{version('pyscard')}.tar.gz"
            if not archive.exists():
                pytest.skip(f"pip cannot get the sources of {wanted}: {downloaded.stderr.strip()[-200:]}")
            with tarfile.open(archive) as tar:
                # Python 3.11 has filters from 3.11.4 on; a later one warns where none is chosen.
                tar.extraction_filter = getattr(tarfile, "data_filter", None)
                tar.extractall(shared)  # noqa: S202 - the sources of what is installed here
    return unpacked


@pytest.fixture
def cards(tmp_path: Path) -> tuple[str, str]:
    """Two cards that speak T=0 and differ in their ATRs, as the suites want them."""
    one, two = tmp_path / "one.toml", tmp_path / "two.toml"
    one.write_text(CARD.format(life="83"), encoding="utf-8")
    two.write_text(CARD.format(life="83").replace("83 05", "83 03"), encoding="utf-8")
    return str(one), str(two)


def scard_run(*arguments: str, cwd: Path | None = None, **environment: str) -> subprocess.CompletedProcess[str]:
    return run(*SCARD, "run", *arguments, cwd=cwd, **environment)


def run(*command: str, cwd: Path | None = None, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command,
        check=False,
        cwd=cwd,
        env={**os.environ, **environment},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=BOUND,
    )


def run_suite(
    sources: Path, tmp_path: Path, cards: tuple[str, str], suite: str, *how: str, **environment: str
) -> subprocess.CompletedProcess[str]:
    folder = tmp_path / "test"
    shutil.copytree(sources / "src" / "smartcard" / "test", folder)
    one, two = cards
    program = [sys.executable, str(PROGRAM), str(folder / suite), two, *how]
    return scard_run("--via", "embedded", "--card", one, "--", *program, **environment)


def ran(done: subprocess.CompletedProcess[str]) -> int:
    found = re.search(r"^Ran (\d+) tests? in", done.stderr, re.MULTILINE)
    assert found, done.stdout + done.stderr
    return int(found[1])


def failed(done: subprocess.CompletedProcess[str]) -> set[tuple[str, str]]:
    """``(method, class)`` of tests that failed, as unittest tells them."""
    return {
        (method, where.rpartition(".")[0].rpartition(".")[2])
        for method, where in re.findall(r"^(?:ERROR|FAIL): (\w+) \(([\w.]+)\)", done.stderr, re.MULTILINE)
    }


@pytest.mark.parametrize(
    ("suite", "at_least"), [("scard/testsuite_scard.py", 16), ("framework/testsuite_framework.py", 70)]
)
def test_the_suites_that_want_two_readers(
    sources: Path, tmp_path: Path, cards: tuple[str, str], suite: str, at_least: int
) -> None:
    done = run_suite(sources, tmp_path, cards, suite)
    assert failed(done) == set()
    assert done.returncode == 0, done.stdout + done.stderr
    assert ran(done) >= at_least


def test_the_tests_that_want_no_reader(sources: Path, tmp_path: Path) -> None:
    folder = tmp_path / "test"
    shutil.copytree(sources / "test", folder)
    as_it_comes = ("-p", "no:cacheprovider", "-p", "no:randomly")
    pytest_there = [sys.executable, "-m", "pytest", "-q", *as_it_comes, "--color", "no", "."]
    done = scard_run("--via", "embedded", "--card", "iso7816", "--", *pytest_there, cwd=folder)
    assert done.returncode == 0, done.stdout + done.stderr
    passed = re.search(r"^(\d+) passed", done.stdout.splitlines()[-1])
    assert passed
    assert int(passed[1]) >= 90
    assert "skipped" not in done.stdout.splitlines()[-1]


def test_what_is_for_windows_only_and_a_source_tree_that_was_never_compiled(
    sources: Path, tmp_path: Path, cards: tuple[str, str]
) -> None:
    """The same suites with our module as it is on Windows: card types, locating cards, groups of readers."""
    here = os.environ.get("PYTHONPATH", "")
    path = os.pathsep.join(filter(None, [str(sources / "src"), here]))
    done = run_suite(sources, tmp_path, cards, "scard/testsuite_scard.py", "as-on-windows", PYTHONPATH=path)
    assert ran(done) >= 20
    assert {method for method, _ in failed(done)} == WORDS_OF_WINDOWS, done.stderr


def examples() -> list[str]:
    """Names; which there are is only known once the sources are there."""
    return [
        "simple/getATR.py",
        "simple/getATR_context.py",
        "simple/selectDF_TELECOM.py",
        "simple/simpleAPDU.py",
        "framework/sample_ATR.py",
        "framework/sample_CardConnectionDecorator.py",
        "framework/sample_ConsoleConnectionTracer.py",
        "framework/sample_CustomCardType.py",
        "framework/sample_CustomErrorChecker.py",
        "framework/sample_ErrorChecking.py",
        "framework/sample_ExclusiveCardConnection.py",
        "framework/sample_MonitorCards.py",
        "framework/sample_MonitorReaders.py",
        "framework/sample_apduTracerInterpreter.py",
        "framework/sample_toHexString.py",
        "scard-api/sample_control.py",
        "scard-api/sample_getATR.py",
        "scard-api/sample_getAttrib.py",
        "scard-api/sample_listCards.py",
        "scard-api/sample_listInterfaces.py",
        "scard-api/sample_locateCards.py",
        "scard-api/sample_pinpad.py",
        "scard-api/sample_readerGroups.py",
        "scard-api/sample_readers.py",
        "scard-api/sample_selectDFTelecom.py",
        "scard-api/sample_transaction.py",
    ]


def test_no_example_is_left_out(sources: Path) -> None:
    there = (sources / "src" / "smartcard" / "Examples").rglob("*.py")
    names = {path.relative_to(path.parents[1]).as_posix() for path in there if WITH_WINDOWS not in path.parts}
    assert {name for name in names if Path(name).name not in ENDLESS} == set(examples())


@pytest.mark.card(via="pcscd")
@pytest.mark.parametrize("example", examples())
def test_an_example_tells_the_same_on_a_pcsc_daemon(sources: Path, example: str, reader: Any) -> None:
    program = [sys.executable, str(sources / "src" / "smartcard" / "Examples" / example)]
    with ThreadPoolExecutor() as both:
        running = (
            both.submit(scard_run, "--via", "embedded", "--card", "iso7816", "--", *program),
            both.submit(run, *program, **reader.environment),
        )
    embedded, on_a_daemon = (each.result() for each in running)
    assert embedded.returncode == 0
    assert ("Not a pinpad" in embedded.stderr) == bool(embedded.stderr) == example.endswith(SAYS_NO_PIN_PAD)
    assert embedded.stdout
    told = [EVENTS.sub("", each.stdout) for each in (embedded, on_a_daemon)]
    assert (told[0] == told[1]) == (Path(example).name not in TELLS_THE_DIFFERENCE)
