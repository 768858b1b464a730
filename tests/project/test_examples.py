"""The examples work as their READMEs say, for a stranger: from the wheel, in an empty environment, out of this tree."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

EXAMPLES = Path(__file__).parents[2] / "examples"
FOLDERS = sorted(path.name for path in EXAMPLES.iterdir() if path.is_dir())

# One environment has what all of them need; making it may compile pyscard.
ENVIRONMENT = "ticket"

pytestmark = pytest.mark.timeout(400)


@pytest.fixture
def stranger(stranger_with: Callable[[str], Any]) -> Any:
    return stranger_with(ENVIRONMENT)


@pytest.mark.parametrize("run", [*FOLDERS, "ticket --scard-via pcscd", "loyalty_card --scard-via pcscd"])
def test_its_tests_pass(stranger: Any, copy_of: Callable[[str], Path], run: str) -> None:
    example, *options = run.split()
    folder = copy_of(example)
    if (folder / "Makefile").exists():
        stranger.succeed("make", cwd=folder)
    said = stranger.succeed("pytest", *options, cwd=folder)
    assert re.search(r"^=+ \d+ passed in ", said, flags=re.MULTILINE), said


def dialogues(page: str) -> list[tuple[str, str]]:
    """The commands of a page that it shows an answer to."""
    found = []
    for block in re.findall(r"```console\n(.*?)```", page, flags=re.DOTALL):
        commands = re.findall(r"^\$ (.*)\n((?:(?!\$ ).*\n)*)", block, flags=re.MULTILINE)
        found += [(command, answer) for command, answer in commands if answer]
    return found


@pytest.mark.parametrize("example", ["door", "ticket"])
def test_a_command_answers_as_its_page_says(stranger: Any, copy_of: Callable[[str], Path], example: str) -> None:
    folder = copy_of(example)
    if (folder / "Makefile").exists():
        stranger.succeed("make", cwd=folder)
    shown = dialogues((folder / "README.md").read_text(encoding="utf-8"))
    assert shown
    for command, answer in shown:
        assert stranger.succeed("bash", "-c", command, cwd=folder) == answer


def test_the_till_works_through_a_real_daemon(stranger: Any, copy_of: Callable[[str], Path]) -> None:
    till = ("scard", "run", "--card", "loyalty.toml", "--", "python", "till.py", "Virtual Reader 00 00", "10")
    done = stranger.run(*till, cwd=copy_of("loyalty_card"), text="0F0E0D0C0B0A09080706050403020100\n")
    assert done.returncode == 0, done.stdout
    assert done.stdout.endswith("balance: 10\n")


@pytest.mark.parametrize("example", FOLDERS)
def test_each_is_a_whole_project(example: str) -> None:
    files = {path.name for path in (EXAMPLES / example).iterdir()}
    assert files >= {"README.md", "requirements.txt"}
    assert any(name.startswith("test_") for name in files)
    assert f"[{example}/]({example})" in (EXAMPLES / "README.md").read_text(encoding="utf-8")
