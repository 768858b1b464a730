"""Installed, the plugin costs nobody who does not use it, and tells who wants to what there is."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from importlib.metadata import entry_points

import pytest

RunPytest = Callable[..., pytest.RunResult]

BOUND_S = 60
#: Milliseconds of the processor that importing it may take, beside pytest; a loaded machine makes them no more.
LOAD_MS = 10.0
#: What it may bring with it.
OF_THE_PLUGIN = {"sandbox", "sandbox.pytest_plugin"}
#: What belongs to a run without cards: the check that no test was lost to a marker.
OF_EVERY_RUN = OF_THE_PLUGIN | {f"sandbox.pytest_plugin.{name}" for name in ("markers", "markers.marked_makers")}

LOAD = """
import json, pytest, sys, time
before = set(sys.modules)
start = time.process_time()
import sandbox.pytest_plugin
took = 1000 * (time.process_time() - start)
print(json.dumps([took, sorted(set(sys.modules) - before)]))
"""


def test_pytest_loads_it_by_its_entry_point() -> None:
    [found] = [each for each in entry_points(group="pytest11") if each.name == "scard"]
    assert found.value == "sandbox.pytest_plugin"


def test_it_loads_in_no_time_and_imports_nothing_but_pytest() -> None:
    runs = []
    for _ in range(5):
        done = subprocess.run([sys.executable, "-c", LOAD], capture_output=True, text=True, timeout=BOUND_S, check=True)
        took, modules = json.loads(done.stdout)
        assert set(modules) == OF_THE_PLUGIN
        runs.append(took)
    assert min(runs) <= LOAD_MS, f"milliseconds: {runs}"


def test_a_run_without_cards_imports_nothing_of_ours(run_pytest: RunPytest, pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        test_others=f"""
        import sys

        def test_it(tmp_path):
            ours = ("sandbox", "scardmgr", "iso7816", "emulator", "virtual_reader", "conformance", "smartcard")
            loaded = {{name for name in sys.modules if name.partition(".")[0] in ours}}
            assert loaded <= {OF_EVERY_RUN!r}
        """
    )
    pytester.runpytest_subprocess("-p", "no:randomly", "test_others.py", timeout=BOUND_S).assert_outcomes(passed=1)


def test_it_can_be_left_out(run_pytest: RunPytest) -> None:
    result = run_pytest("def test_it(card): pass", "-p", "no:scard")
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["*fixture 'card' not found*"])


def test_the_type_for_annotations_is_imported_when_asked_for() -> None:
    program = (
        "import sys, sandbox.pytest_plugin as plugin; assert 'scardmgr' not in sys.modules; plugin.CardReader.insert; "
        "assert 'CardReader' not in dir(plugin)"
    )
    subprocess.run([sys.executable, "-c", program], timeout=BOUND_S, check=True)


def test_the_help_teaches(pytester: pytest.Pytester) -> None:
    options = pytester.runpytest_subprocess("--help", timeout=BOUND_S)
    options.stdout.fnmatch_lines(["smart cards*", "*--scard-via={embedded,pcscd}*", "*real pcscd*"])
    options.stdout.fnmatch_lines_random(["*--scard-reader=NAME*", "*--scard-allow=EFFECTS*"])
    fixtures = pytester.runpytest_subprocess("--fixtures", timeout=BOUND_S)
    fixtures.stdout.re_match_lines_random(
        [
            r"card -- .*",
            r"reader -- .*",
            r"another_reader -- .*",
            r"resource_manager -- .*",
            r"manage -- .*",
            r".*The card reader, with a fresh card in it.*",
            r".*env=\{\*\*os.environ, \*\*reader.environment\}.*",
            r".*An ISCardManage that is attached to the reader.*",
        ]
    )
    fixtures.stdout.no_fnmatch_line("_scard*")
    markers = pytester.runpytest_subprocess("--markers", timeout=BOUND_S)
    markers.stdout.fnmatch_lines_random(
        [
            '@pytest.mark.card(what="iso7816", [*], via="embedded"):*built-in profile*',
            '@pytest.mark.card_effects("writes", "keys", "tries"):*',
        ]
    )


DOCTEST = ">>> getfixture('reader').name\n'Virtual Reader 00 00'\n"


@pytest.mark.parametrize("workers", ["0", "1"])
def test_modules_without_tests_or_without_a_module_are_collected_as_ever(
    run_pytest: RunPytest, pytester: pytest.Pytester, workers: str
) -> None:
    """Modules that skip themselves, or cannot be imported and need not be, and doctests in text files."""
    pytester.maketxtfile(test_doc=DOCTEST)
    pytester.makepyfile(
        test_skips="import pytest\npytest.importorskip('nowhere')",
        test_skips_too="import pytest\npytest.skip('not here', allow_module_level=True)",
        imports_nothing="import nowhere",
        documented=f'"""\n{DOCTEST}"""',
    )
    result = run_pytest(
        "def test_it(): pass", "--doctest-modules", "--doctest-ignore-import-errors", "-n", workers, "-W", "ignore"
    )
    assert result.parseoutcomes()["passed"] == 3
    assert result.ret == 0
