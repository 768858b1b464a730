"""The README's two lines are the ones that CI runs, and they stay two."""

from __future__ import annotations

import re
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
