"""The commands of the manual's page are run as they stand there."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

PAGE = Path(__file__).parents[3] / "docs" / "profiles" / "gids.md"


def test_the_commands_of_the_page_work(folder: Path, certified: str, say: Callable[[str], str]) -> None:
    assert (folder / certified).is_file()
    text = PAGE.read_text(encoding="utf-8")
    (folder / "message").write_bytes(b"what is signed")
    lines = [line for block in re.findall(r"```sh\n(.*?)```", text, flags=re.DOTALL) for line in block.splitlines()]
    assert len(lines) > 10
    said = [say(line) for line in lines]
    assert "Private RSA Key [My key]" in said[1]
    assert "BEGIN CERTIFICATE" in said[3]
    assert "Verified OK" in said[6]
    assert "Unblock PIN done successfully" in said[8]
    assert r"File: mscp\kxc01" in said[10]
    assert "0f1e2d3c4b5a69788796a5b4c3d2e1f0" in said[-1]
