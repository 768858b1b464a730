"""The page of the manual on making cards: its commands and its programs are run as they stand there."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

PAGE = (Path(__file__).parents[3] / "docs" / "making-a-card.md").read_text(encoding="utf-8")
BOUND = 120

DEFINITION = """
[files."3F00"]
type = "DF"
[files."3F00/7F01"]
type = "DF"
[[applications]]
name = "F0 01"
path = "3F00/7F01"
type = "ticket.py:Ticket"
"""


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", PAGE, flags=re.DOTALL)


@pytest.fixture
def stranger(desk: Any) -> Any:
    """Runs a line of a shell where there is what the page speaks of."""
    desk.openssl("req", "-x509", "-newkey", "rsa:2048", "-noenc", "-keyout", "key.pem", "-out", "cert.pem",
                 "-subj", "/CN=Ada")  # fmt: skip
    desk.openssl("pkcs12", "-export", "-inkey", "key.pem", "-in", "cert.pem", "-out", "both.p12", "-passout", "pass:x")
    (desk.folder / "passphrase").write_text("x\n", encoding="ascii")
    programs = desk.folder / "bin"
    programs.mkdir()
    (programs / "scard").write_text(
        f'#!/bin/sh\nexec {sys.executable} -c "from sandbox.command_line import main; main()" "$@"\n', encoding="ascii"
    )
    (programs / "scard").chmod(0o755)
    path = f"{programs}{os.pathsep}{os.environ['PATH']}"

    def run(line: str, check: bool = True) -> subprocess.CompletedProcess[str]:
        done = subprocess.run(
            ["sh", "-c", line],
            check=False,
            cwd=desk.folder,
            env={**os.environ, "PATH": path, "LC_ALL": "C.UTF-8", "HOME": str(desk.folder)},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=BOUND,
        )
        assert not check or done.returncode == 0, f"{line}\n{done.stdout}\n{done.stderr}"
        return done

    return run


@pytest.mark.timeout(400)
def test_the_commands_and_the_test_of_the_page_work(stranger: Any, desk: Any) -> None:
    said = {line: stranger(line).stdout for block in blocks("sh") for line in block.splitlines()}
    assert len(said) > 15
    assert "slot 9a (PIV Authentication): rsa2048" in said["scard show my.card"]
    assert said["openssl dgst -sha256 -verify public.pem -signature signature message"] == "Verified OK\n"
    assert "ssh-rsa" in said["scard run --card ci.card -- ssh-keygen -D /usr/lib/*/opensc-pkcs11.so"]
    (status,) = [text for line, text in said.items() if line.endswith("--action status")]
    assert "CN=Made by tools" in status
    (program,) = [block for block in blocks("python") if "pytest.mark" in block]
    (desk.folder / "test_page.py").write_text(program, encoding="utf-8")
    # The PIN that the ephemeral run changed is the old one in the file.
    done = desk.run(sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "test_page.py")
    assert "1 passed" in done.stdout
    tool = ("yubico-piv-tool", "--reader", "Virtual", "--action", "verify-pin", "--pin", "123456")
    assert "Successfully verified PIN" in stranger(f"scard run --card fixture.card -- {' '.join(tool)} 2>&1").stdout


def test_the_application_of_the_page_is_filled_and_shown(stranger: Any, desk: Any) -> None:
    (program,) = [block for block in blocks("python") if "class Ticket(" in block]
    (desk.folder / "ticket.py").write_text(program, encoding="utf-8")
    (desk.folder / "ticket.toml").write_text(DEFINITION, encoding="utf-8")
    assert "--pin\t\t4 digits" in stranger("scard new --list ticket.toml").stdout
    refused = stranger("scard new ticket.toml ticket.card --pin 12345", check=False)
    assert (refused.returncode, refused.stderr) == (1, "scard: pin: expected 4 digits\n")
    stranger("scard new ticket.toml ticket.card --pin 1234")
    assert (desk.folder / "ticket.card").exists()


def test_every_profile_that_can_be_filled_is_in_the_table_of_the_page() -> None:
    from emulator.applications.issuing import applications_of
    from emulator.definition.profiles import built_in_profiles, load_profile

    table = dict(re.findall(r"^\| \[?`(\w+)`\S* \| [^|]* \| `(\w+)` \|", PAGE, flags=re.MULTILINE))
    expected = {}
    for profile in built_in_profiles():
        state = load_profile(profile)
        for application in applications_of(state):
            expected[profile] = application.slots(state)[0].name
    assert table == expected
