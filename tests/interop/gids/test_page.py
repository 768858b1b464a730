"""The commands of the manual's page are run as they stand there."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

PAGE = Path(__file__).parents[3] / "docs" / "profiles" / "gids.md"


def test_the_commands_of_the_page_work(folder: Path, certified: str) -> None:
    assert (folder / certified).is_file()
    text = PAGE.read_text(encoding="utf-8")
    (definition,) = re.findall(r"```toml\n(.*?)```", text, flags=re.DOTALL)
    (folder / "blank.toml").write_text(definition, encoding="utf-8")
    (folder / "message").write_bytes(b"what is signed")
    programs = folder / "bin"
    programs.mkdir()
    (programs / "scard").write_text(
        f'#!/bin/sh\nexec {sys.executable} -c "from sandbox.command_line import main; main()" "$@"\n', encoding="ascii"
    )
    (programs / "scard").chmod(0o755)
    lines = [line for block in re.findall(r"```sh\n(.*?)```", text, flags=re.DOTALL) for line in block.splitlines()]
    assert len(lines) > 10
    said = []
    for line in lines:
        done = subprocess.run(
            ["sh", "-c", line],
            check=False,
            cwd=folder,
            env={**os.environ, "PATH": f"{programs}{os.pathsep}{os.environ['PATH']}", "LC_ALL": "C.UTF-8"},
            capture_output=True,
            text=True,
            timeout=60,
        )
        assert done.returncode == 0, f"{line}\n{done.stderr}"
        said.append(done.stdout)
    assert "Private RSA Key [My key]" in said[1]
    assert "BEGIN CERTIFICATE" in said[3]
    assert "Verified OK" in said[6]
    assert "Unblock PIN done successfully" in said[8]
    assert r"File: mscp\kxc01" in said[10]
    assert "0f1e2d3c4b5a69788796a5b4c3d2e1f0" in said[-1]
