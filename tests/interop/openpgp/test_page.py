"""The commands of the manual's page are run as they stand there."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

PAGE = (Path(__file__).parents[3] / "docs" / "profiles" / "openpgp.md").read_text(encoding="utf-8")


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", PAGE, flags=re.MULTILINE | re.DOTALL)


@pytest.fixture
def folder() -> Iterator[Path]:
    """Where the page's commands are typed; ``scard`` is found."""
    with tempfile.TemporaryDirectory(prefix="page-", dir="/tmp") as name:
        scard = Path(name) / "scard"
        scard.write_text(
            f'#!/bin/sh\nexec {sys.executable} -c "from sandbox.command_line import main; main()" "$@"\n',
            encoding="ascii",
        )
        scard.chmod(0o755)
        yield Path(name)


def say(folder: Path, text: str) -> str:
    environment = {**os.environ, "PATH": f"{folder}{os.pathsep}{os.environ['PATH']}", "LC_ALL": "C.UTF-8"}
    done = subprocess.run(
        ["sh", "-ec", text],
        check=False,
        cwd=folder,
        env={**environment, "HOME": str(folder), "TMPDIR": str(folder)},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_the_commands_of_the_page_work(folder: Path) -> None:
    gnupg, opensc, messaging = blocks("sh")
    said = say(folder, f'{gnupg}gpgconf --kill all; rm -rf "$GNUPGHOME"')
    assert "Version ..........: 3.4" in said
    [configuration] = blocks("text")
    (folder / "opensc.conf").write_text(configuration, encoding="utf-8")
    said = say(folder, opensc)
    assert re.search(r"Fingerprint:\n(?!0{32})[0-9A-F]{32}", said, flags=re.IGNORECASE)
    assert "Private RSA Key [Signature key]" in said
    said = say(folder, f'{messaging}rm -rf "$GNUPGHOME"')
    assert "+sm=7+" in said
