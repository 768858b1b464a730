"""The commands of the manual's page are run as they stand there."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

PAGE = Path(__file__).parents[3] / "docs" / "profiles" / "pkcs15.md"


def test_the_commands_of_the_page_work(folder: Path, openssl: Any, say: Callable[[str], str]) -> None:
    openssl("req", "-x509", "-newkey", "rsa:2048", "-noenc", "-keyout", "k.pem", "-out", "c.pem", "-subj", "/CN=Holder")
    openssl("pkcs12", "-export", "-inkey", "k.pem", "-in", "c.pem", "-out", "both.p12", "-passout", "pass:x")
    (folder / "message").write_bytes(b"what is signed")
    lines = [
        line
        for block in re.findall(r"```sh\n(.*?)```", PAGE.read_text(encoding="utf-8"), flags=re.DOTALL)
        for line in block.splitlines()
    ]
    assert len(lines) > 8
    said = [say(line) for line in lines]
    assert "Private RSA Key [My key]" in said[2]
    assert "BEGIN CERTIFICATE" in said[4]
    assert "Verified OK" in said[7]
