"""The commands of the manual's page are run as they stand there."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

PAGE = Path(__file__).parents[3] / "docs" / "profiles" / "pkcs15.md"


def test_the_commands_of_the_page_work(folder: Path, openssl: Any) -> None:
    openssl("req", "-x509", "-newkey", "rsa:2048", "-noenc", "-keyout", "k.pem", "-out", "c.pem", "-subj", "/CN=Holder")
    openssl("pkcs12", "-export", "-inkey", "k.pem", "-in", "c.pem", "-out", "both.p12", "-passout", "pass:x")
    (folder / "message").write_bytes(b"what is signed")
    programs = folder / "bin"
    programs.mkdir()
    (programs / "scard").write_text(
        f'#!/bin/sh\nexec {sys.executable} -c "from sandbox.command_line import main; main()" "$@"\n', encoding="ascii"
    )
    (programs / "scard").chmod(0o755)
    lines = [
        line
        for block in re.findall(r"```sh\n(.*?)```", PAGE.read_text(encoding="utf-8"), flags=re.DOTALL)
        for line in block.splitlines()
    ]
    assert len(lines) > 8
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
    assert "Private RSA Key [My key]" in said[2]
    assert "BEGIN CERTIFICATE" in said[4]
    assert "Verified OK" in said[7]
