"""The README's two lines are the ones that CI runs, and they stay two."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parents[2]
README = (REPOSITORY / "README.md").read_text(encoding="utf-8")


def commands() -> list[str]:
    blocks = re.findall(r"```sh\n(.*?)```", README, flags=re.DOTALL)
    return [line for block in blocks for line in block.splitlines()]


@pytest.mark.parametrize("last_words", [".venv/bin/scard demo", ".venv/bin/tox"])
def test_one_line_does_everything_from_a_fresh_clone(last_words: str) -> None:
    (line,) = [line for line in commands() if line.endswith(last_words)]
    makes_the_environment, *rest = line.split(" && ")
    assert makes_the_environment == "[ -x .venv/bin/pip ] || python3 -m venv .venv"
    assert len(rest) == 2
    assert rest[0].startswith(".venv/bin/pip install -q ")


def test_the_readme_names_every_command() -> None:
    from sandbox.command_line import COMMANDS

    assert [name for name in COMMANDS if f"scard {name}" not in README] == []


def test_links_into_the_repository_lead_somewhere() -> None:
    targets = re.findall(r"\]\((?!https?:|#)([^)#]+)", README)
    assert [target for target in targets if not (REPOSITORY / target).exists()] == []


def test_the_card_in_the_readme_is_one(tmp_path: Path) -> None:
    from emulator import Card

    (definition,) = re.findall(r"```toml\n(.*?)```", README, flags=re.DOTALL)
    path = tmp_path / "card.toml"
    path.write_text(definition, encoding="utf-8")
    with Card.from_profile(path) as card:
        card.power_on()
        assert card.transmit(bytes.fromhex("00A4080C026F01")) == b"\x90\x00"
        assert card.transmit(bytes.fromhex("00B0000000")) == b"\x69\x82"
        assert card.transmit(bytes.fromhex("0020000104") + b"2580") == b"\x90\x00"
        assert card.transmit(bytes.fromhex("00B0000000")) == b"for the card holder's eyes\x90\x00"


def test_the_python_in_the_readme_runs() -> None:
    (program,) = re.findall(r"```python\n(from emulator.*?)```", README, flags=re.DOTALL)
    exec(compile(program, "README.md", "exec"), {})  # noqa: S102 - that is how a reader runs it


def test_the_test_in_the_readme_passes(tmp_path: Path) -> None:
    (program,) = re.findall(r"```python\n(import os\n.*?)```", README, flags=re.DOTALL)
    (tmp_path / "test_program.py").write_text(program, encoding="utf-8")
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-c",
        os.devnull,
        "--rootdir=.",
        "-p",
        "no:cacheprovider",
        "test_program.py",
    ]
    done = subprocess.run(command, check=False, cwd=tmp_path, capture_output=True, text=True, timeout=60)
    assert re.search(r"^=+ 1 passed\b", done.stdout, flags=re.MULTILINE), done.stdout
